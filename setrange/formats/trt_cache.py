# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT's calibration cache: a header, then ``<tensor name>: <hex of the float32 scale>``.

Reading keeps the header and the original digits, so that cache -> cache is byte for byte.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from setrange.errors import FormatError, InputError, UsageError
from setrange.formats.format import Keeps, RangeFormat, Written
from setrange.ranges.float32 import (
    amax_of_scale,
    bits_of,
    float_of_bits,
    scale_of_entry,
    shortest,
)
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.problems import Problems, quoted
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from setrange.ranges.source import SourceFile

__all__ = [
    "FORMAT",
    "cache_header",
    "format_cache",
    "read_cache",
    "reversed_bytes",
    "scale_bits",
    "version_of_header",
    "write_cache_text",
]

#: What a calibrator must return for trtexec and Polygraphy to use the cache.
DEFAULT_ALGORITHM = "EntropyCalibration2"

#: Between these lie the scales of every cache seen, but for masks and dead tensors.
_USUAL = (1e-8, 1e6)

_HEADER = re.compile(r"TRT-([0-9A-Z]+)-(\w+)[ \t]*\Z")
_LEGACY_HEADER = re.compile(r"[0-9a-f]{1,16} [0-9a-f]{1,16} [0-9a-f]{1,16}[ \t]*\Z")
_LINE = re.compile(r"(.+): ([0-9a-fA-F]{1,8})[ \t]*\Z", re.DOTALL)
_CANONICAL = re.compile(r"[0-9a-f]{8}\Z")


def cache_header(version: TrtVersion, algorithm: str = DEFAULT_ALGORITHM) -> str:
    """Return the first line of a cache: ``TRT-8601-EntropyCalibration2``.

    >>> cache_header(TrtVersion.parse("10.3"))
    'TRT-100300-EntropyCalibration2'
    """
    return f"TRT-{version.header_number}-{algorithm}"


def version_of_header(header: str) -> TrtVersion | None:
    """Return the TensorRT release a header names, or ``None`` for hand-made and legacy ones.

    >>> str(version_of_header("TRT-8510-EntropyCalibration2"))
    '8.5.10'
    """
    match = _HEADER.match(header)
    if match is None or not match.group(1).isdigit():
        return None
    number = int(match.group(1))
    if 1000 <= number < 10000:
        major, rest = divmod(number, 1000)
    elif 100000 <= number < 1000000:
        major, rest = divmod(number, 10000)
    else:
        return None
    return TrtVersion(major=major, minor=rest // 100, patch=rest % 100)


def scale_bits(scale: float) -> str:
    """Return the 8 hex digits of a scale, zero-padded and in lower case.

    >>> scale_bits(1.0 / 127)
    '3c010204'
    """
    return f"{bits_of(scale):08x}"


def format_cache(header: str, scales: Iterable[tuple[str, float]]) -> bytes:
    """Return the bytes of a calibration cache.

    Args:
        header: First line, without a line end.
        scales: (tensor name, scale = amax / 127); every scale > 0 and finite.

    Raises:
        InputError: A name holds a line end, or a scale is not a positive float32.
    """
    lines = [header]
    for name, scale in scales:
        bits = bits_of(scale)
        if not 0 < bits < 0x7F800000:
            raise InputError(
                f"tensor {quoted(name)}: scale {scale!r} cannot stand in a calibration cache; "
                f"expected a positive float32"
            )
        lines.append(f"{_checked(name)}: {bits:08x}")
    return ("\n".join(lines) + "\n").encode()


def read_cache(source: SourceFile) -> RangeFile:
    """Read a calibration cache.

    Entries hold the exact scale and the amax 127 x scale; 0, infinite, NaN and negative values
    give an entry without a range and the reason. ``extra["header"]`` is the first line as it
    stands, ``extra["hex"]`` the digits of values that are not eight lower-case ones of a
    usable scale.

    Raises:
        FormatError: Every line that is none, a line each.
    """
    problems = Problems(source.path, FormatError)
    lines = source.text.split("\n")
    notes = list(source.notes)
    if lines[-1]:
        notes.append(f"{source.path}: does not end with a newline; it may have been cut off")
    header = lines[0] if _is_header(lines[0]) else None
    if header is None:
        notes.append(f"{source.path}: has no header line (TRT-...); read as data from line 1")
    entries: dict[str, RangeEntry] = {}
    digits: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and header is not None):
            continue
        match = _LINE.match(line)
        if match is None:
            problems.add(
                f"{quoted(line)} is no entry; expected <tensor name>: <1 to 8 hex digits>",
                line=number,
            )
            continue
        name, text = match.groups()
        if number == len(lines) and len(text) < 8 and text != "0":
            problems.add(
                f"the last value {text!r} is cut off; expected 8 hex digits and a newline",
                line=number,
                tensor=name,
            )
        if name in entries:
            first = entries[name].line
            problems.add(f"is given twice (first on line {first})", line=number, tensor=name)
            continue
        entry = entries[name] = _entry(name, int(text, 16), number)
        if entry.range is None or not _CANONICAL.match(text):
            digits[name] = text
    if not entries and not problems:
        problems.add("has no entries; expected <tensor name>: <hex scale> lines")
    problems.raise_if_any()
    swapped = reversed_bytes(entries, digits)
    if swapped is not None:
        notes.append(f"{source.path}: {swapped}")
    extra: dict[str, object] = {"hex": digits}
    if header is not None:
        extra["header"] = header
    version = None if header is None else version_of_header(header)
    return RangeFile(
        path=source.path,
        format="trt-cache",
        entries=entries,
        named_by=None if version is None else str(version),
        collected=_algorithm(header),
        extra=extra,
        notes=tuple(notes),
    )


def write_cache_text(range_file: RangeFile) -> Written:
    """Write a calibration cache with the names as they are.

    The header and digits a cache was read with are written back as they were, as long as
    ``named_by`` is still the release they came with; for another release, values without a
    usable range are left out.

    Raises:
        UsageError: Nothing says which TensorRT release the cache is for.
        InputError: A name holds a line end.
    """
    losses: list[Loss] = []
    if _is_as_read(range_file):
        header, digits = range_file.extra.get("header"), range_file.extra["hex"]
    else:
        header, digits = _new_header(range_file), {}
    lines = [] if header is None else [header]
    for name, entry in range_file.entries.items():
        scale = scale_of_entry(entry)
        text = digits.get(name)
        if text is not None and (scale is None or int(text, 16) == bits_of(scale)):
            lines.append(f"{_checked(name)}: {text}")
        elif scale is None or not 0 < scale < math.inf:
            reason = entry.reason or "the scale is not a positive float32"
            losses.append(Loss(name, LossKind.NO_RANGE, f"{reason}: left out"))
        else:
            lines.append(f"{_checked(name)}: {scale_bits(scale)}")
            if entry.range is not None and not entry.range.is_symmetric:
                losses.append(
                    Loss(name, LossKind.ASYMMETRIC, f"written as ±{entry.range.amax!r}")
                )
    return Written(
        data=("\n".join(lines) + "\n").encode(),
        losses=tuple(losses),
        notes=_reader_notes(range_file),
    )


def _reader_notes(range_file: RangeFile) -> tuple[str, ...]:
    risky = [name for name in range_file.entries if ": " in name]
    if not risky:
        return ()
    message = (
        f"{len(risky)} names hold ': ', e.g. {quoted(risky[0])}: TensorRT takes them, readers "
        f"that split there (ModelOpt) fail"
    )
    return (message,)


def _is_header(line: str) -> bool:
    return bool(_HEADER.match(line) or _LEGACY_HEADER.match(line)) or (
        line.startswith("TRT-") and not _LINE.match(line)
    )


def _entry(name: str, bits: int, line: int) -> RangeEntry:
    scale = float_of_bits(bits)
    amax = amax_of_scale(scale)
    reason = None
    if math.isnan(scale):
        reason = "NaN in the cache"
    elif math.isinf(scale):
        reason = "infinite in the cache"
    elif scale < 0:
        reason = "negative in the cache"
    elif scale == 0:
        reason = "0 in the cache"
    elif math.isinf(amax):
        reason = "127 x scale is more than a float32 holds"
    if reason is not None:
        return RangeEntry(name=name, reason=reason, line=line)
    return RangeEntry(
        name=name, range=DynamicRange.symmetric(shortest(amax)), scale=scale, line=line
    )


def reversed_bytes(entries: Mapping[str, RangeEntry], digits: Mapping[str, str]) -> str | None:
    """Return what speaks for digits in reversed byte order, or ``None`` where nothing does.

    Args:
        entries: As read from a cache.
        digits: The digits of those that hold no usable scale.
    """
    texts = [
        digits.get(name) or (scale_bits(entry.scale) if entry.scale is not None else "0")
        for name, entry in entries.items()
    ]
    bits = [int(text, 16) for text in texts]
    read = [float_of_bits(number) for number in bits if number]
    turned = [float_of_bits(int.from_bytes(n.to_bytes(4, "big"), "little")) for n in bits if n]
    odd = sum(not _is_usual(scale) for scale in read)
    if not read or odd * 4 < len(read) or not all(map(_is_usual, turned)):
        return None
    return (
        f"the scales look like reversed bytes (little-endian): {odd} of {len(read)} are "
        f"negative, NaN or of no usual size, and read the other way round all lie between "
        f"{min(turned):.3g} and {max(turned):.3g}; pack them with struct.pack('>f', scale)"
    )


def _is_usual(scale: float) -> bool:
    return _USUAL[0] < scale < _USUAL[1]


def _algorithm(header: str | None) -> dict[str, str] | None:
    match = None if header is None else _HEADER.match(header)
    return None if match is None else {"algorithm": match.group(2)}


def _is_as_read(range_file: RangeFile) -> bool:
    """True for what was read from a cache and not moved to another release since."""
    if range_file.format != "trt-cache" or "hex" not in range_file.extra:
        return False
    version = version_of_header(range_file.extra.get("header", ""))
    return range_file.named_by == (None if version is None else str(version))


def _new_header(range_file: RangeFile) -> str:
    if range_file.named_by is None:
        raise UsageError(
            "a calibration cache is for one TensorRT release, and the ranges do not say whose "
            "names they use; give it with --trt, e.g. --trt 8.6"
        )
    algorithm = (range_file.collected or {}).get("algorithm", DEFAULT_ALGORITHM)
    return cache_header(TrtVersion.parse(range_file.named_by), str(algorithm))


def _checked(name: str) -> str:
    if "\n" in name or "\r" in name:
        raise InputError(
            f"tensor {quoted(name)}: a calibration cache cannot hold a name with a line end; "
            f"rename the tensor in the model"
        )
    return name


def _sniff(source: SourceFile) -> bool:
    if source.is_binary or source.is_json:
        return False
    lines = [line for line in source.text.split("\n") if line.strip()]
    if lines and _is_header(lines[0]):
        return True
    values = [match.group(2) for match in map(_LINE.match, lines) if match]
    return (
        bool(values)
        and len(values) == len(lines)
        and all(len(value) == 8 or value == "0" for value in values)
        and any(len(value) == 8 for value in values)
    )


FORMAT = RangeFormat(
    id="trt-cache",
    title="TensorRT calibration cache",
    sniff=_sniff,
    read=read_cache,
    write=write_cache_text,
    keeps=Keeps.NAMED_BY,
    extensions=(".cache", ".calib"),
    value="scale = amax / 127, as the hex digits of a float32",
    loses="the smaller side of asymmetric ranges; tensors without a range; sources",
)
