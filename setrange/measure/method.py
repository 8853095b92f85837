# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ways to get from measured values to a range, by name."""

from __future__ import annotations

from dataclasses import dataclass

from setrange.errors import UsageError

__all__ = ["METHODS", "Method"]

#: Name -> what must be kept of the values for it (``statistics.KINDS``).
METHODS = {
    "minmax": "extremes",
    "percentile": "histograms",
    "entropy": "histograms",
    "mse": "histograms",
    "moving-average": "mean extremes",
}

#: The percentile of ``--method percentile`` where none is given.
_PERCENTILE = 99.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of choosing ranges, with its parameter.

    Attributes:
        name: A key of ``METHODS``.
        percentile: For ``percentile``: 0 < percentile <= 100.
    """

    name: str
    percentile: float | None = None

    @classmethod
    def of(cls, name: str, percentile: float | None = None) -> Method:
        """Check a method and its parameter.

        Raises:
            UsageError: There is no such method, or the parameter does not fit.
        """
        if name not in METHODS:
            raise UsageError(f"{name!r} is no method; expected {', '.join(METHODS)}")
        if percentile is None:
            return cls(name=name, percentile=_PERCENTILE if name == "percentile" else None)
        if name != "percentile":
            raise UsageError(f"a percentile is for the method percentile, not for {name}")
        if not 0 < percentile <= 100:
            raise UsageError(f"percentile {percentile:g} is not above 0 and at most 100")
        return cls(name=name, percentile=percentile)

    @property
    def kind(self) -> str:
        """Which statistics it needs."""
        return METHODS[self.name]

    def __str__(self) -> str:
        return self.name if self.percentile is None else f"{self.name} {self.percentile:g}"
