# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The formats setrange knows, in the order they are tried, and how one is picked.

To add one: a module with a ``RangeFormat``, its line in ``FORMATS``, and its tests
(CONTRIBUTING.md, "Add a format").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.errors import FormatError, InputError, RangeFileError, UsageError
from setrange.formats import (
    aimet_0_6_1,
    aimet_1_0_0,
    aimet_2,
    csv_table,
    min_max_lines,
    mqbench,
    name_list,
    ncnn,
    nni,
    nvdla,
    ort_cache_json,
    ort_flatbuffers,
    ort_json,
    ort_overrides,
    ort_text,
    own,
    ppq,
    qat_amax,
    qdq_onnx,
    qdq_translator,
    qnn,
    quant_summary,
    ranged_onnx,
    sampleint8api,
    sophgo,
    tao,
    tflite,
    trt_cache,
    yaml_file,
)
from setrange.formats.foreign import json_object
from setrange.formats.format import Keeps
from setrange.formats.plain_lines import looks_like_prose
from setrange.formats.unread_json import unread_document, unread_yaml
from setrange.formats.unread_lines import unread_lines
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.patterns import is_pattern
from setrange.ranges.problems import quoted
from setrange.text.words import did_you_mean, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.formats.format import RangeFormat, Written
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMATS", "format_by_id", "read_source", "sniff", "write_format"]

#: Every format, in the order of the table in docs/formats.md.
FORMATS: tuple[RangeFormat, ...] = (
    own.OWN,
    own.PLAIN,
    yaml_file.FORMAT,
    csv_table.FORMAT,
    min_max_lines.FORMAT,
    trt_cache.FORMAT,
    sampleint8api.FORMAT,
    name_list.FORMAT,
    ort_json.FORMAT,
    ort_cache_json.FORMAT,
    ort_flatbuffers.FORMAT,
    ort_text.FORMAT,
    ort_overrides.FORMAT,
    qdq_translator.FORMAT,
    tao.FORMAT,
    qat_amax.FORMAT,
    quant_summary.FORMAT,
    nni.FORMAT,
    aimet_0_6_1.FORMAT,
    aimet_1_0_0.FORMAT,
    aimet_2.FORMAT,
    qnn.FORMAT,
    ppq.FORMAT,
    mqbench.FORMAT,
    nvdla.FORMAT,
    ncnn.FORMAT,
    sophgo.FORMAT,
    tflite.FORMAT,
    qdq_onnx.FORMAT,
    ranged_onnx.FORMAT,
)

_BY_ID = {entry.id: entry for entry in FORMATS}


def format_by_id(format_id: str) -> RangeFormat:
    """Return a format.

    Raises:
        UsageError: There is none of this name.
    """
    if format_id in _BY_ID:
        return _BY_ID[format_id]
    expected = f"expected one of {', '.join(_BY_ID)}"
    hint = did_you_mean(format_id, _BY_ID, otherwise=expected)
    raise UsageError(f"{format_id!r} is not a ranges format; {hint}")


def sniff(source: SourceFile) -> RangeFormat:
    """Tell a file's format from its content.

    Raises:
        RangeFileError: It is empty, broken JSON, or nothing that is known.
        FormatError: More than one format fits.
    """
    if not source.data or (not source.is_binary and not source.text.strip()):
        raise RangeFileError(f"{source.path}: is empty; expected ranges")
    if source.is_json:
        source.json  # noqa: B018  broken JSON is an error of its own, not "no format fits"
    elif source.data.lstrip()[:1] in (b"{", b"["):
        source.text  # noqa: B018  nor is JSON in an encoding that is not read
    if own.OWN.sniff(source):  # it says so itself
        return own.OWN
    fitting = [entry for entry in FORMATS if entry.sniff(source)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise FormatError(
            f"{source.path}: could be any of {', '.join(f.id for f in fitting)}, "
            f"which mean different numbers; say which with --from"
        )
    if source.is_json:
        _refuse_settings(source)
        other = unread_document(source.json)
        if other is not None:
            raise RangeFileError(f"{source.path}: {other}")
        return own.PLAIN
    if source.path.lower().endswith(yaml_file.FORMAT.extensions) and not source.is_binary:
        return yaml_file.FORMAT
    raise RangeFileError(f"{source.path}: {_why_unknown(source)}")


def _refuse_settings(source: SourceFile) -> None:
    """Refuse a JSON object of numbers whose names are those of metrics or settings."""
    document: dict[str, object] = json_object(source) or {}
    numbers = [name for name, value in document.items() if isinstance(value, int | float)]
    words = [name for name in numbers if len(name.split()) == 1]
    if len(words) == len(document) > 0 and looks_like_prose(words):
        shown = ", ".join(map(quoted, words[:3]))
        raise RangeFileError(
            f"{source.path}: the names ({shown}) are those of a log or of settings, not of "
            f"tensors; if they are tensors, say so with --from plain"
        )


def _why_unknown(source: SourceFile) -> str:
    if qdq_onnx.looks_like_onnx(source.data):
        return "is an ONNX model; expected ranges (a model goes where the command says MODEL)"
    from setrange.files.kinds import kind_of_file

    kind = kind_of_file(source.path)
    if kind is not None:
        return f"is {kind}; expected ranges"
    tried = (
        f"none of {', '.join(_BY_ID)} fits; name the format with --from if it is one of them, "
        f"or write it as CSV with the header name,min,max"
    )
    if source.is_binary:
        return f"is a binary file; {tried}"
    first = next(line.strip() for line in source.text.split("\n") if line.strip())
    known = unread_yaml(source.text) or unread_lines(source.text)
    if known is not None:
        return known
    return f"is no ranges file that setrange knows: it begins with {first[:40]!r}, and {tried}"


def read_source(source: SourceFile, fmt: str | None = None) -> RangeFile:
    """Read a file in a format, or in the one its content shows.

    Raises:
        UsageError: No such format.
        InputError: The content is wrong; the message lists every problem.
    """
    entry = format_by_id(fmt) if fmt is not None else sniff(source)
    return entry.read(source)


def write_format(range_file: RangeFile, fmt: str) -> Written:
    """Put ranges into a format's bytes.

    Raises:
        UsageError: No such format, or setrange only reads it.
        InputError: The ranges cannot be written in it at all.
    """
    entry = format_by_id(fmt)
    if entry.write is None:
        can = ", ".join(known.id for known in FORMATS if known.write is not None)
        raise UsageError(f"setrange reads {entry.title} but does not write it; it writes {can}")
    if not range_file.entries:
        raise InputError("there is no tensor to write a range for")
    written = entry.write(range_file)
    dropped = [loss for loss in written.losses if loss.kind in _DROPPING]
    if Keeps.UNSET not in entry.keeps and len(dropped) >= len(range_file.entries):
        raise InputError(
            f"no tensor can be written as {entry.title}, e.g. {quoted(dropped[0].name)}: "
            f"{dropped[0].message}"
        )
    fields = tuple(_lost_fields(range_file, entry.keeps))
    notes = () if Keeps.PATTERNS in entry.keeps else _pattern_notes(range_file)
    return written._replace(losses=(*written.losses, *fields), notes=(*written.notes, *notes))


def _pattern_notes(range_file: RangeFile) -> tuple[str, ...]:
    """A remark on names that are patterns in setrange's own files, and names elsewhere."""
    patterns = [
        name
        for name in range_file.entries
        if is_pattern(name) and not _IN_REAL_NAMES.search(name)
    ]
    if not patterns:
        return ()
    note = (
        f"{plural(len(patterns), 'name')} such as {quoted(patterns[0])} may be a pattern, "
        f"which means nothing in this format; --model MODEL writes the tensors that it fits"
    )
    return (note,)


def _lost_fields(range_file: RangeFile, keeps: Keeps) -> Iterator[Loss]:
    """Yield what the file holds beside ranges and the format has no place for."""
    if range_file.precision and Keeps.PRECISION not in keeps:
        message = f"{len(range_file.precision)} rules on node precision: left out"
        yield Loss("precision", LossKind.FIELD, message)
    if range_file.weight_scales and Keeps.WEIGHT_SCALES not in keeps:
        count = plural(len(range_file.weight_scales), "rule")
        message = f"{count} on scales of constants: left out"
        yield Loss("weight_scales", LossKind.FIELD, message)
    if range_file.bias_corrections and Keeps.BIAS_CORRECTIONS not in keeps:
        message = f"biases of {plural(len(range_file.bias_corrections), 'node')}: left out"
        yield Loss("bias_corrections", LossKind.FIELD, message)
    if range_file.own_scales and Keeps.SCALES not in keeps:
        yield Loss("own_scales", LossKind.FIELD, "which tensors share no scale: left out")
    if range_file.asymmetric and Keeps.SCALES not in keeps:
        yield Loss("asymmetric", LossKind.FIELD, "which tensors are shifted: left out")
    if range_file.named_by is not None and Keeps.NAMED_BY not in keeps:
        message = f"that names are TensorRT {range_file.named_by}'s: left out"
        yield Loss("named_by", LossKind.FIELD, message)
    if range_file.purpose is not None and Keeps.ORIGIN not in keeps:
        yield Loss("for", LossKind.FIELD, "which output the ranges are for: left out")
    if range_file.model and Keeps.ORIGIN not in keeps:
        yield Loss("model", LossKind.FIELD, "which model the ranges are for: left out")
    collected = dict(range_file.collected or {})
    if Keeps.NAMED_BY in keeps:  # the header of a cache, which names the calibrator too
        collected.pop("algorithm", None)
    if collected and Keeps.ORIGIN not in keeps:
        yield Loss("collected", LossKind.FIELD, "how the ranges were measured: left out")
    sources = sum(1 for entry in range_file.entries.values() if entry.source)
    if sources and Keeps.SOURCES not in keeps:
        message = f"where {plural(sources, 'range')} came from: left out"
        yield Loss("source", LossKind.FIELD, message)

    needs = sum(1 for entry in range_file.entries.values() if entry.need)
    if needs and Keeps.TEMPLATES not in keeps:
        yield Loss("need", LossKind.FIELD, f"what {plural(needs, 'range')} are for: left out")
    proposed = sum(entry.is_proposal for entry in range_file.entries.values())
    if proposed and Keeps.TEMPLATES not in keeps:
        message = f"that setrange derived {plural(proposed, 'range')}: given ones from now on"
        yield Loss("proposed", LossKind.FIELD, message)


#: Brackets are in names that TensorRT and exporters make; stars and question marks are not.
_IN_REAL_NAMES = re.compile(r"\(Unnamed |^(?!re:)[^*?]*\Z", re.S)

#: Losses of a whole entry.
_DROPPING = frozenset({LossKind.NO_RANGE, LossKind.NAME})
