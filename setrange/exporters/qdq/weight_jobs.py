# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Scales of constants, and their quantized values, made in threads while nodes are inserted.

numpy leaves the interpreter to others while it reads, compares and divides large arrays.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.exporters.qdq.filling import filling
from setrange.exporters.qdq.weights import quantized, weight_scales

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future
    from types import TracebackType

    import numpy.typing as npt

    from setrange.exporters.qdq.early_weights import EarlyWeights
    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.int8_weights import Int8Weights
    from setrange.exporters.qdq.placement import WeightPair
    from setrange.exporters.qdq.types import QuantizedType
    from setrange.model.weights import Weights
    from setrange.ranges.model import WeightScale

__all__ = ["KnownScales", "WeightJobs"]

#: Constant, axis of its channels, type of the scales, what it is quantized to, and how they are
#: chosen -> the scales.
KnownScales = dict[
    "tuple[str, int | None, str, str, WeightScale]",
    "npt.NDArray[Any]",
]

_THREADS = 4


class WeightJobs:
    """What the pairs of constants need; the ``with`` block ends with the last pair.

    Args:
        graph: The float model, indexed.
        pairs: The pairs, in the order in which they are asked for, with their types.
        choices: How the scales of each are chosen: one of ``WEIGHT_SCALES``, or a multiple of
            the largest |value|.
        known: Scales that were made before of the same model, by constant, axis, types and
            choice; those that are made are added.
        early: What was made before; values are made at once then, and held in memory, else
            when they are written.
    """

    def __init__(
        self,
        graph: QdqGraph,
        pairs: Iterable[tuple[WeightPair, QuantizedType]],
        choices: Mapping[WeightPair, WeightScale],
        *,
        early: EarlyWeights | None,
        known: KnownScales,
    ) -> None:
        self._graph = graph
        self._known = known
        self._choices = choices
        self._early = early
        self._pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
        self._found: dict[tuple[WeightPair, str], Future[Int8Weights]] = {}
        self._scales: dict[tuple[WeightPair, str], Future[npt.NDArray[Any]]] = {}
        with filling(self._pool):
            self._begin(pairs)
        if early is not None:
            early.drop_rest()

    def _begin(self, pairs: Iterable[tuple[WeightPair, QuantizedType]]) -> None:
        for pair, kind in pairs:
            if (found := self._find(pair, kind)) is not None:
                self._found[pair, kind.name] = found
            else:
                made = self._pool.submit(self._made_scales, pair, kind)
                self._scales[pair, kind.name] = made

    def __enter__(self) -> WeightJobs:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take no more work; what is being made goes on unless there was an error."""
        self._pool.shutdown(wait=False, cancel_futures=error is not None)

    def scales(self, pair: WeightPair, kind: QuantizedType) -> npt.NDArray[Any]:
        """Return the scales of a constant.

        Raises:
            ModelError: A value of it is not finite, or cannot be read.
        """
        key = pair, kind.name
        if key in self._found:
            return self._found[key].result().scales
        return self._scales[key].result()

    def values(
        self, pair: WeightPair, kind: QuantizedType
    ) -> Callable[[], Iterator[bytes | memoryview]]:
        """Return what makes the quantized values of a constant, in order."""
        if (found := self._found.get((pair, kind.name))) is not None:
            return lambda: iter([found.result().values])
        constant, axis = self._constant(pair)
        parts = partial(_bytes, constant, self.scales(pair, kind), axis, kind)
        if self._early is None:
            return parts
        made = self._pool.submit(lambda: b"".join(parts()))
        return lambda: iter([made.result()])

    def _find(self, pair: WeightPair, kind: QuantizedType) -> Future[Int8Weights] | None:
        if self._early is None or self._choices[pair] != self._early.choice:
            return None
        constant, axis = self._constant(pair)
        dtype = self._graph.rooted[pair.value].dtype
        return self._early.find(constant, axis, dtype, kind)

    def _made_scales(self, pair: WeightPair, kind: QuantizedType) -> npt.NDArray[Any]:
        constant, axis = self._constant(pair)
        dtype = self._graph.rooted[pair.value].dtype
        key = (constant.name or "", axis, dtype, kind.name, self._choices[pair])
        if key not in self._known or not constant.name:
            self._known[key] = weight_scales(constant, axis, dtype, kind, self._choices[pair])
        return self._known[key]

    def _constant(self, pair: WeightPair) -> tuple[Weights, int | None]:
        """The constant that the values are stored in, and the axis of its channels."""
        rooted = self._graph.rooted[pair.value]
        return rooted.constant, None if pair.axis is None else rooted.axes[pair.axis]


def _bytes(
    constant: Weights, scales: npt.NDArray[Any], axis: int | None, kind: QuantizedType
) -> Iterator[bytes]:
    return (part.tobytes() for part in quantized(constant, scales, axis, kind))
