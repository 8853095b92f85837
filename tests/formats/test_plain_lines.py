# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines of a name and a number: which are ranges, and which are somebody's log."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import SetrangeError
from setrange.formats.plain_lines import is_number
from setrange.formats.registry import read_source
from setrange.ranges.float32 import FLOAT32_MAX
from setrange.ranges.source import SourceFile

PROSE = {
    "a matrix": "1 -3.25 4.5\n2 0.0 6.0\n",
    "a row of three": "stem -3.25 4.5\nhead 0.0 6.0 1.0\n",
    "training": "epoch 3 loss 0.117\nepoch 4 loss 0.093\n",
    "training, colons": "Epoch 3 train loss: 0.117\nEpoch 4 train loss: 0.093\n",
    "metrics": "val_loss: 0.41\nacc: 0.93\nlr: 0.001\n",
    "metrics, blanks": "val_loss 0.41\nacc 0.93\nlr 0.001\n",
    "prose": "Mean latency of all runs: 3.71\nSlowest of the runs: 9.12\n",
    "csv without a header": "stem, -3.25, 4.5\nhead, 0.0, 6.0\n",
    "two columns without a header": "stem, 4.5\nhead, 6.0\n",
    "german csv without a header": "stem;-3,25;4,5\nhead;0,0;6,0\n",
    "german numbers": "stem 4,5\nhead 6,25\n",
    "assignments": "stem = 4.5\nhead = 6.25\n",
    "metrics in JSON": '{"val_loss": 0.41, "accuracy": 0.93, "epoch": 7}',
    "late in the file": "".join(f"t{i} 1.5\n" for i in range(40)) + "epoch 7 loss 0.5\n",
    "late, colons": "".join(f"t{i}: 1.5\n" for i in range(40)) + "epoch 7 loss: 0.5\n",
}


@pytest.mark.parametrize("text", PROSE.values(), ids=PROSE)
def test_what_may_be_no_ranges_is_not_taken_for_some(text: str) -> None:
    with pytest.raises(SetrangeError):
        read_source(SourceFile("f.txt", text.encode()))


@pytest.mark.parametrize(
    ("text", "format_id"),
    [
        ("stem 4.5\nhead 6.25\n", "ort-cache"),
        ("(Unnamed Layer* 3) [Constant]_output 2.5\nstem 1\n", "ort-cache"),
        ("stem:4.5\nhead:6.25\n", "sampleint8api"),
        ("stem: 4.5\n(Unnamed Layer* 3) [Constant]_output: 2.5\n", "sampleint8api"),
        ("model/conv1/loss_scale: 4.5\nonnx::Conv_3: 1e-3\n", "sampleint8api"),
        ("a name of four words:4.5\n", "sampleint8api"),
        ("stem -3.25 4.5\nhead 0.0 6.0\n", "min-max-lines"),
        ("stem\t-3.25\t4.5\nhead\t0.0\t6.0\n", "min-max-lines"),
        ("# mine\nstem -3.25 4.5  # the first\n\nConv#1  0 6\n", "min-max-lines"),
        ("(Unnamed Layer* 3) [Constant]_output -1 2.5\nstem -1 1\n", "min-max-lines"),
        ("stem: 4.5  # mine\nhead: [-1, 6]\n", "yaml"),
        ("# mine\nstem: 4.5\nhead: 6\n", "yaml"),
        ('stem: 4.5\n"head/*": 6\n', "yaml"),
        ("stem: 4.5\n'head: 1': 6\n", "yaml"),
    ],
)
def test_ranges_are_still_read(text: str, format_id: str) -> None:
    ranges = read_source(SourceFile("f.txt", text.encode()))
    assert ranges.format == format_id
    assert all(entry.range for entry in ranges.entries.values())


def test_json_of_tensors_that_are_called_as_metrics_are() -> None:
    for text in ('{"loss": 0.4, "conv1": 3.5}', '{"loss": {"min": -1, "max": 2}}'):
        assert "loss" in read_source(SourceFile("f.json", text.encode())).entries
    assert (
        read_source(SourceFile("f.json", b'{"loss": 0.4}'), "plain").entries["loss"].amax == 0.4
    )


def test_a_named_format_is_believed() -> None:
    text = "epoch 3 loss:0.117\n"
    ranges = read_source(SourceFile("f.txt", text.encode()), "sampleint8api")
    assert list(ranges.entries) == ["epoch 3 loss"]


@given(st.floats(allow_nan=False))
def test_every_float_as_python_prints_it_is_a_number(value: float) -> None:
    assert is_number(repr(value))
    assert math.isclose(float(repr(value)), value) or math.isinf(value)


@given(st.text(alphabet="0123456789+-.eE_ ,１٣x", max_size=12))
def test_a_number_is_what_json_and_c_agree_on(text: str) -> None:
    if is_number(text):
        float(text)
        assert text.isascii()
        assert "_" not in text
        assert " " not in text


@pytest.mark.parametrize("cell", ["1_0", "１２", "1,5", "0x10", "1e", "--1", "1 0", "٣"])
def test_a_cell_that_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(SetrangeError, match="t"):
        read_source(SourceFile("f.csv", f'name,amax\nt,"{cell}"\n'.encode()))


def test_a_german_table_is_refused_and_says_why() -> None:
    with pytest.raises(SetrangeError, match="comma"):
        read_source(SourceFile("f.csv", b"name;min;max\nt;-3,2;4,5\n"))


def test_names_longer_than_the_csv_modules_limit() -> None:
    name = "n" * 200_000
    ranges = read_source(SourceFile("f.csv", f"name,amax\n{name},2.5\n".encode()))
    assert list(ranges.entries) == [name]


@pytest.mark.parametrize(
    "text",
    ['{"t": 3.4028235e38}', '{"t": [-3.4028235e+38, 1]}', "name,amax\nt,3.4028235e+38\n"],
)
def test_the_largest_float32_in_few_digits_is_no_overflow(text: str) -> None:
    entry = read_source(SourceFile("f", text.encode())).entries["t"]
    assert entry.amax == pytest.approx(FLOAT32_MAX)
    with pytest.raises(SetrangeError, match="float32"):
        read_source(SourceFile("f", text.replace("235e", "357e").encode()))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("stem, -3.25, 4.5\nhead, 0.0, 6.0\n", "put name,min,max (or name,amax) in front"),
        ("stem;4.5\nhead;6\n", "is CSV without a header"),
        ("stem;-3,25;4,5\nhead;0,0;6,0\n", "put name;min;max (or name;amax) in front"),
        ("stem 4,5\nhead 6,25\n", "has decimal commas; write the numbers with a point"),
        ("stem: -3,25 4,5\n", "has decimal commas"),
        ("stem = 4.5\nhead = 6\n", "write name: number"),
        ("stem [-3.25, 4.5]\nhead [0, 6]\n", "write <name> <min> <max>"),
        ("4.5\n6.25\n", "holds numbers without names"),
        ("layer,lo,hi\nstem,-3.25,4.5\n", "is CSV with the header 'layer,lo,hi'"),
        ("# mine\nstem:4.5\n", "with a blank behind the colon (name: amax) it is YAML"),
        ("name;min;max\nstem;-3,25;4,5\n", "(a decimal comma; write -3.25)"),
        ('{"stem": 4,5, "head": 6}', "a number has a decimal point, no comma"),
        ('{"stem": "4,5"}', '"4,5" (a decimal comma; write 4.5)'),
        ("[4.5, 6.25]", '{"Conv#0": 4.5, ...} for the first convolution'),
        ('[["stem", -3.25, 4.5]]', "write each as name: [min, max]"),
    ],
)
def test_what_people_write_and_is_not_read_says_what_to_change(text: str, advice: str) -> None:
    with pytest.raises(SetrangeError) as caught:
        read_source(SourceFile("f.txt", text.encode()))
    assert advice in str(caught.value)


def test_the_ending_decides_where_the_content_does_not() -> None:
    text = b"stem: null\nhead: null\n"
    assert read_source(SourceFile("f.yaml", text)).format == "yaml"
