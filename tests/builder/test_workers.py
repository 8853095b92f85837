# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Work in processes that live for a few tasks: each task ends, whatever its process does."""

from __future__ import annotations

import os
import time

from tests.builder.workers import run_in_processes


def _work(task: int) -> tuple[int, int]:
    if task == 3:
        os._exit(7)
    if task == 5:
        time.sleep(600)
    return task * 2, os.getpid()


def test_a_crash_and_a_hang_cost_one_task_each() -> None:
    patience = {5: 0.5}
    done = {
        done.task: done
        for done in run_in_processes(
            _work, range(8), tasks_each=4, patience=lambda task: patience.get(task, 600.0)
        )
    }
    assert sorted(done) == list(range(8))
    assert done[3].failure == "its process ended with status 7"
    assert done[5].failure == "no result in 0.5 s"
    for task in set(done) - {3, 5}:
        result = done[task].result
        assert result is not None
        assert result[0] == task * 2


def test_a_process_does_only_so_many_tasks() -> None:
    processes = [
        done.result[1]
        for done in run_in_processes(_work, [0, 1, 2], workers=1, tasks_each=2)
        if done.result
    ]
    assert processes[0] == processes[1] != processes[2]
