# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a model wants to be fed, and whether arrays fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError, ModelError, UsageError
from setrange.measure.model_input import Input
from setrange.measure.order import why_not_samples
from setrange.model.messages import messages
from setrange.model.types import DataType
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from onnx import ValueInfoProto

    from setrange.model.loading import Model

__all__ = ["Arrays", "Input", "Inputs"]

#: How numpy writes and reads arrays of bfloat16.
_RAW_BFLOAT16 = np.dtype("V2")

#: Samples of files whose arrays have no element, at most.
_MOST_EMPTY = 1 << 20

#: Arrays by input name.
Arrays = dict[str, "npt.NDArray[Any]"]


class Inputs:
    """The inputs of a model.

    Args:
        items: The inputs.
        axis: The dimension that holds samples; ``None``: there is none, so that one set of
            arrays is one sample.

    Attributes:
        items: By name, in the model's order.
        axis: The dimension that holds samples. Inputs without dimensions have none: all samples
            share them.
        rows: Rows of that dimension that one sample takes: 1 where it is free, the model's own
            batch where it is fixed, ``None`` where the inputs have no batch in common: then one
            set of arrays is one sample.
        is_free: True if any number of samples can be fed at once.
        not_samples: Why the first dimension, which is free, seems to hold something else than
            samples; empty where it does not. See ``order.py``.
    """

    def __init__(
        self, items: Sequence[Input], axis: int | None = 0, *, not_samples: str = ""
    ) -> None:
        self.items = {item.name: item for item in items}
        self.axis = axis or 0
        self.not_samples = not_samples
        ranked = [item.shape for item in items if item.shape]
        firsts: set[int | str | None] = {0}
        if axis is not None:
            firsts = {shape[axis] if len(shape) > axis else 0 for shape in ranked}
        first = firsts.pop() if len(firsts) == 1 else 0
        self.is_free = not isinstance(first, int)
        self.rows: int | None = (first or None) if isinstance(first, int) else 1

    @classmethod
    def of(cls, model: Model) -> Inputs:
        """Take them from a model; initializers listed as inputs are none.

        Raises:
            ModelError: One cannot be fed.
        """
        initializers = {tensor.name for tensor in model.graph.initializer}
        items = [_input(value) for value in model.graph.input if value.name not in initializers]
        return cls(items, not_samples=why_not_samples(model, items))

    def check_order(self, label: str) -> None:
        """Refuse to cut arrays into samples along what does not look like samples.

        Args:
            label: Where the arrays are from, for the message.

        Raises:
            UsageError: The user must say what holds samples.
        """
        if self.is_free and self.not_samples:
            raise UsageError(
                f"{label}: {self.not_samples}, so it may not hold samples; say so: "
                f"--batch-axis none (each array is one sample), --batch-axis 1 (the second "
                f"dimension holds samples) or --batch-axis 0 (the first one does, after all)"
            )

    @property
    def rank(self) -> int:
        """Dimensions of the first input that has any."""
        return next((len(i.shape) for i in self.items.values() if i.shape), 0)

    def along(self, axis: int | str | None) -> Inputs:
        """Return the same inputs with samples along a dimension the user names.

        Args:
            axis: Its number, from 0; ``"none"``: one array is one sample; ``None``: as it is.

        Raises:
            UsageError: No input has such a dimension.
        """
        if axis is None:
            return self
        items = list(self.items.values())
        if axis == "none":
            return Inputs(items, None)
        if not isinstance(axis, int) or axis < 0:
            raise UsageError(f"--batch-axis {axis}: expected a dimension from 0, or none")
        short = next((item for item in items if 0 < len(item.shape) <= axis), None)
        if short is not None or not any(item.shape for item in items):
            raise UsageError(
                f"--batch-axis {axis}: the inputs have no such dimension in common ({self}); "
                f"give another one, or none"
            )
        return Inputs(items, axis)

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
                hint = did_you_mean(name, self.items, end=" ")
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
        at = self.axis
        rows = {name: array.shape[at] for name, array in arrays.items() if array.ndim}
        count: int = next(iter(rows.values()))
        if len(set(rows.values())) > 1:
            held = ", ".join(f"{name} has {number}" for name, number in rows.items())
            raise InputError(f"{label}: its arrays have different numbers of rows: {held}")
        if count % self.rows:
            raise InputError(
                f"{label}: holds {count} rows, and the model takes {self.rows} at a time; "
                f"give a multiple of {self.rows}, or export it with a free batch dimension"
            )
        if count > _MOST_EMPTY and not any(array.size for array in arrays.values()):
            raise InputError(f"{label}: holds {count} rows without a value; expected numbers")
        return count // self.rows

    def sample(self, arrays: Arrays, index: int) -> Arrays:
        """Return the ``index``-th sample."""
        if self.rows is None:
            return arrays
        rows = slice(index * self.rows, (index + 1) * self.rows)
        part = (slice(None),) * self.axis + (rows,)
        return {name: array[part] if array.ndim else array for name, array in arrays.items()}

    def joined(self, feeds: Sequence[Arrays], labels: Sequence[str]) -> Arrays:
        """Return what feeds samples at once.

        Args:
            feeds: The samples.
            labels: What they are called in messages.

        Raises:
            InputError: They do not go together.
        """
        if len(feeds) == 1:
            return feeds[0]
        out: Arrays = {}
        for name, first in feeds[0].items():
            shape = _without(first.shape, self.axis)
            for label, arrays in zip(labels, feeds, strict=True):
                array = arrays[name]
                if _without(array.shape, self.axis) != shape:
                    raise InputError(
                        f"{label}: input {name!r} has shape {list(array.shape)}, that of "
                        f"{labels[0]} is {list(first.shape)}; samples of different shapes need "
                        f"--batch 1"
                    )
                if not array.ndim and array != first:
                    raise InputError(
                        f"{label}: input {name!r} is {array}, that of {labels[0]} is {first}; "
                        f"samples that differ in it need --batch 1"
                    )
            parts = [arrays[name] for arrays in feeds]
            out[name] = np.concatenate(parts, axis=self.axis) if first.ndim else first
        return out

    def __str__(self) -> str:
        return "; ".join(map(str, self.items.values()))

    def _fitted(self, item: Input, array: npt.NDArray[Any], label: str) -> npt.NDArray[Any]:
        shape = item.shape
        if not shape and array.shape == (1,):
            array = array[0]
        if self.rows == 1 and shape and array.ndim == len(shape) - 1:
            array = np.expand_dims(array, self.axis)
        free = {} if self.rows is None else {self.axis}
        fits = array.ndim == len(shape) and all(
            i in free or not isinstance(want, int) or want == have
            for i, (want, have) in enumerate(zip(shape, array.shape, strict=True))
        )
        if not fits:
            raise InputError(
                f"{label}: shape {list(array.shape)} does not fit input {item}"
                f"{_transposed(shape, array.shape)}"
            )
        if item.is_bfloat16 and array.dtype == _RAW_BFLOAT16:
            array = _from_bfloat16(array)
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


def _input(value: ValueInfoProto) -> Input:
    if not value.type.HasField("tensor_type"):
        raise ModelError(f"input {value.name!r} is no tensor; only tensors can be fed")
    tensor = value.type.tensor_type
    # As everywhere: a negative dimension is how old converters write a free one.
    shape = tuple(
        dim.dim_value
        if dim.HasField("dim_value") and dim.dim_value >= 0
        else dim.dim_param or None
        for dim in tensor.shape.dim
    )
    if tensor.elem_type == DataType.BFLOAT16:
        return Input(name=value.name, dtype=np.dtype(np.float32), shape=shape, is_bfloat16=True)
    kind = DataType.of(tensor.elem_type)
    if kind is None or kind.code is None:
        known = messages().TensorProto.DataType
        number = tensor.elem_type
        name = known.Name(number).lower() if number in known.values() else f"type {number}"
        raise ModelError(f"input {value.name!r} is of {name}, which cannot be fed to it here")
    return Input(name=value.name, dtype=np.dtype(kind.code), shape=shape)


def _from_bfloat16(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the values of raw bfloat16: the upper halves of float32."""
    bits = np.ascontiguousarray(array).view(np.uint16).astype(np.uint32) << np.uint32(16)
    values: npt.NDArray[np.float32] = bits.view(np.float32).reshape(array.shape)
    return values


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


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
