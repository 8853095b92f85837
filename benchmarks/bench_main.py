# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: wall time and peak memory of cold processes, against plain `onnx.load`.

    python benchmarks/bench_main.py [-n RUNS]

Every run is a process of its own, and the commands take turns, so that all of them see the
same machine. The table shows medians of wall time and of the child's own peak resident memory.
Exit status 1 means that a limit was missed. The models are made in a temporary directory:
ResNet-50 (102 MB) and two with 3 GB of external data (a sparse file, so it costs no disk).

ResNet-50's ranges come in two files: ``ranges.json`` says which release made its names and
which model it is for, as all that setrange writes do; NVIDIA's list says neither, so the
network of every release is made to find out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MB = 1 << 20
_QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
#: Compiled modules are kept, as where pip installed them.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
NVIDIA_RANGES = ROOT / "tests" / "data" / "nvidia-resnet50" / "ranges-trt8.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command and its limits: seconds, or multiples of the reference's, and MB."""

    name: str
    arguments: list[str]
    reference: str | None = None
    most_seconds: float
    most_mb: float | None = None
    statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    seconds: float
    mb: float


def external_model(path: Path, op: str) -> None:
    """48 layers of 4096 x 4096 float32 weights in an external file of 3.2 GB."""
    from onnx import TensorProto, helper

    width, layers = 4096, 48
    block = width * width * 4
    data = path.with_suffix(".data")
    with data.open("wb") as stream:
        stream.truncate(block * layers)
    shape = [width, width] if op == "MatMul" else [width, width, 1, 1]
    nodes, weights, value = [], [], "input"
    for i in range(layers):
        weight = TensorProto(
            name=f"w{i}", data_type=TensorProto.FLOAT, dims=shape, data_location=1
        )
        for key, text in (
            ("location", data.name),
            ("offset", str(i * block)),
            ("length", str(block)),
        ):
            weight.external_data.add(key=key, value=text)
        weights.append(weight)
        nodes.append(helper.make_node(op, [value, weight.name], [f"h{i}"], f"{op}_{i}"))
        value = f"a{i}"
        nodes.append(helper.make_node("Relu", [f"h{i}"], [value], f"Relu_{i}"))
    spatial = [1, 128, width] if op == "MatMul" else [1, width, 14, 14]
    graph = helper.make_graph(
        nodes,
        "external",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, spatial)],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, spatial)],
        weights,
    )
    opset = helper.make_opsetid("", 13)
    path.write_bytes(
        helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
    )


def make_models(folder: Path) -> None:
    maker = ROOT / "examples" / "make_resnet50.py"
    subprocess.run([sys.executable, str(maker), str(folder / "resnet50.onnx")], check=True)
    for op in ("Conv", "MatMul"):
        external_model(folder / f"{op}.onnx", op)
    make_ranges(folder)


def run(case: Case) -> Result:
    """Run once in a fresh process; its output goes nowhere."""
    start = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, *case.arguments],
        ENVIRONMENT,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in case.statuses:
        sys.exit(f"{case.name}: exit status {os.waitstatus_to_exitcode(status)}")
    per_mb = MB if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    return Result(seconds=seconds, mb=usage.ru_maxrss / per_mb)


def make_ranges(folder: Path) -> None:
    """Fill a template of ResNet-50 with NVIDIA's numbers."""
    resnet, cache, ranges = (
        folder / n for n in ("resnet50.onnx", "known.cache", "ranges.json")
    )
    for command in (
        ["apply", str(NVIDIA_RANGES), str(resnet), "--trt", "8.6", "-o", str(cache)],
        ["template", str(resnet), "--trt", "8.6", "-o", str(ranges)],
    ):
        subprocess.run([sys.executable, "-m", "setrange", *command], check=True, **_QUIET)
    lines = cache.read_text(encoding="utf-8").splitlines()[1:]
    scales = dict(line.rsplit(": ", 1) for line in lines)
    document = json.loads(ranges.read_text(encoding="utf-8"))
    for name, entry in document["tensors"].items():
        if entry["min"] is None:
            amax = 127 * struct.unpack("!f", bytes.fromhex(scales[name]))[0]
            entry["min"], entry["max"] = -amax, amax
    ranges.write_text(json.dumps(document), encoding="utf-8")


def cases(folder: Path) -> list[Case]:
    resnet = folder / "resnet50.onnx"
    setrange = ["-m", "setrange"]
    load = f"import onnx; onnx.load({str(resnet)!r})"
    reference = "onnx.load resnet50"
    out = ["--trt", "8.6", "-o"]
    few = folder / "few.json"
    few.write_text('{"input": 1.0}', encoding="utf-8")
    ranges, cache = str(folder / "ranges.json"), str(folder / "r.cache")
    found = [
        Case(name=reference, arguments=["-c", load], most_seconds=60),
        Case(name="setrange --help", arguments=[*setrange, "--help"], most_seconds=0.15),
        Case(
            name="template resnet50",
            arguments=[*setrange, "template", str(resnet), *out, str(folder / "t.json")],
            reference=reference,
            most_seconds=1,
            most_mb=90,
        ),
        Case(
            name="check resnet50",
            arguments=[*setrange, "check", ranges, str(resnet), *out[:2]],
            reference=reference,
            most_seconds=1,
            most_mb=90,
        ),
        Case(
            name="apply resnet50",
            arguments=[*setrange, "apply", ranges, str(resnet), *out, cache],
            reference=reference,
            most_seconds=1,
            most_mb=90,
        ),
        Case(
            name="apply NVIDIA's list",
            arguments=[*setrange, "apply", str(NVIDIA_RANGES), str(resnet), *out, cache],
            reference=reference,
            most_seconds=2,
            most_mb=90,
        ),
    ]
    for op in ("Conv", "MatMul"):
        model = folder / f"{op}.onnx"
        found += [
            Case(
                name=f"template 3 GB {op}",
                arguments=[*setrange, "template", str(model), *out, str(folder / "t.json")],
                most_seconds=2,
                most_mb=300,
            ),
            Case(
                name=f"apply 3 GB {op}",
                arguments=[
                    *setrange, "apply", str(few), str(model), "--allow-missing", *out,
                    str(folder / "m.cache"),
                ],
                most_seconds=2,
                most_mb=300,
            ),
        ]  # fmt: skip
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("-n", type=int, default=7, help="runs of each command")
    parser.add_argument("--make-models", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make_models is not None:
        make_models(arguments.make_models)
        return 0
    runs = arguments.n
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: a child's peak counts from what its parent holds.
        subprocess.run([sys.executable, __file__, "--make-models", folder], check=True)
        table = cases(Path(folder))
        for case in table:
            run(case)  # warm: file cache, compiled modules
        taken: dict[str, list[Result]] = {case.name: [] for case in table}
        for _ in range(runs):
            for case in table:
                taken[case.name].append(run(case))
    medians = {
        name: Result(
            seconds=statistics.median(r.seconds for r in results),
            mb=statistics.median(r.mb for r in results),
        )
        for name, results in taken.items()
    }
    print(f"{'command':24} {'seconds':>8} {'limit':>8} {'peak MB':>8} {'limit':>8}")
    missed = 0
    for case in table:
        base = medians[case.reference] if case.reference else Result(seconds=1, mb=0)
        result = medians[case.name]
        seconds = case.most_seconds * base.seconds
        mb = case.most_mb if case.most_mb is not None else float("inf")
        failed = result.seconds > seconds or result.mb > mb
        missed += failed
        print(
            f"{case.name:24} {result.seconds:8.3f} {seconds:8.3f} {result.mb:8.0f} {mb:8.0f}"
            f"{'  MISSED' if failed else ''}"
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
