# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: wall time and peak memory of cold processes, against plain `onnx.load`.

    python benchmarks/bench_main.py [-n RUNS]

Everything runs in one go and interleaved, so that both sides see the same machine. Medians of
wall time and of the child's own peak resident memory. Exit status 1 if a limit is missed.
The models are made in a temporary directory: ResNet-50 (102 MB) and two with 3 GB of external
data (a sparse file, so it costs no disk).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MB = 1 << 20
#: Compiled modules are kept, as where pip installed them.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
RANGES = ROOT / "tests" / "data" / "nvidia-resnet50" / "ranges-trt8.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command and its limits: seconds and MB, or multiples of the reference's."""

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


def cases(folder: Path) -> list[Case]:
    resnet = folder / "resnet50.onnx"
    setrange = ["-m", "setrange"]
    load = f"import onnx; onnx.load({str(resnet)!r})"
    reference = "onnx.load resnet50"
    out = ["--trt", "8.6", "-o"]
    ranges = folder / "ranges.json"
    ranges.write_text('{"input": 1.0}', encoding="utf-8")
    found = [
        Case(name=reference, arguments=["-c", load], most_seconds=60),
        Case(name="setrange --help", arguments=[*setrange, "--help"], most_seconds=0.15),
        Case(
            name="template resnet50",
            arguments=[*setrange, "template", str(resnet), *out, str(folder / "t.json")],
            reference=reference,
            most_seconds=2,
            most_mb=1.5,
        ),
        Case(
            name="apply resnet50",
            arguments=[
                *setrange, "apply", str(RANGES), str(resnet), *out, str(folder / "r.cache"),
            ],
            reference=reference,
            most_seconds=2,
            most_mb=1.5,
        ),
    ]  # fmt: skip
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
                    *setrange, "apply", str(ranges), str(model), "--allow-missing", *out,
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
        base = medians[case.reference] if case.reference else Result(seconds=1, mb=1)
        result = medians[case.name]
        seconds = case.most_seconds * base.seconds
        mb = case.most_mb * base.mb if case.most_mb is not None else float("inf")
        failed = result.seconds > seconds or result.mb > mb
        missed += failed
        print(
            f"{case.name:24} {result.seconds:8.3f} {seconds:8.3f} {result.mb:8.0f} {mb:8.0f}"
            f"{'  MISSED' if failed else ''}"
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
