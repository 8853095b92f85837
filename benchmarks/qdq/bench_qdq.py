# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges to a Q/DQ model: setrange against ONNX Runtime's quantize_static (and ModelOpt).

    python benchmarks/qdq/bench_qdq.py [-n RUNS] [--modelopt-python PATH] [--write]

The same ranges for all, fresh processes, interleaved, medians. Then: scales on common tensors,
pairs, and the noise of the output against float on fixed data. ModelOpt takes part where it is
installed, here or for the Python given: it wants versions of its own (pip install
"nvidia-modelopt[onnx]", 6.5 GB). Exit status 1 if a limit is missed.

``--write`` puts what was found into ``results.json`` beside this file, and makes the table of
docs/qdq.md of it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

sys.path.insert(0, str(Path(__file__).parent))
import digits
import models
from launching import ROOT, launch
from running import measure_ranges, session
from speed_table import RESULTS, write_document

ORT = """
import sys
from onnxruntime.quantization import QuantType, quantize_static
model, out, cache = sys.argv[1:]
quantize_static(
    model, out, None, per_channel=True, activation_type=QuantType.QInt8,
    weight_type=QuantType.QInt8, extra_options={"ActivationSymmetric": True},
    calibration_cache_path=cache,
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model, how much faster setrange must be, and the pairs it must place."""

    name: str
    least_speedup: float
    pairs: int | None = None


CASES = (
    Case(name="resnet18", least_speedup=1.5, pairs=17),
    Case(name="transformer", least_speedup=6.0),
)


def data(path: Path, seed: int) -> dict[str, np.ndarray]:
    value = onnx.load(path, load_external_data=False).graph.input[0]
    shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
    return {value.name: np.random.default_rng(seed).standard_normal(shape).astype(np.float32)}


def timed(command: list[str], out: Path) -> tuple[float, float]:
    """Seconds and peak MB of a fresh process."""
    out.unlink(missing_ok=True)
    made = launch(command)
    if not out.exists():
        raise SystemExit(f"failed: {' '.join(command)}")
    return made.seconds, made.mb


def activation_scales(path: Path) -> dict[str, np.float32]:
    """Value -> scale of its QuantizeLinear, constants left out."""
    graph = onnx.load(path).graph
    constants = {t.name: t for t in graph.initializer}
    return {
        node.input[0]: numpy_helper.to_array(constants[node.input[1]]).reshape(-1)[0]
        for node in graph.node
        if node.op_type == "QuantizeLinear" and node.input[0] not in constants
    }


def noise(model: Path, quantized: Path) -> float:
    """Signal to quantization noise of the output on fixed data, in dB."""
    feeds = data(model, seed=7)
    wanted, got = (session(path).run(None, feeds)[0] for path in (model, quantized))
    return float(10 * np.log10((wanted**2).sum() / ((got - wanted) ** 2).sum()))


def find_modelopt(given: str | None) -> str | None:
    """The Python that has ModelOpt."""
    if given is None:
        return sys.executable if importlib.util.find_spec("modelopt") is not None else None
    probe = [given, "-c", "import importlib.util as u; exit(u.find_spec('modelopt') is None)"]
    if subprocess.run(probe, check=False).returncode:
        raise SystemExit(f"{given} has no modelopt: pip install 'nvidia-modelopt[onnx]'")
    return given


def commands(work: Path, case: Case, modelopt: str | None) -> dict[str, tuple[list[str], Path]]:
    model, ranges = work / f"{case.name}.onnx", work / f"{case.name}.json"
    outs = {tool: work / f"{case.name}.{tool}.onnx" for tool in ("setrange", "ort", "modelopt")}
    python = sys.executable
    tools = {
        "setrange": [python, "-m", "setrange", "apply", str(ranges), str(model), "-q", "-o"],
        "ort": [python, "-c", ORT, str(model)],
    }
    found = {
        "setrange": ([*tools["setrange"], str(outs["setrange"])], outs["setrange"]),
        "ort": (
            [*tools["ort"], str(outs["ort"]), str(work / f"{case.name}.ort.json")],
            outs["ort"],
        ),
    }
    if modelopt is not None:
        command = [modelopt, "-m", "modelopt.onnx.quantization", f"--onnx_path={model}"]
        command += [f"--calibration_cache_path={work / f'{case.name}.cache'}"]
        command += [f"--output_path={outs['modelopt']}", "--high_precision_dtype=fp32"]
        found["modelopt"] = (command, outs["modelopt"])
    return found


def prepare(work: Path, case: Case) -> Path:
    """The model and its ranges, in the form each tool takes."""
    from setrange.formats.reading import read_ranges
    from setrange.formats.writing import convert_file

    model = getattr(models, case.name)(work / f"{case.name}.onnx")
    ranges = work / f"{case.name}.json"
    measured = measure_ranges(model, data(model, seed=1))
    ranges.write_text(json.dumps({"setrange": 1, "named_by": "10.16", "tensors": measured}))
    convert_file(ranges, work / f"{case.name}.ort.json", to="ort-tensors-data")
    convert_file(ranges, work / f"{case.name}.cache", to="trt-cache")
    assert read_ranges(ranges).entries
    return model


def bench(
    work: Path, case: Case, runs: int, modelopt: str | None
) -> tuple[list[str], dict[str, object]]:
    """Print a case; return what missed its limit, and what was found."""
    model = prepare(work, case)
    found = commands(work, case, modelopt)
    timed(*found["setrange"])  # compiles the checkout
    results: dict[str, list[tuple[float, float]]] = {tool: [] for tool in found}
    for _ in range(runs):
        for tool, (command, out) in found.items():
            results[tool].append(timed(command, out))
    medians = {
        tool: tuple(statistics.median(column) for column in zip(*rows, strict=True))
        for tool, rows in results.items()
    }
    nodes = len(onnx.load(model, load_external_data=False).graph.node)
    print(
        f"{case.name}: {nodes} nodes, {model.stat().st_size / 1e6:.1f} MB; {runs} runs, medians"
    )
    print(f"  {'tool':10} {'seconds':>8} {'peak MB':>8} {'pairs':>6} {'noise dB':>9}")
    scales = {tool: activation_scales(out) for tool, (_, out) in found.items()}
    decibels = {tool: noise(model, out) for tool, (_, out) in found.items()}
    for tool, (seconds, mb) in medians.items():
        print(
            f"  {tool:10} {seconds:8.2f} {mb:8.0f} {len(scales[tool]):6} {decibels[tool]:9.2f}"
        )
    ours = scales["setrange"]
    missed = []
    for tool, others in scales.items():
        common = ours.keys() & others.keys()
        differing = sorted(name for name in common if ours[name] != others[name])
        if tool != "setrange":
            speedup = medians[tool][0] / medians["setrange"][0]
            print(
                f"  against {tool}: {speedup:.2f}x as fast; {len(common)} common tensors, "
                f"{len(differing)} scales differ {differing[:3] or ''}"
            )
            if differing:
                missed.append(f"{case.name}: scales differ from {tool}'s")
    if medians["ort"][0] < case.least_speedup * medians["setrange"][0]:
        missed.append(f"{case.name}: not {case.least_speedup} times as fast as ONNX Runtime")
    if medians["setrange"][1] > medians["ort"][1]:
        missed.append(f"{case.name}: more memory than ONNX Runtime")
    if decibels["setrange"] < max(decibels.values()):
        missed.append(f"{case.name}: more noise than the best of the others")
    if case.pairs is not None and len(ours) != case.pairs:
        missed.append(f"{case.name}: {len(ours)} pairs, expected {case.pairs}")
    told = {
        tool: {
            "seconds": round(seconds, 2),
            "mb": round(mb),
            "pairs": len(scales[tool]),
            "sqnr": round(decibels[tool], 2),
        }
        for tool, (seconds, mb) in medians.items()
    }
    size = round(model.stat().st_size / 1e6, 1)
    return missed, {"nodes": nodes, "mb": size, "tools": told}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=5, help="runs of each command")
    parser.add_argument("--modelopt-python", metavar="PATH", help="a Python with ModelOpt")
    parser.add_argument("--write", action="store_true", help="write results and the table")
    arguments = parser.parse_args()
    modelopt = find_modelopt(arguments.modelopt_python)
    sys.path.insert(0, str(ROOT))
    missed, results = [], {}
    with tempfile.TemporaryDirectory() as directory:
        for case in CASES:
            lines, results[case.name] = bench(Path(directory), case, arguments.n, modelopt)
            missed += lines
        digits.report(Path(directory))
    if arguments.write:
        told = {"runs": arguments.n, "models": results}
        RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        write_document()
    for line in missed:
        print(f"MISSED {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
