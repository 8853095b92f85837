# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Functions of one tensor: SiLU, GELU, Mish, Sqrt, x ** 2, and chains of such layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.fill.facts import Proposal, Rank, label
from setrange.fill.interval import Interval
from setrange.fill.pointwise import chains_to, variables_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt

    from setrange.fill.facts import Ranges
    from setrange.fill.pointwise import Chain
    from setrange.network import Layer

__all__ = ["as_function", "image"]

#: Points at which a function is evaluated, beside as many around 0.
_POINTS = 2049

#: A range of equal bounds tells one end of the values, not which. If the two ends lead to
#: results this far apart, and to larger values than the input's, the result is a guess.
_MOST_APART = 4.0
_MOST_GROWTH = 2.0


def as_function(layer: Layer, ranges: Ranges) -> Iterable[Proposal]:
    """Propose the range of an output that is a function of one tensor with a range."""
    if not ranges.takes_functions or not ranges.wants(layer.output):
        return
    if variables_of(layer, ranges.functions) is None:
        return
    for chain in chains_to(layer.output, ranges.functions, ranges.facts):
        known = ranges.facts[chain.root].interval
        name = label(layer) if len(chain.layers) == 1 else f"the layers up to {label(layer)}"
        yield Proposal(
            tensor=layer.output,
            rank=Rank.FUNCTION,
            operands=(chain.root,),
            compute=lambda chain=chain, x=known: image(chain, x),  # type: ignore[misc]
            why=f"{name}, a function of {chain.root.name!r}",
        )
        return


def image(chain: Chain, x: Interval) -> Interval | None:
    """The values of a function on an interval, or ``None`` where they cannot be told.

    Args:
        chain: The function.
        x: The range of its argument. Equal bounds stand for a largest absolute value.
    """
    import numpy as np

    if not x.is_finite:
        return None
    points = _ends(x) if chain.is_monotone else _points(x)
    values = chain(points)
    if values is None or np.all(np.isnan(values)):
        return None
    found = Interval(float(np.nanmin(values)), float(np.nanmax(values)))
    if x.lo == -x.hi and not _is_told_by_amax(points, values, x, found):
        return None
    return found if found.is_finite else None


def _ends(x: Interval) -> npt.NDArray[np.float64]:
    """Where functions are largest and smallest that only rise or fall; 0 parts the signs."""
    import numpy as np

    return np.array([x.lo, 0.0, x.hi] if x.lo < 0.0 < x.hi else [x.lo, x.hi])


def _points(x: Interval) -> npt.NDArray[np.float64]:
    import numpy as np

    line = np.linspace(x.lo, x.hi, _POINTS)
    near = np.geomspace(1e-4, max(x.amax, 1e-3), _POINTS // 4)
    return np.unique(np.clip(np.concatenate([line, near, -near, [0.0]]), x.lo, x.hi))


def _is_told_by_amax(
    points: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    x: Interval,
    found: Interval,
) -> bool:
    """True where it hardly matters which of the two bounds the argument reaches."""
    import numpy as np

    if found.amax <= _MOST_GROWTH * max(x.amax, 1.0):
        return True
    below, above = (
        float(np.nanmax(np.abs(part), initial=0.0))
        for part in (values[points <= 0], values[points >= 0])
    )
    return max(below, above) <= _MOST_APART * min(below, above)
