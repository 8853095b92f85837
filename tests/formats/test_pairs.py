# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every writer against every reader: what arrives is what left, up to the declared losses."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setrange.formats.registry import FORMATS, read_source, write_format
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.float32 import amax_of_scale, float_of_bits, scale_of_entry, shortest
from setrange.ranges.loss import LossKind
from tests.formats.material import source

WRITERS = [entry.id for entry in FORMATS if entry.write is not None]
#: Formats that hold one number a tensor.
SYMMETRIC = {
    "trt-cache", "sampleint8api", "ort-flatbuffers", "qdq-translator", "tao", "aimet-0.6.1",
    "aimet-1.0.0", "aimet-2", "ppq", "mqbench", "nvdla",
}  # fmt: skip
DROPPED = {LossKind.NO_RANGE, LossKind.NAME}

NAMES = st.one_of(
    st.sampled_from(
        [
            "(Unnamed Layer* 22) [Constant]_output",
            "onnx::Conv_329",
            "ssd/softmax/Reshape:0",
            "/model.0/conv/Conv_output_0",
            "92@Shuffle[0]",
            "125",
            "a: b",
            "tensors",
            "größe",
            "a,b;c",
            '"quoted"',
            "100%",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8),
).filter(
    lambda name: (
        not name.startswith(("\ufeff", "TRT-", "---", "%", "{", "[")) and "\ufeff" not in name
    )
)

# Well inside float32, so that no step of 255 or 128 leaves it.
SCALES = st.integers(0x10000000, 0x70000000).map(float_of_bits)


@st.composite
def entries(draw: st.DrawFn, name: str) -> RangeEntry:
    kind = draw(st.sampled_from(["scale", "scale", "symmetric", "bounds", "unset"]))
    if kind == "unset":
        return RangeEntry(name=name, reason="not filled in")
    if kind == "scale":
        scale = draw(SCALES.filter(lambda value: value != 1.0))
        bounds = DynamicRange.symmetric(shortest(amax_of_scale(scale)))
        return RangeEntry(name=name, range=bounds, scale=scale)
    amax = draw(st.floats(1e-20, 1e20))
    low = -amax if kind == "symmetric" else draw(st.floats(-0.9, 0.9)) * amax
    return RangeEntry(name=name, range=DynamicRange(low, amax))


@st.composite
def range_files(draw: st.DrawFn) -> RangeFile:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    drawn = {name: draw(entries(name)) for name in names}
    drawn["anchor"] = RangeEntry(name="anchor", range=DynamicRange(-2.64, 2.64))
    return RangeFile(named_by="8.6.1", entries=drawn)


def check(ranges: RangeFile, fmt: str) -> RangeFile:
    """Write, read back by content, and hold what came back against the declared losses."""
    written = write_format(ranges, fmt)
    back = read_source(source(written.data))
    assert back.format == fmt
    dropped = {loss.name for loss in written.losses if loss.kind in DROPPED}
    dropped |= {name for name, entry in back.entries.items() if entry.range is None}
    flattened = {loss.name for loss in written.losses if loss.kind is LossKind.ASYMMETRIC}
    kept = [name for name in ranges.entries if name not in dropped]
    assert sorted(name for name, e in back.entries.items() if e.range) == sorted(kept)
    for name in kept:
        before, after = ranges.entries[name], back.entries[name]
        assert before.range is not None
        assert after.range is not None
        assert scale_of_entry(after) == scale_of_entry(before), name
        if name in flattened:
            assert fmt in SYMMETRIC
            assert after.range.is_symmetric
        else:
            assert after.range.min == pytest.approx(before.range.min, rel=1e-6)
            assert after.range.max == pytest.approx(before.range.max, rel=1e-6)
    if fmt not in SYMMETRIC:
        assert not flattened
    unset = {name for name, entry in ranges.entries.items() if entry.range is None}
    assert dropped - unset <= {loss.name for loss in written.losses}
    return back


@pytest.mark.property
@pytest.mark.parametrize("fmt", WRITERS)
@given(ranges=range_files())
@settings(max_examples=40)
def test_what_is_written_is_read_back(ranges: RangeFile, fmt: str) -> None:
    check(ranges, fmt)


@pytest.mark.property
@given(ranges=range_files(), first=st.sampled_from(WRITERS), second=st.sampled_from(WRITERS))
@settings(max_examples=300)
def test_scales_survive_any_two_conversions(ranges: RangeFile, first: str, second: str) -> None:

    between = dataclasses.replace(check(ranges, first), named_by="8.6.1")
    check(between, second)


def held(ranges: RangeFile) -> dict[str, object]:
    """Everything a ranges file can hold beside the numbers."""
    sources = {n: e.source for n, e in ranges.entries.items() if e.source and e.range}
    return {
        "named_by": ranges.named_by,
        "model": ranges.model or None,
        "precision": ranges.precision or None,
        "collected": ranges.collected or None,
        "source": sources or None,
    }


@pytest.mark.property
@pytest.mark.parametrize("fmt", WRITERS)
@given(
    ranges=range_files(),
    model=st.none() | st.just({"file": "m.onnx", "sha256": "0" * 64}),
    precision=st.dictionaries(
        st.sampled_from(["*", "/a/Conv", "x[[]0]", "/b/*"]), st.sampled_from(["fp16", "fp32"])
    ),
    collected=st.none() | st.just({"method": "max", "samples": 3}),
    source_=st.none() | st.just("measured"),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_not_read_back_was_said_to_be_lost(
    fmt: str,
    ranges: RangeFile,
    model: dict[str, str] | None,
    precision: dict[str, str],
    collected: dict[str, object] | None,
    source_: str | None,
) -> None:
    entries = {
        name: dataclasses.replace(entry, source=source_) if entry.range else entry
        for name, entry in ranges.entries.items()
    }
    ranges = dataclasses.replace(
        ranges, entries=entries, model=model, precision=precision, collected=collected
    )
    written = write_format(ranges, fmt)
    back = read_source(source(written.data))
    before, after = held(ranges), held(back)
    fields = {loss.name for loss in written.losses if loss.kind is LossKind.FIELD}
    if fmt == "trt-cache":  # its header names a calibrator of its own
        after["collected"] = None
    if fmt == "ort-tensors-data":
        after["collected"] = None
    for what, value in before.items():
        if value is None or value == after[what]:
            continue
        patterns = {pattern for pattern in precision if pattern in fields}
        assert what in fields or (what == "precision" and patterns), what
    if not written.losses and all(entry.range for entry in entries.values()):
        assert set(back.entries) == set(entries)


@pytest.mark.parametrize("fmt", WRITERS)
@pytest.mark.parametrize("bits", [0x7C010204, 0x7C010203, 0x00800000, 0x00000001])
def test_the_limits_of_float32_are_written_and_read(fmt: str, bits: int) -> None:
    scale = float_of_bits(bits)
    amax = shortest(amax_of_scale(scale))
    entry = RangeEntry(name="t", range=DynamicRange.symmetric(amax), scale=scale)
    other = RangeEntry(name="u", range=DynamicRange.symmetric(1.5))
    ranges = RangeFile(entries={"t": entry, "u": other}, named_by="8.6")
    written = write_format(ranges, fmt)
    back = read_source(source(written.data)).entries.get("t")
    if back is None or back.range is None:
        assert "t" in {loss.name for loss in written.losses} or bits == 0x7C010204
    else:
        assert scale_of_entry(back) == scale


@pytest.mark.parametrize("first", WRITERS)
@pytest.mark.parametrize("second", WRITERS)
def test_every_pair_on_one_file(first: str, second: str) -> None:

    names = [
        "(Unnamed Layer* 22) [Constant]_output",
        "onnx::Conv_329",
        "größe",
        "92@Shuffle[0]",
    ]
    ranges = RangeFile(
        named_by="8.6.1",
        entries={
            name: RangeEntry(
                name=name,
                range=DynamicRange.symmetric(shortest(amax_of_scale(float_of_bits(bits)))),
                scale=float_of_bits(bits),
            )
            for name, bits in zip(names, range(0x3C010204, 0x3C010208), strict=True)
        },
    )
    between = dataclasses.replace(check(ranges, first), named_by="8.6.1")
    check(between, second)


@pytest.mark.parametrize("fmt", WRITERS)
def test_writing_is_deterministic(fmt: str) -> None:
    ranges = RangeFile(
        named_by="8.6",
        entries={n: RangeEntry(name=n, range=DynamicRange(-1.5, 1.5)) for n in "bac"},
    )
    assert write_format(ranges, fmt).data == write_format(ranges, fmt).data
    if fmt != "ort-flatbuffers":
        assert b"\r" not in write_format(ranges, fmt).data
        assert write_format(ranges, fmt).data.endswith(b"\n")
