# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from setrange.errors import FormatError
from setrange.formats.registry import read_source, write_format
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.loss import LossKind
from tests.formats.material import amaxes, source
from tests.formats.samples import NVDLA

ENTRY = RangeEntry(name="a", range=DynamicRange(-2.54, 2.54), scale=0.02)
ONE = RangeFile(entries={"a": ENTRY})


@pytest.mark.parametrize(
    ("fmt", "document"),
    [
        ("ppq", {"act_quant_info": {"a": 2.54}}),
        ("tao", {"tensor_scales": {"a": 2.54}}),
        ("qdq-translator", {"int8_tensor_scales": {"a": 0.02}}),
        ("nvdla", {"a": {"scale": 0.02, "min": 0, "max": 0, "offset": 0}}),
    ],
)
def test_what_the_number_means(fmt: str, document: dict[str, object]) -> None:
    assert json.loads(write_format(ONE, fmt).data) == document
    assert amaxes(read_source(source(json.dumps(document)))) == {"a": 2.54}


def test_mqbench_counts_128_steps() -> None:
    ranges = read_source(source('{"tensorrt": {"blob_range": {"a": 2.56}}}'))
    assert amaxes(ranges) == {"a": 2.54}
    assert [loss.kind for loss in ranges.losses] == [LossKind.STEPS_128]
    written = json.loads(write_format(ranges, "mqbench").data)
    assert written["tensorrt"]["blob_range"]["a"] == pytest.approx(2.56, rel=1e-7)


def test_values_without_a_range_say_why() -> None:
    text = (
        '{"tensor_scales": {"a": 0, "b": NaN, "c": Infinity, "d": -1, "e": 1e39, "f": 1e-46}}'
    )
    ranges = read_source(source(text))
    assert {name: entry.reason for name, entry in ranges.entries.items()} == {
        "a": "0 in the file",
        "b": "NaN in the file",
        "c": "infinite in the file",
        "d": "negative in the file",
        "e": "more than a float32 holds",
        "f": "too small for a float32 scale",
    }


def test_ppq_takes_the_absolute_value() -> None:
    assert amaxes(read_source(source('{"act_quant_info": {"a": -2.5}}'))) == {"a": 2.5}


def test_nvdla_uses_min_and_max_where_the_scale_is_zero() -> None:
    ranges = read_source(source(NVDLA))
    assert ranges.entries["data"].scale == pytest.approx(1.189266)
    assert ranges.entries["conv1"].range == DynamicRange(-3.0, 4.5)


def test_qdq_translator_marks_fused_tensors() -> None:
    ranges = read_source(source('{"int8_tensor_scales": {"a": 1.0, "b": 0.5}}'))
    assert ranges.entries["a"].range is None
    assert "fused" in str(ranges.entries["a"].reason)
    real = RangeFile(
        entries={
            "a": RangeEntry(name="a", range=DynamicRange(-127, 127)),
            "b": RangeEntry(name="b", range=DynamicRange(-1, 1)),
        }
    )
    assert [loss.name for loss in write_format(real, "qdq-translator").losses] == ["a"]


def test_qdq_translator_keeps_fp16_nodes() -> None:
    text = '{"int8_tensor_scales": {"a": 0.5}, "fp16_nodes": ["Conv_7", "net[0]/Conv", "a*"]}'
    ranges = read_source(source(text))
    assert ranges.precision == {"Conv_7": "fp16", "net[[]0]/Conv": "fp16", "a[*]": "fp16"}
    written = write_format(ranges, "qdq-translator")
    assert json.loads(written.data)["fp16_nodes"] == ["Conv_7", "net[0]/Conv", "a*"]
    assert written.losses == ()
    patterns = RangeFile(entries=ranges.entries, precision={"/head/*": "fp16", "x": "fp32"})
    losses = write_format(patterns, "qdq-translator").losses
    assert [(loss.name, loss.kind) for loss in losses] == [
        ("/head/*", LossKind.FIELD),
        ("x", LossKind.FIELD),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '{"act_quant_info": {"a": "1", "b": [], "a": 2}}',
            'tensor "a": the range is the text',
        ),
        ('{"act_quant_info": {}}', "has no tensors"),
        ('{"tensor_scales": {"a": true}}', 'tensor "a": the range is true; expected a number'),
        ('{"tensor_scales": {"a": 1, "a": 2}}', '"a" is given twice (first on line 1)'),
        ('{"int8_tensor_scales": {"a": 1}, "fp16_nodes": 3}', '"fp16_nodes" is 3; expected a'),
        ('{"tensorrt": {"blob_range": {"a": null}}}', 'tensor "a": the range is null'),
    ],
)
def test_problems_are_named(text: str, problem: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_source(source(text))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fmt", "problem"),
    [
        ("[1]", "tao", "the file is a list; expected an object"),
        ('{"a": 1}', "tao", '"tensor_scales" is missing; expected an object'),
        ('{"tensorrt": 1}', "mqbench", '"tensorrt" is 1; expected an object'),
        ('{"a": 1}', "nvdla", 'tensor "a": is 1; expected an object'),
    ],
)
def test_a_wrong_from_is_explained(text: str, fmt: str, problem: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_source(source(text), fmt)
    assert problem in str(caught.value)


def test_name_list() -> None:
    text = (
        "TensorName: input\n\nTensorName: (Unnamed Layer* 3) [Pool]_output\nTensorName: 125\n"
    )
    ranges = read_source(source(text))
    assert ranges.format == "sampleint8api-names"
    assert list(ranges.entries) == ["input", "(Unnamed Layer* 3) [Pool]_output", "125"]
    assert {entry.reason for entry in ranges.entries.values()} == {"not filled in"}
    with pytest.raises(FormatError, match=r"file:2: .*expected TensorName: <name>"):
        read_source(source("TensorName: a\nb\n"), "sampleint8api-names")
