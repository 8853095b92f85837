# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From model and ranges to files in Python: what the command does, with its defaults."""

from __future__ import annotations

import inspect
import pydoc
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import setrange
from setrange.errors import (
    BlockingFindingsError,
    InputError,
    ParserRefusedError,
    SetrangeError,
    UsageError,
)
from setrange.importer.model_at import ModelAt
from tests.cli.material import run
from tests.exporters.quantizing import save
from tests.meta.source_tree import ROOT

#: Two Gemms on a flattened activation: the releases number the layers around them otherwise.
GRAPH = """(float[1,3,8,8] input) => (float[1,5] out) {
    [Conv_0] conv = Conv<pads=[1,1,1,1]>(input, cw)
    [Relu_0] relu = Relu(conv)
    [Flatten_0] flat = Flatten(relu)
    [Gemm_0] first = Gemm<transB=1>(flat, w1, b1)
    [Relu_1] hidden = Relu(first)
    [Gemm_1] out = Gemm<transB=1>(hidden, w2, b2)
}"""
WEIGHTS = {"cw": (4, 3, 3, 3), "w1": (6, 256), "b1": (6,), "w2": (5, 6), "b2": (5,)}


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setrange.machine.target_release.installed_tensorrt", lambda: None)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save(tmp_path / "g.onnx", GRAPH, WEIGHTS, opset=13)


@pytest.fixture
def cache_of_8_0(model: Path, tmp_path: Path) -> Path:
    """A range of its own for each tensor of TensorRT 8.0, as a cache that says so."""
    network = setrange.import_network(model, "8.0")
    ranges = {tensor.name: 1 + i / 8 for i, tensor in enumerate(network.float_tensors())}
    given = tmp_path / "g80.txt"
    given.write_text("".join(f"{name}: {amax}\n" for name, amax in ranges.items()))
    cache = tmp_path / "g80.cache"
    assert run("apply", given, model, "-o", cache, "--trt", "8.0").status == 0
    return cache


@pytest.mark.parametrize("trt", ["7.2", "8.6", "10.3"])
def test_a_cache_of_another_release_becomes_what_the_command_writes(
    model: Path, cache_of_8_0: Path, trt: str, tmp_path: Path
) -> None:
    command, python = tmp_path / "command.cache", tmp_path / "python.cache"
    assert run("apply", cache_of_8_0, model, "-o", command, "--trt", trt).status == 0
    plan = setrange.plan_model(model, cache_of_8_0, trt=trt)
    setrange.write_cache(plan, python, trt=trt)
    assert python.read_bytes() == command.read_bytes()
    assert "SR103" in {finding.code for finding in plan.findings} or trt == "7.2"
    assert "SR104" not in {finding.code for finding in plan.findings}


def test_the_example_of_the_readme_writes_what_the_command_writes(
    model: Path, cache_of_8_0: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "command.cache"
    assert run("apply", cache_of_8_0, model, "-o", command, "--trt", "8.6").status == 0
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert "plan_model(" in example
    monkeypatch.chdir(tmp_path)
    model.rename("resnet50.onnx")
    cache_of_8_0.rename("ranges.json")
    exec(compile(example, "README.md", "exec"), {})
    assert Path("resnet50.cache").read_bytes() == command.read_bytes()


def test_a_plan_is_not_guessed_where_the_file_says_whose_names_it_holds(
    model: Path, cache_of_8_0: Path
) -> None:
    network, ranges = setrange.import_network(model, "8.6"), setrange.read_ranges(cache_of_8_0)
    with pytest.raises(UsageError, match=r"TensorRT 8\.0\.3's \(named_by\).*plan_model"):
        setrange.make_plan(network, ranges)
    given = setrange.make_plan(network, ranges, model=ModelAt.of(model))
    assert "SR104" not in {finding.code for finding in given.findings}


def test_names_of_a_release_that_refuses_the_model_are_not_guessed(tmp_path: Path) -> None:
    graph = """(float[1,4] x) => (float[1,4] y) {
        [g] h = Gemm(x, w, b)
        [m] y = Mish(h)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (4, 4), "b": (4,)}, opset=18)
    with pytest.raises(ParserRefusedError):
        setrange.plan_model(path, None, trt="8.6")
    ranges = tmp_path / "r.json"
    ranges.write_text(
        '{"setrange": 1, "named_by": "8.6", "tensors": {"x": 1.0, "h": 1.0, "y": 1.0,'
        ' "(Unnamed Layer* 1) [Constant]_output": 3.0}}'
    )
    plan = setrange.plan_model(path, ranges, trt="10.3")
    (unused,) = (item for item in plan.unresolved if item.code == "SR102")
    assert "the parser of that release refuses the model" in unused.why
    assert "SR104" not in {finding.code for finding in plan.findings}


def test_defaults_are_those_of_the_command_line(model: Path, cache_of_8_0: Path) -> None:
    assert setrange.plan_model(model, cache_of_8_0).network.trt == "8.0.3"
    assert setrange.plan_model(model, None).network.trt == "10.16"
    assert setrange.import_network(model).trt == "10.16"
    assert setrange.template(model).named_by == "10.16"
    plan = setrange.plan_model(model, None)
    assert (plan.fill, plan.target) == ("safe", "gpu")


def test_the_installed_release_is_the_default(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = setrange.TrtVersion.parse("8.5.3")
    monkeypatch.setattr("setrange.machine.target_release.installed_tensorrt", lambda: version)
    assert setrange.import_network(model).trt == "8.5.3"
    assert setrange.plan_model(model, None).network.trt == "8.5.3"
    assert setrange.template(model).named_by == "8.5.3"


def test_a_file_made_for_another_model_and_what_was_lost_are_findings(
    model: Path, tmp_path: Path
) -> None:
    ranges = setrange.template(model, trt="8.6")
    path = tmp_path / "r.json"
    setrange.write_ranges(ranges, path)
    assert "SR109" not in {f.code for f in setrange.plan_model(model, path, trt="8.6").findings}
    proto = onnx.load(model)
    proto.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "cw")
    )
    onnx.save(proto, model)
    assert "SR109" in {f.code for f in setrange.plan_model(model, path, trt="8.6").findings}


def test_ranges_of_modules(tmp_path: Path) -> None:
    graph = """(float[1,3,8,8] input) => (float[1,3,8,8] out) {
        [a] mid = Conv(input, w)
        [b] out = Conv(mid, w)
    }"""
    path = save(tmp_path / "t.onnx", graph, {"w": (3, 3, 1, 1)}, opset=13)
    proto = onnx.load(path)
    for node, name in zip(proto.graph.node, ("/conv1/Conv", "/conv2/Conv"), strict=True):
        node.name = name
    onnx.save(proto, path)
    ranges = tmp_path / "amax.json"
    ranges.write_text(
        '{"conv1._input_quantizer._amax": 2.5, "conv2._input_quantizer._amax": 3.5}'
    )
    plan = setrange.plan_model(path, ranges, trt="8.6")
    amax = {p.tensor.name: p.range.amax for p in plan.tensors if p.range is not None}
    assert (amax["input"], amax["mid"]) == (2.5, 3.5)


WRITERS = {
    "write_cache": lambda plan, model, out, **how: setrange.write_cache(
        plan, out, trt="8.6", **how
    ),
    "write_ranged": setrange.write_ranged,
    "write_qdq": lambda plan, model, out, **how: setrange.write_qdq(
        plan, model, out, quantize_small=True, **how
    ),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_writing_with_missing_ranges_raises_unless_allowed(
    writer: str, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.ranged.onnx"
    plan = setrange.plan_model(model, _ranges(tmp_path, {"input": 1.0, "conv": 2.0}), trt="8.6")
    with pytest.raises(BlockingFindingsError, match="allow_missing=True"):
        WRITERS[writer](plan, model, out)
    assert not out.exists()
    WRITERS[writer](plan, model, out, allow_missing=True)
    assert out.exists()


@pytest.mark.parametrize("writer", WRITERS)
def test_writing_with_errors_raises_always(writer: str, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.ranged.onnx"
    names = ["input", "conv", "relu", "flat", "first", "hidden", "out", "nonsense"]
    plan = setrange.plan_model(model, _ranges(tmp_path, dict.fromkeys(names, 1.0)), trt="8.6")
    with pytest.raises(InputError, match=r"SR101: 'nonsense' is no tensor of this model"):
        WRITERS[writer](plan, model, out, allow_missing=True)
    assert not out.exists()


def _ranges(folder: Path, values: dict[str, float]) -> Path:
    path = folder / "values.txt"
    path.write_text("".join(f"{name}: {amax}\n" for name, amax in values.items()))
    return path


def test_a_ranged_model_and_its_cache_are_the_commands(
    model: Path, cache_of_8_0: Path, tmp_path: Path
) -> None:
    command, python = tmp_path / "a.ranged.onnx", tmp_path / "b.ranged.onnx"
    assert run("apply", cache_of_8_0, model, "-o", command, "--trt", "8.6").status == 0
    setrange.write_ranged(setrange.plan_model(model, cache_of_8_0, trt="8.6"), model, python)
    for before, after in (
        (command, python),
        (command.with_suffix(".cache"), python.with_suffix(".cache")),
    ):
        assert after.read_bytes() == before.read_bytes()


def test_template_merge_diff_and_resolve(model: Path, tmp_path: Path) -> None:
    command, python = tmp_path / "a.json", tmp_path / "b.json"
    assert run("template", model, "--trt", "8.6", "-o", command).status == 0
    setrange.write_ranges(setrange.template(model, trt="8.6"), python)
    assert python.read_bytes() == command.read_bytes()
    one = _ranges(tmp_path, {"input": 1.0, "conv": 3.0})
    merged = setrange.merge([one, command])
    assert merged.ranges.entries["conv"].amax == 3.0
    assert [change.name for change in setrange.diff(command, one).changed] == ["input", "conv"]
    report = setrange.resolve(model, "(Unnamed Layer* 5) [Constant]_output", trt="10.3")
    assert report.resolved is not None
    with pytest.raises(UsageError, match="not a TensorRT release"):
        setrange.resolve(model, "conv", named_by="nonsense")


@pytest.mark.parametrize("name", ["collect", "verify", "plan_model", "merge", "resolve"])
def test_help_shows_signatures(name: str) -> None:
    function = getattr(setrange, name)
    assert "arguments" not in inspect.signature(function).parameters
    text = pydoc.plain(pydoc.render_doc(function))
    assert "Args:" in text
    assert f"{name}(" in pydoc.plain(pydoc.render_doc(setrange))


def test_bad_input_is_one_message(model: Path, tmp_path: Path) -> None:
    for arguments in (
        (tmp_path / "no.onnx", None),
        (model, tmp_path / "no.json"),
        (tmp_path, None),
    ):
        with pytest.raises(SetrangeError):
            setrange.plan_model(*arguments)
    for options in ({"trt": "x"}, {"fill": "all"}, {"target": "tpu"}, {"trt": "4.0"}):
        with pytest.raises(SetrangeError):
            setrange.plan_model(model, None, **options)
