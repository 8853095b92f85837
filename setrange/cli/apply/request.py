# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the user asked ``apply`` for: what all outputs share, and what each has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from setrange.exporters.qdq import QdqOptions
    from setrange.measure.data import DataOptions
    from setrange.versions import TrtVersion

__all__ = ["CacheOptions", "EngineOptions", "QdqArguments", "RangedOptions", "Request"]


class Request(NamedTuple):
    """What every output has; each field is an argument or option of ``apply``."""

    ranges: str
    model: str
    out: str
    trt: TrtVersion | None
    fill: str
    target: str
    allow_missing: bool
    dry_run: bool


class CacheOptions(NamedTuple):
    """Options of a calibration cache."""

    algorithm: str
    force: bool


class RangedOptions(NamedTuple):
    """Options of a ranged model: those of the small cache that is written beside it."""

    algorithm: str


class QdqArguments(NamedTuple):
    """Options of a Q/DQ model; weights are stored as float if nothing is said of them."""

    placement: str
    weights: str | None
    quantize_small: bool
    residual: str
    fp16: bool
    dtype: str
    weight_scales: str
    asymmetric: bool
    scaling: str
    correction: DataOptions | None

    def options(self) -> QdqOptions:
        """Return how the Q/DQ model is made."""
        from setrange.exporters.qdq import QdqOptions

        chosen = self._replace(weights=self.weights or "float")._asdict()
        del chosen["correction"]  # data, which say nothing of how the model is made
        return QdqOptions(**chosen)


class EngineOptions(NamedTuple):
    """Options of an engine.

    Those of the Q/DQ model count where TensorRT has no ranges (11), and ``force`` where
    trtexec reads a cache; who builds the engine refuses the ones that mean nothing to it.
    """

    config: str | None
    via: str | None
    trtexec: str | None
    gpu: tuple[str, ...]
    no_fp16: bool
    min_shapes: tuple[str, ...]
    opt_shapes: tuple[str, ...]
    max_shapes: tuple[str, ...]
    placement: str
    weights: str | None
    quantize_small: bool
    residual: str
    dtype: str
    weight_scales: str
    asymmetric: bool
    scaling: str
    correction: DataOptions | None
    force: bool

    def qdq(self, *, fp16: bool, weights: str = "float") -> QdqOptions:
        """Return the options of the Q/DQ model that such an engine is built from.

        Args:
            fp16: What stays float is FP16.
            weights: How weights are stored if the user did not say.
        """
        from setrange.exporters.qdq import QdqOptions

        return QdqOptions(
            placement=self.placement,
            weights=self.weights or weights,
            quantize_small=self.quantize_small,
            residual=self.residual,
            fp16=fp16,
            dtype=self.dtype,
            weight_scales=self.weight_scales,
            asymmetric=self.asymmetric,
            scaling=self.scaling,
        )
