# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the fuzzing harness takes for a failure, and that a few cases of each corpus pass."""

from __future__ import annotations

import mmap
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from setrange.errors import UsageError
from tests.fuzz.__main__ import run_corpus, watched, weight_of
from tests.fuzz.corpus import Corpus, all_corpora, random_of
from tests.fuzz.worker import run_case

if TYPE_CHECKING:
    import random
    from pathlib import Path


def _refuse(rng: random.Random, folder: Path) -> None:
    raise UsageError("no")


def _fail(rng: random.Random, folder: Path) -> None:
    raise KeyError("a bug")


def _spin(rng: random.Random, folder: Path) -> None:
    while True:
        pass


def _grow(rng: random.Random, folder: Path) -> None:
    size = 80 << 20
    with mmap.mmap(-1, size) as pages:  # never memory that the process has already
        pages.write(b"x" * size)


def test_a_refusal_is_no_failure_and_another_error_is_one(tmp_path: Path) -> None:
    read = Corpus(name="a", attack=lambda rng, folder: None)
    assert run_case(read, 0, 0, tmp_path) == "read"
    assert run_case(Corpus(name="a", attack=_refuse), 0, 0, tmp_path) == "refused"
    assert "a bug" in (run_case(Corpus(name="a", attack=_fail), 0, 0, tmp_path) or "")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no interval timers")
def test_a_case_that_never_ends_is_a_failure(tmp_path: Path) -> None:
    outcome = run_case(Corpus(name="a", attack=_spin, seconds=0.1), 0, 0, tmp_path)
    assert outcome is not None
    assert outcome.startswith("longer than 0.1 s")


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_case_that_takes_much_memory_is_a_failure(tmp_path: Path) -> None:
    outcome = run_case(Corpus(name="a", attack=_grow, megabytes=40), 0, 0, tmp_path)
    assert outcome is not None
    assert "40 are allowed" in outcome


def test_a_case_is_the_same_whenever_it_runs() -> None:
    assert random_of("a", 1, 7).random() == random_of("a", 1, 7).random()
    assert random_of("a", 1, 7).random() != random_of("a", 1, 8).random()


def test_names_are_unique_and_a_batch_runs_in_a_process_of_its_own() -> None:
    corpora = all_corpora()
    assert len({corpus.name for corpus in corpora}) == len(corpora)
    csv = next(corpus for corpus in corpora if corpus.name == "readers/csv")
    result = run_corpus(csv, 3, 12)
    assert result.read + result.refused == 12
    assert not result.failures


@pytest.mark.parametrize("corpus", all_corpora(), ids=lambda corpus: corpus.name)
def test_a_few_cases_of_each_corpus_are_read_or_refused(corpus: Corpus, tmp_path: Path) -> None:
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert run_case(corpus, 20261201, number, folder) in ("read", "refused")


def test_weights_of_corpora_can_be_given() -> None:
    csv = next(corpus for corpus in all_corpora() if corpus.name == "readers/csv")
    assert weight_of(csv, []) == csv.weight
    assert weight_of(csv, ["readers/*=3", "models/*=9"]) == 3
    assert weight_of(csv, ["readers/*=3", "readers/csv=0.5"]) == 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="processor time is read from /proc")
@pytest.mark.parametrize(("code", "ends"), [("while True: pass", None), ("pass", 0)])
def test_a_process_that_computes_on_and_on_is_killed(
    code: str, ends: int | None, tmp_path: Path
) -> None:
    progress = tmp_path / "progress"
    progress.write_bytes(b"0")
    process = subprocess.Popen([sys.executable, "-c", code])
    assert watched(process, progress, 0.05) == ends
    assert process.poll() is not None
