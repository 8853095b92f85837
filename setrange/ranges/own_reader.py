# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads setrange's own ranges file; its specification is docs/ranges-file.md."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError
from setrange.ranges.entry import check_fields, describe, read_entry
from setrange.ranges.float32 import FLOAT32_MAX
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.model import WEIGHT_SCALES, RangeEntry, RangeFile, WeightScale
from setrange.ranges.patterns import why_unreadable
from setrange.ranges.problems import Problems, quoted
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.ranges.source import SourceFile

__all__ = ["PURPOSES", "VERSION", "range_file_of", "read_own"]

#: Version of the file format.
VERSION = 1

_FIELDS = (
    "setrange",
    "named_by",
    "for",
    "model",
    "tensors",
    "precision",
    "weight_scales",
    "bias_corrections",
    "own_scales",
    "asymmetric",
    "collected",
    "$schema",
)
#: What a file can be for; ``template --for`` takes these.
PURPOSES = ("cache", "qdq", "rtx", "11", "dla")

_MODEL_FIELDS = ("file", "sha256")
_RULE_FIELDS = ("type", "source")
_PRECISIONS = ("fp32", "fp16", "int8", "fp8")
#: Scales of constants, as shares of the largest |value|.
_LEAST_SHARE, _MOST_SHARE = 0.25, 2.0
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def read_own(source: SourceFile) -> RangeFile:
    """Read JSON, the full form or the bare ``{name: value}`` object.

    Raises:
        RangeFileError: Every problem of the file, a line each.
    """
    return range_file_of(source.json, path=source.path, notes=source.notes)


def range_file_of(value: Any, *, path: str, notes: tuple[str, ...] = ()) -> RangeFile:
    """Turn a parsed value into a ranges file (JSON and YAML share this).

    Raises:
        RangeFileError: Every problem, a line each.
    """
    problems = Problems(path)
    if not isinstance(value, JsonObject):
        problems.add(
            f'the file is {describe(value)}; expected an object: {{"setrange": 1, "tensors": '
            f'{{...}}}} or {{"tensor name": value, ...}}{_of_list(value)}'
        )
        problems.raise_if_any()
    reader = _FileReader(problems)
    read = reader.full if "setrange" in value else reader.bare
    result = read(value, notes)
    problems.raise_if_any()
    return result


def _of_list(value: Any) -> str:
    """What to do with a list, by what it holds."""
    if not isinstance(value, list) or not value:
        return ""
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
        return (
            f"; {len(value)} numbers have no names: if they are the layers' in order, say of "
            f'which, such as {{"Conv#0": {value[0]!r}, ...}} for the first convolution'
        )
    if all(isinstance(item, list) and len(item) in (2, 3) for item in value):
        return "; of rows, write each as name: [min, max], or the file as CSV (name,min,max)"
    return ""


def _fits_float32(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= FLOAT32_MAX


class _FileReader:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def full(self, value: JsonObject, notes: tuple[str, ...]) -> RangeFile:
        version = value["setrange"]
        if version != VERSION or isinstance(version, bool):
            newer = isinstance(version, int) and version > VERSION
            hint = "; a newer setrange wrote it, update setrange" if newer else ""
            self.fail(
                f'"setrange" is {describe(version)}; expected {VERSION}{hint}',
                value,
                "setrange",
            )
        check_fields(value, _FIELDS, self.problems)
        if not isinstance(value.get("$schema", ""), str):
            self.fail('"$schema" is not text', value, "$schema")
        if "tensors" not in value:
            self.problems.add('has no "tensors"; expected {"tensor name": value, ...} there')
        precision, sources = self.precision(value)
        return RangeFile(
            path=self.problems.path,
            format="setrange",
            entries=self.tensors(self.object_at(value, "tensors")),
            named_by=self.named_by(value),
            purpose=self.purpose(value),
            model=self.model(value),
            precision=precision,
            precision_sources=sources,
            weight_scales=self.weight_scales(value),
            bias_corrections=self.bias_corrections(value),
            own_scales=self.globs(value, "own_scales"),
            asymmetric=self.globs(value, "asymmetric"),
            collected=self.collected(value),
            notes=notes,
        )

    def bare(self, value: JsonObject, notes: tuple[str, ...]) -> RangeFile:
        if isinstance(value.get("tensors"), JsonObject):
            self.problems.add(
                'has "tensors" but no version; add "setrange": 1 at the top',
                line=value.lines["tensors"],
            )
            return RangeFile()
        entries = self.tensors(value)
        return RangeFile(path=self.problems.path, format="plain", entries=entries, notes=notes)

    def tensors(self, value: JsonObject | None) -> dict[str, RangeEntry]:
        entries: dict[str, RangeEntry] = {}
        if value is None:
            return entries
        if not value:
            self.problems.add("has no tensors; expected at least one", line=value.line)
        for name, first, line in value.duplicates:
            self.problems.add(f"is given twice (first on line {first})", line=line, tensor=name)
        for name, item in value.items():
            entry = read_entry(name, item, value.lines[name], self.problems)
            if entry is not None:
                entries[name] = entry
        return entries

    def named_by(self, value: JsonObject) -> str | None:
        text = value.get("named_by")
        if "named_by" not in value:
            return None
        if isinstance(text, str):
            try:
                if text == text.strip():
                    return str(TrtVersion.parse(text))
            except UsageError:
                pass
        self.fail(
            f'"named_by" is {describe(text)}; expected a TensorRT release in quotes: "8.6"',
            value,
            "named_by",
        )
        return None

    def purpose(self, value: JsonObject) -> str | None:
        if "for" not in value:
            return None
        text = value["for"]
        if isinstance(text, str) and text in PURPOSES:
            return text
        listed = ", ".join(quoted(purpose) for purpose in PURPOSES[:-1])
        self.fail(
            f'"for" is {describe(text)}; expected {listed} or {quoted(PURPOSES[-1])}',
            value,
            "for",
        )
        return None

    def model(self, value: JsonObject) -> dict[str, str] | None:
        model = self.object_at(value, "model")
        if model is None:
            return None
        check_fields(model, _MODEL_FIELDS, self.problems, where="model: ")
        for field in _MODEL_FIELDS:
            text = model.get(field, "")
            if not isinstance(text, str):
                self.fail(f'model: "{field}" is {describe(text)}; expected text', model, field)
            elif field == "sha256" and field in model and not _SHA256.match(text):
                self.fail('model: "sha256" is not 64 lower-case hex digits', model, field)
        return dict(model)

    def precision(self, value: JsonObject) -> tuple[dict[str, str], dict[str, str]]:
        """Return glob -> precision, and glob -> where that is from."""
        precision = self.object_at(value, "precision")
        if precision is None:
            return {}, {}
        check_fields(precision, tuple(precision), self.problems, where="precision: ")
        kinds, sources = {}, {}
        for pattern, given in precision.items():
            self.check_pattern(precision, pattern, "precision")
            kind = given
            if isinstance(given, JsonObject):
                where = f"precision: {quoted(pattern)}: "
                check_fields(given, _RULE_FIELDS, self.problems, where=where)
                kind, source = given.get("type"), given.get("source", "")
                if isinstance(source, str):
                    sources[pattern] = source
                else:
                    self.fail(f'{where}"source" is {describe(source)}; expected text',
                              given, "source")  # fmt: skip
            if kind not in _PRECISIONS:
                self.fail(
                    f"precision: {quoted(pattern)} is {describe(kind)}; "
                    f'expected "fp32", "fp16", "int8" or "fp8"',
                    precision,
                    pattern,
                )
            kinds[pattern] = kind
        return kinds, {pattern: text for pattern, text in sources.items() if text}

    def check_pattern(self, rules: JsonObject, pattern: str, field: str) -> None:
        """Note a pattern of names of nodes that cannot be read."""
        if (why := why_unreadable(pattern)) is not None:
            message = f"{field}: {quoted(pattern)} is no regular expression: {why}"
            self.fail(message, rules, pattern)

    def weight_scales(self, value: JsonObject) -> dict[str, WeightScale]:
        """Return glob -> how scales of constants are chosen."""
        given = self.object_at(value, "weight_scales")
        if given is None:
            return {}
        check_fields(given, tuple(given), self.problems, where="weight_scales: ")
        for pattern, choice in given.items():
            self.check_pattern(given, pattern, "weight_scales")
            is_number = isinstance(choice, int | float) and not isinstance(choice, bool)
            if choice in WEIGHT_SCALES or (is_number and _LEAST_SHARE <= choice <= _MOST_SHARE):
                continue
            self.fail(
                f"weight_scales: {quoted(pattern)} is {describe(choice)}; expected "
                f'"max", "mse", or a share of the largest |value| from {_LEAST_SHARE:g} to '
                f"{_MOST_SHARE:g}",
                given,
                pattern,
            )
        return dict(given)

    def bias_corrections(self, value: JsonObject) -> dict[str, tuple[float, ...]]:
        """Return name of a node -> what is added to each of its output channels."""
        given = self.object_at(value, "bias_corrections")
        if given is None:
            return {}
        check_fields(given, tuple(given), self.problems, where="bias_corrections: ")
        found = {}
        for node, numbers in given.items():
            where = f"bias_corrections: {quoted(node)}"
            if not isinstance(numbers, list) or not numbers:
                found_there = "an empty list" if numbers == [] else describe(numbers)
                self.fail(
                    f"{where} is {found_there}; expected a list of numbers, one for each "
                    f"output channel",
                    given,
                    node,
                )
                continue
            wrong = [number for number in numbers if not _fits_float32(number)]
            if wrong:
                self.fail(
                    f"{where} holds {describe(wrong[0])}; expected numbers that fit a float32",
                    given,
                    node,
                )
                continue
            found[node] = tuple(map(float, numbers))
        return found

    def globs(self, value: JsonObject, field: str) -> tuple[str, ...]:
        """Return a list of globs over names of tensors."""
        given = value.get(field, [])
        if not isinstance(given, list):
            self.fail(
                f'"{field}" is {describe(given)}; expected a list of names or globs',
                value,
                field,
            )
            return ()
        for glob in given:
            if not isinstance(glob, str):
                self.fail(
                    f"{field}: holds {describe(glob)}; expected names of tensors, or globs",
                    value,
                    field,
                )
            elif (why := why_unreadable(glob)) is not None:
                message = f"{field}: {quoted(glob)} is no regular expression: {why}"
                self.fail(message, value, field)
        return tuple(given)

    def collected(self, value: JsonObject) -> dict[str, Any] | None:
        collected = self.object_at(value, "collected")
        if collected is None:
            return None
        check_fields(collected, tuple(collected), self.problems, where="collected: ")
        return {key: self.plain(item, key, collected) for key, item in collected.items()}

    def plain(self, value: Any, key: str, parent: JsonObject) -> Any:
        """Copy free-form JSON into plain values, noting what JSON does not have."""
        if isinstance(value, JsonObject):
            check_fields(value, tuple(value), self.problems, where="collected: ")
            return {name: self.plain(item, name, value) for name, item in value.items()}
        if isinstance(value, list):
            return [self.plain(item, key, parent) for item in value]
        if isinstance(value, float) and not math.isfinite(value):
            self.fail(f"collected: {quoted(key)} holds NaN or Infinity", parent, key)
        return value

    def object_at(self, value: JsonObject, field: str) -> JsonObject | None:
        """Return a field that must be an object; ``None`` where it is absent or is not."""
        if field not in value:
            return None
        item = value[field]
        if isinstance(item, JsonObject):
            return item
        self.fail(f'"{field}" is {describe(item)}; expected an object {{...}}', value, field)
        return None

    def fail(self, message: str, value: JsonObject, field: str) -> None:
        self.problems.add(message, line=value.lines[field])
