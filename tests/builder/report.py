# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make builder-report`: every Q/DQ model we write, through NVIDIA's parser and builder.

    python -m tests.builder.report [-m GLOB] [-n VARIANTS] [-j N] [-v] [--write] [--resume]

Needs TensorRT for RTX, no GPU. Prints a line as each model ends, then totals for SM86 (FP8:
SM89): what the weighted layers run in, and of those in float the reason. Exit status 1 if one
that takes pairs is refused or not built, or if an outcome is not the one in expected.json, in
either direction. What the library refuses without a pair, too, is named apart.

`--write` writes the outcomes of the models that were run into expected.json, while it goes on;
`--resume` leaves out models that are in it. `-v` prints every weighted node that runs in
float, with its reason, and every pair that is computed for nothing.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.builder.expected import compare, read_expected, write_expected
from tests.builder.models import golden_models, made_models
from tests.builder.outcome import VARIANTS, Outcome, outcomes_of
from tests.builder.totals import totals
from tests.builder.workers import run_in_processes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.builder.workers import Done

_Task = tuple[str, Path, tuple[str, ...]]


def _run(task: _Task) -> dict[str, Outcome]:
    _, path, variants = task
    return outcomes_of(path, variants)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the report."""
    parser = argparse.ArgumentParser(
        prog="tests.builder.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-m", "--models", default="*", help="glob over model names")
    parser.add_argument("-n", "--variants", default=",".join(VARIANTS))
    parser.add_argument("-j", "--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--write", action="store_true", help="write expected.json anew")
    parser.add_argument("--resume", action="store_true", help="only models that it lacks")
    options = parser.parse_args(arguments)
    variants = tuple(options.variants.split(","))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        models = {**golden_models(), **made_models(Path(folder))}
        left_out = read_expected() if options.resume else {}
        tasks = [
            (name, path, variants)
            for name, path in models.items()
            if fnmatch.fnmatchcase(name, options.models) and name not in left_out
        ]
        results: dict[str, dict[str, Outcome]] = {}
        for done in run_in_processes(_run, tasks, workers=options.jobs):
            name = done.task[0]
            results[name] = _outcomes(done)
            print(f"{len(results)}/{len(tasks)} {_line(name, results[name])}", flush=True)
            if options.write:
                write_expected({name: results[name]})
    print(totals(results, is_verbose=options.verbose))
    print(f"{len(results)} models, {time.perf_counter() - start:.0f} s")
    if options.write:
        return 0
    wanted = {
        name: texts
        for name, texts in read_expected().items()
        if fnmatch.fnmatchcase(name, options.models) and name not in left_out
    }
    wrong = compare(results, wanted)
    print("\n".join([*wrong, f"{len(wrong)} outcomes are not as they should be"]))
    return 1 if wrong else 0


def _outcomes(done: Done[_Task, dict[str, Outcome]]) -> dict[str, Outcome]:
    if done.result is None:
        crashed = Outcome(kind="crashed", detail=done.failure)
        return dict.fromkeys(done.task[2], crashed)
    return done.result


def _line(name: str, outcomes: dict[str, Outcome]) -> str:
    """A model's line: outcomes that differ from the first one with their variant."""
    (_, first), *others = outcomes.items()
    texts = [first.text, *(f"{v}: {o.text}" for v, o in others if o.text != first.text)]
    return f"{name}: {' | '.join(texts)}"


if __name__ == "__main__":
    sys.exit(main())
