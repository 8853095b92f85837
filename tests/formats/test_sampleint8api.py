# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import FormatError
from setrange.formats.reading import read_ranges
from setrange.formats.registry import read_source, sniff, write_format
from setrange.formats.sampleint8api import read_text
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.float32 import float_of_bits, scale_of_entry, shortest
from setrange.ranges.loss import LossKind
from tests.formats.material import DATA, amaxes, source


@pytest.mark.parametrize(
    ("name", "count", "parser_made"),
    [("ranges-trt5.1.txt", 178, 2), ("ranges-trt8.txt", 183, 6)],
)
def test_nvidias_own_lists(name: str, count: int, parser_made: int) -> None:
    ranges = read_ranges(DATA / "nvidia-resnet50" / name)
    assert ranges.format == "sampleint8api"
    assert len(ranges.entries) == count
    assert ranges.notes == ()
    assert sum(key.startswith("(Unnamed") for key in ranges.entries) == parser_made
    assert next(iter(ranges.entries.values())) == RangeEntry(
        name="gpu_0/data_0", range=DynamicRange(-1.000244122, 1.000244122), line=1
    )
    written = write_format(ranges, "sampleint8api")
    assert written.losses == ()
    assert amaxes(read_source(source(written.data))) == amaxes(ranges)


def test_the_last_colon_separates_and_blanks_do_not_count() -> None:
    ranges = read_text(
        source("\ninput_1:0: 2.5\nx :3\n\n (Unnamed Layer* 1) [Pool]_output:.5\n")
    )
    assert amaxes(ranges) == {
        "input_1:0": 2.5,
        "x": 3.0,
        " (Unnamed Layer* 1) [Pool]_output": 0.5,
    }
    assert len(ranges.notes) == 1
    assert "input_1:0" in ranges.notes[0]


def test_every_wrong_line_is_named() -> None:
    text = "a:1\nb\nc:zero\nd:0\ne:-2\nf:nan\na:2\ng:1 junk\n:1\nh:inf\n"
    with pytest.raises(FormatError) as caught:
        read_text(source(text))
    problems = str(caught.value).splitlines()
    assert [int(problem.split(":")[1]) for problem in problems] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert problems[0] == 'file:2: "b" is no entry; expected <name>:<number>'
    assert 'file:7: tensor "a": is given twice (first on line 1)' in problems


def test_one_bad_line_does_not_hide_the_format() -> None:
    assert sniff(source("a:1\nb:2\nc:3 junk\n")).id == "sampleint8api"


def test_what_the_sample_cannot_read_is_left_out() -> None:
    ranges = RangeFile(
        entries={
            "a:0": RangeEntry(name="a:0", range=DynamicRange(-1.0, 1.0)),
            "b": RangeEntry(name="b", range=DynamicRange(-1.0, 2.0)),
            "c": RangeEntry(name="c", reason="0 in the cache"),
            "d": RangeEntry(name="d", range=DynamicRange(-3.0, 3.0)),
        }
    )
    written = write_format(ranges, "sampleint8api")
    assert written.data == b"b:2.0\nd:3.0\n"
    assert [(loss.name, loss.kind) for loss in written.losses] == [
        ("a:0", LossKind.NAME),
        ("b", LossKind.ASYMMETRIC),
        ("c", LossKind.NO_RANGE),
    ]


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters=":\"'\ufeff{["),
    min_size=1,
)


@pytest.mark.property
@given(st.dictionaries(NAMES, st.integers(1, 0x7C000000), min_size=1))
def test_scales_survive_to_the_last_bit(bits: dict[str, int]) -> None:
    entries = {}
    for name, value in bits.items():
        scale = float_of_bits(value)
        bounds = DynamicRange.symmetric(shortest(127 * scale))
        entries[name] = RangeEntry(name=name, range=bounds, scale=scale)
    written = write_format(RangeFile(entries=entries), "sampleint8api")
    assert written.losses == ()
    back = read_text(source(written.data))
    scales = {name: scale_of_entry(entry) for name, entry in back.entries.items()}
    assert scales == {name: entry.scale for name, entry in entries.items()}
