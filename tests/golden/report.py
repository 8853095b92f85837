# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make golden-report`: how many golden models we predict layer for layer.

    python -m tests.golden.report [-t 8.6,10.10] [-c own,wheel] [-m GLOB] [-o OP,OP] [-v]

Exit status 1 if a model differs that is not in known_differences.json, or is in it and does
not differ any more. `-o` keeps models that contain one of the ops (subgraphs included);
`-v` prints the first difference of each model.
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import functools
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import onnx

from setrange.versions import PROFILES
from tests.golden.corpus import (
    CORPORA,
    Comparison,
    compare,
    corpora,
    golden_dir,
    has_lists,
    known_differences,
    model_path,
    records,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

OUTCOMES = ("equal", "different", "verdict", "unsupported", "crash")


def _graph_ops(graph: onnx.GraphProto) -> set[str]:
    ops = set()
    for node in graph.node:
        ops.add(node.op_type)
        for attr in node.attribute:
            if attr.HasField("g"):
                ops |= _graph_ops(attr.g)
    return ops


@functools.cache
def model_ops(corpus: str, model: str) -> frozenset[str]:
    proto = onnx.load(str(model_path(corpus, model)), load_external_data=False)
    ops = _graph_ops(proto.graph)
    for function in proto.functions:
        ops |= {node.op_type for node in function.node}
    return frozenset(ops)


def run(corpus: str, version: str, glob: str, ops: frozenset[str]) -> list[Comparison]:
    """Compare the selected models of one corpus at one version."""
    return [
        compare(corpus, version, record)
        for record in records(corpus, version)
        if fnmatch.fnmatch(record["model"], glob)
        and (not ops or ops & model_ops(corpus, record["model"]))
    ]


def _print_details(version: str, corpus: str, results: Iterable[Comparison]) -> None:
    for result in results:
        if result.outcome != "equal":
            print(f"  {version} {corpus}/{result.model}: {result.outcome}: {result.detail}")


def surprises(version: str, corpus: str, results: Iterable[Comparison]) -> list[str]:
    known = known_differences().get(version, {})
    found = []
    for result in results:
        name = f"{corpus}/{result.model}"
        if (result.outcome != "equal") != (name in known):
            now = (
                "is equal now, but listed" if name in known else f"{result.outcome}, not listed"
            )
            found.append(f"{version} {name}: {now}")
    return found


def main(argv: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-t", "--trt", default=",".join(filter(has_lists, PROFILES)))
    parser.add_argument("-c", "--corpus", default=",".join(corpora()))
    parser.add_argument("-m", "--model", default="*", help="glob on model names")
    parser.add_argument("-o", "--ops", default="", help="models with one of these ops")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args(None if argv is None else list(argv))
    for corpus in set(CORPORA) - set(corpora()):
        print(f"{corpus}: its models are not here ({golden_dir()}), so it is not compared")
    ops = frozenset(filter(None, args.ops.split(",")))
    tasks = [(c, v) for v in args.trt.split(",") for c in args.corpus.split(",")]
    start = time.perf_counter()
    print(f"{'version':8} {'corpus':6} {'models':>6} " + " ".join(f"{o:>11}" for o in OUTCOMES))
    reasons: collections.Counter[str] = collections.Counter()
    unexpected: list[str] = []
    with ProcessPoolExecutor(max_workers=args.jobs) as pool:
        futures = [pool.submit(run, c, v, args.model, ops) for c, v in tasks]
        for (corpus, version), future in zip(tasks, futures, strict=True):
            results = future.result()
            counts = collections.Counter(r.outcome for r in results)
            if args.verbose:
                _print_details(version, corpus, results)
            cells = " ".join(f"{counts[o]:>11}" for o in OUTCOMES)
            print(f"{version:8} {corpus:6} {len(results):>6} {cells}", flush=True)
            unexpected += surprises(version, corpus, results)
            reasons.update(
                r.detail.split(" op ")[-1].split(" ")[0]
                for r in results
                if r.outcome == "unsupported"
            )
    if reasons:
        print("ops not modelled:", ", ".join(f"{op} {n}" for op, n in reasons.most_common(40)))
    print(f"{len(unexpected)} surprises, {time.perf_counter() - start:.1f} s")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
