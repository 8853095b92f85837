# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the fuzzing cases of all corpora.

    python -m tests.fuzz [-n CASES] [-c CORPUS]... [-w CORPUS=WEIGHT]... [-s SEED] [-j JOBS]
    python -m tests.fuzz -c CORPUS -s SEED --only NUMBER --keep FOLDER

The second form runs one case again, in this process, and keeps its files.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.corpus import Corpus, all_corpora
from tests.fuzz.worker import MOST_FAILURES, run_case

#: Cases of one process.
_BATCH = 2_000
#: A case that takes no processor time (it waits, or a busy machine gives it none) may take so
#: many times as long as it may compute.
_PATIENCE = 60
#: One that computes has a timer of its own; the process is killed where that does not stop it.
_COMPUTES = 6


@dataclass(slots=True)
class Result:
    """What came of a corpus: counts, and (number, what is wrong) of the failures."""

    read: int = 0
    refused: int = 0
    failures: list[tuple[int, str]] = field(default_factory=list)


def run_corpus(corpus: Corpus, seed: int, count: int) -> Result:
    """Run cases 0 to ``count`` in processes of their own."""
    result = Result()
    first = 0
    while first < count and len(result.failures) < MOST_FAILURES:
        last = min(count, first + _BATCH)
        first = _run_batch(corpus, seed, first, last, result)
    return result


def _run_batch(corpus: Corpus, seed: int, first: int, last: int, result: Result) -> int:
    """Run one batch; return the number of the case to go on with."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        progress, said = Path(folder, "progress"), Path(folder, "said")
        progress.write_bytes(b"%12d" % first)
        arguments = [corpus.name, str(seed), str(first), str(last), str(progress)]
        with said.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.worker", *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            ended = watched(process, progress, corpus.seconds)
        number = int(progress.read_bytes())
        noise = ""
        for line in said.read_text(errors="replace").splitlines():
            if not line.startswith("{"):
                noise = line
                continue
            entries = json.loads(line)
            if "failed" in entries:
                result.failures.append((entries["failed"], entries["why"]))
            result.read += entries.get("read", 0)
            result.refused += entries.get("refused", 0)
    if ended == 0:
        return last
    why = "it never ends" if ended is None else f"the process ended with {ended}: {noise}"
    result.failures.append((number, why))
    return number + 1


def watched(process: subprocess.Popen[bytes], progress: Path, seconds: float) -> int | None:
    """Wait for a process; kill it (``None``) if it stays at one case for too long.

    Args:
        process: The worker.
        progress: Where it writes the number of its case.
        seconds: Processor time that one case may take.
    """
    seen, since, used = b"", time.monotonic(), 0.0
    while True:
        try:
            return process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            now = progress.read_bytes()
            if now != seen:
                seen, since, used = now, time.monotonic(), _processor_seconds(process.pid)
                continue
            waited = time.monotonic() - since
            computed = _processor_seconds(process.pid) - used
            if waited > seconds * _PATIENCE or computed > seconds * _COMPUTES:
                process.kill()
                process.wait()
                return None


def _processor_seconds(pid: int) -> float:
    """Return what a process has computed; 0 where the system does not say it (not Linux)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError, AttributeError):
        return 0.0


def _chosen(patterns: list[str] | None) -> list[Corpus]:
    corpora = all_corpora()
    if not patterns:
        return corpora
    chosen = [c for c in corpora if any(fnmatch.fnmatch(c.name, p) for p in patterns)]
    if not chosen:
        names = ", ".join(c.name for c in corpora)
        raise SystemExit(f"no corpus is called {' or '.join(patterns)}; there are {names}")
    return chosen


def weight_of(corpus: Corpus, wanted: list[str]) -> float:
    """Return the share of a corpus: the last ``CORPUS=WEIGHT`` that fits it, or its own."""
    for entry in reversed(wanted):
        pattern, _, weight = entry.partition("=")
        if fnmatch.fnmatch(corpus.name, pattern):
            return float(weight)
    return corpus.weight


def _again(corpus: Corpus, seed: int, number: int, keep: Path) -> int:
    keep.mkdir(parents=True, exist_ok=True)
    outcome = run_case(corpus, seed, number, keep)
    sys.stdout.write(f"{outcome}\n")
    return 0 if outcome in ("read", "refused") else 1


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-n", "--cases", type=int, default=100_000, help="of all corpora")
    parser.add_argument("-c", "--corpus", action="append", help="only these (globs)")
    parser.add_argument(
        "-w",
        "--weight",
        action="append",
        default=[],
        metavar="CORPUS=WEIGHT",
        help="their share of the cases, against 1 for most others (globs; the last one counts)",
    )
    parser.add_argument("-s", "--seed", type=int, default=0)
    parser.add_argument("-j", "--jobs", type=int, default=1, help="corpora at the same time")
    parser.add_argument("--only", type=int, help="run this case of one corpus again")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-case"), help="its folder")
    args = parser.parse_args()
    corpora = _chosen(args.corpus)
    if args.only is not None:
        return _again(corpora[0], args.seed, args.only, args.keep)
    weights = [weight_of(corpus, args.weight) for corpus in corpora]
    total = sum(weights)
    counts = [max(1, round(args.cases * weight / total)) for weight in weights]
    start, failed = time.monotonic(), 0
    with ThreadPoolExecutor(args.jobs) as pool:
        results = pool.map(lambda c, n: run_corpus(c, args.seed, n), corpora, counts)
        for corpus, result in zip(corpora, results, strict=True):
            sys.stdout.write(
                f"{corpus.name:28} {result.read:7} read {result.refused:7} refused "
                f"{len(result.failures):3} failed\n"
            )
            for number, why in result.failures:
                sys.stdout.write(f"  -c {corpus.name} -s {args.seed} --only {number}: {why}\n")
            sys.stdout.flush()
            failed += len(result.failures)
    sys.stdout.write(
        f"{sum(counts)} cases, {failed} failed, {time.monotonic() - start:.0f} s\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
