# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a template had derived is derived again; what a person gave stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from setrange.ranges import write_ranges
from setrange.ranges.merge import merge_ranges
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile
from tests.cli.material import run
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A Clip, whose bounds are all that a template knows of it."""
    graph = """(float[1,16,8,8] x) => (float[1,16,8,8] y)
    <float low = {0.0}, float high = {6.0}> {
     a = Conv(x, w1)
     b = Clip(a, low, high)
     c = Add(b, x)
     y = Conv(c, w2)
    }"""
    return save(tmp_path / "net.onnx", graph, {"w1": (16, 16, 1, 1), "w2": (16, 16, 1, 1)})


def _template(net: Path, *options: str) -> tuple[Path, dict[str, Any]]:
    file = net.with_name("r.json")
    assert run("template", net, "--trt", "8.6", "-o", file, *options).status == 0
    return file, json.loads(file.read_text())


def _planned(file: Path, net: Path, *options: str) -> dict[str, tuple[str, float, float]]:
    result = run("check", file, net, "--trt", "8.6", "--json", "--allow-missing", *options)
    assert result.status == 0, result.err
    return {
        tensor["name"]: (tensor["source"], tensor["min"], tensor["max"])
        for tensor in json.loads(result.out)["tensors"]
    }


def _filled(file: Path, template: dict[str, Any], **ranges: tuple[float, float]) -> None:
    for name, (low, high) in ranges.items():
        template["tensors"][name].update(min=low, max=high)
    file.write_text(json.dumps(template))


def test_a_clip_gets_what_its_input_leaves_of_it(net: Path) -> None:
    file, template = _template(net)
    assert template["tensors"]["b"]["proposed"] == [0.0, 6.0]
    _filled(file, template, x=(-3.0, 3.0), a=(-1.2, 0.9), y=(-4.0, 5.0))
    assert _planned(file, net)["b"] == ("derived", 0.0, 0.9)


def test_what_a_person_changed_is_given(net: Path) -> None:
    file, template = _template(net)
    _filled(file, template, a=(-1.2, 0.9), b=(0.0, 5.5))
    assert _planned(file, net)["b"] == ("given", 0.0, 5.5)


def test_without_the_mark_it_is_given(net: Path) -> None:
    file, template = _template(net)
    del template["tensors"]["b"]["proposed"]
    _filled(file, template, a=(-1.2, 0.9))
    assert _planned(file, net)["b"] == ("given", 0.0, 6.0)


@pytest.mark.parametrize("fill", ["none", "safe"])
def test_bounds_stay_where_nothing_else_is_known(net: Path, fill: str) -> None:
    """As proposed, and counted as what they are."""
    file, template = _template(net)
    _filled(file, template, x=(-3.0, 3.0), a=(-1.2, 0.9), y=(-4.0, 5.0))
    filled = net.with_name("filled.json")
    bound = _planned(file, net, "--fill", "bounds")["c"]
    entry = RangeEntry(
        name="c",
        range=DynamicRange(*bound[1:]),
        proposed=DynamicRange(*bound[1:]),
        source="bound: Add c",
    )
    write_ranges(RangeFile(entries={"c": entry}), filled)
    assert bound[0] == "bound"
    assert _planned(filled, net, "--fill", fill)["c"] == bound


def test_a_changed_value_is_not_lost_to_the_next_template(net: Path) -> None:
    file, template = _template(net)
    assert run("template", net, "--trt", "8.6", "-o", file).status == 0  # its own
    _filled(file, template, b=(0.0, 5.5))
    before = file.read_bytes()
    result = run("template", net, "--trt", "8.6", "-o", file)
    assert result.status == 2
    assert "a ranges file that holds given ranges" in result.err
    assert file.read_bytes() == before


def test_measured_ranges_win_over_proposed_ones() -> None:
    proposed = RangeEntry(
        name="b", range=DynamicRange(0.0, 6.0), proposed=DynamicRange(0.0, 6.0)
    )
    measured = RangeEntry(name="b", range=DynamicRange(0.0, 0.9))
    for pair in ((proposed, measured), (measured, proposed)):
        files = [RangeFile(path=str(i), entries={"b": e}) for i, e in enumerate(pair)]
        merged = merge_ranges(files)
        assert merged.ranges.entries["b"].range == DynamicRange(0.0, 0.9)
        assert merged.conflicts == ()


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ('"proposed": 6', "proposed is 6; expected [min, max]"),
        ('"proposed": [0]', "proposed is a list; expected [min, max]"),
        ('"proposed": [1, 0]', "proposed: min 1.0 is greater than max 0.0"),
        ('"proposed": [0, NaN]', "proposed: max is NaN"),
        ('"need": 3', "need is 3; expected text"),
        ('"propsed": [0, 1]', 'unknown field "propsed"; did you mean "proposed"?'),
    ],
)
def test_wrong_marks(net: Path, tmp_path: Path, field: str, message: str) -> None:
    file = tmp_path / "r.json"
    file.write_text(f'{{"b": {{"min": 0, "max": 6, {field}}}}}')
    result = run("check", file, net)
    assert (result.status, result.out) == (2, "")
    assert f'{file}:1: tensor "b": {message}' in result.err
