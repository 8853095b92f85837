# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The native libraries of TensorRT for RTX, loaded while Python goes on.

Importing the package loads them, too, but keeps all of Python waiting meanwhile. Loading takes
50 ms, in which no other native module can be loaded, numpy's among them: so it begins as soon
as the command line is there, and few modules are imported here.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

from setrange.files.early_interrupt import is_program
from setrange.machine.memory import keep_freed_memory

TYPE_CHECKING = False  # typing takes its time
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["is_for_rtx", "load_early", "load_libraries"]

_ENGINES = (".engine", ".plan")


def load_early(argv: Sequence[str]) -> None:
    """Begin to load the libraries where setrange's own program is about to need them.

    Where they are loaded in vain, nothing but time is lost.

    Args:
        argv: ``sys.argv``.
    """
    if is_program(argv, sys.orig_argv) and is_for_rtx(argv[1:]):
        import _thread

        keep_freed_memory()  # before the first thread, which would have a heap of its own
        _thread.start_new_thread(load_libraries, ())


def is_for_rtx(arguments: Sequence[str]) -> bool:
    """True where a command line looks as if TensorRT for RTX is to build an engine.

    Args:
        arguments: The command and what follows.
    """
    if arguments[:1] == ["check"]:
        return "--build" in arguments
    if arguments[:1] != ["apply"] or not any(a.endswith(_ENGINES) for a in arguments):
        return False
    line = " ".join(arguments)
    if any(sign in line for sign in ("--via rtx", "--via=rtx", "--gpu")):
        return True
    return not any(sign in line for sign in ("--via", "--trt")) and not _has_tensorrt()


def _has_tensorrt() -> bool:
    return PathFinder.find_spec("tensorrt") is not None


def load_libraries() -> None:
    """Load the libraries; whatever goes wrong, the import of the package says."""
    if sys.platform != "linux":
        return
    try:
        import ctypes

        dlopen = ctypes.CDLL(None).dlopen  # a foreign function: such calls do not hold it up
        dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        spec = PathFinder.find_spec("tensorrt_rtx_libs")
        for folder in (spec and spec.submodule_search_locations) or ():
            names = sorted(name for name in os.listdir(folder) if ".so" in name)
            for name in names:
                dlopen(os.fsencode(os.path.join(folder, name)), os.RTLD_NOW)
    except (AttributeError, ImportError, OSError):
        pass
