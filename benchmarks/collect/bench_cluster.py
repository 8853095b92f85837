# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Measuring on the processes of a cluster against one process.

    python benchmarks/collect/bench_cluster.py [-n RUNS] [--samples 64,640] [--processes 2]
                                               [--methods minmax,entropy]

The transformer of 24 layers, the same data, fresh processes, interleaved, medians of seconds of
the whole command. One process is shown as users run it (a thread for each core) and with one
thread, as each process of the cluster has. The limit is of 64 samples and the faster of both.
Exit status 1 if it is missed, or if the results are not equal to the byte.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "qdq"))
import models
from bench_collect import LIMITED, save_data
from launching import ROOT, launch

LEAST_SPEEDUP = 1.6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=3, help="runs of each command")
    parser.add_argument("--samples", default="64,640", help="numbers of samples")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--methods", default="minmax,entropy")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    is_missed = False
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        model = models.transformer(work / "transformer.onnx")
        for samples in map(int, options.samples.split(",")):
            data = save_data(model, samples)
            for method in options.methods.split(","):
                least = bench(model, data, method, options.processes, options.n)
                print(f"transformer, {samples} samples, {method}: {least:.2f}x the faster one")
                is_missed |= samples == LIMITED and least < LEAST_SPEEDUP
    if is_missed:
        print(f"MISSED: at least {LEAST_SPEEDUP}x with {LIMITED} samples")
    return int(is_missed)


def bench(model: Path, data: Path, method: str, processes: int, runs: int) -> float:
    """Print medians of seconds, and return how much faster the cluster is than the best."""
    ways = {
        "one process": [],
        "one process, one thread": ["--threads", "1"],
        f"--dask local:{processes}": ["--dask", f"local:{processes}"],
    }
    found: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(runs):
        for number, (way, more) in enumerate(ways.items()):
            command = [
                sys.executable, "-m", "setrange", "collect", str(model), "--data", str(data),
                "--method", method, "-q", *more,
                "-o", str(model.with_suffix(f".{number}.json")),
            ]  # fmt: skip
            found[way].append(launch(command).seconds)
    seconds = {way: statistics.median(each) for way, each in found.items()}
    for way, median in seconds.items():
        print(f"  {way:24} {median:8.2f} s")
    alone, cluster = (model.with_suffix(f".{number}.json") for number in (1, 2))
    if alone.read_bytes() != cluster.read_bytes():
        raise SystemExit("the cluster gives another result than one process with one thread")
    *one, many = seconds.values()
    return min(one) / many


if __name__ == "__main__":
    sys.exit(main())
