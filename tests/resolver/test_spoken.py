# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names as people have them: patterns, nodes, modules, numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import onnx
import pytest

from tests.cli.material import run
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

#: Named as torch.onnx.export does it.
_NODES = {
    "c1": "/backbone/layer1/layer1.0/conv1/Conv",
    "r1": "/backbone/layer1/layer1.0/relu/Relu",
    "c2": "/backbone/layer1/layer1.0/conv2/Conv",
    "a1": "/backbone/layer1/layer1.0/Add",
    "s": "/head/act/Sigmoid",
    "p0": "/head/Split",
    "y": "/head/conv/Conv",
}


@pytest.fixture
def net(tmp_path: Path) -> Path:
    graph = """(float[1,16,8,8] x) => (float[1,16,8,8] y) {
     c1 = Conv<pads=[1,1,1,1]>(x, w1)
     r1 = Relu(c1)
     c2 = Conv<pads=[1,1,1,1]>(r1, w2)
     a1 = Add(c2, x)
     s = Sigmoid(a1)
     p0, p1 = Split<axis=1>(s)
     y = Conv<pads=[1,1,1,1]>(p0, w3)
    }"""
    shapes = {"w1": (16, 16, 3, 3), "w2": (16, 16, 3, 3), "w3": (16, 8, 3, 3)}
    path = save(tmp_path / "net.onnx", graph, shapes, opset=11)
    model = onnx.load(path)
    renamed = {}
    for node in model.graph.node:
        node.name = _NODES[node.output[0]]
        for i, name in enumerate(node.output):
            if name != "y":
                renamed[name] = f"{node.name}_output_{i}"
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = [renamed.get(name, name) for name in names]
    onnx.save(model, path)
    return path


C1, R1, C2, A1, S = (f"{_NODES[key]}_output_0" for key in ("c1", "r1", "c2", "a1", "s"))


def _check(net: Path, ranges: dict[str, Any], *options: str) -> tuple[dict[str, Any], str]:
    file = net.with_name("r.json")
    file.write_text(json.dumps(ranges))
    result = run("check", file, net, "--trt", "8.6", "--json", "--allow-missing", *options)
    assert result.status == 0, result.err
    return {t["name"]: t for t in json.loads(result.out)["tensors"]}, result.err


def _refused(net: Path, ranges: dict[str, Any]) -> str:
    file = net.with_name("r.json")
    file.write_text(json.dumps(ranges))
    result = run("check", file, net, "--trt", "8.6", "--allow-missing")
    assert result.status == 2
    return result.out + result.err


class TestPatterns:
    @pytest.mark.parametrize(
        "pattern", ["/backbone/*", "re:/backbone/.*", "re:^/back(bone|end)/.+$", "/back????/*"]
    )
    def test_all_that_fit_get_the_range(self, net: Path, pattern: str) -> None:
        tensors, said = _check(net, {"x": [-1, 2], pattern: 4.0})
        for name in (C1, R1, C2, A1):
            assert (tensors[name]["source"], tensors[name]["amax"]) == ("given", 4.0)
            assert tensors[name]["entry"] == pattern
            assert tensors[name]["why"] == f"by the pattern {pattern!r}"
        assert tensors["y"]["source"] == "missing"
        assert f"{pattern!r} gives its range to 4 tensors: {C1!r}" in said

    def test_an_exact_name_wins_wherever_it_stands(self, net: Path) -> None:
        for ranges in ({C1: 9.0, "/backbone/*": 4.0}, {"/backbone/*": 4.0, C1: 9.0}):
            tensors, _ = _check(net, ranges)
            assert tensors[C1]["amax"] == 9.0
            assert tensors[C2]["amax"] == 4.0

    def test_a_nodes_name_wins_as_well(self, net: Path) -> None:
        tensors, _ = _check(net, {_NODES["c1"]: 9.0, "/backbone/*": 4.0})
        assert (tensors[C1]["amax"], tensors[C2]["amax"]) == (9.0, 4.0)

    def test_of_several_patterns_the_last_counts(self, net: Path) -> None:
        tensors, said = _check(net, {"/backbone/*": 4.0, "*conv2*": 6.0})
        assert (tensors[C1]["amax"], tensors[C2]["amax"]) == (4.0, 6.0)
        tensors, said = _check(net, {"*conv2*": 6.0, "/backbone/*": 4.0})
        assert (tensors[C1]["amax"], tensors[C2]["amax"]) == (4.0, 4.0)
        assert "'*conv2*' gives no tensor its range" in said

    def test_constants_and_functions_with_bounds_stay_what_they_are(self, net: Path) -> None:
        tensors, _ = _check(net, {"*": 40.0})
        assert tensors[S]["source"] == "derived"
        assert (tensors[S]["min"], tensors[S]["max"]) == (0.0, 1.0)
        assert tensors["/head/Split_output_0"]["max"] == 1.0
        assert tensors["x"]["amax"] == tensors["y"]["amax"] == 40.0

    def test_copies_of_a_given_tensor_keep_its_values(self, tmp_path: Path) -> None:
        graph = "(float[1,4] x) => (float[4] y) <int64[1] to = {4}> { y = Reshape(x, to) }"
        net = save(tmp_path / "copy.onnx", graph)
        tensors, said = _check(net, {"x": [-1, 2], "*": 40.0})
        assert tensors["y"]["amax"] == 2.0
        assert "SR204" not in said

    def test_constants_are_not_overridden(self, tmp_path: Path) -> None:
        graph = "(float[1,4] x) => (float[1,4] y) { y = Mul(x, w) }"
        net = save(tmp_path / "mul.onnx", graph, {"w": (1, 4)})
        tensors, _ = _check(net, {"*": 40.0})
        constants = [t for t in tensors.values() if t["kind"] == "Constant"]
        assert constants
        assert all(t["source"] == "derived" and t["amax"] < 5 for t in constants)

    def test_a_pattern_may_be_null_and_says_nothing_then(self, net: Path) -> None:
        tensors, _ = _check(net, {"x": 1.0, "/backbone/*": None})
        assert tensors[C1]["source"] == "missing"

    @pytest.mark.parametrize(
        ("pattern", "message"),
        [
            ("/backbne/*", "did you mean '/backbone/*'?"),
            ("re:/backbone/(conv", "is no regular expression: there is a ( without its )"),
            ("re:(?=x)y", "(?...) is not supported"),
            ("re:conv1", "fits no tensor and no node"),
            ("*/CONV1/*", "fits no tensor and no node"),
            ("/headless/*", "'/headless/*' fits no tensor"),
        ],
    )
    def test_one_that_fits_nothing_is_an_error(
        self, net: Path, pattern: str, message: str
    ) -> None:
        said = _refused(net, {"x": 1.0, pattern: 4.0})
        assert "SR112" in said
        assert message in said

    def test_no_expression_takes_long(self, net: Path) -> None:
        said = _refused(net, {"re:(((.*)*)*)*!": 4.0, "*".join("/abcdefghij" * 9): 1.0})
        assert said.count("SR112") == 2

    def test_brackets_alone_are_a_glob_or_a_name(self, net: Path) -> None:
        tensors, _ = _check(net, {"/backbone/layer1/layer1.0/conv[12]/Conv": 5.0})
        assert tensors[C1]["amax"] == tensors[C2]["amax"] == 5.0
        assert "SR101" in _refused(net, {"x": 1.0, "blocks[0].conv": 2.0})
        many = {f"blocks[{number}].conv": 2.0 for number in range(5000)}
        assert "none of the 5000 names is a tensor of this model" in _refused(net, many)

    def test_far_too_many_are_refused(self, net: Path) -> None:
        said = _refused(net, {f"*a{number}*": 1.0 for number in range(25_000)})
        assert "too many patterns" in said

    def test_a_cache_holds_the_tensors(self, net: Path) -> None:
        file, cache = net.with_name("r.json"), net.with_name("o.cache")
        file.write_text('{"*": 4.0}')
        result = run("apply", file, net, "--trt", "8.6", "-o", cache)
        assert result.status == 0, result.err
        assert C1 in cache.read_text()
        assert "\n*:" not in cache.read_text()

    def test_convert_spells_them_out_with_the_model(self, net: Path) -> None:
        file, out = net.with_name("r.json"), net.with_name("o.json")
        file.write_text(json.dumps({"x": 1, "/backbone/*": 4.0, _NODES["y"]: [-2, 3]}))
        done = run(
            "convert", file, "-o", out, "--model", net, "--trt", "8.6", "--to", "setrange"
        )
        assert done.status == 0, done.err
        tensors = json.loads(out.read_text())["tensors"]
        assert list(tensors) == ["x", C1, R1, C2, A1, "y"]
        assert tensors["y"]["max"] == 3.0

    def test_keep_keeps_them(self, net: Path) -> None:
        file = net.with_name("r.json")
        file.write_text('{"x": 1, "*conv?*": [-3, 4]}')
        done = run("template", net, "--trt", "8.6", "-o", file, "--keep")
        assert done.status == 0, done.err
        tensors = json.loads(file.read_text())["tensors"]
        assert tensors["*conv?*"] == {"min": -3.0, "max": 4.0}
        assert C1 not in tensors

    def test_keep_keeps_their_order_and_those_of_no_use(self, net: Path) -> None:
        """The last that fits counts: here the one that fits the first tensor."""
        file = net.with_name("r.json")
        patterns = {"*conv2*": 6.0, "*relu*": 5.0, "/backbone/*": 4.0}
        file.write_text(json.dumps({"x": 1, **patterns}))
        before, _ = _check(net, {"x": 1, **patterns})
        done = run("template", net, "--trt", "8.6", "-o", file, "--keep")
        assert "kept 4 given ranges" in done.err
        kept = list(json.loads(file.read_text())["tensors"])
        assert [name for name in kept if name in patterns] == list(patterns)
        after, _ = _check(net, json.loads(file.read_text())["tensors"])
        assert {n: t["amax"] for n, t in before.items() if t["source"] == "given"} == {
            n: t["amax"] for n, t in after.items() if t["source"] == "given"
        }


class TestNames:
    @pytest.mark.parametrize(
        ("name", "tensor", "said"),
        [
            (_NODES["c1"], C1, f"is a node; its output {C1!r} is meant"),
            (_NODES["y"], "y", "is a node; its output 'y' is meant"),
            ("backbone.layer1.0.conv1", C1, "is a PyTorch module"),
            ("module.backbone.layer1.0.conv2", C2, "is a PyTorch module"),
            ("backbone.layer1.0", A1, "is a PyTorch module"),
            ("Conv#0", C1, "is Conv number 0 (from 0)"),
            ("Conv#2", "y", "is Conv number 2 (from 0)"),
            ("#1", R1, "is layer 1 (from 0)"),
        ],
    )
    def test_the_output_is_taken_and_said(
        self, net: Path, name: str, tensor: str, said: str
    ) -> None:
        tensors, text = _check(net, {name: [-3.5, 2.0]})
        assert (tensors[tensor]["source"], tensors[tensor]["min"]) == ("given", -3.5)
        assert f"note[SR108]: {name!r} {said}" in text
        assert sum(t["source"] == "given" for t in tensors.values()) == 1

    def test_resolve_explains_them(self, net: Path) -> None:
        result = run("resolve", "backbone.layer1.0.conv1", net, "--trt", "8.6")
        assert result.status == 0
        assert C1 in result.out

    def test_resolve_lists_what_a_pattern_fits(self, net: Path) -> None:
        result = run("resolve", "/backbone/*conv?/*", net, "--trt", "8.6")
        assert result.status == 0
        assert "is a pattern, and gives its range to 2 tensors" in result.out
        assert C1 in result.out
        assert C2 in result.out
        found = json.loads(run("resolve", "/backbone/*conv?/*", net, "--json").out)
        assert [tensor["name"] for tensor in found["fitting"]] == [C1, C2]
        nothing = run("resolve", "/backbne/*", net)
        assert nothing.status == 2
        assert "did you mean '/backbone/*'?" in nothing.out

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("/head/Split", "is a node of 2 outputs: '/head/Split_output_0'"),
            ("Conv#3", "the model has 3 Conv nodes, numbered from 0 to 2"),
            ("Gemm#0", "the model has no Gemm node"),
            ("#99", "is the number of a layer, and the model has 8 layers"),
            ("backbone.layer1.0.conv3", "is no tensor of this model"),
            ("12", "the number of a layer is written '#12'"),
        ],
    )
    def test_what_means_nothing_is_an_error(self, net: Path, name: str, said: str) -> None:
        text = _refused(net, {"x": 1.0, name: 2.0})
        assert "SR101" in text
        assert said in text
