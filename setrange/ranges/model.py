# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges as data: one range, one entry of a file, one file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss

__all__ = [
    "WEIGHT_SCALES",
    "DynamicRange",
    "RangeEntry",
    "RangeFile",
    "WeightScale",
    "scale_from_amax",
]

#: Rules that choose the scales of a constant: largest |value|, or least squared error.
WEIGHT_SCALES = ("max", "mse")

#: How scales of a constant are chosen: one of these, or a share of the largest |value|.
WeightScale: TypeAlias = str | float

#: INT8 steps on each side of zero that TensorRT uses: [-127, 127].
INT8_STEPS = 127


def scale_from_amax(amax: float) -> float:
    """Return the scale of a symmetric INT8 tensor.

    Args:
        amax: Largest absolute value, in the tensor's own units; > 0 and finite.

    Returns:
        amax / 127, in tensor units per INT8 step.

    Source: NVIDIA/TensorRT release/8.6 samples/common/sampleEngines.cpp (reads +-127 x scale).

    >>> scale_from_amax(127.0)
    1.0
    """
    return amax / INT8_STEPS


@dataclass(frozen=True, slots=True)
class DynamicRange:
    """A range in the tensor's own units.

    Attributes:
        min: Lower bound, finite, <= max.
        max: Upper bound, finite.
    """

    min: float
    max: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.min) and math.isfinite(self.max)):
            raise ValueError(f"range [{self.min}, {self.max}] is not finite")
        if self.min > self.max:
            raise ValueError(f"range has min {self.min} > max {self.max}")

    @classmethod
    def symmetric(cls, amax: float) -> DynamicRange:
        """Return [-amax, amax]."""
        return cls(-abs(amax), abs(amax))

    @property
    def amax(self) -> float:
        """max(|min|, |max|): the bound TensorRT uses on both sides."""
        return max(abs(self.min), abs(self.max))

    @property
    def scale(self) -> float:
        """The INT8 scale: amax / 127."""
        return scale_from_amax(self.amax)

    @property
    def is_symmetric(self) -> bool:
        """True where min == -max."""
        return self.min == -self.max


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeEntry:
    """One entry of a ranges file.

    Attributes:
        name: Tensor name exactly as written in the file (TensorRT, ONNX or portable key).
        range: The range, or ``None`` where there is none.
        scale: Exact scale as stored, where the source stores scales (cache hex, Q/DQ); it wins
            over ``range.amax / 127``, which may differ in the last bit.
        source: Free text on where the value came from, kept in our JSON.
        reason: Why there is no usable range (``not filled in``, ``0 in the cache``, ...).
        need: What the range is for, as a template says it: ``needed: input of Conv /b/conv``.
        proposed: The range that setrange itself put here; see ``is_proposal``.
        line: Line of the entry in its file, from 1; 0 where lines mean nothing.
    """

    name: str
    range: DynamicRange | None = None
    scale: float | None = None
    source: str | None = None
    reason: str | None = None
    need: str | None = None
    proposed: DynamicRange | None = None
    line: int = 0

    @property
    def amax(self) -> float | None:
        """The symmetric bound of this entry, or ``None``."""
        return None if self.range is None else self.range.amax

    @property
    def is_proposal(self) -> bool:
        """True where the range is setrange's own, and nobody changed it since."""
        return self.range is not None and self.range == self.proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeFile:
    """A ranges file, whatever format it was read from.

    Attributes:
        path: Where it was read from, for messages.
        format: Format id: ``setrange``, ``plain`` (bare object), ``trt-cache``,
            ``sampleint8api``, ...
        entries: Entries by name, in file order (the order is used for alignment).
        named_by: TensorRT release whose names it uses, if the file says so.
        purpose: What it was made for, as ``template --for`` takes it: ``qdq``.
        model: ``{"file": ..., "sha256": ...}`` of the model it was made for, if known.
        precision: Glob over node names -> ``fp32``/``fp16``/``int8``.
        precision_sources: The same glob -> where that is from, where the file says it.
        weight_scales: Glob over node names -> how scales of its constants are chosen: ``max``,
            ``mse``, or a share of each channel's largest |value|.
        bias_corrections: Name of a convolution or product -> what is added to each of its
            output channels in a Q/DQ model, in units of its output.
        own_scales: Globs over names of tensors whose pair has the scale of its own range, where
            others around a Concat share one.
        asymmetric: Globs over names of tensors that are shifted before their pair, where their
            range is one-sided.
        collected: How the ranges were measured (free form).
        extra: What a format keeps to write itself back unchanged (header, order, hex).
        notes: Remarks of the reader (encoding converted, ...).
        losses: What the reader of a foreign format could not keep.
    """

    path: str = ""
    format: str = "setrange"
    entries: dict[str, RangeEntry] = field(default_factory=dict)
    named_by: str | None = None
    purpose: str | None = None
    model: dict[str, str] | None = None
    precision: dict[str, str] = field(default_factory=dict)
    precision_sources: dict[str, str] = field(default_factory=dict)
    weight_scales: dict[str, WeightScale] = field(default_factory=dict)
    bias_corrections: dict[str, tuple[float, ...]] = field(default_factory=dict)
    own_scales: tuple[str, ...] = ()
    asymmetric: tuple[str, ...] = ()
    collected: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
