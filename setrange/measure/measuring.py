# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What one run of a model gives: values, or their extremes."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from setrange.errors import BackendError, ModelError
from setrange.measure.observed import BFLOAT16
from setrange.measure.reused_outputs import ReusedOutputs
from setrange.measure.session import FLOATS, Scalars
from setrange.measure.taps import extreme_taps, open_session, value_taps
from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from setrange.measure.inputs import Arrays
    from setrange.measure.subject import Subject

__all__ = ["ExtremesOf", "ValuesOf", "open_measuring"]

Made = TypeVar("Made")


def open_measuring(
    subject: Subject, kind: str, *, threads: int | None, provider: str
) -> tuple[ValuesOf | ExtremesOf, Subject]:
    """Load a model with what gives its inner values.

    What a value's type is, ONNX Runtime knows for sure. One that is no float after all is not
    measured: to ask for its extremes would make the model invalid.

    Args:
        subject: The model.
        kind: What is kept of the values (``statistics.KINDS``).
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider.

    Returns:
        The loaded model, and what of it is measured.

    Raises:
        BackendUnavailableError: ONNX Runtime or the provider is not installed.
        ModelError: ONNX Runtime refuses the model.
        UsageError: None of its values can be measured.
    """
    made = ValuesOf if kind == "histograms" else ExtremesOf
    try:
        measuring = made(subject, threads=threads, provider=provider)
        session = measuring.session
    except ModelError as error:
        if subject.prefix not in str(error):
            raise
        session = ValuesOf(subject, threads=threads, provider=provider).session
        measuring = None
    odd = {name: _why(kind) for name, kind in session.types.items() if kind not in FLOATS}
    odd = {base: odd[base] for base in subject.bases if base in odd}
    if measuring is not None and not odd:
        return measuring, subject
    subject = subject.without(odd)
    return made(subject, threads=threads, provider=provider), subject


def _why(kind: str) -> str:
    if kind == DataType.BFLOAT16.onnx_text:
        return BFLOAT16
    return f"{kind} in ONNX Runtime, not float"


class _OwnOf(Generic[Made]):
    """What each thread has of its own; a worker of a cluster runs in several threads.

    Args:
        make: Makes it.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._of_thread = threading.local()

    def get(self) -> Made:
        """Return this thread's own; it is made when it is asked for first."""
        made: Made | None = getattr(self._of_thread, "made", None)
        if made is None:
            made = self._of_thread.made = self._make()
        return made


class ValuesOf:
    """Returns measured values unreduced.

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
        self._bases = subject.bases
        self._own = _OwnOf(functools.partial(ReusedOutputs, self.session))

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return the values, in their order.

        They may share memory with ``feeds``, and the thread's next run but one overwrites them.
        """
        found = iter(self._own.get().run(feeds, label) if self.session.names else [])
        return [feeds[base] if base in feeds else next(found) for base in self._bases]


class ExtremesOf:
    """Gives the smallest and the largest element of each measured value, in turn.

    ONNX Runtime finds them, but overlooks NaN, and some versions refuse empty values. A run
    that fails so, or has NaN in an output of the model, is done again: numpy looks at the
    values.

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
        self._own = _OwnOf(functools.partial(Scalars, self.session))
        self._count = 2 * len(subject.bases)
        self._prefix = subject.prefix
        self._open_values = functools.cache(
            functools.partial(ValuesOf, subject, threads=threads, provider=provider)
        )

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return minima and maxima: NaN where a value holds NaN, +inf and -inf if empty."""
        try:
            found = self._own.get().run(feeds, label)
        except BackendError as error:
            if self._prefix not in str(error):  # not about an empty value; see below
                raise
        else:
            if not np.isnan(found).any():
                return [found[: self._count]]
        return [
            np.asarray(extreme)
            for value in self._open_values().run(feeds, label)
            for extreme in (value.min(initial=np.inf), value.max(initial=-np.inf))
        ]
