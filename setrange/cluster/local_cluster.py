# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A cluster on this machine, for one command: a scheduler in this process, and its workers."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.cluster.loading import first_line, load_dask, silenced
from setrange.cluster.local_processes import can_fork, local_processes
from setrange.cluster.local_workers import LEAN_DASK
from setrange.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from setrange.cluster.address import ClusterAddress
    from setrange.cluster.local_processes import LocalProcesses

__all__ = ["LocalCluster", "local_cluster"]

#: Seconds until the workers have come, and until the scheduler has ended.
_START_PATIENCE, _END_PATIENCE = 120.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCluster:
    """The cluster.

    Attributes:
        scheduler: A ``distributed.LocalCluster``, with or without workers of its own.
        check: Raises if lost workers are not replaced any more.
        end: Ends the workers at once, whatever they do.
    """

    scheduler: Any
    check: Callable[[], None] = lambda: None
    end: Callable[[], None] = lambda: None


@contextlib.contextmanager
def local_cluster(address: ClusterAddress, loader: str) -> Iterator[LocalCluster]:
    """Start so many workers, of a thread each; they are ended with the block.

    Args:
        address: How many.
        loader: ``module:function`` that loads what they need. They load it while this process
            loads Dask, where the system can copy a process that has loaded something.

    Raises:
        BackendError: They could not be started.
    """
    if not can_fork():
        with silenced(), _scheduler(address, address.processes) as scheduler:
            yield LocalCluster(scheduler=scheduler)
        return
    with (
        local_processes(address, loader) as processes,
        silenced(),
        _scheduler(address, 0) as scheduler,
    ):
        processes.connect(scheduler.scheduler_address)
        try:
            _await_workers(scheduler.scheduler.workers, address, processes)
            yield LocalCluster(scheduler=scheduler, check=processes.check, end=processes.close)
        finally:
            processes.close()


@contextlib.contextmanager
def _scheduler(address: ClusterAddress, workers: int) -> Iterator[Any]:
    """Start a scheduler, and so many workers as Dask does it."""
    import logging

    distributed = load_dask()
    import dask

    with dask.config.set(LEAN_DASK):
        try:
            started = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
        except Exception as error:
            raise BackendError(
                f"--dask {address.text}: Dask could not start the processes: "
                f"{first_line(error)}"
            ) from error
        try:
            yield started
        finally:
            with contextlib.suppress(Exception):
                started.close(timeout=_END_PATIENCE)


def _await_workers(
    workers: dict[str, Any], address: ClusterAddress, processes: LocalProcesses
) -> None:
    until = time.monotonic() + _START_PATIENCE
    while len(workers) < address.processes:
        processes.check()
        if time.monotonic() > until:
            raise BackendError(
                f"--dask {address.text}: Dask could not start the processes: after "
                f"{_START_PATIENCE:g} seconds there are {len(workers)}"
            )
        time.sleep(0.005)
