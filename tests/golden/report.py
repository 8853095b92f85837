# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make golden-report`: how many golden models we predict layer for layer.

    python -m tests.golden.report [-t 8.6,10.10] [-c own,wheel] [-m GLOB] [-o OP,OP] [-v]

`-o` keeps models whose ops (subgraphs included) are all among the given ones or contain one
of the given ones with `--any`; `-v` prints each difference.
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import functools
import sys
import time
from typing import TYPE_CHECKING, Any

import onnx

from setrange.versions import PROFILES
from tests.golden.corpus import CORPORA, compare, golden_dir, model_path, records

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


def main(argv: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-t", "--trt", default=",".join(PROFILES))
    parser.add_argument("-c", "--corpus", default=",".join(CORPORA))
    parser.add_argument("-m", "--model", default="*", help="glob on model names")
    parser.add_argument("-o", "--ops", default="", help="models with one of these ops")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args(None if argv is None else list(argv))
    if not golden_dir().is_dir():
        print(f"no golden layer lists at {golden_dir()}", file=sys.stderr)
        return 3
    wanted = set(filter(None, args.ops.split(",")))
    reasons: collections.Counter[str] = collections.Counter()
    print(f"{'version':8} {'corpus':6} {'models':>6} " + " ".join(f"{o:>11}" for o in OUTCOMES))
    start = time.perf_counter()
    for version in args.trt.split(","):
        for corpus in args.corpus.split(","):
            counts: collections.Counter[str] = collections.Counter()
            for record in _selected(corpus, version, args.model, wanted):
                result = compare(corpus, version, record)
                counts[result.outcome] += 1
                if result.outcome == "unsupported":
                    reasons[result.detail.split(" op ")[-1].split(" ")[0]] += 1
                if args.verbose and result.outcome != "equal":
                    where = f"{version} {corpus}/{result.model}"
                    print(f"  {where}: {result.outcome}: {result.detail}")
            total = sum(counts.values())
            cells = " ".join(f"{counts[o]:>11}" for o in OUTCOMES)
            print(f"{version:8} {corpus:6} {total:>6} {cells}", flush=True)
    if reasons:
        print("ops not modelled:", ", ".join(f"{op} {n}" for op, n in reasons.most_common(40)))
    print(f"{time.perf_counter() - start:.1f} s")
    return 0


def _selected(corpus: str, version: str, glob: str, ops: set[str]) -> Iterable[dict[str, Any]]:
    for record in records(corpus, version):
        if not fnmatch.fnmatch(record["model"], glob):
            continue
        if ops and not ops & model_ops(corpus, record["model"]):
            continue
        yield record


if __name__ == "__main__":
    sys.exit(main())
