# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From one ranges file to another: other format, other TensorRT release, or both."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import (
    BlockingFindingsError,
    UnsupportedVersionError,
    UsageError,
)
from setrange.files.atomic import check_output, write_bytes
from setrange.formats.cache_headers import header_remark
from setrange.formats.module_keys import MODULE_FORMATS
from setrange.formats.reading import read_ranges
from setrange.formats.trt_cache import DEFAULT_ALGORITHM
from setrange.formats.writing import ConversionReport, format_as, format_of_output
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.importer.parser import ParserOptions
    from setrange.ranges.model import RangeFile

__all__ = ["Conversion", "convert", "make_conversion"]

#: Format that TensorRT itself reads.
_CACHE = "trt-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A converted file that is not written yet.

    Attributes:
        report: What is in it and what was lost.
        data: Its bytes.
    """

    report: ConversionReport
    data: bytes

    def check_strict(self) -> None:
        """Refuse losses.

        Raises:
            BlockingFindingsError: Something was lost.
        """
        lost = len(self.report.losses)
        if lost:
            raise BlockingFindingsError(
                f"{lost} {'thing is' if lost == 1 else 'things are'} lost, and --strict does "
                f"not allow that; {self.report.target} is not written"
            )

    def write(self) -> None:
        """Write the file, whole or not at all."""
        write_bytes(self.report.target, self.data)


def convert(
    src: str | Path,
    dst: str | Path,
    *,
    from_: str | None = None,
    to: str | None = None,
    model: str | Path | None = None,
    trt: str | None = None,
    named_by: str | None = None,
    options: ParserOptions | None = None,
    partial: bool = False,
    force: bool = False,
    strict: bool = False,
) -> ConversionReport:
    """Convert a ranges file.

    Without ``model`` names stay as they are; a calibration cache becomes a calibration cache
    byte for byte.

    Args:
        src: File to read.
        dst: File to write, whole or not at all.
        from_: Format id of ``src``; ``None`` tells it from the content.
        to: Format id of ``dst``; ``None`` tells it from the ending.
        model: The ONNX model. Names become those of its network at ``trt``; those of PyTorch
            modules become its values.
        trt: TensorRT release the target is for, e.g. ``"10.3"``; ``None`` keeps the source's.
        named_by: TensorRT release whose names ``src`` has, where it does not say, or wrongly.
        options: How TensorRT's parser is set up.
        partial: Take what fits of a file that does not fit the model.
        force: Write a calibration cache whose names are assumed (5.1, 8.1, 8.3, 9.x).
        strict: Losses are an error.

    Returns:
        What was converted, and what was lost.

    Raises:
        InputError: ``src`` is wrong or does not fit the model, ``dst`` cannot be written, or a
            name would mean nothing in the wanted release.
        UsageError: A format is unknown, or a version is missing.
        BlockingFindingsError: ``strict``, and something was lost.
    """
    made = make_conversion(
        src,
        dst,
        from_=from_,
        to=to,
        model=model,
        trt=None if trt is None else TrtVersion.parse(trt),
        named_by=None if named_by is None else TrtVersion.parse(named_by),
        options=options,
        partial=partial,
        force=force,
    )
    if strict:
        made.check_strict()
    made.write()
    return made.report


def make_conversion(
    src: str | Path,
    dst: str | Path,
    *,
    from_: str | None,
    to: str | None,
    model: str | Path | None,
    trt: TrtVersion | None,
    named_by: TrtVersion | None,
    options: ParserOptions | None,
    partial: bool,
    force: bool,
) -> Conversion:
    """Do all of ``convert`` but write; the arguments are the same."""
    target = to or format_of_output(dst)
    check_output(dst)
    ranges = read_ranges(src, fmt=from_)
    if named_by is not None:
        named_by.require_ranges("ranges by its names")
        _ = named_by.profile  # raises for releases that are too old
        ranges = dataclasses.replace(ranges, named_by=str(named_by), extra={})
    if model is not None:
        return _with_model(
            ranges, dst, target, model, trt, options, partial=partial, force=force
        )
    source = ranges.named_by
    if trt is not None:
        from setrange.resolver.rekey import change_version

        ranges = change_version(ranges, trt)
    is_new = trt is not None or named_by is not None or ranges.format != _CACHE
    ranges = _for_trtexec(ranges, target, is_new=is_new)
    report, data = format_as(ranges, dst, target)
    return Conversion(report=dataclasses.replace(report, named_by=source), data=data)


def _for_trtexec(ranges: RangeFile, to: str, *, is_new: bool) -> RangeFile:
    """Name trtexec's calibrator in a cache with a new header; say so where it is another's.

    Args:
        ranges: What will be written.
        to: The format.
        is_new: The cache gets a header of its own; else the source's is kept as it is.
    """
    if to != _CACHE:
        return ranges
    algorithm = (ranges.collected or {}).get("algorithm", DEFAULT_ALGORITHM)
    if is_new and algorithm != DEFAULT_ALGORITHM:
        note = (
            f"the header says {DEFAULT_ALGORITHM}, not {algorithm}: trtexec, Polygraphy's "
            f"default and DLA read no other"
        )
        collected = {**(ranges.collected or {}), "algorithm": DEFAULT_ALGORITHM}
        return dataclasses.replace(ranges, collected=collected, notes=(*ranges.notes, note))
    remark = None if is_new else header_remark(ranges)
    if remark is None:
        return ranges
    note = f"{remark}; --trt V writes the header of that release"
    return dataclasses.replace(ranges, notes=(*ranges.notes, note))


def _with_model(
    ranges: RangeFile,
    dst: str | Path,
    to: str,
    model: str | Path,
    trt: TrtVersion | None,
    options: ParserOptions | None,
    *,
    partial: bool,
    force: bool,
) -> Conversion:
    from setrange.importer.model_at import ModelAt
    from setrange.resolver.module_ranges import ranges_of_tensors
    from setrange.resolver.rekey import rekey

    read = len(ranges.entries)
    of_modules = ranges.format in MODULE_FORMATS
    if trt is None and ranges.named_by is None and not of_modules:
        raise UsageError(
            f"{ranges.path} does not say which TensorRT its names are for; give the one that "
            f"is wanted, e.g. --trt 10.3"
        )
    models = ModelAt.of(model, options)
    ranges = ranges_of_tensors(ranges, models.model)
    if trt is None and of_modules:
        report, data = format_as(ranges, dst, to)
        return Conversion(report=dataclasses.replace(report, entries=read), data=data)
    version = trt or TrtVersion.parse(str(ranges.named_by))
    if version.is_assumed and str(version) != ranges.named_by and to == _CACHE and not force:
        raise UnsupportedVersionError(
            f"no evidence shows how TensorRT {version} names tensors, and TensorRT ignores "
            f"wrong names in a cache and reports nothing; --force writes the cache all the same"
        )
    network = models.network(version)
    done = rekey(ranges, network, model=models, partial=partial)
    report, data = format_as(_for_trtexec(done.ranges, to, is_new=True), dst, to)
    return Conversion(
        report=dataclasses.replace(
            report,
            entries=read,
            named_by=done.source or ranges.named_by,
            renamed=done.renamed,
            absent=done.absent,
            findings=(*network.findings, *done.findings),
        ),
        data=data,
    )
