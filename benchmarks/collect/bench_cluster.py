# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Measuring on the processes of a cluster against one process.

    python benchmarks/collect/bench_cluster.py [-n RUNS] [--samples 64,640] [--processes 2]
                                               [--methods minmax,entropy]

The transformer of 24 layers, the same data, fresh processes, interleaved, medians of seconds of
the whole command, and of processor seconds of all processes that it starts. One process is
shown as users run it (a thread for each core) and with one thread, as each process of a cluster
has. There are two clusters: the one that the command starts and ends (local:N), and one of as
many processes on this machine that runs already (dask scheduler, dask worker), which has
measured the model once before; its workers' processor seconds are not those of the command. The
limit is of local:N, 64 samples and the faster of the two single processes. Exit status 1 if it
is missed, or if the results are not equal to the byte.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "qdq"))
import models
from bench_collect import LIMITED, save_data
from launching import ENVIRONMENT, ROOT, Launched, launch

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextlib.contextmanager
def running_cluster(work: Path, processes: int) -> Iterator[str]:
    """Start a scheduler and workers as users do; give what ``--dask`` takes."""
    file = work / "scheduler.json"
    file.unlink(missing_ok=True)
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    dask = [sys.executable, "-m", "distributed.cli"]
    scheduler = [*dask[:-1], f"{dask[-1]}.dask_scheduler", "--port", "0", "--no-dashboard"]
    worker = [*dask[:-1], f"{dask[-1]}.dask_worker", "--no-dashboard", "--nthreads", "1"]
    commands = (scheduler, [*worker, "--nworkers", str(processes)])
    started = []
    with (work / "dask.log").open("wb") as log:
        try:
            for command in commands:
                started.append(
                    subprocess.Popen(
                        [*command, "--scheduler-file", str(file)],
                        env=environment, cwd=work, stdout=log, stderr=log,
                    )
                )  # fmt: skip
                while not file.exists():
                    time.sleep(0.1)
            yield str(file)
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()


def bench(model: Path, data: Path, method: str, processes: int, runs: int) -> float:
    """Print medians of seconds, and return how much faster the cluster is than the best."""
    with running_cluster(model.parent, processes) as address:
        ways = {
            "one process": [],
            "one process, one thread": ["--threads", "1"],
            f"--dask local:{processes}": ["--dask", f"local:{processes}"],
            "--dask scheduler.json": ["--dask", address],
        }
        commands = {
            way: [
                sys.executable, "-m", "setrange", "collect", str(model), "--data", str(data),
                "--method", method, "-q", *more,
                "-o", str(model.with_suffix(f".{number}.json")),
            ]
            for number, (way, more) in enumerate(ways.items())
        }  # fmt: skip
        launch([*commands["--dask scheduler.json"], "--samples", str(4 * processes)])
        found: dict[str, list[Launched]] = {way: [] for way in ways}
        for _ in range(runs):
            for way, command in commands.items():
                found[way].append(launch(command))
    seconds = {}
    for way, each in found.items():
        seconds[way] = statistics.median(run.seconds for run in each)
        processor = statistics.median(run.processor for run in each)
        print(f"  {way:24} {seconds[way]:8.2f} s {processor:8.2f} processor s")
    alone, *clusters = (model.with_suffix(f".{number}.json") for number in (1, 2, 3))
    if any(file.read_bytes() != alone.read_bytes() for file in clusters):
        raise SystemExit("the clusters give another result than one process with one thread")
    *one, local, running = seconds.values()
    print(f"  the cluster that runs already: {min(one) / running:.2f}x the faster one")
    return min(one) / local


if __name__ == "__main__":
    sys.exit(main())
