# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Arithmetic on element values: known ones, and those that are unknown until run time.

Elements are numbers, booleans, or expressions (``FreeDim``). Sums and multiples are worked
out; the rest is an atom, the same one wherever the same is computed. Floats are rounded as
TensorRT rounds them.

Source: the shapes that NVIDIA's own library infers (TensorRT for RTX 1.4 to 1.7).
"""

from __future__ import annotations

import math
import operator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.rejections import require
from setrange.network.dimensions import MAX_TERMS, FreeDim

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.network import Network


_INT32_MAX = 2**31 - 1
_LEAST, _MOST = -(2**63), 2**63 - 1


def is_known(value: Any) -> bool:
    """True for a number or a boolean."""
    return not isinstance(value, FreeDim)


class Calculator:
    """Calculates for one network, which holds the atoms."""

    def __init__(self, network: Network) -> None:
        self._atoms = network.atoms

    # -- atoms --------------------------------------------------------------------------

    def atom(self, *what: Any, is_size: bool = False) -> FreeDim:
        """The expression that stands for ``what``, and equals that of the same ``what``.

        ``is_size``: it cannot be negative.
        """
        return self._atoms.dim(what, is_size=is_size)

    def apply(self, name: str, *operands: Any) -> FreeDim:
        """The result of an operation that is not worked out."""
        known = [v.expression if isinstance(v, FreeDim) else (type(v), v) for v in operands]
        keeps = name in _KEEP_SIZE and all(self.lowest(v) >= 0 for v in operands)
        return self.atom(name, *known, is_size=keeps)

    def operands(self, value: Any, name: str) -> list[Any]:
        """What ``name`` was applied to, to give ``value``; nothing if it was not."""
        meaning = self._atoms.meaning(value) if isinstance(value, FreeDim) else None
        if meaning is None or meaning[0] != name:
            return []
        kinds = (bool, int, float, str)
        return [m[1] if m[0] in kinds else FreeDim(*m) for m in meaning[1:]]

    # -- sums ---------------------------------------------------------------------------

    def combined(self, a: Any, b: Any, factor: int) -> Any:
        """A + factor * b."""
        if is_known(a) and is_known(b):
            return a + factor * b
        terms: dict[int, int] = dict(a.terms) if isinstance(a, FreeDim) else {}
        constant = a.constant if isinstance(a, FreeDim) else a
        if isinstance(b, FreeDim):
            for atom, times in b.terms:
                terms[atom] = terms.get(atom, 0) + factor * times
            constant += factor * b.constant
        else:
            constant += factor * b
        terms = {atom: times for atom, times in terms.items() if times}
        if not terms:
            return constant
        if len(terms) > MAX_TERMS or not fits(constant, *terms.values()):
            return self.apply("sum", a, b, factor)
        return FreeDim(tuple(sorted(terms.items())), constant)

    def scaled(self, value: Any, factor: int) -> Any:
        """Value * factor."""
        return self.combined(0, value, factor)

    # -- operations on two elements -----------------------------------------------------

    def binary(self, op: str, a: Any, b: Any) -> Any:
        """An ElementWise operation on integers or booleans."""
        known = _KNOWN.get(op)
        if is_known(a) and is_known(b):
            result = None if known is None else known(a, b)
            return self.apply(op, a, b) if result is None or not fits(result) else result
        rule = _RULES.get(op)
        result = None if rule is None else rule(self, a, b)
        if result is not None:
            return result
        if op in _COMMUTATIVE and _order(a) > _order(b):
            a, b = b, a
        return self.apply(op, a, b)

    def sign_of_difference(self, a: Any, b: Any) -> int | None:
        """1 if a > b for sure, -1 if a < b, 0 if they are equal; ``None``: not known."""
        difference = self.combined(a, b, -1)
        if not isinstance(difference, FreeDim):
            return int(difference > 0) - int(difference < 0)
        if self.lowest(difference) > 0:
            return 1
        return -1 if self.lowest(self.scaled(difference, -1)) > 0 else None

    def at_least(self, a: Any, b: Any) -> bool:
        """True if a >= b for sure."""
        return self.lowest(self.combined(a, b, -1)) >= 0

    def lowest(self, value: Any) -> float:
        """A lower bound."""
        if not isinstance(value, FreeDim):
            return float(value)
        sizes = self._atoms.sizes
        if all(times > 0 and atom in sizes for atom, times in value.terms):
            return float(value.constant)
        return -math.inf

    def product(self, values: Sequence[Any]) -> Any:
        """Product of dimensions."""
        result: Any = 1
        for value in values:
            result = self.binary("prod", result, value)
        return result


def fits(*values: float) -> bool:
    """False for what an INT64 does not hold, NaN included: nobody could rely on it."""
    return all(_LEAST <= value <= _MOST for value in values)


def whole(value: Any) -> Any:
    """Return an element of a shape tensor as an integer; expressions stay as they are.

    Raises:
        ParserRefusedError: It is a number that is no size: infinite, NaN, or beyond INT64.
    """
    if isinstance(value, FreeDim):
        return value
    require(fits(value), f"a shape tensor holds {value}, which is no dimension")
    return int(value)


def _order(value: Any) -> tuple[int, Any, Any]:
    if isinstance(value, FreeDim):
        return (1, value.terms, value.constant)
    return (0, value, 0)


def _prod(calc: Calculator, a: Any, b: Any) -> Any:
    if is_known(a):
        return calc.scaled(b, int(a))
    if is_known(b):
        return calc.scaled(a, int(b))
    for larger, smaller in ((a, b), (b, a)):  # what broadcasting computes: the product
        high, low = calc.operands(larger, "max"), calc.operands(smaller, "min")
        if high and sorted(map(_order, high)) == sorted(map(_order, low)):
            return calc.binary("prod", *high)
    return None


def _quotient(calc: Calculator, a: Any, b: Any) -> Any:
    """Exact where every factor divides."""
    if not is_known(b) or b == 0:
        return None
    if not isinstance(a, FreeDim) or b == 1:
        return a if b == 1 else None
    if a.constant % b or any(times % b for _, times in a.terms):
        return None
    terms = tuple((atom, times // b) for atom, times in a.terms)
    return FreeDim(terms, a.constant // b)


def _min_or_max(calc: Calculator, a: Any, b: Any, *, op: str) -> Any:
    """One of the two: it is at the right end for sure, or made so by the same operation."""
    both = ((a, b), (b, a))
    for chosen, other in both:
        low, high = (chosen, other) if op == "min" else (other, chosen)
        if calc.at_least(high, low):
            return chosen
    for chosen, other in both:
        if op == "min" and is_known(other) and other >= _INT32_MAX:
            return chosen
        if any(_order(v) == _order(other) for v in calc.operands(chosen, op)):
            return chosen
    return None


def _equal(calc: Calculator, a: Any, b: Any) -> Any:
    sign = calc.sign_of_difference(a, b)
    return None if sign is None else sign == 0


def _greater(calc: Calculator, a: Any, b: Any) -> Any:
    if calc.at_least(b, a):
        return False
    return True if calc.sign_of_difference(a, b) == 1 else None


def _floor_div(a: Any, b: Any) -> Any:
    return None if b == 0 else a // b


def _div(a: Any, b: Any) -> Any:
    if b == 0:
        return None
    quotient = abs(a) // abs(b)  # TensorRT truncates integer division
    return quotient if (a < 0) == (b < 0) else -quotient


_RULES: dict[str, Callable[[Calculator, Any, Any], Any]] = {
    "sum": lambda calc, a, b: calc.combined(a, b, 1),
    "sub": lambda calc, a, b: calc.combined(a, b, -1),
    "prod": _prod,
    "div": _quotient,
    "floor_div": _quotient,
    "min": partial(_min_or_max, op="min"),
    "max": partial(_min_or_max, op="max"),
    "equal": _equal,
    "greater": _greater,
    "less": lambda calc, a, b: _greater(calc, b, a),
}

#: Operations that are the same for integers and floats.
EXACT: dict[str, Callable[[Any, Any], Any]] = {
    "sum": operator.add,
    "sub": operator.sub,
    "prod": operator.mul,
    "min": min,
    "max": max,
    "equal": operator.eq,
    "greater": operator.gt,
    "less": operator.lt,
}

_KNOWN: dict[str, Callable[[Any, Any], Any]] = {
    **EXACT,
    "div": _div,
    "floor_div": _floor_div,
    "pow": lambda a, b: a**b if 0 <= b <= 64 else None,
    "and": lambda a, b: bool(a and b),
    "or": lambda a, b: bool(a or b),
    "xor": lambda a, b: bool(a) != bool(b),
}

_COMMUTATIVE = frozenset({"sum", "prod", "min", "max", "equal", "and", "or", "xor"})
_KEEP_SIZE = frozenset({"sum", "prod", "min", "max", "div", "floor_div"})


# -- known elements: casts, and float arithmetic ----------------------------------------


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
