# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``tune --dask``: a cluster finds what one process finds, whatever happens to its workers."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from setrange import tune_ranges, write_ranges
from setrange.cluster.cluster import Cluster
from setrange.tune.journal import Journal
from tests.support.cluster import Counter, two_processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tune.conftest import Tune

pytest.importorskip("onnxruntime")
distributed = pytest.importorskip("distributed", reason="Dask is not installed")


@pytest.fixture(scope="module")
def processes() -> Iterator[Any]:
    with two_processes() as started:
        yield started


@pytest.fixture
def counter(processes: Any) -> Iterator[Counter]:
    """What the workers do in a test."""
    made = Counter()
    processes.scheduler.add_plugin(made, name="counter")
    yield made
    processes.scheduler.remove_plugin(name="counter")


@pytest.fixture
def address(processes: Any) -> str:
    return str(processes.scheduler_address)


def _without_time(text: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(text)
    del report["seconds"], report["out"]
    return report


def test_the_result_is_that_of_one_process(
    tune: Tune,
    folder: Path,
    address: str,
    counter: Counter,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    common = ["--target", "sqnr=60", "--keep-int8", "60%", "--weight-scales", "any", "--json"]
    common += ["--correct-bias", "--scales", "any", "--try-asymmetric"]
    assert tune(*common, "-o", "alone.json") == 1
    alone = _without_time(capfd.readouterr().out)
    known: list[int] = []

    def remove(journal: Journal) -> None:
        known.append(len(journal))

    monkeypatch.setattr(Journal, "remove", remove)
    assert tune(*common, "--dask", address) == 1
    assert _without_time(capfd.readouterr().out) == alone
    assert (folder / "better.json").read_bytes() == (folder / "alone.json").read_bytes()
    [figures] = known
    assert figures >= alone["evaluations"]
    assert counter.pieces > figures / 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_worker_costs_its_share_only(
    tune: Tune, folder: Path, address: str, counter: Counter
) -> None:
    assert tune("--target", "sqnr=30", "-o", "alone.json") == 0
    with distributed.Client(address, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
    killed: list[int] = []

    def kill(figures: int) -> None:
        if figures == 5 and not killed:
            killed.append(victim)
            os.kill(victim, signal.SIGKILL)

    counter.at = kill
    assert tune("--target", "sqnr=30", "--dask", address) == 0
    assert killed
    assert (folder / "better.json").read_bytes() == (folder / "alone.json").read_bytes()


def test_workers_that_do_not_see_the_model_are_sent_it(
    tune: Tune, folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cluster, "sees", lambda _self, _files: False)
    options: dict[str, Any] = {"target": "sqnr=30", "batch": 8, "threads": 1}
    many, report = tune_ranges("toy.onnx", "ranges.json", "data.npy", dask=address, **options)
    assert tune("--target", "sqnr=30") == 0
    write_ranges(many, "many.json")
    assert (folder / "many.json").read_bytes() == (folder / "better.json").read_bytes()
    assert report.reached


def test_what_a_worker_cannot_do_is_told(
    tune: Tune,
    folder: Path,
    address: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder / "only_here.py").write_text("def judge(wanted, got):\n    return 0.5\n")
    monkeypatch.syspath_prepend(folder)
    assert tune("--target", "only_here:judge=0.9", "--dask", address) == 2
    [line] = [x for x in capfd.readouterr().err.splitlines() if x.startswith("error: ")]
    assert "--target only_here:judge" in line
    assert not (folder / "better.json").exists()
