# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What one run of a model gives: values, or their extremes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.collect.taps import extreme_taps, open_session, value_taps

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.collect.inputs import Arrays
    from setrange.collect.subject import Subject

__all__ = ["ExtremesOf", "ValuesOf"]


class ValuesOf:
    """Gives the measured values themselves.

    Args:
        subject: The model.
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider.

    Attributes:
        session: The model with its inner values as outputs.
    """

    def __init__(self, subject: Subject, *, threads: int | None, provider: str) -> None:
        taps = value_taps(subject)
        self.session = open_session(subject, taps, threads=threads, provider=provider)

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return the values, in their order."""
        return self.session.run(feeds, label)


class ExtremesOf:
    """Gives the smallest and the largest element of each measured value, in turn.

    ONNX Runtime finds them, and overlooks NaN: a run with NaN in an output of the model is done
    again, and numpy looks at the values.

    Args:
        subject: The model.
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider.

    Attributes:
        session: The model with the extremes as outputs.
    """

    def __init__(self, subject: Subject, *, threads: int | None, provider: str) -> None:
        taps = extreme_taps(subject)
        self.session = open_session(subject, taps, threads=threads, provider=provider)
        self._count = len(taps.names)
        watched = subject.outputs.intersection(self.session.float_outputs())
        self.session.names = [*taps.names, *sorted(watched)]
        self._open_values = functools.cache(
            functools.partial(ValuesOf, subject, threads=threads, provider=provider)
        )

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return minima and maxima: NaN where a value holds NaN, +inf and -inf if empty."""
        found = self.session.run(feeds, label)
        watched, found = found[self._count :], found[: self._count]
        if not any(array.size and np.isnan(array.min()) for array in watched):
            return found
        return [
            np.asarray(extreme)
            for value in self._open_values().run(feeds, label)
            for extreme in (value.min(initial=np.inf), value.max(initial=-np.inf))
        ]
