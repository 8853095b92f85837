# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding TensorRT's Python bindings, and what they can do.

Nothing here goes by version numbers: a feature is there if the bindings have its name.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from setrange.errors import BackendUnavailableError
from setrange.versions import TrtVersion

__all__ = ["binding_version", "has_ranges", "is_installed", "load_tensorrt", "profile_of"]


def load_tensorrt() -> Any:
    """Import and return the module ``tensorrt``.

    Raises:
        BackendUnavailableError: It is not installed, or its libraries cannot be loaded.
    """
    try:
        return importlib.import_module("tensorrt")
    except ModuleNotFoundError as error:
        if error.name != "tensorrt":
            raise _broken(error) from error
        raise BackendUnavailableError(
            "there is no Python package 'tensorrt' here; see 'setrange doctor'"
        ) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise _broken(error) from error


def is_installed(module: str) -> bool:
    """True where a module can be imported, as far as one can tell without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return sys.modules.get(module) is not None


def _broken(error: Exception) -> BackendUnavailableError:
    return BackendUnavailableError(
        f"the Python package 'tensorrt' is installed but cannot be loaded: {error}; its "
        f"libraries (nvinfer, CUDA) must be found by the system: 'setrange doctor' says more"
    )


def binding_version(trt: Any) -> TrtVersion:
    """Return the release of the bindings.

    Raises:
        BackendUnavailableError: The module has no version: it is no TensorRT.
    """
    version = TrtVersion.of_package(str(getattr(trt, "__version__", "")))
    if version is None:
        raise BackendUnavailableError(
            "the Python module 'tensorrt' has no version, so it is not TensorRT's; look for a "
            "file or folder called tensorrt in the current directory"
        )
    return version


def has_ranges(trt: Any) -> bool:
    """True where tensors take ranges (up to 10.16); else INT8 comes from Q/DQ layers alone."""
    return hasattr(trt.ITensor, "set_dynamic_range") and hasattr(trt.BuilderFlag, "INT8")


def profile_of(version: TrtVersion) -> str:
    """Return the parser profile that is nearest to a release."""
    return version.profile
