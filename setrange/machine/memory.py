# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How this process gets its memory."""

from __future__ import annotations

import sys

from setrange.files.early_interrupt import is_program

__all__ = ["keep_freed_memory"]

#: Parameters of glibc's ``mallopt``, as <malloc.h> numbers them, and what they are set to.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8
_SETTINGS = (
    (_MMAP_THRESHOLD, 1 << 30),
    (_TRIM_THRESHOLD, 1 << 30),
    (_TOP_PAD, 1 << 24),
    (_ARENA_MAX, 1),
)


def keep_freed_memory() -> None:
    """Let the C library use freed memory again, in place of getting new memory for it.

    A builder copies a model's weights again and again. glibc gets memory for each large copy
    from the system, which clears every page, and gives it back at once: a tenth of the time of
    a build. Only setrange's own program does so, and only where the C library is glibc.
    """
    if sys.platform != "linux" or not is_program(sys.argv, sys.orig_argv):
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # else it is another C library
        for parameter, value in _SETTINGS:
            mallopt(parameter, value)
