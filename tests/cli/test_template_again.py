# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a template had derived is derived again; what a person gave stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import onnx
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


class TestKeep:
    def test_given_ranges_stay_and_the_rest_is_new(self, net: Path) -> None:
        file = net.with_name("mine.json")
        given = {"x": [-3, 3.5], "a": {"amax": 1.25, "source": "by hand"}}
        file.write_text(
            json.dumps({"setrange": 1, "tensors": given, "precision": {"*": "fp16"}})
        )
        result = run("template", net, "--trt", "8.6", "-o", file, "--keep")
        assert result.status == 0, result.err
        assert f"kept 2 given ranges\nupdated {file}: 5 tensors, 2 to fill in" in result.err
        updated = json.loads(file.read_text())
        tensors = updated["tensors"]
        assert tensors["x"] == {"min": -3.0, "max": 3.5}
        assert tensors["a"] == {"min": -1.25, "max": 1.25, "source": "by hand"}
        assert tensors["b"]["proposed"] == [0.0, 1.25]
        assert [name for name in tensors if tensors[name]["min"] is None] == ["c", "y"]
        assert updated["precision"] == {"*": "fp16"}

    def test_twice_is_the_same(self, net: Path) -> None:
        file = net.with_name("mine.json")
        file.write_text('{"x": [-3, 3.5], "b": 4}')
        command = ("template", net, "--for", "qdq", "-o", file, "--keep")
        assert run(*command).status == 0
        once = file.read_bytes()
        assert run(*command).status == 0
        assert file.read_bytes() == once
        assert run("template", net, "-o", file, "--keep").status == 0  # the file says for what
        assert file.read_bytes() == once

    def test_what_is_gone_is_listed(self, net: Path) -> None:
        file = net.with_name("mine.json")
        file.write_text('{"x": [-3, 3.5], "old/conv": [-1, 2], "old/relu": null}')
        result = run("template", net, "--trt", "8.6", "-o", file, "--keep")
        assert result.status == 0
        assert "1 given range left out:\n" in result.err
        assert "\"old/conv\" [-1, 2]: 'old/conv' is no tensor of this model" in result.err
        assert "old/relu" not in result.err + file.read_text()

    def test_a_changed_proposal_is_kept_without_its_old_reason(self, net: Path) -> None:
        file, template = _template(net)
        _filled(file, template, b=(0.0, 5.5))
        assert run("template", net, "--trt", "8.6", "-o", file, "--keep").status == 0
        assert json.loads(file.read_text())["tensors"]["b"] == {"min": 0.0, "max": 5.5}

    def test_names_of_another_release_become_those_of_this_one(self, tmp_path: Path) -> None:
        graph = "(float[1,16] x) => (float[1,4] y) { y = Gemm(x, w, b) }"
        net = save(tmp_path / "g.onnx", graph, {"w": (16, 4), "b": (4,)})
        file = tmp_path / "r.json"
        old = json.loads(run("template", net, "--trt", "8.6").out)
        made = [name for name in old["tensors"] if name.startswith("(Unnamed Layer*")]
        old["tensors"][made[0]].update(min=-9.0, max=9.0)
        file.write_text(json.dumps(old))
        assert run("template", net, "--trt", "10.3", "-o", file, "--keep").status == 0
        new = json.loads(file.read_text())
        assert new["named_by"] == "10.3"
        assert made[0] not in new["tensors"]
        given = [entry for entry in new["tensors"].values() if entry["max"] == 9.0]
        assert len(given) == 1
        assert run("check", file, net, "--trt", "10.3", "--allow-missing").status == 0

    def test_a_name_with_brackets_is_no_pattern(self, tmp_path: Path) -> None:
        graph = "(float[1,16,8,8] x) => (float[1,16,8,8] y) { y = Conv(x, w) }"
        net = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 1, 1)})
        model = onnx.load(net)
        model.graph.node[0].input[0] = model.graph.input[0].name = "in[0]"
        onnx.save(model, net)
        file = tmp_path / "r.json"
        file.write_text('{"in[0]": null, "y": 2}')
        assert run("template", net, "--for", "qdq", "-o", file, "--keep").status == 0
        entry = json.loads(file.read_text())["tensors"]["in[0]"]
        assert entry["need"] == "needed: input of Conv node_of_y"

    def test_there_need_be_no_file_yet(self, net: Path, tmp_path: Path) -> None:
        file = tmp_path / "new.json"
        result = run("template", net, "--trt", "8.6", "-o", file, "--keep")
        assert (result.status, file.exists()) == (0, True)
        assert f"wrote {file}" in result.err

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "--keep updates a ranges file; say which with -o FILE"),
            ("TRT-8601-EntropyCalibration2\nx: 3c010a14\n", "setrange convert"),
            ('{"x": 1,}', "not valid JSON"),
            ('{"other": 1, "model": 2}', "--keep would lose them all"),
            ('{"x": [2, 1]}', "min 2.0 is greater than max 1.0"),
            ("x: 1\ny: 2\n", "setrange convert"),
        ],
    )
    def test_what_cannot_be_kept(
        self, net: Path, tmp_path: Path, content: str | None, message: str
    ) -> None:
        file = tmp_path / "r.json"
        if content is not None:
            file.write_text(content)
        output = [] if content is None else ["-o", file]
        result = run("template", net, "--trt", "8.6", "--keep", *output)
        assert (result.status, result.out) == (2, "")
        assert message in result.err
        assert content is None or file.read_text() == content

    def test_without_keep_given_ranges_are_not_replaced(self, net: Path) -> None:
        for text in ('{"x": 3}', '{"setrange": 1, "tensors": {"x": {"min": 0, "max": 1}}}'):
            file = net.with_name("mine.json")
            file.write_text(text)
            result = run("template", net, "--trt", "8.6", "-o", file)
            assert result.status == 2
            assert file.read_text() == text
        assert "--keep to update it with what was given" in result.err
