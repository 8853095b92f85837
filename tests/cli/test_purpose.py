# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--for``: the template asks for what an output needs, and the counts are that output's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import setrange
from setrange.errors import UsageError
from setrange.ranges import format_ranges
from tests.cli.material import run
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

#: SiLU, Relu, Concat and MaxPool between four convolutions that TensorRT runs in INT8.
_GRAPH = """(float[1,16,16,16] x) => (float[1,32,8,8] y) {
 a = Conv<pads=[1,1,1,1]>(x, w1)
 s = Sigmoid(a)
 b = Mul(a, s)
 c = Conv<pads=[1,1,1,1]>(b, w2)
 d = Relu(c)
 e = Concat<axis=1>(b, d)
 f = Conv<strides=[2,2],pads=[1,1,1,1]>(e, w3)
 g = MaxPool<kernel_shape=[3,3],pads=[1,1,1,1]>(f)
 h = Identity(g)
 y = Conv<pads=[1,1,1,1]>(h, w4)
}"""
_WEIGHTS = {"w1": (32, 16, 3, 3), "w2": (32, 32, 3, 3), "w3": (32, 64, 3, 3)}
_WEIGHTS["w4"] = (32, 32, 3, 3)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    return save(tmp_path / "net.onnx", _GRAPH, _WEIGHTS)


def _groups(tensors: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, entry in tensors.items():
        group = entry["need"].split()[0].rstrip(":") if entry["min"] is None else "known"
        groups.setdefault(group, []).append(name)
    return groups


@pytest.mark.parametrize("purpose", ["qdq", "rtx", "11"])
def test_a_template_asks_for_what_pairs_need(net: Path, purpose: str) -> None:
    result = run("template", net, "--for", purpose)
    template = json.loads(result.out)
    tensors = template["tensors"]
    assert template["for"] == purpose
    assert _groups(tensors) == {
        "needed": ["x", "b", "e", "h"],
        "optional": ["a", "c", "d", "f", "g", "y"],
    }
    assert tensors["x"]["need"] == "needed: input of Conv node_of_a"
    assert tensors["b"]["need"].endswith("input of Conv node_of_c; it also follows from 'a'")
    assert "missing 4   not needed 6" in result.err


def test_a_cache_needs_every_range(net: Path) -> None:
    result = run("template", net, "--for", "cache")
    tensors = json.loads(result.out)["tensors"]
    assert _groups(tensors) == {
        "needed": ["x", "a", "c", "f", "y"],
        "derived": ["b", "d", "e", "g", "h"],
        "known": ["s"],
    }
    assert tensors["e"]["need"] == "derived from 'a', 'c' once they are there"
    assert "missing 10" in result.err


def test_the_groups_are_seen_in_the_text(net: Path) -> None:
    """An empty line is between them, and everything to fill in comes first."""
    lines = run("template", net, "--for", "cache").out.split("\n")
    gaps = [i for i, line in enumerate(lines[:-1]) if not line]
    assert len(gaps) == 2
    first = [line for line in lines[: gaps[0]] if '"need"' in line]
    assert len(first) == 5
    assert all('"need": "needed: ' in line for line in first)


def test_a_release_implies_the_output(net: Path) -> None:
    new = json.loads(run("template", net, "--trt", "11.2").out)
    old = json.loads(run("template", net, "--trt", "8.6").out)
    assert (new["for"], old.get("for")) == ("11", None)
    assert len(_groups(new["tensors"])["needed"]) == 4
    assert len(_groups(old["tensors"])["needed"]) == 5


@pytest.mark.parametrize("purpose", ["cache", "qdq", "rtx", "11", "dla"])
def test_filled_in_it_lacks_nothing(net: Path, tmp_path: Path, purpose: str) -> None:
    """Only what was asked for is given: template, check and apply agree."""
    file = tmp_path / "r.json"
    run("template", net, "--for", purpose, "-o", file)
    template = json.loads(file.read_text())
    for entry in template["tensors"].values():
        if entry.get("need", "").startswith("needed"):
            entry.update(min=-2.5, max=4.0)
    file.write_text(json.dumps(template))
    checked = run("check", file, net, "--json")
    assert (checked.status, json.loads(checked.out)["for"]) == (0, purpose)
    assert "missing 0" in checked.err
    is_cache = purpose in ("cache", "dla")
    out = tmp_path / ("o.cache" if is_cache else "o.qdq.onnx")
    more = ["--trt", "8.6"] if is_cache else []
    more += ["--target", "dla"] if purpose == "dla" else []
    applied = run("apply", file, net, "-o", out, *more)
    assert applied.status == 0, applied.err
    assert "missing 0" in applied.err


def test_each_needed_range_that_lacks_blocks(net: Path, tmp_path: Path) -> None:
    """All but b, which is a branch of the Concat that makes e, and takes its range."""
    template = json.loads(run("template", net, "--for", "qdq").out)
    needed = _groups(template["tensors"])["needed"]
    for lacking in ("x", "e", "h"):
        ranges = {name: 3.0 for name in needed if name != lacking}
        file = tmp_path / "some.json"
        file.write_text(json.dumps(ranges))
        checked = run("check", file, net, "--for", "qdq")
        assert checked.status == 1
        assert f"no range for {lacking!r}" in checked.out
        applied = run("apply", file, net, "-o", tmp_path / "o.onnx")
        assert applied.status == 1
        assert f"{lacking!r} has no range" in applied.err


def test_small_convolutions_are_asked_for_on_demand(tmp_path: Path) -> None:
    graph = "(float[1,4,8,8] x) => (float[1,4,8,8] y) { a = Conv(x, w1) y = Conv(a, w2) }"
    net = save(tmp_path / "s.onnx", graph, {"w1": (4, 4, 1, 1), "w2": (4, 4, 1, 1)})
    plain = json.loads(run("template", net, "--for", "qdq").out)["tensors"]
    small = json.loads(run("template", net, "--for", "qdq", "--quantize-small").out)["tensors"]
    assert "needed" not in _groups(plain)
    assert _groups(small)["needed"] == ["x", "a"]


def test_what_the_file_is_for_yields_to_the_command_line(net: Path, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    ranges = {"x": 1, "b": 2, "e": 3, "h": 4}
    file.write_text(json.dumps({"setrange": 1, "for": "qdq", "tensors": ranges}))
    assert run("check", file, net).status == 0
    assert run("check", file, net, "--for", "cache").status == 1
    assert run("check", file, net, "--trt", "8.6").status == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--for", "cahce"], "'cahce' is not one of 'cache', 'qdq', 'rtx', '11', 'dla'"),
        (["--for", "cache", "--trt", "11.0"], "TensorRT 11.0 reads no calibration caches"),
        (["--for", "rtx", "--trt", "10.3"], "leave --trt 10.3 out"),
        (["--for", "11", "--trt", "8.6"], "--for 11 and --trt 8.6 contradict each other"),
        (["--for", "qdq", "--trt", "7.2"], "TensorRT 7.2 has no Q/DQ"),
        (["--for", "dla", "--target", "gpu"], "--for dla and --target gpu contradict"),
        (["--for", "rtx", "--target", "dla"], "TensorRT for RTX builds for GPUs only"),
        (["--for", "11", "--target", "dla"], "TensorRT 11 has DLA from 11.4.1 on"),
        (["--for", "cache", "--quantize-small"], "--quantize-small is for Q/DQ models"),
    ],
)
def test_contradictions_are_refused(
    net: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    file = tmp_path / "r.json"
    file.write_text('{"x": 1}')
    out = tmp_path / "o.json"
    for command in (["template", net, "-o", out], ["check", file, net]):
        result = run(*command, *options)
        assert (result.status, result.out) == (2, "")
        assert message in result.err
    assert not out.exists()


def test_python_gives_the_same_template(net: Path) -> None:
    for options, arguments in (
        (["--for", "rtx"], {"purpose": "rtx"}),
        (["--trt", "11.2"], {"trt": "11.2"}),
        (["--for", "dla", "--trt", "8.6"], {"purpose": "dla", "trt": "8.6"}),
    ):
        command = run("template", net, *options, "-q").out
        made = setrange.template(net, **arguments)  # type: ignore[arg-type]
        assert format_ranges(made, ascii_only=True) == command
    kept = setrange.template(net, keep=read_ranges_of(net, {"b": 2.0}), purpose="qdq")
    assert kept.entries["b"].amax == 2.0
    with pytest.raises(UsageError, match="'qdg' is no output"):
        setrange.template(net, purpose="qdg")


def read_ranges_of(net: Path, ranges: dict[str, float]) -> Path:
    file = net.with_name("given.json")
    file.write_text(json.dumps(ranges))
    return file


def test_an_unfilled_template_says_what_to_fill_in(net: Path, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    run("template", net, "--for", "qdq", "-o", file)
    result = run("apply", file, net, "-o", tmp_path / "o.onnx")
    assert result.status == 1
    assert "4 tensors without a range; add them to the ranges" in result.err
    allowed = run("apply", file, net, "-o", tmp_path / "o.onnx", "--allow-missing")
    assert allowed.status == 2
    assert "no place for" in allowed.err


def test_what_is_enough_is_counted(net: Path, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text('{"x": 1}')
    result = run("check", file, net)
    assert "9 tensors without a range, of which 4 are enough" in result.err


def test_a_model_without_a_place_for_pairs_is_told(tmp_path: Path) -> None:
    net = save(tmp_path / "t.onnx", "(float[1,4] x) => (float[1,4] y) { y = Relu(x) }")
    result = run("template", net, "--for", "qdq")
    assert result.status == 0
    assert "no node of it runs in INT8" in result.err
