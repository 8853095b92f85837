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
from typing import TYPE_CHECKING, NamedTuple

from setrange.exporters.qdq.filling import filling
from setrange.exporters.qdq.int8_weights import Int8Weights, make_int8, make_rows
from setrange.exporters.qdq.types import INT8, QUANTIZED_TYPES
from setrange.exporters.qdq.weights import weight_axis
from setrange.model.constants import weights_from_tensor
from setrange.model.op_traits import WEIGHTED
from setrange.model.streamed import StreamedTensor

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from onnx import TensorProto

    from setrange.exporters.qdq.options import QdqOptions
    from setrange.exporters.qdq.types import QuantizedType
    from setrange.model.loading import Model
    from setrange.model.weights import Weights

__all__ = ["EarlyWeights"]

_THREADS = 4

_QUANTIZED = {kind.onnx_type for kind in QUANTIZED_TYPES.values()}

#: Bytes from which values are worth a thread.
_LARGE = 1 << 16

#: Values of constants that are made together.
_TOGETHER = 1 << 22


class _Key(NamedTuple):
    """What the INT8 form of a constant depends on."""

    place: Hashable
    shape: tuple[int, ...]
    axis: int | None
    dtype: str


class _Job(NamedTuple):
    """A constant that is to be quantized."""

    made: Future[Int8Weights]
    weights: Weights
    key: _Key


class EarlyWeights:
    """The INT8 weights of a model, being made; none is begun behind the ``with`` block.

    Args:
        model: The float model.
        options: How its Q/DQ model is made.

    Attributes:
        choice: How scales were chosen.
    """

    def __init__(self, model: Model, options: QdqOptions) -> None:
        self.choice = options.weight_scales
        self._made: dict[_Key, Future[Int8Weights]] = {}
        self._waiting: collections.deque[list[_Job]] = collections.deque()
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

    def __exit__(self, *_error: object) -> None:
        """Take no more work."""
        for group in list(self._waiting):  # the thread takes groups out meanwhile
            for job in group:
                job.made.cancel()
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
        """Make one group after the other: each job of the pool's would wake this thread."""
        while True:
            try:
                group = self._waiting.popleft()
            except IndexError:
                return
            wanted = [job for job in group if job.made.set_running_or_notify_cancel()]
            try:
                rows = self._rows(wanted)
            except Exception:  # which of them it is about is said below
                rows = None
            for index, job in enumerate(wanted):
                try:
                    job.made.set_result(self._made_of(job) if rows is None else rows[index])
                except BaseException as error:  # raised again by who takes it
                    job.made.set_exception(error)

    def _rows(self, jobs: list[_Job]) -> list[Int8Weights] | None:
        if not jobs or self.choice != "max" or not all(job.key.axis == 0 for job in jobs):
            return None
        return make_rows([job.weights for job in jobs])

    def _made_of(self, job: _Job) -> Int8Weights:
        return make_int8(job.weights, job.key.axis, job.key.dtype, self.choice)

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
                self._add(_Job(self._made[key], weights, key))

    def _add(self, job: _Job) -> None:
        """Put a constant to the group before it, if both can be made together."""
        if self._waiting:
            last = self._waiting[-1]
            total = job.weights.count + sum(other.weights.count for other in last)
            if total <= _TOGETHER and job.key.axis == last[0].key.axis == 0:
                last.append(job)
                return
        self._waiting.append([job])
