# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One batch of cases, in a process that may crash.

    python -m tests.fuzz.worker CORPUS SEED FIRST LAST PROGRESS

Prints one JSON object a line: failures, and at the end the counts. The number of the case
that is running stands in the file PROGRESS.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import SetrangeError
from tests.fuzz.corpus import Corpus, all_corpora, random_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: After so many failures a batch, or a corpus, is left alone.
MOST_FAILURES = 20
#: Memory that a batch may leave behind between its first quarter and its end.
_GROWTH_MB = 200


class TooSlowError(BaseException):
    """A case took longer than its corpus allows; no ``except Exception`` may hide it."""


def run_case(corpus: Corpus, seed: int, number: int, folder: Path) -> str | None:
    """Run one case in an empty folder.

    Returns:
        ``read``, ``refused``, or what is wrong.
    """
    before = _peak_mb(reset=True)
    try:
        with _time_limit(corpus.seconds):
            corpus.attack(random_of(corpus.name, seed, number), folder)
        outcome = "read"
    except SetrangeError:
        outcome = "refused"
    except TooSlowError:
        return f"longer than {corpus.seconds:g} s\n{traceback.format_exc(limit=-6)}"
    except Exception:
        return traceback.format_exc(limit=-6)
    taken = _peak_mb() - before
    if taken > corpus.megabytes:
        return f"{taken} MB, {corpus.megabytes} are allowed"
    return outcome


def run_batch(corpus: Corpus, seed: int, first: int, last: int, progress: Path) -> None:
    """Run cases ``first`` to ``last`` (exclusive) and print what came of them."""
    _limit_memory(2 * corpus.megabytes + 1024)
    counts = {"read": 0, "refused": 0}
    early = failed = 0
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        with progress.open("r+b", buffering=0) as current:
            for number in range(first, last):
                os.lseek(current.fileno(), 0, os.SEEK_SET)
                current.write(b"%12d" % number)
                outcome = run_case(corpus, seed, number, folder)
                if outcome in counts:
                    counts[outcome] += 1
                else:
                    _say(failed=number, why=outcome)
                    failed += 1
                    if failed == MOST_FAILURES:
                        break
                _emptied(folder)
                if number - first == (last - first) // 4:
                    early = _resident_mb()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    gc.collect()
    growth = _resident_mb() - early
    if early and growth > _GROWTH_MB:
        _say(failed=first, why=f"cases {first} to {last} leave {growth} MB behind")
    _say(**counts)


def _say(**entries: Any) -> None:
    sys.stdout.write(json.dumps(entries) + "\n")
    sys.stdout.flush()


def _emptied(folder: Path) -> None:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise after so much processor time; the parent watches over waiting and native code."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit_memory(megabytes: int) -> None:
    """A bomb gets a MemoryError, not the machine."""
    with contextlib.suppress(ImportError, ValueError, AttributeError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20,) * 2)


def _peak_mb(*, reset: bool = False) -> int:
    """The most memory since the last reset, where the system says it (Linux)."""
    if reset:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    return _status_mb("VmHWM:")


def _resident_mb() -> int:
    return _status_mb("VmRSS:")


def _status_mb(field: str) -> int:
    with contextlib.suppress(OSError), Path("/proc/self/status").open() as lines:
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1]) >> 10
    return 0


def main() -> None:
    name, seed, first, last, progress = sys.argv[1:]
    corpus = next(c for c in all_corpora() if c.name == name)
    run_batch(corpus, int(seed), int(first), int(last), Path(progress))


if __name__ == "__main__":
    main()
