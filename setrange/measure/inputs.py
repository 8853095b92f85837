# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a model wants to be fed, and whether arrays fit."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from setrange.model.loading import Model

__all__ = ["Arrays", "Input", "Inputs"]

#: Arrays by input name.
Arrays = dict[str, "npt.NDArray[Any]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of a model.

    Attributes:
        name: Its name.
        dtype: What numpy calls its element type.
        shape: Dimensions; a free one is its symbol, or ``None``.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | str | None, ...]

    def __str__(self) -> str:
        dims = ", ".join("?" if dim is None else str(dim) for dim in self.shape)
        return f"{self.name}: {self.dtype}[{dims}]"


class Inputs:
    """The inputs of a model.

    Attributes:
        items: By name, in the model's order.
        rows: Rows of the first dimension that one sample takes: 1 where it is free, the
            model's own batch where it is fixed, ``None`` where the inputs have no batch in
            common: then one set of arrays is one sample.
        is_free: True if any number of samples can be fed at once.
    """

    def __init__(self, items: Sequence[Input]) -> None:
        self.items = {item.name: item for item in items}
        firsts = {item.shape[0] if item.shape else 0 for item in items}
        first = firsts.pop() if len(firsts) == 1 else 0
        self.is_free = not isinstance(first, int)
        self.rows: int | None = (first or None) if isinstance(first, int) else 1

    @classmethod
    def of(cls, model: Model) -> Inputs:
        """Take them from a model; initializers listed as inputs are none."""
        from onnx import helper

        initializers = {tensor.name for tensor in model.graph.initializer}
        items = []
        for value in model.graph.input:
            if value.name in initializers:
                continue
            if not value.type.HasField("tensor_type"):
                raise ModelError(f"input {value.name!r} is no tensor; only tensors can be fed")
            tensor = value.type.tensor_type
            shape = tuple(
                dim.dim_value if dim.HasField("dim_value") else dim.dim_param or None
                for dim in tensor.shape.dim
            )
            dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type))
            items.append(Input(name=value.name, dtype=dtype, shape=shape))
        return cls(items)

    def fitted(self, arrays: Mapping[str, npt.NDArray[Any]], label: str) -> Arrays:
        """Return arrays for all inputs, with a batch dimension.

        Args:
            arrays: By input name; any name will do where there is one input and one array.
            label: What they were read from, for messages.

        Raises:
            InputError: A name, a type or a shape does not fit.
        """
        if len(self.items) == 1 and len(arrays) == 1:
            arrays = dict(zip(self.items, arrays.values(), strict=True))
        for name in arrays:
            if name and name not in self.items:
                near = difflib.get_close_matches(name, list(self.items), n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise InputError(
                    f"{label}: the model has no input {name!r}; {hint}its inputs are {self}"
                )
        missing = [name for name in self.items if name not in arrays]
        if missing:
            raise InputError(
                f"{label}: no array for input {', '.join(map(repr, missing))}; give a .npz "
                f"with one array for each input: {self}"
            )
        return {
            name: self._fitted(self.items[name], arrays[name], label) for name in self.items
        }

    def split(self, arrays: Arrays, label: str) -> int:
        """Return how many samples the arrays hold.

        Raises:
            InputError: The rows differ between inputs, or the model's batch does not divide
                them.
        """
        if self.rows is None:
            return 1
        rows = {name: array.shape[0] for name, array in arrays.items()}
        count: int = next(iter(rows.values()))
        if len(set(rows.values())) > 1:
            held = ", ".join(f"{name} has {number}" for name, number in rows.items())
            raise InputError(f"{label}: its arrays have different numbers of rows: {held}")
        if count % self.rows:
            raise InputError(
                f"{label}: holds {count} rows, and the model takes {self.rows} at a time; "
                f"give a multiple of {self.rows}, or export it with a free batch dimension"
            )
        return count // self.rows

    def sample(self, arrays: Arrays, index: int) -> Arrays:
        """Return the ``index``-th sample."""
        if self.rows is None:
            return arrays
        start = index * self.rows
        return {name: array[start : start + self.rows] for name, array in arrays.items()}

    def __str__(self) -> str:
        return "; ".join(map(str, self.items.values()))

    def _fitted(self, item: Input, array: npt.NDArray[Any], label: str) -> npt.NDArray[Any]:
        shape = item.shape
        if self.rows == 1 and array.ndim == len(shape) - 1:
            array = array[np.newaxis]
        start = 0 if self.rows is None else 1
        fits = array.ndim == len(shape) and all(
            not isinstance(want, int) or want == have
            for want, have in zip(shape[start:], array.shape[start:], strict=True)
        )
        if not fits:
            raise InputError(
                f"{label}: shape {list(array.shape)} does not fit input {item}"
                f"{_transposed(shape, array.shape)}"
            )
        if not _is_safe(array.dtype, item.dtype):
            normalize = (
                "; scale and normalize it as for the model's training"
                if item.dtype.kind == "f"
                else ""
            )
            raise InputError(
                f"{label}: {array.dtype} values do not fit input {item}{normalize}"
            )
        return array


def _is_safe(have: np.dtype[Any], want: np.dtype[Any]) -> bool:
    """True for the same kind of number: rounding is fine, another meaning is not."""
    kinds = {"u": "i"}
    return kinds.get(have.kind, have.kind) == kinds.get(want.kind, want.kind)


def _transposed(want: tuple[int | str | None, ...], have: tuple[int, ...]) -> str:
    if len(want) != 4 or len(have) != 4:
        return ""
    for order, name in (((0, 3, 1, 2), "NHWC"), ((0, 2, 3, 1), "NCHW")):
        moved = [have[i] for i in order]
        if all(
            not isinstance(w, int) or w == h for w, h in zip(want[1:], moved[1:], strict=True)
        ):
            return f"; it looks like {name}: transpose it with {order}"
    return ""
