# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs whose outputs are written to the same memory again and again.

To allocate an output that leaves a run, to make an object of it, and to free both once it was
looked at takes time: with hundreds of outputs a seventh of the run, and as much of looking at
them, since the memory is another one each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import BackendError
from setrange.measure.session import FLOATS

if TYPE_CHECKING:
    import numpy.typing as npt

    from setrange.measure.inputs import Arrays
    from setrange.measure.session import Session

__all__ = ["MOST_REUSED", "ReusedOutputs"]

#: Outputs of more bytes are given out as ONNX Runtime allocates them: what is kept for them
#: twice would be too much.
MOST_REUSED = 96 << 20

#: Addresses are multiples of this, as ONNX Runtime's own are.
_ALIGNMENT = 64

#: Types and shapes of outputs.
_Layout = list[tuple[np.dtype[Any], tuple[int, ...]]]

#: Runs whose outputs exist at the same time: one is computed while the last is looked at.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the outputs of a run are written to.

    Attributes:
        binding: ONNX Runtime's ``IOBinding``, with the outputs bound.
        arrays: The outputs.
    """

    binding: Any
    arrays: list[npt.NDArray[Any]]


class ReusedOutputs:
    """Runs a model; outputs of runs that are alike are written where older ones were.

    What a run gives is overwritten by the next but one. Where the model does not say how large
    its outputs are, the first run tells; a run with inputs of other shapes gives new memory.

    Args:
        session: The model.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_reusing = session.provider == "CPUExecutionProvider"
        self._places: list[_Place] = []
        self._layout = _declared(session) if self._is_reusing else []
        #: Of the inputs that give these outputs; ``None``: any.
        self._shapes: dict[str, tuple[int, ...]] | None = None

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return the outputs, in their order.

        Raises:
            BackendError: ONNX Runtime failed.
        """
        shapes = {name: array.shape for name, array in feeds.items()}
        if self._layout and self._shapes in (None, shapes):
            try:
                return self._written(feeds, label)
            except BackendError:
                # Shapes may depend on values, and the memory does not fit. Whatever else
                # failed fails again.
                self._is_reusing = False
                self._forget()
        outputs = self._session.run(feeds, label)
        if self._is_reusing and shapes != self._shapes:
            self._forget()
            self._shapes = shapes
            self._layout = _if_reusable([(each.dtype, each.shape) for each in outputs])
        return outputs

    def _forget(self) -> None:
        self._layout, self._places = [], []

    def _written(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        is_full = len(self._places) == _AT_ONCE
        place = self._places.pop(0) if is_full else self._new_place()
        self._places.append(place)
        self._session.run_bound(place.binding, feeds, label)
        return list(place.arrays)

    def _new_place(self) -> _Place:
        binding = self._session.inference.io_binding()
        arrays = []
        names = self._session.names or []
        for name, (dtype, shape) in zip(names, self._layout, strict=True):
            size = _size(dtype, shape)
            memory = np.empty(size + _ALIGNMENT, np.uint8)
            start = -memory.ctypes.data % _ALIGNMENT
            array = memory[start : start + size].view(dtype).reshape(shape)
            binding.bind_output(name, "cpu", 0, dtype.type, list(shape), array.ctypes.data)
            arrays.append(array)
        return _Place(binding=binding, arrays=arrays)


def _declared(session: Session) -> _Layout:
    """Return types and shapes of the outputs as the model has them; none if one is open."""
    outputs = {item.name: item for item in session.inference.get_outputs()}
    found = [(outputs[name].type, outputs[name].shape) for name in session.names or []]
    # A shape that ONNX Runtime does not know has no dimensions, as that of a scalar.
    if not all(kind in FLOATS and shape and all(map(_is_size, shape)) for kind, shape in found):
        return []
    return _if_reusable([(np.dtype(FLOATS[kind]), tuple(shape)) for kind, shape in found])


def _is_size(size: object) -> bool:
    return isinstance(size, int) and size > 0


def _if_reusable(layout: _Layout) -> _Layout:
    """Return the same, or none where the memory cannot be kept, or is too much."""
    types = [np.dtype(kind) for kind in FLOATS.values()]
    is_fine = all(dtype in types and all(map(_is_size, shape)) for dtype, shape in layout)
    is_small = sum(_size(*output) for output in layout) <= MOST_REUSED
    return layout if is_fine and is_small else []


def _size(dtype: np.dtype[Any], shape: tuple[int, ...]) -> int:
    return dtype.itemsize * math.prod(shape)
