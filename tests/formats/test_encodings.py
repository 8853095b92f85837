# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from setrange.errors import FormatError
from setrange.formats.registry import read_source, write_format
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.loss import LossKind
from tests.formats.material import source
from tests.formats.samples import AIMET_0_6_1, AIMET_1_0_0, AIMET_2, QNN

FLOAT32 = 0.015699999406933784  # 0.0157 as a float32


def test_aimet_0_6_1() -> None:
    ranges = read_source(source(AIMET_0_6_1))
    entries = ranges.entries
    assert entries["conv1_out"].scale == FLOAT32
    assert entries["conv1_out"].range == DynamicRange(-1.9939, 1.9939)  # not -128 x scale
    assert entries["strict"].range == DynamicRange(-1.9939, 1.9939)
    assert entries["act2"].range == DynamicRange(-2.26, 2.84)
    assert entries["wide"].reason == "16-bit encoding"
    assert entries["float"].reason == "kept in floating point by the source"
    assert "conv1.weight" not in entries
    assert [(loss.name, loss.kind) for loss in ranges.losses] == [
        ("act2", LossKind.ASYMMETRIC),
        ("wide", LossKind.NOT_8_BIT),
        ("float", LossKind.NOT_8_BIT),
        ("conv1.weight", LossKind.PARAMETER),
    ]


def test_aimet_1_0_0() -> None:
    ranges = read_source(source(AIMET_1_0_0))
    assert ranges.entries["conv1_out"].scale == FLOAT32
    assert ranges.entries["act2"].range == DynamicRange(-2.26, 2.84)
    assert ranges.entries["channels"].range == DynamicRange(-3.81, 3.81)
    assert [(loss.name, loss.kind) for loss in ranges.losses] == [
        ("act2", LossKind.ASYMMETRIC),
        ("channels", LossKind.PER_CHANNEL),
        ("conv1.weight", LossKind.PARAMETER),
    ]


def test_aimet_2() -> None:
    ranges = read_source(source(AIMET_2))
    assert ranges.entries["conv1_out"].scale == FLOAT32
    assert ranges.entries["act2"].range == DynamicRange(-2.26, 2.84)
    assert ranges.entries["shifted"].range == DynamicRange(-2.26, 2.84)
    assert ranges.entries["centered"].range == DynamicRange(-2.54, 2.54)
    assert ranges.entries["fine"].reason == "16-bit encoding"
    assert "conv1.weight" not in ranges.entries


def test_the_three_versions_agree() -> None:
    for fmt in ("aimet-0.6.1", "aimet-1.0.0", "aimet-2", "qnn"):
        entry = RangeEntry(name="a", range=DynamicRange(-1.9939, 1.9939), scale=FLOAT32)
        back = read_source(source(write_format(RangeFile(entries={"a": entry}), fmt).data))
        assert back.entries["a"].range == entry.range
        assert back.losses == ()


def test_written_0_6_1_has_every_field() -> None:
    entry = RangeEntry(name="a", range=DynamicRange(-1.27, 1.27), scale=0.01)
    written = write_format(RangeFile(entries={"a": entry}), "aimet-0.6.1")
    assert json.loads(written.data) == {
        "version": "0.6.1",
        "activation_encodings": {
            "a": [
                {
                    "bitwidth": 8,
                    "dtype": "int",
                    "is_symmetric": "True",
                    "min": -1.28,
                    "max": 1.27,
                    "scale": 0.01,
                    "offset": -128,
                }
            ]
        },
        "param_encodings": {},
    }


def test_qnn_min_max() -> None:
    ranges = read_source(source(QNN))
    assert ranges.entries["conv1_out"].range == DynamicRange(-2.0, 1.9)
    # [-128 s, 127 s] is a signed symmetric encoding.
    assert ranges.entries["grid"].range == DynamicRange(-1.27, 1.27)


@pytest.mark.parametrize(
    "encoding",
    [
        '{"a": {"bitwidth": 8, "scale": 0.01, "offset": -128}}',
        '{"a": [{"bw": 8, "dtype": "INT", "is_sym": true, "scale": [0.01], "offset": [-128]}]}',
        '{"a": [{"min": -1.28, "max": 1.27}]}',
        '{"a": [{"min": -1.27, "max": 1.27}]}',
        '{"a": [{"scale": 0.01}]}',
        '[{"name": "a", "bitwidth": 8, "scale": 0.01, "offset": -128}]',
    ],
)
def test_spellings_that_occur(encoding: str) -> None:
    ranges = read_source(source(f'{{"activation_encodings": {encoding}}}'))
    assert ranges.format == "qnn"
    assert ranges.entries["a"].range == DynamicRange(-1.27, 1.27)


def test_unsigned_from_zero() -> None:
    text = '{"activation_encodings": {"a": [{"bitwidth": 8, "scale": 0.02, "offset": 0}]}}'
    assert read_source(source(text)).entries["a"].range == DynamicRange(0.0, 5.1)


def test_problems_are_named() -> None:
    text = """{"activation_encodings": {
"a": [{"bitwidth": 8}],
"b": [],
"c": ["x"],
"d": [{"scale": [1, 2], "offset": [0]}],
"e": [{"min": 1, "max": -1}],
"f": [{"scale": "x", "offset": 0}]}}"""
    with pytest.raises(FormatError) as caught:
        read_source(source(text))
    assert str(caught.value).splitlines() == [
        'file:2: tensor "a": has neither scale and offset nor min and max',
        'file:3: tensor "b": has no encoding',
        'file:4: tensor "c": is the text "x"; expected an encoding object',
        'file:5: tensor "d": has 2 scales but 1 offsets',
        'file:6: tensor "e": min 1.0 is greater than max -1.0',
        'file:7: tensor "f": scale is the text "x"; expected a number',
    ]


def test_nameless_list_items() -> None:
    with pytest.raises(FormatError, match='expected an object with a "name"'):
        read_source(source('{"version": "1.0.0", "activation_encodings": [{"bw": 8}, 3]}'))
    with pytest.raises(FormatError, match='expected an object with a "name"'):
        read_source(source('{"version": "2.0.0", "encodings": [{"y_scale": 1}, 3]}'))


def test_zero_and_nan_scales_are_unset() -> None:
    text = (
        '{"activation_encodings": {"a": [{"scale": 0, "offset": -128}], "b": [{"scale": NaN}]}}'
    )
    ranges = read_source(source(text))
    assert ranges.entries["a"].reason == "0 in the file"
    assert ranges.entries["b"].reason == "NaN in the file"
