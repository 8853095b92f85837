# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange verify` from outside."""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import setrange
from setrange import verify
from setrange.accuracy.labels import read_labels
from setrange.errors import InputError
from tests.cli.material import run
from tests.exporters.quantizing import save
from tests.verify.material import RANGES, constants, write_ranges

pytest.importorskip("onnxruntime")

REPORT = {
    "setrange", "model", "ranges", "trt", "placement", "dtype", "samples", "provider",
    "onnxruntime", "metric", "value", "threshold", "passed", "outputs", "tensors", "left_float",
    "findings", "blame",
}  # fmt: skip
OUTPUT = {
    "name", "dtype", "shape", "values", "equal", "sqnr", "cosine", "max_error", "amax", "top1",
    "top5", "accuracy", "accuracy_float", "not_finite", "lost", "other_shape",
}  # fmt: skip
TENSOR = {
    "name", "kind", "nodes", "amax", "min", "max", "clipped", "width", "sqnr", "entry",
    "is_shared", "not_finite",
}  # fmt: skip


@pytest.fixture
def labels(model: Path, data: Path, tmp_path: Path) -> Path:
    """What the float model says, but for every third sample."""
    weights = constants(model)
    classes = (np.maximum(np.load(data) @ weights["w"], 0) @ weights["v"]).argmax(1)
    classes[::3] = (classes[::3] + 1) % 16
    path = tmp_path / "labels.npy"
    np.save(path, classes)
    return path


def test_the_tables_are_the_product(ranges: Path, model: Path, data: Path) -> None:
    result = run("verify", ranges, model, "--data", data)
    assert result.status == 0
    head, output, _, columns, *tensors = result.out.splitlines()
    assert head.split() == ["SQNR", "dB", "cosine", "max", "error", "largest", "top-1",
                            "top-5", "output"]  # fmt: skip
    assert output.endswith("  y")
    assert columns.split() == ["SQNR", "dB", "clipped", "range/data", "range", "data", "tensor"]
    assert {line.split("  ")[-1] for line in tensors} == {
        "x (activation)", "r (activation)", "w (weight)", "v (weight)",
    }  # fmt: skip
    assert "two.onnx: float against INT8 on 24 samples, ONNX Runtime" in result.err
    assert "sqnr is " in result.err
    quiet = run("verify", ranges, model, "--data", data, "-q")
    assert (quiet.out, quiet.err) == (result.out, "")


def test_json_is_stable(ranges: Path, model: Path, data: Path) -> None:
    result = run("verify", ranges, model, "--data", data, "--json", "--batch", 4)
    found: dict[str, Any] = json.loads(result.out)
    assert set(found) == REPORT
    assert [set(output) for output in found["outputs"]] == [OUTPUT]
    assert [set(tensor) for tensor in found["tensors"]] == [TENSOR] * 4
    assert (found["samples"], found["metric"], found["threshold"]) == (24, "sqnr", None)
    assert found["value"] == found["outputs"][0]["sqnr"]
    assert (found["passed"], found["blame"], found["trt"]) == (None, None, "10.16")
    again = verify(model, ranges, data, batch=4).to_dict()
    assert json.loads(json.dumps(again)) == found


@pytest.mark.parametrize(
    ("metric", "good", "bad"),
    [
        ("sqnr", 10, 150),
        ("cosine", 0.9, 0.9999999),
        ("max-error", 50, 1e-6),
        ("top1", 0.1, 1.01),
        ("top5", 0.1, 1.01),
        ("accuracy", 0.3, 0.9),
        ("accuracy-drop", 0.5, -0.5),
        ("equal", 0, 0.9),
    ],
)
def test_the_threshold_is_the_exit_status(
    ranges: Path, model: Path, data: Path, labels: Path, metric: str, good: float, bad: float
) -> None:
    common = ("verify", ranges, model, "--data", data, "--labels", labels, "--metric", metric)
    passed = run(*common, "--threshold", good, "--json")
    assert (passed.status, json.loads(passed.out)["passed"]) == (0, True)
    failed = run(*common, "--threshold", bad, "--json")
    assert (failed.status, json.loads(failed.out)["passed"]) == (1, False)
    assert f"error: {metric} is " in failed.err
    assert "wanted: at " in failed.err
    assert "--blame shows" in failed.err


def test_accuracy_is_of_both_models(
    ranges: Path, model: Path, data: Path, labels: Path
) -> None:
    (output,) = verify(model, ranges, data, labels=labels, batch=7).outputs
    assert output.accuracy_float == pytest.approx(16 / 24)
    assert output.accuracy is not None
    assert abs(output.accuracy - 16 / 24) < 0.3


def test_accuracy_of_class_numbers(tmp_path: Path) -> None:
    graph = "(float[N,8] x) => (int64[N,1] c) { [a] y = MatMul(x, w) c = ArgMax<axis = 1>(y) }"
    eye = numpy_helper.from_array(np.eye(8, dtype=np.float32), "w")
    path = save(tmp_path / "m.onnx", graph, initializers=[eye])
    x = np.eye(8, dtype=np.float32)
    answers = tmp_path / "labels.txt"
    answers.write_text("\n".join(map(str, [0, 1, 2, 3, 4, 5, 6, 0])))
    (output,) = verify(
        path, write_ranges(tmp_path / "r.json", {"x": 1.0}), list(x), labels=answers
    ).outputs
    assert (output.accuracy_float, output.accuracy, output.equal) == (7 / 8, 7 / 8, 1.0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.txt", "3\n1\n\n2  # two\n"),
        ("l.txt", "3\r\n1\r\n2"),
        ("l.csv", "file,label\na.png,3\nb.png,1\nc.png,2\n"),
        ("l.tsv", "a b.png\t3\nb.png\t1\nc.png\t2\n"),
        ("l.txt", "a.png 3\nb.png 1\nc.png 2\n"),
    ],
)
def test_labels_of_text(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_labels(tmp_path / name).values.tolist() == [3, 1, 2]


def test_labels_of_arrays(tmp_path: Path) -> None:
    column = np.array([[3], [1]], dtype=np.uint8)
    np.save(tmp_path / "l.npy", column.astype(np.float32))
    np.savez(tmp_path / "l.npz", x=np.zeros((2, 3)), labels=column)
    np.savez(tmp_path / "one.npz", anything=column)
    for name in ("l.npy", "l.npz", "one.npz"):
        assert read_labels(tmp_path / name).values.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\nx\n", ":2: 'x' is no class number"),
        ("", "holds no labels"),
        (np.zeros((2, 3), np.int64), r"expected one class number for each sample"),
        (np.array([0.5]), "holds fractions"),
        (None, "cannot be read as labels"),
    ],
)
def test_bad_labels(tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / ("l.txt" if isinstance(content, str) else "l.npy")
    if isinstance(content, str):
        path.write_text(content)
    elif content is not None:
        np.save(path, content)
    with pytest.raises(InputError, match=message):
        read_labels(path)


def test_labels_that_do_not_fit(ranges: Path, model: Path, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "l.txt"
    common = ("verify", ranges, model, "--data", data, "--labels", path)
    for values, message in (
        (range(8), "holds 8 labels, and the data more rows"),
        ([0] * 30, "holds 30 labels for 24 rows"),
        ([1] * 23 + [16], "label 24 is 16; the model has the classes 0 to 15 (count from 0)"),
    ):
        path.write_text("\n".join(map(str, values)))
        result = run(*common)
        assert result.status == 2
        assert message in result.err
    path.write_text("\n".join("0" * 30))
    assert run(*common, "--samples", 10).status == 0


def test_the_worst_output_is_judged(tmp_path: Path) -> None:
    graph = """(float[N,16] x) => (float[N,16] y, float[N,16] z) {
        [one] y = MatMul(x, w)
        [two] z = MatMul(y, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    file = write_ranges(tmp_path / "r.json", {"x": 4.0, "y": 2000.0})
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((4, 16)).astype("f"))
    result = run("verify", file, path, "--data", tmp_path / "x.npy", "--threshold", 20)
    assert result.status == 1
    assert "dB at output 'z', the worst; wanted: at least 20.00 dB" in result.err


def test_small_convolutions_and_placement(tmp_path: Path) -> None:
    graph = """(float[N,4,8,8] x) => (float[N,4,8,8] y) {
        [small] c = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w)
        y = Relu(c)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (4, 4, 3, 3)})
    file = write_ranges(tmp_path / "r.json", {"x": 4.0, "c": 9.0, "y": 9.0})
    np.save(tmp_path / "x.npy", np.ones((2, 4, 8, 8), np.float32))
    common = ("verify", file, path, "--data", tmp_path / "x.npy", "--json")
    nothing = run(*common)
    assert nothing.status == 2
    assert "no place for" in nothing.err
    small = json.loads(run(*common, "--quantize-small").out)
    assert {t["name"] for t in small["tensors"]} == {"x", "w"}
    everywhere = json.loads(run(*common, "--placement", "all").out)
    assert {t["name"] for t in everywhere["tensors"]} == {"x", "c", "w"}
    assert everywhere["placement"] == "all"


def test_holes(model: Path, data: Path, tmp_path: Path) -> None:
    file = write_ranges(tmp_path / "r.json", {"x": 4.0})
    common = ("verify", file, model, "--data", data, "--fill", "none", "--json")
    stopped = run(*common)
    assert (stopped.status, stopped.out) == (1, "")
    assert "use --allow-missing" in stopped.err
    gone_on = run(*common, "--allow-missing")
    assert gone_on.status == 0
    assert {t["name"] for t in json.loads(gone_on.out)["tensors"]} == {"x", "w"}


def test_other_formats_of_ranges(model: Path, ranges: Path, data: Path, tmp_path: Path) -> None:
    cache = tmp_path / "two.cache"
    assert run("apply", ranges, model, "--trt", "8.6", "-o", cache, "-q").status == 0
    ours, theirs = (
        json.loads(run("verify", file, model, "--data", data, "--json").out)
        for file in (ranges, cache)
    )
    assert theirs["outputs"] == ours["outputs"]


BAD: dict[str, tuple[list[str], int, str]] = {
    "no data": (["r.json", "two.onnx"], 2, "give either --data or --random"),
    "no such data": (["r.json", "two.onnx", "--data", "none"], 2, "no such file or directory"),
    "wrong order": (["two.onnx", "r.json", "--random"], 2, "the ranges come first"),
    "a wrong shape": (["r.json", "two.onnx", "--data", "wide.npy"], 2, "does not fit input x"),
    "not a number": (["r.json", "two.onnx", "--data", "nan.npy"], 2, "holds NaN"),
    "no tensor": (["other.json", "two.onnx", "--random"], 2, "do not fit the model"),
    "no metric": (
        ["r.json", "two.onnx", "--random", "--metric", "accuracy"], 2, "needs --labels",
    ),
    "Q/DQ already": (["r.json", "q.onnx", "--random"], 2, "has Q/DQ nodes already"),
    "no model": (["r.json", "none.onnx", "--random"], 2, "none.onnx: no such file"),
    "no ranges": (["none.json", "two.onnx", "--random"], 2, "none.json: no such file"),
    "blame before": (["--blame", "r.json", "two.onnx", "--random"], 2, "to the end of the"),
    "blame of nothing": (["r.json", "two.onnx", "--random", "--blame", "0"], 2, "more than 0"),
    "a batch of none": (["r.json", "two.onnx", "--random", "--batch", "0"], 2, "--batch 0"),
    "no provider": (
        ["r.json", "two.onnx", "--random", "--provider", "GPU"], 3, "has no such provider",
    ),
    "no labels": (
        ["r.json", "two.onnx", "--random", "--labels", "none.txt"], 2, "read as labels",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input(
    case: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_ranges(tmp_path / "r.json", RANGES)
    write_ranges(tmp_path / "other.json", {"nothing": 1.0})
    np.save("wide.npy", np.zeros((2, 33), np.float32))
    np.save("nan.npy", np.full((2, 32), np.nan, np.float32))
    assert run("apply", "r.json", "two.onnx", "-o", "q.onnx", "-q").status == 0
    arguments, status, message = BAD[case]
    result = run("verify", *arguments)
    assert (result.status, result.out) == (status, "")
    assert message in result.err
    assert "Traceback" not in result.err


def test_a_metric_that_no_output_has(tmp_path: Path) -> None:
    graph = "(float[N,4,8] x) => (float[N,4,8] y) { [a] y = MatMul(x, w) }"
    path = save(tmp_path / "m.onnx", graph, {"w": (8, 8)})
    file = write_ranges(tmp_path / "r.json", {"x": 4.0})
    result = run("verify", file, path, "--random", "--metric", "top1")
    assert result.status == 2
    assert "no output of the model has it; this model has sqnr, cosine, max-error" in result.err


def test_nothing_finite(tmp_path: Path) -> None:
    graph = """(float[N,8] x) => (float[N,8] y) {
        [a] m = MatMul(x, w)
        s = Mul(m, m)
        n = Neg(s)
        y = Log(n)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (8, 8)})
    file = write_ranges(tmp_path / "r.json", {"x": 4.0})
    result = run("verify", file, path, "--random")
    assert result.status == 2
    assert "no output holds a value that can be compared" in result.err


def test_without_onnxruntime(
    ranges: Path, model: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    result = run("verify", ranges, model, "--data", data)
    assert result.status == 3
    assert "pip install 'setrange[ort]'" in result.err


def test_a_model_that_onnxruntime_refuses(ranges: Path, model: Path, data: Path) -> None:
    proto = onnx.load(model)
    proto.ir_version = 99
    onnx.save(proto, model)
    result = run("verify", ranges, model, "--data", data)
    assert result.status == 2
    assert "ONNX Runtime refuses the model" in result.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_sigterm_leaves_no_files(
    ranges: Path, model: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: object, **_options: object) -> None:
        assert len(list(Path(tempfile.gettempdir()).glob("setrange-*/model.onnx"))) == 1
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("setrange.accuracy.session.Session", killed)
    with pytest.raises(SystemExit) as left:
        run("verify", ranges, model, "--data", data)
    assert left.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_the_functions_show_their_signatures() -> None:
    for function in (setrange.verify, setrange.collect):
        names = set(inspect.signature(function).parameters)
        assert {"data", "samples", "threads"} <= names
        assert not names & {"arguments", "options"}
    assert setrange.verify is verify
