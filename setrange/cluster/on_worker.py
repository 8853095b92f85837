# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a worker does: it opens a job once, and works off pieces of it.

A task may be done twice, where the worker that held its result was lost: none of these
functions changes what it is given.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from setrange import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.cluster.job import Job

__all__ = ["Seen", "forget", "look", "merged", "nothing", "piece_done"]

#: Jobs that a worker holds. A client that was killed cannot say that its job is over.
_MOST_JOBS = 3

#: Version of setrange on the worker, and the size of each file that is asked for; -1: none.
Seen = tuple[str, tuple[int, ...]]


class _Place:
    """A job that is opened by the first task that needs it, while others wait."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.opened: Any = None

    def open(self, job: Job) -> Any:
        with self.lock:
            if self.opened is None:
                self.opened = job.open()
            return self.opened


_places: OrderedDict[str, _Place] = OrderedDict()
_lock = threading.Lock()


def piece_done(job: Job, work: Callable[[Any, Any], Any], piece: Any) -> Any:
    """Return what ``work`` makes of a piece with the opened job.

    Args:
        job: What is opened, once in this process.
        work: Takes the opened job and the piece.
        piece: What is to be done.
    """
    with _lock:
        place = _places.setdefault(job.key, _Place())
        _places.move_to_end(job.key)
        while len(_places) > _MOST_JOBS:
            _places.popitem(last=False)
    return work(place.open(job), piece)


def nothing(_opened: Any, _piece: Any) -> None:
    """Be the work of a task that only opens a job."""


def merged(merge: Callable[[Sequence[Any]], Any], results: Sequence[Any]) -> Any:
    """Return what ``merge`` makes of results, which are in order."""
    return merge(results)


def look(files: Sequence[str]) -> Seen:
    """Tell which setrange is here, and which of the files, by their sizes."""
    return __version__, tuple(map(_size, files))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def forget(key: str) -> None:
    """Let a job go."""
    with _lock:
        _places.pop(key, None)
