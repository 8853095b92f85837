# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import math
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import FormatError, InputError, UsageError
from setrange.formats.registry import read_source, sniff, write_format
from setrange.formats.trt_cache import (
    cache_header,
    format_cache,
    read_cache,
    scale_bits,
    version_of_header,
)
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.float32 import float_of_bits
from setrange.ranges.loss import LossKind
from setrange.versions import TrtVersion
from tests.formats.material import amaxes, real_caches, source

CACHE = """TRT-8601-EntropyCalibration2
input: 3caa54fc
onnx::Conv_329: 3d8a4553
(Unnamed Layer* 22) [Constant]_output: 3a4b050c
ssd/softmax/Reshape:0: 3c010a14
a: b: 3F800000
mask: 0
diverged: 7f800000
short: 3f
"""

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda name: name.strip() and not name.startswith("\ufeff")
)


def test_reads_names_values_and_reasons() -> None:
    ranges = read_cache(source(CACHE))
    assert ranges.named_by == "8.6.1"
    assert ranges.collected == {"algorithm": "EntropyCalibration2"}
    assert list(ranges.entries) == [
        "input",
        "onnx::Conv_329",
        "(Unnamed Layer* 22) [Constant]_output",
        "ssd/softmax/Reshape:0",
        "a: b",
        "mask",
        "diverged",
        "short",
    ]
    assert ranges.entries["a: b"].scale == 1.0
    assert ranges.entries["a: b"].range == DynamicRange(-127.0, 127.0)
    assert ranges.entries["ssd/softmax/Reshape:0"].amax == pytest.approx(1.000244, rel=1e-6)
    assert ranges.entries["mask"].reason == "0 in the cache"
    assert ranges.entries["diverged"].reason == "infinite in the cache"
    assert ranges.entries["mask"].range is None
    assert ranges.entries["short"].scale == float_of_bits(0x3F)
    assert ranges.entries["onnx::Conv_329"].line == 3


@pytest.mark.parametrize(
    ("bits", "reason"),
    [
        ("7fc00000", "NaN in the cache"),
        ("ff800000", "infinite in the cache"),
        ("bf800000", "negative in the cache"),
        ("7f7fffff", "127 x scale is more than a float32 holds"),
        ("80000000", "0 in the cache"),
    ],
)
def test_values_without_a_usable_range(bits: str, reason: str) -> None:
    text = f"TRT-8601-EntropyCalibration2\nx: {bits}\n"
    ranges = read_cache(source(text))
    assert ranges.entries["x"].reason == reason
    assert write_format(ranges, "trt-cache").data.decode() == text


@pytest.mark.parametrize(
    "header",
    [
        "TRT-8601-EntropyCalibration2",
        "TRT-101401-MinMaxCalibration",
        "TRT-8XXX-EntropyCalibration2",
        "TRT-XXXX-EntropyCalibration2 ",
        "TRT-5101-EntropyCalibration2\t ",
        "0 3ff0000000000000 3fefffeb074a771d",
        "TRT-strange",
    ],
)
def test_every_header_is_kept_as_it_is(header: str) -> None:
    text = CACHE.replace("TRT-8601-EntropyCalibration2", header)
    assert sniff(source(text)).id == "trt-cache"
    written = write_format(read_cache(source(text)), "trt-cache")
    assert written.data.decode() == text
    assert written.losses == ()


def test_a_file_without_a_header_loses_nothing() -> None:
    text = CACHE.split("\n", 1)[1].replace("short: 3f\n", "")
    ranges = read_source(source(text))
    assert ranges.format == "trt-cache"
    assert ranges.entries["input"].line == 1
    assert ranges.named_by is None
    assert any("no header" in note for note in ranges.notes)
    assert write_format(ranges, "trt-cache").data.decode() == text


@pytest.mark.parametrize(
    ("number", "version"),
    [
        ("8601", "8.6.1"),
        ("7103", "7.1.3"),
        ("5101", "5.1.1"),
        ("8510", "8.5.10"),
        ("100300", "10.3.0"),
        ("101401", "10.14.1"),
        ("100001", "10.0.1"),
    ],
)
def test_header_and_version_are_each_others_inverse(number: str, version: str) -> None:
    header = f"TRT-{number}-EntropyCalibration2"
    assert str(version_of_header(header)) == version
    assert cache_header(TrtVersion.parse(version)) == header


@pytest.mark.parametrize("header", ["TRT-8XXX-EntropyCalibration2", "TRT-12-X", "TRT-86010-X"])
def test_hand_made_headers_name_no_version(header: str) -> None:
    assert version_of_header(header) is None


def test_wrong_lines_are_all_named() -> None:
    text = "TRT-8601-EntropyCalibration2\na: 3c010204\nb 3c010204\nc: xyz\na: 1\nd: 123456789\n"
    with pytest.raises(FormatError) as caught:
        read_cache(source(text))
    assert str(caught.value).splitlines() == [
        'file:3: "b 3c010204" is no entry; expected <tensor name>: <1 to 8 hex digits>',
        'file:4: "c: xyz" is no entry; expected <tensor name>: <1 to 8 hex digits>',
        'file:5: tensor "a": is given twice (first on line 2)',
        'file:6: "d: 123456789" is no entry; expected <tensor name>: <1 to 8 hex digits>',
    ]


def test_a_cut_off_file_is_recognized() -> None:
    with pytest.raises(FormatError, match="'3d8a' is cut off"):
        read_cache(source("TRT-8601-EntropyCalibration2\nx: 3caa54fc\ny: 3d8a"))
    notes = read_cache(source("TRT-8601-EntropyCalibration2\nx: 3caa54fc")).notes
    assert any("may have been cut off" in note for note in notes)


def test_a_header_alone_is_no_cache() -> None:
    with pytest.raises(FormatError, match="no entries"):
        read_cache(source("TRT-8601-EntropyCalibration2\n"))


def test_crlf_and_byte_order_mark_are_read_and_not_written() -> None:
    data = b"\xef\xbb\xbf" + CACHE.replace("\n", "\r\n").encode()
    ranges = read_source(source(data))
    assert len(ranges.notes) == 2
    assert write_format(ranges, "trt-cache").data.decode() == CACHE


def test_writes_scales_of_ranges() -> None:
    ranges = RangeFile(
        named_by="10.3",
        entries={
            "a": RangeEntry(name="a", range=DynamicRange(-5.43116, 5.43116)),
            "b": RangeEntry(name="b", range=DynamicRange(0.0, 1.0)),
            "c": RangeEntry(name="c", range=DynamicRange(-127.0, 127.0), scale=1.0),
            "d": RangeEntry(name="d", reason="not filled in"),
        },
    )
    written = write_format(ranges, "trt-cache")
    assert written.data == (
        b"TRT-100300-EntropyCalibration2\na: 3d2f2a65\nb: 3c010204\nc: 3f800000\n"
    )
    assert [(loss.name, loss.kind) for loss in written.losses] == [
        ("b", LossKind.ASYMMETRIC),
        ("d", LossKind.NO_RANGE),
    ]


def test_a_cache_needs_a_version() -> None:
    ranges = RangeFile(entries={"a": RangeEntry(name="a", range=DynamicRange(-1.0, 1.0))})
    with pytest.raises(UsageError, match="--trt"):
        write_format(ranges, "trt-cache")


def test_a_new_version_gets_a_new_header_and_the_old_algorithm() -> None:
    ranges = read_cache(source("TRT-8400-MinMaxCalibration\nx: 3c010204\n"))
    moved = dataclasses.replace(ranges, named_by="8.6.1")
    assert write_format(moved, "trt-cache").data == b"TRT-8601-MinMaxCalibration\nx: 3c010204\n"


def test_a_new_version_drops_what_is_no_range() -> None:
    ranges = read_cache(source("TRT-8400-MinMaxCalibration\nx: 3c010204\ny: 0\nz: 3C010204\n"))
    written = write_format(dataclasses.replace(ranges, named_by="8.6.1"), "trt-cache")
    assert written.data == b"TRT-8601-MinMaxCalibration\nx: 3c010204\nz: 3c010204\n"
    assert [(loss.name, loss.kind) for loss in written.losses] == [("y", LossKind.NO_RANGE)]


def test_a_hand_made_header_can_be_given_a_version() -> None:
    ranges = read_cache(source("TRT-XXXX-EntropyCalibration2 \nx: 3c010204\n"))
    written = write_format(dataclasses.replace(ranges, named_by="8.6.1"), "trt-cache")
    assert written.data == b"TRT-8601-EntropyCalibration2\nx: 3c010204\n"


def test_digits_are_not_written_back_when_the_value_changed() -> None:
    ranges = read_cache(source("TRT-8601-EntropyCalibration2\nx: 0\ny: 3F800000\n"))
    entries = {
        "x": RangeEntry(name="x", range=DynamicRange(-127.0, 127.0)),
        "y": RangeEntry(name="y", range=DynamicRange(-254.0, 254.0)),
    }
    written = write_format(dataclasses.replace(ranges, entries=entries), "trt-cache")
    assert written.data.endswith(b"x: 3f800000\ny: 40000000\n")


def test_modelopt_reads_what_is_written_for_a_version() -> None:
    """Its reader: drop line 1, split at ": " into two, an even count of digits, not zero."""
    ranges = dataclasses.replace(read_cache(source(CACHE)), named_by="8.6")
    written = write_format(ranges, "trt-cache")
    for line in written.data.decode().removesuffix("\n").split("\n")[1:]:
        if line.startswith("a: b"):
            continue  # the name itself breaks it
        _, digits = line.split(": ")
        assert any(bytes.fromhex(digits))
    assert "1 names hold ': ', e.g. \"a: b\"" in written.notes[0]


def test_format_cache_pads_and_refuses() -> None:
    assert format_cache("H", [("a b: c", 1e-44)]) == b"H\na b: c: 00000007\n"
    with pytest.raises(InputError, match="line end"):
        format_cache("H", [("a\nb", 1.0)])
    for scale in (0.0, -1.0, math.inf, math.nan, 1e39, 1e-50):
        with pytest.raises(InputError, match='tensor "a": scale'):
            format_cache("H", [("a", scale)])


@pytest.mark.property
@given(st.dictionaries(NAMES, st.integers(1, 0x7C000000), min_size=1))
def test_written_caches_read_back_exactly(bits: dict[str, int]) -> None:
    scales = [(name, float_of_bits(value)) for name, value in bits.items()]
    data = format_cache("TRT-8601-EntropyCalibration2", scales)
    for line in data.decode().split("\n")[1:-1]:
        assert re.search(r": [0-9a-f]{8}\Z", line)
    ranges = read_source(source(data))
    assert [(name, entry.scale) for name, entry in ranges.entries.items()] == scales
    assert write_format(ranges, "trt-cache").data == data


@pytest.mark.property
@given(st.integers(1, 0x7C000000))
def test_a_cache_survives_json(bits: int) -> None:
    data = format_cache("TRT-8601-MinMaxCalibration", [("x", float_of_bits(bits))])
    written = write_format(read_source(source(data)), "setrange")
    assert write_format(read_source(source(written.data)), "trt-cache").data == data
    assert scale_bits(float_of_bits(bits)) == f"{bits:08x}"


@pytest.mark.skipif(
    not real_caches(), reason="caches that TensorRT wrote are not here (shared/evidence)"
)
def test_every_real_cache_is_written_back_byte_for_byte(
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = 0
    for path in real_caches():
        data = path.read_bytes()
        ranges = read_source(source(data, str(path)))
        assert ranges.format == "trt-cache"
        assert len(ranges.entries) == data.count(b"\n") - 1
        assert write_format(ranges, "trt-cache").data == data, path.name
        usable = {name for name, amax in amaxes(ranges).items() if amax is not None}
        # Through our JSON: what has a range keeps its bits.
        json_file = read_source(source(write_format(ranges, "setrange").data))
        lines = write_format(json_file, "trt-cache").data.decode().split("\n")[1:-1]
        expected = data.decode().split("\n")[1:-1]
        assert lines == [line for line in expected if line.rsplit(": ", 1)[0] in usable]
        entries += len(ranges.entries)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(real_caches())} real caches, {entries} entries: same bytes\n")
