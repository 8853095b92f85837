# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Measuring ranges: setrange against bare inference and ONNX Runtime's calibrators.

    python benchmarks/collect/bench_collect.py [-n RUNS] [--samples 8,64] [--models resnet18]
                                               [--methods minmax] [--threads N]

The same data, batch and threads for all, fresh processes, interleaved, medians. Seconds of
setrange and of the calibrators are those of the whole process; those of bare inference are
session creation and runs alone. The limits are of 64 samples and of seconds; on a machine with
other load the ratio of processor seconds says more. Then: peak memory with ten times
as many samples, and a small CNN trained here: top-1 of float, and of INT8 by each method.
Exit status 1 if a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "qdq"))
import digits
import models
import onnx
from launching import ROOT, Launched, launch

PEERS = Path(__file__).parent / "peers.py"
METHODS = ("minmax", "entropy", "percentile", "mse")
#: ONNX Runtime has no calibrator of the others.
PEER_METHODS = ("minmax", "entropy", "percentile")
#: The number of samples that the limits are of.
LIMITED = 64
#: Peak MB of entropy and percentile on the transformer, and how much 640 samples may add: runs
#: with the same data differ by some percent, as threads meet differently.
MOST_MB, MOST_GROWTH = 400, 1.06
MOST_DIFFERENCE = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model and its limits with 64 samples.

    Attributes:
        name: Function in ``models``.
        most_of_bare: By method, largest seconds as a multiple of bare inference.
        least_speedup: By method, how much faster than ONNX Runtime's calibrator.
    """

    name: str
    most_of_bare: dict[str, float]
    least_speedup: dict[str, float]


CASES = (
    Case(
        name="resnet18",
        most_of_bare={"minmax": 1.15, "entropy": 1.25, "percentile": 1.25, "mse": 1.25},
        least_speedup={"minmax": 1.2, "entropy": 2.5, "percentile": 2.5},
    ),
    Case(
        name="transformer",
        most_of_bare={"minmax": 1.3, "entropy": 1.5, "percentile": 1.5, "mse": 1.5},
        least_speedup={"minmax": 3.0, "entropy": 4.0, "percentile": 4.0},
    ),
)


class Limits:
    """Prints comparisons, and remembers what was missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def check(
        self, what: str, found: str, limit: str, *, holds: bool, processor: str = ""
    ) -> None:
        verdict = "holds" if holds else "MISSED"
        print(f"  {what:50} {found:>9} {limit:>9}  {verdict:7} {processor}")
        if not holds:
            self.missed.append(f"{what}: {found}, limit {limit}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is measured on what."""

    model: Path
    data: dict[int, Path]
    threads: int

    def ours(self, method: str, samples: int) -> list[str]:
        out = self.model.with_suffix(f".{method}.json")
        return [
            sys.executable, "-m", "setrange", "collect", str(self.model),
            "--data", str(self.data[samples]), "--method", method,
            "--threads", str(self.threads), "-q", "-o", str(out),
        ]  # fmt: skip

    def peer(self, method: str, samples: int) -> list[str]:
        data = self.data[samples]
        return [
            sys.executable, str(PEERS), method, str(self.model), str(data), str(self.threads)
        ]  # fmt: skip


def save_data(model: Path, samples: int) -> Path:
    value = onnx.load(model, load_external_data=False).graph.input[0]
    shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    path = model.with_suffix(f".{samples}.npy")
    values = np.random.default_rng(1).standard_normal((samples, *shape[1:]))
    np.save(path, values.astype(np.float32))
    return path


def median(rows: list[Launched], field: str) -> float:
    return statistics.median(getattr(row, field) for row in rows)


def bench(case: Case, setup: Setup, samples: int, methods: list[str], runs: int) -> Limits:
    """Measure one model with so many samples, print it, and compare."""
    commands = {("bare", ""): setup.peer("bare", samples)}
    for method in methods:
        commands["setrange", method] = setup.ours(method, samples)
        if method in PEER_METHODS:
            commands["onnxruntime", method] = setup.peer(method, samples)
    found: dict[tuple[str, str], list[Launched]] = {key: [] for key in commands}
    for _ in range(runs):
        for key, command in commands.items():
            found[key].append(launch(command))
    print(f"{case.name}, {samples} samples, {setup.threads} threads, {runs} runs")
    print(f"  {'':24} {'seconds':>8} {'processor':>10} {'peak MB':>8}")
    for (tool, method), rows in found.items():
        numbers = [median(rows, field) for field in ("seconds", "processor", "mb")]
        print(f"  {tool:11} {method:12} {numbers[0]:8.2f} {numbers[1]:10.2f} {numbers[2]:8.0f}")
    inside = [tuple(map(float, row.said.split())) for row in found["bare", ""]]
    bare, bare_processor = map(statistics.median, zip(*inside, strict=True))
    print(f"  {'bare: session and runs':24} {bare:8.2f} {bare_processor:10.2f}")
    limits = Limits()
    if samples == LIMITED:
        print(f"  {'':50} {'found':>9} {'limit':>9}  {'':7} processor seconds' ratio")
        compare(case, setup, methods, found, (bare, bare_processor), limits)
    return limits


def compare(
    case: Case,
    setup: Setup,
    methods: list[str],
    found: dict[tuple[str, str], list[Launched]],
    bare: tuple[float, float],
    limits: Limits,
) -> None:
    for method in methods:
        ours = [median(found["setrange", method], f) for f in ("seconds", "processor")]
        ratio, most = ours[0] / bare[0], case.most_of_bare[method]
        limits.check(
            f"{case.name}: {method} / bare inference", f"{ratio:.2f}", f"<= {most}",
            holds=ratio <= most, processor=f"{ours[1] / bare[1]:.2f}",
        )  # fmt: skip
        if method == "minmax":
            difference = largest_difference(setup.model)
            limits.check(
                f"{case.name}: minmax, difference / amax", f"{difference:.1e}",
                f"<= {MOST_DIFFERENCE:g}", holds=difference <= MOST_DIFFERENCE,
            )  # fmt: skip
        if method in PEER_METHODS:
            theirs = [median(found["onnxruntime", method], f) for f in ("seconds", "processor")]
            speedup = theirs[0] / ours[0]
            least = case.least_speedup[method]
            limits.check(
                f"{case.name}: {method}, faster than ONNX Runtime's", f"{speedup:.2f}x",
                f">= {least}x", holds=speedup >= least,
                processor=f"{theirs[1] / ours[1]:.2f}x",
            )  # fmt: skip
        if case.name == "transformer" and method != "minmax":
            mb = median(found["setrange", method], "mb")
            limits.check(
                f"{case.name}: {method}, peak MB", f"{mb:.0f}",
                f"< {MOST_MB}", holds=mb < MOST_MB,
            )  # fmt: skip


def largest_difference(model: Path) -> float:
    """Largest difference of a bound from ONNX Runtime's minmax, as a part of its amax."""
    theirs = json.loads(model.with_suffix(".peer.json").read_text())
    ours = json.loads(model.with_suffix(".minmax.json").read_text())["tensors"]
    worst = 0.0
    for name, entry in ours.items():
        amax = max(abs(entry["min"]), abs(entry["max"]))
        low, high = theirs[name]
        worst = max(worst, abs(low - entry["min"]) / amax, abs(high - entry["max"]) / amax)
    return worst


def more_samples(setup: Setup, method: str) -> Limits:
    """Compare the peak memory of 64 samples with that of ten times as many."""
    limits = Limits()
    many = max(setup.data)
    few, more = (launch(setup.ours(method, samples)).mb for samples in (LIMITED, many))
    print(f"transformer, {method}: {few:.0f} MB with {LIMITED} samples, {more:.0f} with {many}")
    limits.check(
        f"transformer: {method}, peak MB with {many} samples", f"{more:.0f}",
        f"< {MOST_MB}", holds=more < MOST_MB,
    )  # fmt: skip
    limits.check(
        f"transformer: {method}, peak MB with {many} / {LIMITED}", f"{more / few:.3f}",
        f"<= {MOST_GROWTH}", holds=more / few <= MOST_GROWTH,
    )  # fmt: skip
    return limits


def accuracy(work: Path) -> None:
    """Print top-1 of the digits CNN: float, and INT8 with ranges of each method."""
    from setrange import collect

    found = digits.trained(work)
    if found is None:
        return
    print(f"digits: {len(found.train)} training images, {len(found.test)} test images")
    digits_float = found.model
    found.show("float", digits_float)
    for method in ("minmax", "percentile", "entropy", "mse", "moving-average"):
        out = work / f"digits.{method}.onnx"
        ranges = collect(found.model, found.train[:, np.newaxis], method=method, batch=50)
        digits.quantized(found.model, ranges, out)
        found.show(method, out)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=5, help="runs of each command")
    parser.add_argument("--samples", default="8,64", help="numbers of samples")
    parser.add_argument("--models", default=",".join(case.name for case in CASES))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--threads", type=int, default=1, help="threads, for all tools")
    parser.add_argument("--no-memory", action="store_true", help="leave 640 samples out")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    wanted, methods = options.models.split(","), options.methods.split(",")
    counts = [int(number) for number in options.samples.split(",")]
    missed = []
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        for case in CASES:
            if case.name not in wanted:
                continue
            model = getattr(models, case.name)(work / f"{case.name}.onnx")
            wants_memory = case.name == "transformer" and not options.no_memory
            numbers = {*counts, *((LIMITED, 10 * LIMITED) if wants_memory else ())}
            data = {samples: save_data(model, samples) for samples in numbers}
            setup = Setup(model=model, data=data, threads=options.threads)
            for samples in counts:
                missed += bench(case, setup, samples, methods, options.n).missed
            if wants_memory:
                missed += more_samples(setup, "entropy").missed
        accuracy(work)
    for line in missed:
        print(f"MISSED {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
