# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights whose values are read only when somebody asks for them."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    import numpy as np
    import numpy.typing as npt

__all__ = ["FLOAT_TYPES", "Weights"]

#: Element types that INT8 quantization is about.
FLOAT_TYPES = frozenset({"float32", "float16", "bf16", "float64"})

#: Bytes that ``Weights.slices`` yields at a time, and values of a file.
_SLICE = 1 << 22
_SLICE_VALUES = _SLICE // 4
#: Bytes of the largest values that are kept once they were read.
_KEPT = 1 << 16


class Weights:
    """A constant with a shape, an element type and values on demand.

    Attributes:
        dtype: Element type as ONNX stores it, in numpy's words: ``float32``, ``float16``,
            ``bf16``, ``float64``, ``int64``, ``int32``, ``int8``, ``uint8``, ``bool``, ``fp8``,
            ``int4``, ``fp4``, ...
        shape: Dimensions; ``()`` is a scalar.
        name: Name the parser gave (usually the initializer's), or ``None``.
        initializer: Name of the ONNX initializer or Constant output the values come from.
        is_empty: No dimensions and no values; see ``Weights.empty``.
        place: Where the values lie, if they lie in a file.
    """

    __slots__ = (
        "_chunks",
        "_data",
        "_extremes",
        "_load",
        "_part",
        "_source",
        "dtype",
        "initializer",
        "is_empty",
        "name",
        "place",
        "shape",
    )

    def __init__(
        self,
        dtype: str,
        shape: tuple[int, ...],
        load: Callable[[], npt.NDArray[Any]],
        *,
        name: str | None = None,
        initializer: str | None = None,
        chunks: Callable[[], Iterator[npt.NDArray[Any]]] | None = None,
        part: Callable[..., npt.NDArray[Any]] | None = None,
        place: Hashable = None,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.name = name
        self.initializer = initializer
        self._load = load
        self._data: npt.NDArray[Any] | None = None
        self._chunks = chunks
        self._part = part
        self.place = place
        self._source: tuple[Weights, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] | None = (
            None
        )
        self._extremes: tuple[float, float] | None = None
        self.is_empty = False

    @classmethod
    def of(cls, array: npt.NDArray[Any], dtype: str | None = None) -> Weights:
        """Wrap an array that is in memory already."""
        return cls(dtype or str(array.dtype), tuple(array.shape), lambda: array)

    @classmethod
    def empty(cls, name: str | None = None) -> Weights:
        """Float weights without dimensions or values: an absent tensor up to TensorRT 8.2."""
        import numpy as np

        weights = cls(
            "float32", (), lambda: np.zeros((), dtype=np.float32), name=name, initializer=name
        )
        weights.is_empty = True
        return weights

    @property
    def count(self) -> int:
        """Number of elements (1 for a scalar)."""
        return 0 if self.is_empty else math.prod(self.shape)

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        """True for floating-point element types."""
        return self.dtype in FLOAT_TYPES

    def data(self) -> npt.NDArray[Any]:
        """Return the values (shape ``shape``), reading them on first use."""
        if self._data is not None:
            return self._data
        # A loop, as thousands of nodes may follow each other.
        made: list[Weights] = [self]
        while made[-1]._data is None and made[-1]._source is not None:
            made.append(made[-1]._source[0])
        first = made.pop()
        data = first._load() if first._data is None else first._data
        data = data.reshape(first.shape)
        for weights in reversed(made):
            if weights._source is not None:
                data = weights._source[1](data).reshape(weights.shape)
        if data.nbytes <= _KEPT:
            self._data = data
        return data

    def ints(self) -> list[int]:
        """Return the values, flattened, as Python integers.

        Raises:
            ModelError: One of them is infinite or NaN.
        """
        try:
            return [int(x) for x in self.data().reshape(-1)]
        except (OverflowError, ValueError) as e:
            raise ModelError(
                f"constant {self.initializer or self.name!r} holds a value that is no integer "
                f"({e}), where one is needed; export the model again"
            ) from e

    def floats(self) -> list[float]:
        """Return the values, flattened, as Python floats."""
        return [float(x) for x in self.data().reshape(-1)]

    def extremes(self) -> tuple[float, float]:
        """Return (min, max) of the values as float64; (0, 0) for empty weights.

        Infinities and NaN show; large external data is streamed, not held.
        """
        if self._extremes is None:
            if self.count == 0:
                self._extremes = (0.0, 0.0)
            elif self.count == 1:  # a scale: there are thousands of them
                number = float(self.data().reshape(-1)[0])
                self._extremes = (number, number)
            elif self._data is not None or self._chunks is None:
                self._extremes = _extremes([self.data()])
            else:
                self._extremes = _extremes(self._chunks())
        return self._extremes

    def first_rows(self, count: int) -> npt.NDArray[Any]:
        """Return up to so many of the first rows along the first axis.

        Of large external data no more is read. A scalar has no rows: it is returned as it is.
        """
        if self._data is None and self._part is not None and self.shape and self.count:
            rows = min(count, self.shape[0])
            values = self._part(0, rows * math.prod(self.shape[1:]))
            return values.reshape((rows, *self.shape[1:]))
        data = self.data()
        return data[:count] if self.shape else data

    def slices(self) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """Yield the values along the first axis, some rows at a time: (first row, rows).

        A scalar is one row. Of large external data only the rows asked for are read; they
        are valid until the next.
        """
        if self._data is None and self._part is not None and self.shape and self.count:
            yield from self._parts(self._part)
            return
        data = self.data()
        data = data.reshape(data.shape or (1,))
        rows = max(1, _SLICE * len(data) // max(1, data.nbytes))
        for start in range(0, len(data), rows):
            yield start, data[start : start + rows]

    def _parts(
        self, part: Callable[..., npt.NDArray[Any]]
    ) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        width = math.prod(self.shape[1:])
        rows = max(1, _SLICE_VALUES // width)
        memory: npt.NDArray[Any] | None = None
        for start in range(0, self.shape[0], rows):
            count = min(rows, self.shape[0] - start)
            values = part(start * width, count * width, memory)
            memory = values if memory is None else memory
            yield start, values.reshape((count, *self.shape[1:]))

    def amax(self) -> float:
        """Return max(|values|) as a float64; 0.0 for empty weights, inf/nan if present."""
        low, high = self.extremes()
        return max(abs(low), abs(high))

    def renamed(self, name: str | None) -> Weights:
        """Return the same weights under another name; the values are shared, not read."""
        twin = Weights(
            self.dtype,
            self.shape,
            self.data,
            name=name,
            initializer=self.initializer,
            chunks=self._chunks,
            part=self._part,
        )
        twin._data = self._data
        twin._source = (self, _same)
        twin.is_empty = self.is_empty
        return twin

    def converted(self, dtype: str) -> Weights:
        """Return the weights in another numpy type, integers clamped; nothing is read yet."""
        return self.derived(partial(_convert, dtype=dtype), dtype, self.shape)

    def derived(
        self,
        step: Callable[[npt.NDArray[Any]], npt.NDArray[Any]],
        dtype: str,
        shape: tuple[int, ...],
    ) -> Weights:
        """Return weights computed from these, of the same name; nothing is read yet."""
        made = Weights(dtype, shape, self.data, name=self.name, initializer=self.initializer)
        made._source = (self, step)
        return made

    def __repr__(self) -> str:
        return f"Weights({self.name or '?'}: {self.dtype}{list(self.shape)})"


def _extremes(pieces: Iterable[npt.NDArray[np.generic]]) -> tuple[float, float]:
    import numpy as np

    # numpy's reductions carry a NaN through; Python's min and max would drop it.
    # Of values that are repeated in memory one is looked at.
    pieces = (p[tuple(slice(1 if step == 0 else None) for step in p.strides)] for p in pieces)
    lows, highs = zip(*((float(p.min()), float(p.max())) for p in pieces), strict=True)
    if len(lows) == 1:
        return lows[0], highs[0]
    return float(np.min(lows)), float(np.max(highs))


def _same(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return data


def _convert(data: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    import numpy as np

    target = np.dtype(dtype)
    if target.kind == "i":
        info = np.iinfo(target)
        data = np.clip(data, info.min, info.max)
    converted: npt.NDArray[Any] = data.astype(target)
    return converted
