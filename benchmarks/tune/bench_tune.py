# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange tune` on real models: the accuracy it reaches, the share of INT8, and the time.

    python benchmarks/tune/bench_tune.py [--models GLOB] [--budget TIME] [--inc-python PATH]
    python benchmarks/tune/bench_tune.py --models NAME --write FOLDER

Real models out of PyPI packages and the same data as benchmarks/accuracy. Each is measured
(minmax) on 16 samples, searched on these, and judged on 8 others. The target is 10 dB more than
the ranges as measured have, or 30 dB if that is nearer, with at most a tenth of the
multiply-adds taken out of INT8. Beside it are ONNX Runtime's quantize_static on the same
samples, and Intel Neural Compressor's accuracy-driven tuning where a Python that has it is
given (version 2.6: later ones have no ONNX models; it needs numpy 1).

Exit status 1 if a model under 20 dB misses its target, or setrange is worse than a peer.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
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
from peers import with_onnxruntime
from real_models import CASES, Case, cache_folder, model_file, photographs, samples

#: The models whose ranges as measured give less than 20 dB.
UNDER_20 = ("ocr-detector*", "ocr-reader*", "captcha*", "nudenet")

#: What may be taken out of INT8.
_MOST_FLOAT = 0.1

_MORE, _ENOUGH = 10.0, 30.0


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


def tuned(path: Path, folder: Path, target: float, keep: float, budget: str) -> dict[str, Any]:
    """Tune the ranges in a folder; return the report, with the minutes it took."""
    start = time.monotonic()
    done = run(
        "tune", str(folder / "ranges.json"), str(path), "--data", str(folder / "search"),
        "--judge", str(folder / "judge"), "--target", f"sqnr={target:.2f}",
        "--keep-int8", f"{keep:.4f}", "--budget", budget, "-o", str(folder / "better.json"),
        "--weight-scales", "any", "--json", "-q",
    )  # fmt: skip
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(done.stderr.strip().splitlines()[-1][:120])
    report: dict[str, Any] = json.loads(done.stdout)
    report["minutes"] = (time.monotonic() - start) / 60
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
    return float(min(levels))
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
    report = tuned(path, folder, target, share - _MOST_FLOAT, options.budget)
    after = report["judging"]["after"]
    row = {"before": before, "target": target, "after": after["value"],
           "int8": (share, after["share"]["macs"]), "minutes": report["minutes"]}  # fmt: skip
    running = session(path)
    name = running.get_inputs()[0].name
    wanted = [running.run(None, {name: array}) for array in others]
    try:
        with_onnxruntime(path, folder / "ort.onnx", name, search)
        row["ort"] = quality(folder / "ort.onnx", wanted, name, others)
    except Exception as error:  # the peer refuses models for many reasons
        print(f"{case.name}: ONNX Runtime's tool fails: {str(error).splitlines()[0][:100]}")
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
    parser.add_argument("--budget", default="10m", metavar="TIME")
    parser.add_argument("--write", metavar="FOLDER", help="write a model and its data, no more")
    parser.add_argument(
        "--inc-python", metavar="PATH", help="a Python with neural-compressor 2.6"
    )
    options = parser.parse_args()
    if not options.inc_python:
        print("Intel Neural Compressor: skipped, no --inc-python PATH was given")
    globs = [options.models] if options.models else UNDER_20
    missed = []
    print("| model | as measured, dB | target | tuned | INT8 before | after | minutes "
          "| ORT static, dB | INC, dB | its minutes |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
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
            shown = {
                key: f"{row[key]:.1f}" for key in ("ort", "inc", "inc_minutes") if key in row
            }
            print(
                f"| {case.name} | {row['before']:.1f} | {row['target']:.1f} "
                f"| {row['after']:.1f} | {100 * row['int8'][0]:.1f} % "
                f"| {100 * row['int8'][1]:.1f} % | {row['minutes']:.1f} "
                f"| {shown.get('ort', '-')} | {shown.get('inc', '-')} "
                f"| {shown.get('inc_minutes', '-')} |",
                flush=True,
            )
            best_peer = max(row.get("ort", -math.inf), row.get("inc", -math.inf))
            if row["after"] < best_peer or (
                row["before"] < 20 and row["after"] < row["target"]
            ):
                missed.append(case.name)
    if missed:
        print(f"missed the target, or worse than a peer: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
