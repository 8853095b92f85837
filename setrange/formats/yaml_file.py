# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""setrange's own file in YAML syntax.

YAML would read ``1e-3`` as text, ``on`` as true and ``1_000`` as a number. Scalars are
therefore taken by JSON's rules: names are always text, and only JSON's numbers are numbers.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from setrange.errors import RangeFileError
from setrange.formats.format import Keeps, RangeFormat, Written
from setrange.formats.outgoing import unset_losses
from setrange.formats.unread_json import unread_yaml
from setrange.ranges.json_scan import JsonObject
from setrange.ranges.own_reader import VERSION, range_file_of
from setrange.ranges.own_writer import format_entry, rule_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT", "looks_like_yaml"]

_FIRST_LINE = re.compile(
    r"""---|%YAML|["'].*["']\s*:(?:\s|$)|[^\s#].*?:(?:\s+(?:[\[{~&#]|null\b)|\s*$)"""
)
_OWN_KEY = re.compile(
    r"^(?:setrange[ \t]*:[ \t]*[0-9]+|tensors[ \t]*:[ \t]*(?:\{.*)?)$", re.MULTILINE
)
_NUMBERED = re.compile(r"[ \t]*#[0-9]{1,9}[ \t]*:")
_QUOTED_NAME = re.compile(r"""^(?:"[^"\n]*"|'[^'\n]*')[ \t]*:(?:[ \t]|$)""", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|[ \t])#", re.MULTILINE)
_FLAT_LINE = re.compile(r"[^\s:][^:\n]*:[ \t]+(?:[-+.0-9]|\[|null\b)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "false": False,
    ".nan": float("nan"),
    ".inf": float("inf"),
    "-.inf": float("-inf"),
}
_QUOTED_STYLES = ("'", '"', "|", ">")
_MAX_DEPTH = 100
_TOO_DEEP = f"nested more than {_MAX_DEPTH} levels deep"
_MAX_INT_DIGITS = 400
_MAX_PLAIN_KEY = 1000


def looks_like_yaml(text: str) -> bool:
    """True where the text has the marks of YAML: ``---``, own keys, quoted or nested values.

    A flat list of ``name: number`` lines has none; it reads the same as sampleINT8API's text,
    which has no comments: with them it is YAML.
    """
    if text.lstrip().startswith("TRT-"):
        return False  # a calibration cache, whatever its tensors are called
    if _OWN_KEY.search(text) or _QUOTED_NAME.search(text):
        return True
    lines = (line for line in text.split("\n") if line.strip() and not line.startswith("#"))
    if _FIRST_LINE.match(next(lines, "")) is not None:
        return True
    return _COMMENT.search(text) is not None and _is_flat(text)


def _is_flat(text: str) -> bool:
    """True where every line is ``name: value``, or a comment."""
    lines = [line.split(" #")[0] for line in text.split("\n")]
    entries = [line for line in lines if line.strip() and not line.startswith("#")]
    return bool(entries) and all(_FLAT_LINE.match(line) for line in entries)


def _read(source: SourceFile) -> RangeFile:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        value = _Builder(source.path, yaml.parse(source.text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = f"not valid YAML: {error.problem or error.context}"
        if "nesting depth" in problem:  # PyYAML 6.0.4 looks ahead, and has a limit of its own
            problem = _TOO_DEEP
        raise RangeFileError(f"{source.path}{where}: {problem}") from error
    except yaml.YAMLError as error:
        raise RangeFileError(f"{source.path}: not valid YAML: {error}") from error
    notes = (*source.notes, *_commented_numbers(source))
    ranges = range_file_of(value, path=source.path, notes=notes)
    return dataclasses.replace(ranges, format="yaml")


def _commented_numbers(source: SourceFile) -> tuple[str, ...]:
    """A remark on lines such as ``#12: 4``: comments in YAML, meant as numbers."""
    for number, line in enumerate(source.text.split("\n"), 1):
        if _NUMBERED.match(line):
            name = line.strip().partition(":")[0]
            note = (
                f"{source.path}:{number}: {name} begins a comment in YAML; if it is a layer's "
                f'number, write it in quotes: "{name}"'
            )
            return (note,)
    return ()


class _Builder:
    """Builds from YAML's events what ``scan_json`` gives for the same JSON.

    From events, because the library's own trees overflow the stack on deep nesting.
    """

    def __init__(self, path: str, events: Iterator[Any]) -> None:
        self._path = path
        self._events = events

    def document(self) -> Any:
        """Return the value of the only document."""
        value = None
        count = 0
        for event in self._events:
            if type(event).__name__ == "DocumentStartEvent":
                count += 1
                if count > 1:
                    self.fail(event, "holds more than one document; expected one")
                value = self.value(next(self._events), 0)
        return value

    def value(self, event: Any, depth: int) -> Any:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return _scalar(event)
        if kind == "AliasEvent":
            self.fail(event, "aliases are not allowed in a ranges file; write the value out")
        if depth > _MAX_DEPTH:
            self.fail(event, _TOO_DEEP)
        if kind == "SequenceStartEvent":
            return [self.value(item, depth + 1) for item in self.until("SequenceEndEvent")]
        result = JsonObject(_line(event))
        for key in self.until("MappingEndEvent"):
            if type(key).__name__ != "ScalarEvent":
                self.fail(key, "a name must be text")
            result.put(key.value, self.value(next(self._events), depth + 1), _line(key))
        return result

    def until(self, end: str) -> Iterator[Any]:
        for event in self._events:
            if type(event).__name__ == end:
                return
            yield event

    def fail(self, event: Any, message: str) -> NoReturn:
        raise RangeFileError(f"{self._path}:{_line(event)}: {message}")


def _line(event: Any) -> int:
    line: int = event.start_mark.line + 1
    return line


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style in _QUOTED_STYLES:
        return text
    if not _NUMBER.match(text):
        return _WORDS.get(text.lower(), text)
    is_integer = text.lstrip("+-").isdigit() and len(text) < _MAX_INT_DIGITS
    return int(text) if is_integer else float(text)


def _write(range_file: RangeFile) -> Written:
    lines = [f"setrange: {VERSION}"]
    if range_file.named_by is not None:
        lines.append(f"named_by: {_flow(range_file.named_by)}")
    if range_file.purpose is not None:
        lines.append(f"for: {_flow(range_file.purpose)}")
    if range_file.model:
        lines.append(f"model: {_flow(range_file.model)}")
    lines.append("tensors:")
    for name, entry in range_file.entries.items():
        lines.append(_pair(name, json.loads(format_entry(entry))))
    if range_file.precision:
        lines.append("precision:")
        sources = range_file.precision_sources
        lines += [
            _pair(pattern, rule_value(kind, sources.get(pattern)))
            for pattern, kind in range_file.precision.items()
        ]
    if range_file.weight_scales:
        lines.append("weight_scales:")
        lines += [
            _pair(pattern, choice) for pattern, choice in range_file.weight_scales.items()
        ]
    if range_file.bias_corrections:
        lines.append("bias_corrections:")
        lines += [_pair(node, [*added]) for node, added in range_file.bias_corrections.items()]
    if range_file.own_scales:
        lines.append(f"own_scales: {_flow([*range_file.own_scales])}")
    if range_file.asymmetric:
        lines.append(f"asymmetric: {_flow([*range_file.asymmetric])}")
    if range_file.collected:
        lines.append(f"collected: {_flow(range_file.collected)}")
    return Written(data=("\n".join(lines) + "\n").encode(), losses=unset_losses(range_file))


def _pair(name: str, value: Any) -> str:
    key = _flow(name)
    # YAML finds a key on its own only while it is short.
    lead = f"  ? {key}\n  " if len(key) > _MAX_PLAIN_KEY else f"  {key}"
    return f"{lead}: {_flow(value)}"


def _flow(value: Any) -> str:
    """Return a value in YAML's flow style, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, float):
        mantissa, e, exponent = repr(value).partition("e")
        # YAML 1.1 takes 1e-05 for text.
        return mantissa + (".0" if e and "." not in mantissa else "") + e + exponent
    return json.dumps(value)


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json or unread_yaml(source.text) is not None:
        return False
    return looks_like_yaml(source.text)


FORMAT = RangeFormat(
    id="yaml",
    title="setrange ranges file in YAML",
    sniff=_sniff,
    read=_read,
    write=_write,
    keeps=Keeps.EVERYTHING,
    extensions=(".yaml", ".yml"),
    value="as in the setrange file",
    loses="nothing; 0 and infinity become null with the reason",
)
