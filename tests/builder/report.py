# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make builder-report`: every Q/DQ model we write, through NVIDIA's parser and builder.

    python -m tests.builder.report [-m GLOB] [-n VARIANT,VARIANT] [-v] [--write]

Needs TensorRT for RTX, no GPU. Exit status 1 if an outcome is not the
one in expected.json, in either direction; `--write` writes the outcomes of
the models that were run into it. `-v` prints every
weighted node that runs in float, with its reason, and every pair that is computed for nothing.
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import json
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.builder.models import golden_models, made_models
from tests.builder.outcome import VARIANTS, Outcome, outcomes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPECTED = Path(__file__).with_name("expected.json")

#: What an export adds to a network's name: opset, dynamic shapes, exporter.
_EXPORT = re.compile(r"_(?:op|dyn)\d+.*")

_Job = tuple[str, Path, tuple[str, ...]]


def expected() -> dict[str, dict[str, str]]:
    """Model -> variant -> outcome; variants whose outcome is that of `float` are left out."""
    if not EXPECTED.is_file():
        return {}
    read: dict[str, dict[str, str]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return read


def _run(job: _Job) -> tuple[str, dict[str, Outcome]]:
    name, path, variants = job
    return name, outcomes_of(path, variants)


def _rank(name: str, models: dict[str, Path]) -> tuple[bool, str]:
    """One export of each network first, so that a run that is stopped has seen every kind."""
    family = _EXPORT.sub("", name)
    return name != max(other for other in models if _EXPORT.sub("", other) == family), name


def _found(results: dict[str, dict[str, Outcome]]) -> dict[str, dict[str, str]]:
    """The outcomes of the models that take pairs, in words."""
    return {
        name: {variant: outcome.text for variant, outcome in results[name].items()}
        for name in sorted(results)
        if any(outcome.kind != "no pairs" for outcome in results[name].values())
    }


def _write(results: dict[str, dict[str, Outcome]]) -> None:
    """Write what was found; models that were not run keep their outcomes."""
    kept = {name: texts for name, texts in expected().items() if name not in results}
    packed = {name: _packed(texts) for name, texts in _found(results).items()}
    merged = sorted({**kept, **packed}.items())
    lines = (f"{json.dumps(name)}: {json.dumps(texts)}" for name, texts in merged)
    EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _packed(texts: dict[str, str]) -> dict[str, str]:
    return {v: text for v, text in texts.items() if v == "float" or text != texts["float"]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the report."""
    parser = argparse.ArgumentParser(prog="tests.builder.report")
    parser.add_argument("-m", "--models", default="*", help="glob over model names")
    parser.add_argument("-n", "--variants", default=",".join(VARIANTS))
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--write", action="store_true", help="write expected.json anew")
    options = parser.parse_args(arguments)
    variants = tuple(options.variants.split(","))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        models = {**golden_models(), **made_models(Path(folder))}
        jobs = [
            (name, path, variants)
            for name, path in models.items()
            if fnmatch.fnmatchcase(name, options.models)
        ]
        jobs.sort(key=lambda job: _rank(job[0], models))
        with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
            results = {}
            for name, outcomes in pool.map(_run, jobs, chunksize=1):
                results[name] = outcomes
                if len(results) % 25 == 0:
                    if options.write:
                        _write(results)
                    seconds = time.perf_counter() - start
                    print(f"{len(results)} of {len(jobs)} models, {seconds:.0f} s", flush=True)
    found = _found(results)
    _show(results, verbose=options.verbose)
    print(f"{len(found)} models take pairs; {time.perf_counter() - start:.0f} s")
    if options.write:
        _write(results)
        return 0
    return _compare(found, options.models)


def _show(results: dict[str, dict[str, Outcome]], *, verbose: bool) -> None:
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    floats: collections.Counter[str] = collections.Counter()
    for name, outcomes in sorted(results.items()):
        for variant, outcome in outcomes.items():
            counts[variant][outcome.kind] += 1
            if outcome.kind in ("refused", "unbuilt"):
                print(f"{outcome.kind}: {name} ({variant}): {outcome.detail}")
            if outcome.verdict is None:
                continue
            counts[variant].update(outcome.verdict.counts())
            counts[variant]["undone"] += len(outcome.verdict.undone)
            counts[variant]["lost"] += len(outcome.verdict.lost())
            floats.update(f"{node.op} {node.is_lost}" for node in outcome.verdict.floats())
            if verbose:
                for node in outcome.verdict.floats():
                    mark = "LOST " if node.is_lost else ""
                    print(f"  {name} ({variant}): {mark}{node.op} {node.node}: {node.reason}")
                for pair in outcome.verdict.undone:
                    print(f"  {name} ({variant}): undone {pair.value} by {pair.nodes}")
    print()
    for variant, counter in counts.items():
        listed = ", ".join(f"{key} {count}" for key, count in sorted(counter.items()))
        print(f"{variant:10} {listed}")


def _compare(found: dict[str, dict[str, str]], glob: str) -> int:
    wrong = 0
    wanted = expected()
    known = {name for name in wanted if fnmatch.fnmatchcase(name, glob)}
    for name in sorted({*found, *known}):
        if name not in found or name not in wanted:
            wrong += 1
            print(f"{name}: {'is not in expected.json' if name in found else 'is gone'}")
            continue
        for variant, text in found[name].items():
            before = wanted[name].get(variant, wanted[name]["float"])
            if text != before:
                wrong += 1
                print(f"{name} ({variant}): expected {before!r}, got {text!r}")
    print(f"{wrong} outcomes are not those of expected.json" if wrong else "all as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
