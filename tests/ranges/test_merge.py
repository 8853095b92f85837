# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from setrange.errors import InputError, UsageError
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.merge import MergePolicy, merge_ranges


def file(
    path: str, named_by: str | None = None, **given: tuple[float, float] | None
) -> RangeFile:
    entries = {
        name: RangeEntry(name=name, reason="not filled in")
        if pair is None
        else RangeEntry(name=name, range=DynamicRange(*pair))
        for name, pair in given.items()
    }
    return RangeFile(path=path, entries=entries, named_by=named_by)


A = file("a.json", "8.6", x=(-1, 1), y=(0, 6), z=None)
B = file("b.json", y=(-2, 5), z=(0, 1), w=(0, 2))


def test_union_keeps_the_order() -> None:
    assert list(merge_ranges([A, B]).ranges.entries) == ["x", "y", "z", "w"]


def test_widest_spans_both() -> None:
    result = merge_ranges([A, B])
    assert result.ranges.entries["y"].range == DynamicRange(-2, 6)
    assert result.ranges.entries["z"].range == DynamicRange(0, 1)
    assert [conflict.to_dict() for conflict in result.conflicts] == [
        {"name": "y", "values": {"a.json": "[0, 6]", "b.json": "[-2, 5]"}, "taken": "[-2, 6]"}
    ]


def test_first_takes_the_first_that_has_a_range() -> None:
    result = merge_ranges([A, B], "first")
    assert result.ranges.entries["y"].range == DynamicRange(0, 6)
    assert result.ranges.entries["z"].range == DynamicRange(0, 1)
    assert [conflict.taken for conflict in result.conflicts] == ["[0, 6]"]


def test_the_widest_entry_keeps_its_exact_scale() -> None:
    exact = RangeEntry(name="x", range=DynamicRange(-1.27, 1.27), scale=0.01)
    narrow = RangeEntry(name="x", range=DynamicRange(-1, 1), scale=1 / 127)
    one, two = RangeFile(entries={"x": narrow}), RangeFile(entries={"x": exact})
    assert merge_ranges([one, two]).ranges.entries["x"].scale == 0.01
    wide = RangeFile(entries={"x": RangeEntry(name="x", range=DynamicRange(0, 2))})
    assert merge_ranges([one, wide]).ranges.entries["x"].scale is None


def test_equal_ranges_are_no_conflict() -> None:
    assert merge_ranges([A, A], MergePolicy.FIRST).conflicts == ()
    assert merge_ranges([A, A]).ranges.entries == A.entries


def test_one_file_is_itself() -> None:
    assert merge_ranges([B]).ranges.entries == B.entries


def test_versions_must_agree() -> None:
    assert merge_ranges([A, B]).ranges.named_by == "8.6"
    with pytest.raises(InputError, match=r"a\.json by 8\.6, c\.json by 10\.3.*--model"):
        merge_ranges([A, file("c.json", "10.3", x=(0, 1))])


def test_precision_rules_are_merged() -> None:
    one = RangeFile(path="1", precision={"a": "fp16", "b": "int8"})
    two = RangeFile(path="2", precision={"a": "fp32", "c": "fp16"})
    result = merge_ranges([one, two])
    assert result.ranges.precision == {"a": "fp16", "b": "int8", "c": "fp16"}
    assert [(c.name, c.taken) for c in result.conflicts] == [("precision: a", "fp16")]


def test_what_a_precision_is_from_is_that_of_the_one_that_is_taken() -> None:
    one = RangeFile(path="1", precision={"a": "fp16", "b": "int8"})
    two = RangeFile(
        path="2",
        precision={"a": "fp32", "b": "int8", "c": "fp16"},
        precision_sources={"a": "by hand", "b": "tuned", "c": "tuned"},
    )
    assert merge_ranges([one, two]).ranges.precision_sources == {"b": "tuned", "c": "tuned"}


def test_model_survives_only_where_it_is_the_same() -> None:
    one, two = RangeFile(model={"file": "m.onnx"}), RangeFile(model={"file": "n.onnx"})
    assert merge_ranges([one, one]).ranges.model == {"file": "m.onnx"}
    assert merge_ranges([one, two]).ranges.model is None


def test_bad_arguments() -> None:
    with pytest.raises(UsageError, match="nothing to merge"):
        merge_ranges([])
    with pytest.raises(UsageError, match="expected one of widest, first"):
        merge_ranges([A], "narrowest")
