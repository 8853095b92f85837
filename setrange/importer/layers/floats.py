# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Known elements: casts, and float arithmetic rounded as TensorRT rounds it."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.symbolic import EXACT, fits

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_dtype", "float_binary", "unary"]

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    **EXACT,
    "div": operator.truediv,
    "floor_div": lambda a, b: np.floor(a / b),
    "pow": operator.pow,
}

_UNARY: dict[str, Callable[[Any], Any]] = {
    **{op: getattr(np, op) for op in ("abs", "ceil", "cos", "exp", "floor", "log")},
    **{op: getattr(np, op) for op in ("sign", "sin", "sqrt", "tanh")},
    "erf": math.erf,
    "neg": np.negative,
    "recip": lambda a: 1 / a,
    "relu": lambda a: max(a, 0),
    "round": np.rint,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
}

_INTEGER_UNARY: dict[str, Callable[[Any], Any]] = {
    "abs": abs,
    "ceil": lambda a: a,
    "floor": lambda a: a,
    "neg": operator.neg,
    "not": operator.not_,
    "round": lambda a: a,
    "sign": lambda a: (a > 0) - (a < 0),
}


def _rounded(value: Any, dtype: str) -> Any:
    """A Python value of a number; ``None`` where it is not finite."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    with np.errstate(all="ignore"):
        number = float(np.float16(value) if dtype == "float16" else np.float32(value))
    return number if math.isfinite(number) else None


def as_dtype(value: Any, dtype: str) -> Any:
    """Cast a number: towards zero to an integer; ``None`` where no integer is that large."""
    if dtype == "bool":
        return bool(value)
    if dtype in ("float32", "float16", "bf16"):
        return _rounded(value, dtype)
    return int(value) if fits(value) else None


def float_binary(op: str, a: Any, b: Any, dtype: str) -> Any:
    """Combine two floats; ``None`` where there is no such operation or no finite result."""
    function = _BINARY.get(op)
    if function is None:
        return None
    with np.errstate(all="ignore"):
        return _rounded(function(np.float64(a), np.float64(b)), dtype)


def unary(op: str, value: Any, dtype: str) -> Any:
    """Apply a unary operation; ``None`` where there is none or no finite result."""
    if dtype in ("float32", "float16", "bf16"):
        function = _UNARY.get(op)
        if function is None:
            return None
        with np.errstate(all="ignore"):
            return _rounded(function(np.float64(value)), dtype)
    function = _INTEGER_UNARY.get(op)
    return None if function is None else function(value)
