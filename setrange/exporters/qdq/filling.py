# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A pool of threads that is given work before its ``with`` block begins."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["filling"]


@contextlib.contextmanager
def filling(pool: ThreadPoolExecutor) -> Iterator[None]:
    """End a pool that cannot be filled to the end.

    A thread that ^C meets while it is started is known to its pool only. Nobody else ends it,
    and the program would wait for it for ever.
    """
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
