# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Element values that TensorRT knows at definition time.

TensorRT evaluates shape arithmetic while the network is built, element by element, integers
and floats alike: part of a vector can be known, and of the rest it knows how it is computed
(``symbolic``). Values are computed on demand, from the tensor backwards; how those of one
layer follow from its inputs, its kind says (``layers.table``).

What a file of a few bytes can ask for is limited here, for all layers alike: a tensor of more
than ``MAX_ELEMENTS`` elements is not evaluated, and neither is a value that does not fit into
64 bits. No dimension needs either.

Source: the shapes that NVIDIA's own library infers (TensorRT for RTX 1.4 to 1.7).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.importer.rejections import refuse
from setrange.importer.symbolic import Calculator, is_known, whole
from setrange.network import MAX_DIMS
from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from setrange.network.graph import Layer, Tensor

    #: Element values in the tensor's shape; numbers, booleans and expressions.
    Array = npt.NDArray[np.object_]

#: Larger tensors are not evaluated; dimensions never need them.
MAX_ELEMENTS = 1024

_UNKNOWN = object()


class NotComputableError(Exception):
    """The values of a tensor are not known before run time."""


def known_values(tensor: Tensor) -> list[Any] | None:
    """Return the element values, row-major, ``None`` per unknown element.

    ``None`` for the whole if nothing is known (not computable, or too large).
    """
    values = element_values(tensor)
    if values is None:
        return None
    known = [v if is_known(v) else None for v in values]
    return None if known and all(v is None for v in known) else known


def element_values(tensor: Tensor) -> list[Any] | None:
    """Return the element values, row-major: numbers, booleans and expressions.

    ``None`` if the tensor is not computed from constants and dimensions, or is too large.
    """
    if tensor.values is None:
        _evaluate_back_from(tensor)
    return None if tensor.values is _UNKNOWN else list(tensor.values.reshape(-1))


def known_dims(tensor: Tensor | None, count: int) -> list[int]:
    """Dimensions that a shape tensor stands for, -1 where a value is unknown."""
    if tensor is None:
        return [-1] * count
    values = element_values(tensor)
    if values is None:
        length = tensor.shape[0] if tensor.rank == 1 and tensor.shape[0] >= 0 else count
        return [-1] * as_rank(length)
    return [whole(v) for v in values]


def known_dim(tensor: Tensor | None) -> int:
    """The one dimension that a shape tensor stands for, -1 if unknown."""
    return (known_dims(tensor, 1) or [-1])[0]


def as_rank(count: int) -> int:
    """A number of dimensions; refuses one that no tensor has, before a list is made of it."""
    if count > MAX_DIMS:
        refuse(f"{count} dimensions are asked for, {MAX_DIMS} are the most")
    return count


def input_tensor(layer: Layer, index: int = 0) -> Tensor:
    """Return input ``index``, which the parser has always set by now."""
    tensor = layer.inputs[index]
    if tensor is None:
        refuse(f"layer {layer.name!r} has no input {index}")
    return tensor


def input_values(layer: Layer, index: int = 0) -> Array:
    """Values of an input in its shape; expressions for each element of a small integer tensor.

    A network input, or what no rule here computes, has values that are unknown, but the same
    wherever they are used.

    Raises:
        NotComputableError: There is no such input, or it is large, or float and not computed.
    """
    tensor = layer.input_at(index)
    if tensor is None:
        raise NotComputableError
    if tensor.values is None:
        _evaluate_back_from(tensor)
    if tensor.values is not _UNKNOWN:
        values: Array = tensor.values
        return values
    count = _count(tensor)
    if tensor.is_float or not 0 <= count <= MAX_ELEMENTS:
        raise NotComputableError
    calc = Calculator(layer.network)
    atoms = elements(calc.atom("element", id(tensor), i) for i in range(count))
    return atoms.reshape(tensor.shape)


def known_input_values(layer: Layer, index: int = 0) -> Array:
    """Values of an input of which all are known.

    Raises:
        NotComputableError: At least one is not.
    """
    values = input_values(layer, index)
    if not all(is_known(v) for v in values.reshape(-1)):
        raise NotComputableError
    return values


def elements(values: Iterable[Any]) -> Array:
    """A vector of these elements, each as the object it is."""
    given = list(values)
    array = np.empty(len(given), dtype=object)
    array[:] = given
    return array


def _evaluate_back_from(tensor: Tensor) -> None:
    """Evaluate a tensor and what it depends on, operands first.

    No recursion: a chain of thousands of layers is fine.
    """
    stack = [(tensor, False)]
    while stack:
        current, operands_done = stack.pop()
        if operands_done:
            current.values = _evaluated(current)
        elif current.values is None:
            current.values = _UNKNOWN  # cuts cycles through loops
            layer = current.layer
            if layer is not None and layer.fold is not None and not current.output_index:
                stack.append((current, True))
                stack.extend((t, False) for t in _operands(layer))


def _operands(layer: Layer) -> list[Tensor]:
    """The inputs whose values count: a Shape layer looks at none."""
    if layer.kind is LayerKind.SHAPE:
        return []
    return [t for t in layer.inputs if t is not None and t.values is None]


def _evaluated(tensor: Tensor) -> Any:
    """The values of a layer's first output, or that they are unknown."""
    layer, count = tensor.layer, _count(tensor)
    if layer is None or layer.fold is None or not 0 <= count <= MAX_ELEMENTS:
        return _UNKNOWN
    try:
        values = layer.fold(layer)
    except (NotComputableError, ValueError, IndexError):
        # Operands of shapes that do not go together, as in a damaged model: what refuses them
        # is the check of the layer, where there is one.
        return _UNKNOWN
    if not isinstance(values, np.ndarray):
        values = elements([values])  # what numpy makes of 0-D arrays of objects
    if values.size != count or (tensor.is_float and any(v is None for v in values.flat)):
        return _UNKNOWN  # None is a float that is infinite or NaN
    return values.reshape(tensor.shape)


def _count(tensor: Tensor) -> int:
    """Number of elements, -1 if unknown."""
    return -1 if min(tensor.shape, default=0) < 0 else math.prod(tensor.shape)
