# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding TensorRT for RTX: a library of its own, with release numbers of its own.

Its Python module is ``tensorrt_rtx``; pip installs it as tensorrt-rtx, tensorrt-rtx-cu12 or
tensorrt-rtx-cu13. Its numbers (1.4, 1.7.1, ...) are never TensorRT's.
"""

from __future__ import annotations

import importlib
import platform
import re
import sys
from typing import Any

from setrange.errors import BackendUnavailableError
from setrange.machine.bindings import is_installed
from setrange.machine.memory import keep_freed_memory
from setrange.machine.native import NativeCall
from setrange.machine.rtx_libraries import load_libraries

__all__ = [
    "INSTALL_RTX",
    "MODULE",
    "RtxLoading",
    "has_driver",
    "has_rtx_wheels",
    "is_rtx_installed",
    "load_rtx",
    "rtx_name",
    "rtx_release",
    "why_no_rtx",
]

MODULE = "tensorrt_rtx"
INSTALL_RTX = 'pip install "setrange[rtx]"'

#: What the bindings of 1.4 have: engines for GPUs that are not here.
_NEEDED = ("ComputeCapability", "IBuilderConfig", "OnnxParser", "ProfilingVerbosity")

_RELEASE = re.compile(r"\d+\.\d+(?:\.\d+)?")


def is_rtx_installed() -> bool:
    """True where the module can be imported, as far as one can tell without importing it."""
    return is_installed(MODULE)


def has_rtx_wheels(system: str | None = None, machine: str | None = None) -> bool:
    """True where pip finds a wheel: 64-bit Linux and Windows on x86.

    Args:
        system: ``Linux``, ``Windows``, ``Darwin``; ``None`` is this machine's.
        machine: Its processor, e.g. ``x86_64``; ``None`` is this machine's.
    """
    system = platform.system() if system is None else system
    machine = platform.machine() if machine is None else machine
    return system in ("Linux", "Windows") and machine.lower() in ("x86_64", "amd64")


def why_no_rtx() -> str:
    """Return, in a sentence, how to get TensorRT for RTX here, or why that is not possible."""
    if has_rtx_wheels():
        return f"{INSTALL_RTX} brings TensorRT for RTX, which builds without a GPU"
    return (
        f"TensorRT for RTX has no package for {platform.system()} on {platform.machine()}; it "
        f"builds on Linux and Windows on x86-64, also without a GPU"
    )


def load_rtx() -> Any:
    """Import and return the module ``tensorrt_rtx``.

    Raises:
        BackendUnavailableError: It is not installed, cannot be loaded, or is older than 1.4.
    """
    try:
        rtx = importlib.import_module(MODULE)
    except ModuleNotFoundError as error:
        if error.name != MODULE:
            raise _broken(error) from error
        raise BackendUnavailableError(
            f"TensorRT for RTX is not installed here; {why_no_rtx()}"
        ) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise _broken(error) from error
    if not all(hasattr(rtx, name) for name in _NEEDED) or not hasattr(
        rtx.IBuilderConfig, "set_compute_capability"
    ):
        raise BackendUnavailableError(
            f"the Python package 'tensorrt_rtx' {getattr(rtx, '__version__', '')} cannot build "
            f"for a GPU that is not here; setrange needs TensorRT for RTX 1.4 or later: "
            f"pip install --upgrade tensorrt-rtx-cu12"
        )
    return rtx


class RtxLoading:
    """TensorRT for RTX, being loaded while something else is done: it takes 0.2 s."""

    def __init__(self) -> None:
        keep_freed_memory()  # before the first thread, which would have a heap of its own
        self._call = NativeCall(self._load, "TensorRT for RTX")
        self._call.start()

    @staticmethod
    def _load() -> Any:
        load_libraries()
        return load_rtx()

    def result(self) -> Any:
        """Return the module; see ``load_rtx``.

        Raises:
            BackendUnavailableError: It is not there.
        """
        self._call.wait()
        return self._call.result()


def _broken(error: Exception) -> BackendUnavailableError:
    return BackendUnavailableError(
        f"the Python package 'tensorrt_rtx' is installed but cannot be loaded: {error}; "
        f"install it again, in an environment of its own: {INSTALL_RTX}"
    )


def rtx_name(rtx: Any) -> str:
    """Return what the library is called in messages: ``TensorRT for RTX 1.7.1``."""
    match = _RELEASE.match(str(getattr(rtx, "__version__", "")))
    return f"TensorRT for RTX {match.group()}" if match else "TensorRT for RTX"


def rtx_release(rtx: Any) -> tuple[int, int]:
    """Return the library's release: ``(1, 7)``; the newest imaginable where it says none."""
    match = _RELEASE.match(str(getattr(rtx, "__version__", "")))
    if match is None:
        return sys.maxsize, 0
    major, minor = match.group().split(".")[:2]
    return int(major), int(minor)


def has_driver() -> bool:
    """True where NVIDIA's driver can be loaded: engines can be loaded and run."""
    import ctypes

    name = "nvcuda.dll" if platform.system() == "Windows" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
