# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Work in processes that live for a few models: the library keeps memory, and may crash."""

from __future__ import annotations

import collections
import multiprocessing
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

__all__ = ["Done", "run_in_processes"]

Task = TypeVar("Task")
Result = TypeVar("Result")

#: Seconds that one task may take before its process is ended.
PATIENCE = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Generic[Task, Result]):
    """A task that ended.

    Attributes:
        task: The task.
        result: What it returned; ``None`` where its process ended first.
        failure: How the process ended, else empty.
        seconds: What the task took.
    """

    task: Task
    result: Result | None
    failure: str
    seconds: float


def run_in_processes(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int = 2,
    tasks_each: int = 10,
    patience: Callable[[Task], float] = lambda _task: PATIENCE,
) -> Iterator[Done[Task, Result]]:
    """Yield tasks as they end.

    A task whose process crashes or hangs fails alone: those behind it get another process.

    Args:
        work: A function of a module.
        tasks: Its arguments.
        workers: Processes at a time.
        tasks_each: Tasks that a process does before the next one takes its place.
        patience: Seconds that a task may take, the start of its process included.
    """
    waiting = collections.deque(tasks)
    ended: queue.Queue[Done[Task, Result]] = queue.Queue()

    def serve() -> None:
        while batch := _take(waiting, tasks_each):
            left = list(batch)
            for done in _run_batch(work, batch, patience):
                left.pop(0)
                ended.put(done)
            waiting.extendleft(reversed(left))

    for _ in range(workers):
        threading.Thread(target=serve, daemon=True).start()
    for _ in tasks:
        yield ended.get()


def _take(waiting: collections.deque[Task], most: int) -> list[Task]:
    taken: list[Task] = []
    while len(taken) < most:
        try:
            taken.append(waiting.popleft())
        except IndexError:
            break
    return taken


def _run_batch(
    work: Callable[[Task], Result], batch: Sequence[Task], patience: Callable[[Task], float]
) -> Iterator[Done[Task, Result]]:
    """Yield tasks as they end, up to and with the first whose process ends early."""
    context = multiprocessing.get_context("spawn")  # the library has threads: no fork
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(work, batch, sender), daemon=True)
    process.start()
    sender.close()
    for task in batch:
        start = time.perf_counter()
        result, failure = None, ""
        try:
            if receiver.poll(patience(task)):
                result = receiver.recv()
            else:
                failure = f"no result in {patience(task):g} s"
                process.kill()
        except EOFError:
            process.join()
            failure = f"its process ended with status {process.exitcode}"
        seconds = time.perf_counter() - start
        yield Done(task=task, result=result, failure=failure, seconds=seconds)
        if failure:
            break
    process.join()


def _serve(work: Callable[[Task], Result], batch: Sequence[Task], sender: Connection) -> None:
    for task in batch:
        sender.send(work(task))
