# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""INT8 weights for a builder in this process, made while their model is still being planned.

Scales and values of weights hang on the weights alone. Which of them get a pair is known last,
but nearly all do: they are made in threads as soon as the model is read. numpy leaves the
interpreter to others while it reads, compares and divides large arrays.
"""

from __future__ import annotations

import collections
import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from setrange.exporters.qdq.filling import filling
from setrange.exporters.qdq.types import INT8, QUANTIZED_TYPES
from setrange.exporters.qdq.weights import quantized, weight_axis, weight_scales
from setrange.model.constants import weights_from_tensor
from setrange.model.op_traits import WEIGHTED
from setrange.model.streamed import StreamedTensor
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from types import TracebackType

    import numpy.typing as npt
    from onnx import TensorProto

    from setrange.exporters.qdq.options import QdqOptions
    from setrange.exporters.qdq.types import QuantizedType
    from setrange.model.loading import Model

__all__ = ["EarlyWeights", "Int8Weights", "make_int8"]

_THREADS = 4

_QUANTIZED = {kind.onnx_type for kind in QUANTIZED_TYPES.values()}

#: Bytes from which values are worth a thread.
_LARGE = 1 << 16

#: Bytes of the largest constant that is read once and held; a larger one is read twice.
_HELD = 1 << 26


class Int8Weights(NamedTuple):
    """A constant in INT8.

    Attributes:
        scales: One for each channel, or one for all.
        values: All values in order.
    """

    scales: npt.NDArray[Any]
    values: memoryview


class _Key(NamedTuple):
    """What the INT8 form of a constant depends on."""

    place: Hashable
    shape: tuple[int, ...]
    axis: int | None
    dtype: str


class EarlyWeights:
    """The INT8 weights of a model, being made; the ``with`` block ends when all are there.

    Args:
        model: The float model.
        options: How its Q/DQ model is made.

    Attributes:
        choice: How scales were chosen.
    """

    def __init__(self, model: Model, options: QdqOptions) -> None:
        self.choice = options.weight_scales
        self._made: dict[_Key, Future[Int8Weights]] = {}
        self._waiting: collections.deque[tuple[Future[Int8Weights], Weights, _Key]]
        self._waiting = collections.deque()
        # One processor is left to whoever plans meanwhile.
        threads = min(_THREADS, max(1, (os.cpu_count() or 1) - 1))
        self._pool = ThreadPoolExecutor(threads)
        if options.weights == "int8" and options.dtype == INT8.name:
            self._foresee(model)
        try:
            with filling(self._pool):
                for _ in range(min(threads, len(self._waiting))):
                    self._pool.submit(self._work)
        except BaseException:
            self._waiting.clear()
            raise

    def __enter__(self) -> EarlyWeights:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take no more work."""
        for made, *_ in self._waiting:
            made.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def find(
        self, constant: Weights, axis: int | None, dtype: str, kind: QuantizedType
    ) -> Future[Int8Weights] | None:
        """Return a constant in INT8, once; ``None`` where it was not foreseen in this form.

        Args:
            constant: The float values.
            axis: Its channels; ``None``: one scale for all.
            dtype: Type of the scales.
            kind: What it is quantized to.
        """
        if kind is not INT8 or constant.place is None:
            return None
        return self._made.pop(_Key(constant.place, constant.shape, axis, dtype), None)

    def drop_rest(self) -> None:
        """Give up what nobody found."""
        for made in self._made.values():
            made.cancel()
        self._made.clear()

    def started(
        self, tensors: Iterable[TensorProto | StreamedTensor]
    ) -> list[TensorProto | StreamedTensor]:
        """Begin to make all other large values; return the tensors that will hold them."""
        return [self._started(tensor) for tensor in tensors]

    def _started(self, tensor: TensorProto | StreamedTensor) -> TensorProto | StreamedTensor:
        if not isinstance(tensor, StreamedTensor) or tensor.size < _LARGE:
            return tensor
        if tensor.head.data_type in _QUANTIZED:
            return tensor  # it is being made
        made = self._pool.submit(lambda: b"".join(tensor.parts()))
        return tensor._replace(parts=lambda: iter([made.result()]))

    def _work(self) -> None:
        """Make one after the other: a job for each would wake this thread as often."""
        while True:
            try:
                made, weights, key = self._waiting.popleft()
            except IndexError:
                return
            if made.set_running_or_notify_cancel():
                try:
                    made.set_result(make_int8(weights, key.axis, key.dtype, self.choice))
                except BaseException as error:  # raised again by who takes it
                    made.set_exception(error)

    def _foresee(self, model: Model) -> None:
        large = {t.name: t for t in model.graph.initializer if t.data_location}
        for node in model.nodes():
            tensor = large.get(node.inputs[1]) if len(node.inputs) > 1 else None
            if tensor is None or node.op not in WEIGHTED:
                continue
            weights = weights_from_tensor(tensor, model.base)
            axis = weight_axis(
                node.op,
                1,
                weights.rank,
                group=node.attr_int("group", 1),
                transpose_b=bool(node.attr_int("transB")),
            )
            if weights.place is None or weights.dtype not in ("float32", "float16"):
                continue
            key = _Key(weights.place, weights.shape, axis, weights.dtype)
            if key not in self._made:
                self._made[key] = Future()
                self._waiting.append((self._made[key], weights, key))


def make_int8(weights: Weights, axis: int | None, dtype: str, choice: str) -> Int8Weights:
    """Quantize a constant to INT8.

    Args:
        weights: Any float type.
        axis: Its channels; ``None``: one scale for all.
        dtype: Type of the scales.
        choice: One of ``WEIGHT_SCALES``.

    Raises:
        ModelError: A value is not finite, or cannot be read.
    """
    held = weights
    if weights.count * np.dtype(dtype).itemsize <= _HELD:
        held = Weights.of(weights.data())
        held.name = weights.name
    scales = weight_scales(held, axis, dtype, INT8, choice)
    values = np.empty(weights.count, dtype=np.int8)
    start = 0
    for part in quantized(held, scales, axis):
        values[start : start + part.size] = part.reshape(-1)
        start += part.size
    return Int8Weights(scales=scales, values=values.view(np.uint8).data)
