# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names from files reach neither a terminal nor a pipe raw, whatever command shows them."""

from __future__ import annotations

import json
import os
import re
import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from setrange.report.table import aligned
from setrange.text.visible import MOST_SHOWN, visible, visible_lines
from tests.cli.material import run

#: Sets a title, rings, goes back, deletes, turns text round, forges two lines.
EVIL = "\x1b]52;c;cm0=\x07\x1b[2J\r\x7f\x9b31m\u202e\u2066\u2028\nerror: forged\nwrote /forged"
NAMES = [f"{letter}{EVIL}" for letter in "xcy"]

#: What no output may hold, but for colours, line ends and what a terminal adds to them.
RAW = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
COLOURS = re.compile("\x1b\\[[0-9;]*m")


@given(st.text())
def test_one_line_without_anything_that_acts(text: str) -> None:
    shown = visible(text)
    assert not RAW.search(shown)
    assert "\n" not in shown
    assert "\r" not in shown
    assert visible(shown) == shown


@given(st.text(alphabet="ab\n\r\x1b error:wrote", max_size=40))
def test_no_line_of_a_message_looks_like_another_message(text: str) -> None:
    rest = visible_lines(text).split("\n")[1:]
    assert not any(line.startswith(("error:", "wrote")) for line in rest)


def test_plain_text_of_any_script_stays() -> None:
    for text in ("größe", "层/卷积:0", "тензор", "a\tb", "(Unnamed Layer* 3) [Shuffle]_output"):
        assert visible(text) == text


def test_long_names_are_cut_and_counted() -> None:
    shown = visible("n" * 3_000_000)
    assert len(shown) < MOST_SHOWN + 50
    assert shown.endswith("… (3000000 letters)")
    assert visible("n" * 30_000, most=None) == "n" * 30_000


def test_one_long_name_pads_no_other() -> None:
    lines = aligned([("a", "b", "c"), ("n" * 100_000, "b", "c"), ("aa", "b", "c")])
    assert len(lines[0]) < 20
    assert sum(map(len, lines)) < 3 * MOST_SHOWN


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A model, ranges, a cache, a log and layers with hostile names."""
    folder = tmp_path_factory.mktemp("evil")
    x, c, y = NAMES
    weight = numpy_helper.from_array(np.ones((4, 3, 1, 1), np.float32), f"w{EVIL}")
    nodes = [
        helper.make_node("Conv", [x, weight.name], [c], f"conv{EVIL}"),
        helper.make_node("Relu", [c], [y], f"relu{EVIL}"),
    ]
    graph = helper.make_graph(
        nodes,
        f"g{EVIL}",
        [helper.make_tensor_value_info(x, 1, [1, 3, 4, 4])],
        [helper.make_tensor_value_info(y, 1, [1, 4, 4, 4])],
        [weight],
    )
    opset = helper.make_opsetid("", 13)
    paths = {}

    def put(name: str, data: str | bytes) -> None:
        paths[name] = str(folder / name)
        raw = data.encode() if isinstance(data, str) else data
        (folder / name).write_bytes(raw)

    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    put("m.onnx", model.SerializeToString())
    tensors = {x: 1.0, c: 50.0, y: 49.0}
    put("r.json", json.dumps({"setrange": 1, "tensors": tensors}))
    put("other.json", json.dumps({x: 2.0, c: [-1, 5], f"gone{EVIL}": 1}))
    put("broken.json", json.dumps({x: "five", c: -1}))
    put(
        "rules.json",
        json.dumps({"setrange": 1, "tensors": tensors, "precision": {EVIL: "fp16"}}),
    )
    line = EVIL.replace("\n", " ").replace("\r", " ").replace("\u2028", " ")
    put(
        "build.log",
        f"[W] Missing scale and zero-point for tensor {line}x, expect fall back\n"
        f"[W] something else {line}\n",
    )
    layers = [{"Name": c, "LayerType": f"Conv{EVIL}", "Inputs": [], "Outputs": []}]
    put("e.layers.json", json.dumps({"Layers": layers}))
    put("names.layers.json", json.dumps({"Layers": NAMES}))
    return paths


COMMANDS = [
    "inspect m.onnx",
    "inspect m.onnx -v",
    "inspect m.onnx --diff-trt 8.6,10.3",
    "template m.onnx --trt 8.6 -o out.json",
    "check r.json m.onnx --trt 8.6 -v",
    "report r.json m.onnx --trt 8.6 -o out.html -v",
    "check other.json m.onnx --trt 8.6",
    "check broken.json m.onnx",
    "check rules.json m.onnx --trt 8.6",
    "check m.onnx",
    "apply other.json m.onnx --trt 8.6 -o out.onnx -v",
    "apply r.json m.onnx --trt 8.6 -o out.ranged.onnx",
    "apply r.json m.onnx --trt 8.6 -o out.cache",
    "resolve xyz m.onnx",
    "convert r.json -o out.yaml",
    "convert r.json -o out.txt",
    "convert other.json -o out2.json --model m.onnx --trt 8.6",
    "diff r.json other.json",
    "merge r.json other.json -o out3.json",
    "explain build.log -v",
    "explain build.log --model m.onnx",
    "inspect e.layers.json",
    "inspect names.layers.json",
]


def assert_harmless(output: bytes) -> None:
    text = COLOURS.sub("", output.decode("utf-8", "replace").replace("\r\n", "\n"))
    found = RAW.search(text)
    assert found is None, text[max(0, found.start() - 60) : found.end() + 20]
    assert "\r" not in text
    forged = [n for n in text.split("\n") if n.startswith(("error: forged", "wrote /forged"))]
    assert not forged


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_sees_nothing_raw(files: dict[str, str], command: str) -> None:
    assert_harmless(_piped(files, command))


def _arguments(files: dict[str, str], command: str) -> list[str]:
    folder = os.path.dirname(files["m.onnx"])
    words = [
        files.get(word, os.path.join(folder, word) if word.startswith("out") else word)
        for word in command.split()
    ]
    return [*words, "--overwrite"] if " -o " in command and _can_replace(words[0]) else words


def _can_replace(name: str) -> bool:
    return name in {"template", "apply", "convert", "merge", "report"}


def _piped(files: dict[str, str], command: str) -> bytes:
    result = run(*_arguments(files, command))
    assert result.status in (0, 1, 2), result.err
    return f"{result.out}\n{result.err}".encode("utf-8", "backslashreplace")


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("command", ["inspect m.onnx", "check other.json m.onnx --trt 8.6"])
def test_a_terminal_sees_nothing_raw(files: dict[str, str], command: str) -> None:
    import pty

    chunks: list[bytes] = []

    def read(descriptor: int) -> bytes:
        data = os.read(descriptor, 1024)
        chunks.append(data)
        return data

    arguments = [sys.executable, "-m", "setrange", *_arguments(files, command)]
    with mock.patch("pty.os.write"):  # what it reads is not copied to our own stdout
        pty.spawn(arguments, read, lambda _fd: b"")
    assert chunks
    assert_harmless(b"".join(chunks))
