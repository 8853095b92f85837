# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX's message classes and its C++ part (the checker, the schemas), without the rest of onnx.

``import onnx`` brings converters, ml_dtypes and much of the standard library: up to 0.7 s, and
a third of the time of a command that only reads a model. The message classes (``ModelProto``,
``TensorProto``, ...) are in one generated module of the package, which needs protobuf alone,
and its C++ part needs nothing.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from typing import Any

from setrange.files.early_interrupt import is_program

__all__ = ["messages", "native_part"]

_MESSAGES, _NATIVE = "onnx.onnx_ml_pb2", "onnx.onnx_cpp2py_export"


def messages() -> Any:
    """Return the module that defines the message classes; the same ones as ``onnx``'s."""
    return _module(_MESSAGES)


def native_part() -> Any:
    """Return the module with what onnx has of C++: ``checker`` and ``defs`` among it."""
    return _module(_NATIVE)


def _module(name: str) -> Any:
    if name not in sys.modules:
        # In another program a package of which one module is loaded could surprise somebody.
        if "onnx" not in sys.modules and is_program(sys.argv, sys.orig_argv):
            _load_alone(name)
        if name not in sys.modules:
            import onnx  # noqa: F401 - loads them
    return sys.modules[name]


def _load_alone(name: str) -> None:
    """Load one module of onnx alone; whoever imports onnx later finds it there."""
    package = importlib.machinery.PathFinder.find_spec("onnx")
    folders = None if package is None else package.submodule_search_locations
    spec = importlib.machinery.PathFinder.find_spec(name, folders) if folders else None
    if spec is None or spec.loader is None:
        return  # another layout: all of onnx is loaded, as anywhere else
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
