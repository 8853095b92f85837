# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange tune` on real models: the accuracy it reaches, the share of INT8, and the time.

    python benchmarks/tune/bench_tune.py [--models GLOB] [--budget TIME] [--threads N]
        [--modelopt-python PATH] [--inc-python PATH] [--write-docs]
    python benchmarks/tune/bench_tune.py --models NAME --write FOLDER

Real models out of PyPI packages and the same data as benchmarks/accuracy. Each is measured
(minmax) on 16 samples, searched on these, and judged on 8 others. The target is 10 dB more than
the ranges as measured have, or 30 dB if that is nearer, with at most a tenth of the
multiply-adds taken out of INT8; the search is asked for 4 dB more, since it stops where its own
data reach that. It may choose scales of weights and correct biases, and shifts values
(``--weight-scales any --correct-bias --asymmetric``). Beside it are ONNX Runtime's
quantize_static on the same samples, and ModelOpt and Intel Neural Compressor's accuracy-driven
tuning where a Python that has them is given (Neural Compressor 2.6: later ones have no ONNX
models; it needs numpy 1).

``--write-docs`` puts what was found into ``results.json`` beside this file, each model when it
is done, and makes the table of docs/tune.md of that file. Exit status 1 if a model misses its
target, or setrange is worse than a peer.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "accuracy"))

from bench_accuracy import quality, session
from peers import with_modelopt, with_onnxruntime
from real_models import CASES, Case, cache_folder, model_file, photographs, samples
from tune_table import HEAD, PEERS, line, store, write_documents

#: The models whose ranges as measured give less than 30 dB.
UNDER_30 = ("ocr-detector*", "ocr-reader*", "captcha*")

#: How the Q/DQ models of the search are made.
_SEARCHED = ("--weight-scales", "any", "--asymmetric", "--correct-bias")

#: What may be taken out of INT8.
_MOST_FLOAT = 0.1

_MORE, _ENOUGH = 10.0, 30.0

#: The search is asked for so much more than the judging data are to reach: it stops where its
#: own data do, and 16 samples of an output behind a Softmax tell a few dB too much.
_MARGIN = 4.0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run setrange in a process of its own."""
    command = [sys.executable, "-m", "setrange", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def save(folder: Path, arrays: list[Any]) -> Path:
    """Write samples into a folder."""
    folder.mkdir()
    for number, array in enumerate(arrays):
        np.save(folder / f"{number:03}.npy", array)
    return folder


def tuned(
    path: Path, folder: Path, target: float, keep: float, options: argparse.Namespace
) -> dict[str, Any]:
    """Tune the ranges in a folder; return the report, with the time it took."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    threads = ["--threads", str(options.threads)] if options.threads else []
    done = run(
        "tune", str(folder / "ranges.json"), str(path), "--data", str(folder / "search"),
        "--judge", str(folder / "judge"), "--target", f"sqnr={target:.2f}",
        "--keep-int8", f"{keep:.4f}", "--budget", options.budget,
        "-o", str(folder / "better.json"), *_SEARCHED, *threads, "--json", "-q",
    )  # fmt: skip
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(done.stderr.strip().splitlines()[-1][:120])
    report: dict[str, Any] = json.loads(done.stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report["minutes"] = (time.monotonic() - start) / 60
    report["processor"] = sum(
        now - then
        for now, then in zip(
            (after.ru_utime, after.ru_stime), (before.ru_utime, before.ru_stime), strict=True
        )
    )
    return report


def start_of(path: Path, folder: Path) -> tuple[float, float]:
    """Return SQNR of the ranges as measured, on the judging data, and their share of INT8."""
    done = run(
        "tune", str(folder / "ranges.json"), str(path), "--data", str(folder / "judge"),
        "--holdout", "0", "--target", "sqnr=-200", "-o", str(folder / "start.json"),
        "--json", "-q",
    )  # fmt: skip
    if done.returncode or not done.stdout:
        raise RuntimeError(done.stderr.strip().splitlines()[-1][:120])
    score = json.loads(done.stdout)["search"]["before"]
    return score["value"], score["share"]["macs"]


_INC = """
import sys, json, time
import numpy as np, onnx, onnxruntime
from pathlib import Path
from neural_compressor import PostTrainingQuantConfig, quantization
from neural_compressor.config import AccuracyCriterion, TuningCriterion
model, search, judge, out, target, seconds = sys.argv[1:]
name = onnxruntime.InferenceSession(model).get_inputs()[0].name
load = lambda folder: [np.load(p) for p in sorted(Path(folder).glob("*.npy"))]
data, others = load(search), load(judge)
class Loader:
    batch_size = 1
    def __iter__(self):
        return iter([({name: x}, 0) for x in data])
run = onnxruntime.InferenceSession(model)
wanted = [run.run(None, {name: x}) for x in data]
def sqnr(made):
    if isinstance(made, onnx.ModelProto):
        made = made.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    got = onnxruntime.InferenceSession(made, options)
    got = [got.run(None, {name: x}) for x in data]
    levels = []
    for i in range(len(wanted[0])):
        a = np.concatenate([w[i].ravel() for w in wanted]).astype(float)
        b = np.concatenate([g[i].ravel() for g in got]).astype(float)
        levels.append(10 * np.log10((a ** 2).sum() / max(((a - b) ** 2).sum(), 1e-30)))
    print("trial:", min(levels), file=sys.stderr, flush=True)
    return float(min(200.0, *levels))  # of the float model itself it is endless
config = PostTrainingQuantConfig(
    quant_format="QDQ",
    approach="static",
    tuning_criterion=TuningCriterion(timeout=int(float(seconds)), max_trials=1000),
    accuracy_criterion=AccuracyCriterion(
        higher_is_better=True, criterion="absolute", tolerable_loss=200 - float(target)
    ),
)
made = quantization.fit(model, config, calib_dataloader=Loader(), eval_func=sqnr)
if made is None:
    raise SystemExit("found nothing that reaches the target")
made.save(out)
"""


def with_inc(
    python: str, path: Path, folder: Path, target: float, seconds: float
) -> tuple[Path | None, float, str]:
    """Tune with Intel Neural Compressor; return the model, the minutes, and what went wrong."""
    out, start = folder / "inc.onnx", time.monotonic()
    arguments = [str(path), str(folder / "search"), str(folder / "judge"), str(out)]
    command = [python, "-c", _INC, *arguments, f"{target:.2f}", f"{seconds:.0f}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    minutes = (time.monotonic() - start) / 60
    if done.returncode or not out.exists():
        return None, minutes, (done.stderr.strip().splitlines() or ["no result"])[-1][:120]
    return out, minutes, ""


def judged(case: Case, path: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return a row of the table."""
    folder.mkdir()
    pictures = photographs(cache_folder())
    search = list(samples(case, options.search, 1, pictures))
    others = list(samples(case, options.judge, 2, pictures))
    save(folder / "search", search)
    save(folder / "judge", others)
    done = run("collect", str(path), "--data", str(folder / "search"), "-q", "-o",
               str(folder / "ranges.json"))  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1][:120])
    before, share = start_of(path, folder)
    target = min(before + _MORE, _ENOUGH)
    report = tuned(path, folder, target + _MARGIN, share - _MOST_FLOAT, options)
    after = report["judging"]["after"]
    row = {"before": before, "target": target, "after": after["value"],
           "search": report["search"]["after"]["value"],
           "int8": [share, after["share"]["macs"]], "nodes": len(report["nodes"]),
           "minutes": report["minutes"],
           "processor_minutes": report["processor"] / 60}  # fmt: skip
    running = session(path)
    name = running.get_inputs()[0].name
    wanted = [running.run(None, {name: array}) for array in others]
    peers = {"ort": lambda out: with_onnxruntime(path, out, name, search)}
    if (python := options.modelopt_python) is not None:
        peers["modelopt"] = lambda out: with_modelopt(python, path, out, name, search)
    for peer, quantize in peers.items():
        out = folder / f"{peer}.onnx"
        try:
            quantize(out)
            row[peer] = quality(out, wanted, name, others)
        except Exception as error:  # the peer refuses models for many reasons
            print(f"{case.name}: {peer} fails: {(str(error).splitlines() or [''])[0][:100]}")
    if options.inc_python:
        made, minutes, why = with_inc(options.inc_python, path, folder, target, 600)
        if made is None:
            print(f"{case.name}: Neural Compressor after {minutes:.1f} minutes: {why}")
        else:
            row["inc"] = quality(made, wanted, name, others)
            row["inc_minutes"] = minutes
    return row


def write(case: Case, path: Path, folder: Path, options: argparse.Namespace) -> None:
    """Write a model and its data, to try commands on."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / f"{case.name}.onnx")
    pictures = photographs(cache_folder())
    save(folder / "search", list(samples(case, options.search, 1, pictures)))
    save(folder / "judge", list(samples(case, options.judge, 2, pictures)))


def main() -> int:
    """Run all cases and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", help="glob over the names; without it, those under 20 dB")
    parser.add_argument("--search", type=int, default=16, metavar="N")
    parser.add_argument("--judge", type=int, default=8, metavar="N")
    parser.add_argument("--budget", default="9m", metavar="TIME")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="of the search; else all cores"
    )
    parser.add_argument("--modelopt-python", metavar="PATH", help="a Python with ModelOpt")
    parser.add_argument("--write-docs", action="store_true", help="store, and make the table")
    parser.add_argument("--write", metavar="FOLDER", help="write a model and its data, no more")
    parser.add_argument(
        "--inc-python", metavar="PATH", help="a Python with neural-compressor 2.6"
    )
    options = parser.parse_args()
    if not options.inc_python:
        print("Intel Neural Compressor: skipped, no --inc-python PATH was given")
    globs = [options.models] if options.models else UNDER_30
    missed = []
    print(HEAD)
    with tempfile.TemporaryDirectory() as name:
        for case in CASES:
            if not any(fnmatch.fnmatch(case.name, glob) for glob in globs):
                continue
            path = model_file(case, cache_folder())
            if path is None:
                print(f"{case.name}: skipped: {case.package} cannot be had")
                continue
            if options.write:
                write(case, path, Path(options.write), options)
                return 0
            try:
                row = judged(case, path, Path(name) / case.name, options)
            except RuntimeError as error:
                print(f"{case.name}: {error}")
                missed.append(case.name)
                continue
            print(line(case.name, row), flush=True)
            if options.write_docs:
                store(case.name, row, [case.name for case in CASES])
                write_documents()
            best_peer = max(row.get(peer, -math.inf) for peer in PEERS)
            if row["after"] < max(best_peer, row["target"]):
                missed.append(case.name)
    if missed:
        print(f"missed the target, or worse than a peer: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
