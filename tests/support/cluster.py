# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A Dask cluster of two processes, and a count of what they do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from setrange.cluster.address import ClusterAddress
from setrange.cluster.local_cluster import local_cluster
from setrange.measure.on_cluster import LOADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

distributed = pytest.importorskip("distributed", reason="Dask is not installed")

__all__ = ["Counter", "two_processes"]


class Counter(distributed.SchedulerPlugin):  # type: ignore[misc,name-defined]
    """Counts the pieces that the workers did.

    Attributes:
        pieces: The count.
        at: Called with it after each.
    """

    def __init__(self) -> None:
        self.pieces = 0
        self.at: Callable[[int], None] = lambda _count: None

    def transition(
        self, key: str, start: str, finish: str, *_arguments: Any, **_options: Any
    ) -> None:
        """Dask tells that a task has another state."""
        if "setrange-piece" in str(key) and (start, finish) == ("processing", "memory"):
            self.pieces += 1
            self.at(self.pieces)


@contextlib.contextmanager
def two_processes() -> Iterator[Any]:
    """Two workers, as ``--dask local:2`` starts them."""
    with local_cluster(ClusterAddress.parse("local:2"), LOADER) as started:
        yield started.scheduler
