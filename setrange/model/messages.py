# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX's message classes (``ModelProto``, ``TensorProto``, ...), without the rest of onnx.

``import onnx`` brings checkers, converters, C++ and much of the standard library: a third of
the time of a command that only reads a model. The message classes are in one generated module
of the package, which needs protobuf alone.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from typing import Any

from setrange.files.early_interrupt import is_program

__all__ = ["messages"]

_MODULE = "onnx.onnx_ml_pb2"


def messages() -> Any:
    """Return the module that defines the message classes; the same ones as ``onnx``'s."""
    if _MODULE not in sys.modules:
        # In another program a package of which one module is loaded could surprise somebody.
        if "onnx" not in sys.modules and is_program(sys.argv, sys.orig_argv):
            _load_alone()
        if _MODULE not in sys.modules:
            import onnx  # noqa: F401 - defines them
    return sys.modules[_MODULE]


def _load_alone() -> None:
    """Load the message classes alone; whoever imports onnx later finds them there."""
    package = importlib.machinery.PathFinder.find_spec("onnx")
    folders = None if package is None else package.submodule_search_locations
    spec = importlib.machinery.PathFinder.find_spec(_MODULE, folders) if folders else None
    if spec is None or spec.loader is None:
        return  # another layout: all of onnx is loaded, as anywhere else
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_MODULE]
        raise
