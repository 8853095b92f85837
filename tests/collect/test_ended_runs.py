# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A signal ends a run of ONNX Runtime that would take hours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from setrange.measure.ended_runs import run_until_signal
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import GraphProto, NodeProto

pytest.importorskip("onnxruntime")

#: Yields one sample. When the main thread has been at one place within ONNX Runtime for some
#: looks, which is in its native code, the process sends itself the signal.
FEEDER = """
import os, sys, threading, time
import numpy as np

def watch():
    main, looks, last = threading.main_thread().ident, 0, None
    while looks < 3:
        frame = sys._current_frames()[main]
        is_inside = frame.f_code.co_filename.endswith("onnxruntime_inference_collection.py")
        is_inside = is_inside and frame.f_code.co_name.startswith("run")
        place = frame.f_code, frame.f_lasti
        looks = looks + 1 if is_inside and place == last else 0
        last = place
        time.sleep(0.02)
    open("running", "w").close()
    os.kill(os.getpid(), int(os.environ["NUMBER"]))

def feed():
    threading.Thread(target=watch, daemon=True).start()
    yield np.ones((1, 4), "f4")
"""


def _body(name: str, node: NodeProto) -> GraphProto:
    def scalar(role: str, kind: int) -> Any:
        return helper.make_tensor_value_info(f"{name}.{role}", kind, [])

    def state(role: str) -> Any:
        return helper.make_tensor_value_info(f"{name}.{role}", TensorProto.FLOAT, ["N", 4])

    return helper.make_graph(
        [helper.make_node("Identity", [f"{name}.yes"], [f"{name}.on"]), node],
        name,
        [scalar("step", TensorProto.INT64), scalar("go", TensorProto.BOOL), state("in")],
        [scalar("on", TensorProto.BOOL), state("out")],
        [numpy_helper.from_array(np.array(True), f"{name}.yes")],
    )


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A folder with a model of 10^10 additions, its ranges and data."""
    inner = _body("inner", helper.make_node("Add", ["inner.in", "one"], ["inner.out"]))
    loop = helper.make_node("Loop", ["steps", "", "outer.in"], ["outer.out"], body=inner)
    nodes = [
        helper.make_node("Relu", ["input"], ["relu"]),
        helper.make_node("Loop", ["steps", "", "relu"], ["sum"], body=_body("outer", loop)),
        helper.make_node("MatMul", ["relu", "weight"], ["product"]),
        helper.make_node("Add", ["sum", "product"], ["output"]),
    ]
    weights = {
        "steps": np.array(100_000, np.int64),
        "one": np.ones(1, np.float32),
        "weight": np.eye(4, dtype=np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "endless",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", 4])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, tmp_path / "endless.onnx")
    ranges = {name: [-4.0, 4.0] for name in ("input", "relu", "product")}
    (tmp_path / "ranges.json").write_text(json.dumps(ranges))
    (tmp_path / "feeder.py").write_text(FEEDER)
    return tmp_path


COLLECT = ("collect", "endless.onnx", "-o", "r.json")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for one process")
@pytest.mark.parametrize(
    ("command", "number", "status", "said"),
    [
        ((*COLLECT, "--method", "minmax"), signal.SIGINT, 130, "error: interrupted"),
        ((*COLLECT, "--method", "entropy"), signal.SIGTERM, 143, "error: ended by SIGTERM"),
        (("verify", "ranges.json", "endless.onnx", "--allow-missing"),
         signal.SIGTERM, 143, "error: ended by SIGTERM"),
    ],
)  # fmt: skip
def test_the_command_ends_though_the_run_does_not(
    endless: Path, command: tuple[str, ...], number: signal.Signals, status: int, said: str
) -> None:
    temporary = endless / "tmp"
    temporary.mkdir()
    before = sorted(endless.iterdir())
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "setrange", *command, "--data", "feeder:feed"],
        cwd=endless,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(temporary),
            "NUMBER": str(int(number)),
        },
        text=True,
        stderr=subprocess.PIPE,
    )
    try:
        _, told = process.communicate(timeout=120)
    finally:
        process.kill()
    assert (process.returncode, told.splitlines()[-1]) == (status, said)
    assert (endless / "running").exists()  # it was in the run
    assert "Traceback" not in told
    assert "onnxruntime" not in told
    (endless / "running").unlink()
    assert sorted(endless.iterdir()) == before
    assert list(temporary.iterdir()) == []


class Options:
    """Run options, as far as a signal sets something."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    @property
    def terminate(self) -> bool:
        return self.asked.is_set()

    @terminate.setter
    def terminate(self, _value: bool) -> None:
        self.asked.set()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals for one process")
def test_a_handler_that_does_not_end_the_program_costs_a_run(
    request: pytest.FixtureRequest,
) -> None:
    handled: list[int] = []
    kept = signal.signal(signal.SIGTERM, lambda number, _frame: handled.append(number))
    request.addfinalizer(lambda: signal.signal(signal.SIGTERM, kept))
    runs: list[Options] = []

    def run(options: Options) -> str:
        runs.append(options)
        if len(runs) == 1:
            os.kill(os.getpid(), signal.SIGTERM)
            assert options.asked.wait(60)
            raise RuntimeError("ended")
        return "result"

    assert run_until_signal(Options, run) == "result"
    assert (len(runs), handled) == (2, [signal.SIGTERM])
    assert not runs[1].terminate


def test_errors_of_a_run_are_its_own() -> None:
    def run(_options: Options) -> None:
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        run_until_signal(Options, run)


def test_who_reads_signals_goes_on_reading_them() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer)
    try:
        assert run_until_signal(Options, lambda options: options) is None
        assert signal.set_wakeup_fd(-1) == writer
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)
