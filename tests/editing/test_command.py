# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange edit` in a terminal: how it begins, how it ends, what it refuses."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import pytest
from onnx import TensorProto, helper

import setrange.cli.edit
from setrange.formats.reading import read_ranges
from setrange.report.console import Console
from tests.cli.material import run
from tests.editing.editor import Editor
from tests.editing.material import save_model
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("starlette", reason="starlette is not installed (the extra edit)")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (the extra edit)")


class Terminal:
    """The command as a process, and requests to what it serves."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "setrange", "edit", *map(str, arguments), "--no-browser"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        # One that says nothing any more ends, and the test with it.
        self.patience = threading.Timer(120, self.process.kill)
        self.patience.daemon = True
        self.patience.start()
        self.said = ""
        while "ends with Stop" not in self.said:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line
        [(self.host, port, self.token)] = re.findall(
            r"http://([\d.]+):(\d+)/#([\w-]+)", self.said
        )
        self.port = int(port)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {
            "X-Setrange-Token": self.token,
            "Origin": f"http://{self.host}:{self.port}",
            "Content-Type": "application/json",
        }
        sent = None if body is None else json.dumps(body)
        with contextlib.closing(HTTPConnection(self.host, self.port, timeout=120)) as line:
            line.request(method, path, sent, headers)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())

    def give(self, text: str) -> None:
        request = {"kind": "set", "tensors": [0], "text": text, "version": 0}
        assert self.ask("POST", "/api/change", request)[0] == 200

    def read_until(self, text: str) -> None:
        assert self.process.stderr is not None
        while text not in self.said:
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line

    def end(self) -> tuple[int, str]:
        _, rest = self.process.communicate()
        return self.process.returncode, self.said + rest


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Any]:
    save_model(tmp_path / "model.onnx")
    started: list[Terminal] = []

    def start(*arguments: object) -> Terminal:
        started.append(Terminal(tmp_path, *arguments))
        return started[-1]

    yield start
    for item in started:
        item.patience.cancel()
        if item.process.poll() is None:
            item.process.kill()
        with contextlib.suppress(ValueError):
            item.process.communicate()


def test_it_listens_on_this_machine_only(terminal: Any) -> None:
    here = terminal("model.onnx")
    assert here.host == "127.0.0.1"
    assert len(here.token) >= 43  # 256 bits
    sockets = Path("/proc/net/tcp")
    if sockets.exists():
        listening = [
            line.split()[1]
            for line in sockets.read_text().splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{here.port:04X}")
        ]
        assert listening == [f"0100007F:{here.port:04X}"]
    status, data = here.ask("GET", "/api/data")
    assert (status, data["edit"]["file"]) == (200, "model.ranges.json")
    here.process.send_signal(signal.SIGINT)
    status, said = here.end()
    assert status == 0
    assert said.endswith("the editor has ended\n")
    assert "Traceback" not in said


def test_interrupting_with_unsaved_changes(terminal: Any, tmp_path: Path) -> None:
    here = terminal("model.onnx", "mine.json")
    here.give("0 6")
    here.process.send_signal(signal.SIGINT)
    here.read_until("press ^C again")
    assert here.ask("POST", "/api/save", {})[0] == 200
    here.process.send_signal(signal.SIGINT)
    assert here.end()[0] == 0
    assert read_ranges(tmp_path / "mine.json").entries["x"].amax == 6.0


def test_interrupting_twice_ends_without_saving(terminal: Any, tmp_path: Path) -> None:
    here = terminal("model.onnx", "mine.json")
    here.give("0 6")
    here.process.send_signal(signal.SIGINT)
    here.read_until("press ^C again")
    here.process.send_signal(signal.SIGINT)
    assert here.end()[0] == 0
    assert sorted(os.listdir(tmp_path)) == ["model.onnx"]


def test_interrupting_again_while_the_warning_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path / "model.onnx")
    monkeypatch.chdir(tmp_path)
    always = Console.always

    def type_and_interrupt(address: str) -> None:
        here = Editor.at(address)
        here.post("api/change", {"kind": "set", "tensors": [0], "text": "0 6", "version": 0})
        raise KeyboardInterrupt

    def always_and_interrupt(console: Console, text: str) -> None:
        always(console, text)
        if "press ^C again" in text:
            raise KeyboardInterrupt

    monkeypatch.setattr(setrange.cli.edit, "open_browser", type_and_interrupt)
    monkeypatch.setattr(Console, "always", always_and_interrupt)
    done = run("edit", "model.onnx")
    assert done.status == 0
    assert "press ^C again" in done.err
    assert done.err.endswith("the editor has ended\n")
    assert os.listdir(tmp_path) == ["model.onnx"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_system_that_shuts_down(terminal: Any, tmp_path: Path) -> None:
    here = terminal("model.onnx")
    here.give("0 6")
    here.process.terminate()
    status, said = here.end()
    assert (status, "Traceback" in said) == (143, False)
    assert "ended by SIGTERM" in said
    assert sorted(os.listdir(tmp_path)) == ["model.onnx"]


def test_an_export_ends_with_the_editor(terminal: Any, tmp_path: Path) -> None:
    here = terminal("model.onnx", "--for", "qdq")
    here.give("0 6")
    assert here.ask("POST", "/api/save", {})[0] == 200
    request = {"what": "qdq", "name": "model.qdq.onnx", "allow_missing": True}
    assert here.ask("POST", "/api/export", request)[0] == 200
    here.process.send_signal(signal.SIGINT)
    assert here.end()[0] == 0
    assert set(os.listdir(tmp_path)) <= {"model.onnx", "model.ranges.json", "model.qdq.onnx"}


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The same in a thread, which is there sooner."""
    save_model(tmp_path / "model.onnx")
    monkeypatch.chdir(tmp_path)
    started: list[Editor] = []

    def start(*arguments: object) -> Editor:
        started.append(Editor(monkeypatch, *arguments))
        return started[-1]

    yield start
    for item in started:
        item.end()


def test_ranges_of_another_format_are_saved_beside_them(
    edit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.txt").write_text("x: 3.5\nc1: 4\n")
    here = edit("model.onnx", "old.txt", "--trt", "8.6")
    assert "Save writes old.json" in capsys.readouterr().err
    here.post("api/save", {})
    assert read_ranges(tmp_path / "old.json").entries["x"].amax == 3.5
    assert (tmp_path / "old.txt").read_text() == "x: 3.5\nc1: 4\n"


def test_what_was_saved_is_opened_again(
    edit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.ranges.json").write_text('{"setrange": 1, "tensors": {"x": 2}}')
    edit("model.onnx")
    said = capsys.readouterr().err
    assert "opened model.ranges.json: 1 given range of model.onnx" in said


def test_names_of_another_release_are_told(
    edit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "(Unnamed Layer* 77) [Shuffle]_output"
    text = json.dumps({"setrange": 1, "named_by": "7.2", "tensors": {"x": 2, name: 3}})
    (tmp_path / "ranges.json").write_text(text)
    edit("model.onnx", "ranges.json", "--trt", "8.6")
    assert f"Save leaves them out: {name!r}" in capsys.readouterr().err


# -- what it refuses ---------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    save_model(tmp_path / "model.onnx")
    (tmp_path / "ranges.json").write_text('{"setrange": 1, "tensors": {"x": 2}}')
    (tmp_path / "broken.json").write_text('{"setrange": 1, "tensors": {"x": ')
    (tmp_path / "list.txt").write_text("x: 3.5\n")
    (tmp_path / "list.json").write_text('{"setrange": 1, "tensors": {"x": 2}}')
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nothing.onnx"], 2, "nothing.onnx"),
        (["ranges.json", "model.onnx"], 2, "setrange edit model.onnx ranges.json"),
        (["model.onnx", "model.onnx"], 2, "model.onnx"),
        (["model.onnx", "folder"], 2, "folder: is no file"),
        (["model.onnx", "-"], 2, "-: is no file"),
        (["model.onnx", "nowhere/ranges.json"], 2, "there is no folder nowhere"),
        (["model.onnx", "broken.json"], 2, "broken.json:1:"),
        (["model.onnx", "list.txt"], 2, "list.json, which is there already"),
        (["model.onnx", "--export-to", "nowhere"], 2, "--export-to nowhere: is no folder"),
        (["model.onnx", "--port", "70000"], 2, "70000"),
        (["model.onnx", "--trt", "eight"], 2, "'eight' is not a TensorRT release"),
        (["model.onnx", "--for", "dla", "--trt", "11.0"], 2, "TensorRT 11.0 has no DLA"),
        (["model.onnx", "--input-range", "x"], 2, "x"),
        (["model.onnx", "--fill", "estimate"], 2, "estimate"),
    ],
)
def test_bad_input_is_one_message(
    folder: Path, arguments: list[str], status: int, said: str
) -> None:
    before = sorted(os.listdir(folder))
    done = run("edit", *arguments, "--no-browser")
    assert done.status == status, done.err
    assert said in done.err
    assert done.err.count("error: ") == 1
    assert sorted(os.listdir(folder)) == before


def test_a_port_that_is_taken(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("edit", "model.onnx", "--port", port, "--no-browser")
    assert done.status == 2
    assert f"--port {port}: cannot be listened on" in done.err


def test_a_model_that_is_quantized(folder: Path) -> None:
    scale = helper.make_tensor("s", TensorProto.FLOAT, [], [0.1])
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [scale],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, folder / "qdq.onnx")
    done = run("edit", "qdq.onnx", "--no-browser")
    assert done.status == 2
    assert "Q/DQ" in done.err


def test_without_its_packages_it_says_how_to_get_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = run("edit", "model.onnx", "--no-browser")
    assert done.status == 3
    assert "pip install 'setrange[edit]'" in done.err
