# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Output shapes of TensorRT layers from their inputs' shapes and parameters.

One function per layer kind, each ``(layer) -> [shape of output 0, ...]``. -1 is unknown.
A contradiction refuses the model, as the network's error recorder does in the parser.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from setrange.importer.folding import element_values, known_values
from setrange.importer.rejections import refuse, require
from setrange.importer.symbolic import Calculator, whole
from setrange.network import MAX_DIMS
from setrange.network.dimensions import FreeDim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.network.graph import Layer, Shape, Tensor

__all__ = [
    "broadcast_shapes",
    "infer_concatenation",
    "infer_elementwise",
    "infer_gather",
    "infer_reduce",
    "infer_same",
    "infer_shape",
    "infer_shuffle",
    "infer_slice",
    "infer_squeeze",
    "infer_topk",
    "infer_unsqueeze",
    "known_dim",
    "known_dims",
    "tensor_in",
]


def tensor_in(layer: Layer, index: int = 0) -> Tensor:
    """Return input ``index``, which the parser has always set by now."""
    tensor = layer.inputs[index]
    if tensor is None:
        refuse(f"layer {layer.name!r} has no input {index}")
    return tensor


def _as_rank(count: int) -> int:
    """A number of dimensions; refuses one that no tensor has, before a list is made of it."""
    require(count <= MAX_DIMS, f"{count} dimensions are asked for, {MAX_DIMS} are the most")
    return count


def known_dims(tensor: Tensor | None, count: int) -> list[int]:
    """Dimensions that a shape tensor stands for, -1 where a value is unknown."""
    if tensor is None:
        return [-1] * count
    values = element_values(tensor)
    if values is None:
        length = tensor.shape[0] if tensor.rank == 1 and tensor.shape[0] >= 0 else count
        return [-1] * _as_rank(length)
    return [whole(v) for v in values]


def known_dim(tensor: Tensor | None) -> int:
    """The one dimension that a shape tensor stands for, -1 if unknown."""
    return (known_dims(tensor, 1) or [-1])[0]


def infer_same(layer: Layer) -> list[Shape]:
    """Every output has the first input's shape."""
    return [tensor_in(layer).shape] * len(layer.outputs)


def broadcast_shapes(shapes: Sequence[Shape], what: str) -> Shape:
    """Return the broadcast of shapes of equal rank; unknown against n > 1 is n."""
    result: list[int] = []
    for dims in zip(*shapes, strict=True):
        sized = {d for d in dims if d not in (1, -1)}
        if len(sized) > 1:
            refuse(f"{what}: dimensions {sorted(sized)} do not broadcast")
        if sized:
            result.append(sized.pop())
        else:
            result.append(_common([d for d in dims if d == -1]) if -1 in dims else 1)
    return tuple(result)


def _common(dims: Sequence[int]) -> int:
    """The free dimension that all of these are, -1 where they differ."""
    expressions = {d.expression if isinstance(d, FreeDim) else None for d in dims}
    return dims[0] if len(expressions) == 1 else -1


def infer_elementwise(layer: Layer) -> list[Shape]:
    """ElementWise, Select, Parametric ReLU: broadcast of all inputs."""
    shapes = [t.shape for t in layer.inputs if t is not None]
    require(
        len({len(s) for s in shapes}) == 1,
        f"{layer.kind.value}: inputs have ranks {[len(s) for s in shapes]}, they must be equal",
    )
    return [broadcast_shapes(shapes, layer.kind.value)]


def infer_shape(layer: Layer) -> list[Shape]:
    """Shape: one value per dimension."""
    return [(tensor_in(layer).rank,)]


def _volume(dims: Sequence[int]) -> int:
    return -1 if any(d < 0 for d in dims) else math.prod(dims)


def _rest(calc: Calculator, source: Sequence[int], target: Sequence[int]) -> int:
    """The dimension that is left of ``source``; free ones in both cancel out."""
    left = list(source)
    for d in target:
        if not isinstance(d, FreeDim):
            continue
        same = [i for i, s in enumerate(left) if _is_same(s, d)]
        if not same:
            return -1
        del left[same[0]]
    want = math.prod(d for d in target if not isinstance(d, FreeDim))
    rest = calc.binary("div", calc.product(left), want) if want else -1
    size: int = whole(rest)
    return size


def _is_same(a: int, b: int) -> bool:
    """True for equal expressions."""
    return isinstance(a, FreeDim) and isinstance(b, FreeDim) and a.expression == b.expression


def reshaped(
    calc: Calculator,
    shape: Shape,
    dims: Sequence[int],
    *,
    zero_is_placeholder: bool,
    checks_volume: bool = True,
) -> Shape:
    """Return ``shape`` reshaped to ``dims`` (0 = copy if placeholder, -1 = the rest).

    ``dims`` may hold expressions. Where dimensions are an input, the volumes are compared
    when the engine is built (``checks_volume`` false).
    """
    require(len(dims) <= MAX_DIMS, f"reshape: more than {MAX_DIMS} dimensions")
    result: list[int] = []
    rest: int | None = None
    source: list[int] = list(shape)
    target: list[int] = []
    for i, d in enumerate(dims):
        if isinstance(d, FreeDim):
            result.append(d)
            target.append(d)
        elif d == 0 and zero_is_placeholder:
            require(
                i < len(shape),
                f"reshape: dimension {i} is copied from a tensor of rank {len(shape)}",
            )
            result.append(shape[i])
            source[i] = 1
        elif d == -1:
            require(rest is None, "reshape: more than one dimension is -1")
            rest = i
            result.append(-1)
        else:
            result.append(d)
            target.append(d)
    have, want = _volume(source), _volume(target)
    if rest is not None:
        if have >= 0 and want > 0:
            require(
                have % want == 0 or not checks_volume,
                f"reshape: {list(shape)} does not divide into {list(dims)}",
            )
            result[rest] = have // want
        elif want == 0:
            result[rest] = 0
        else:
            result[rest] = _rest(calc, source, target)
    elif checks_volume and have >= 0 and want >= 0:
        require(
            have == want, f"reshape: {list(shape)} has {have} elements, {list(dims)} has {want}"
        )
    return tuple(result)


def _permuted(shape: Shape, perm: Sequence[int] | None) -> Shape:
    if perm is None:
        return shape
    perm = perm[: len(shape)]
    require(
        sorted(perm) == list(range(len(shape))),
        f"shuffle: {list(perm)} is not a permutation of {len(shape)} dimensions",
    )
    return tuple(shape[i] for i in perm)


def infer_shuffle(layer: Layer) -> list[Shape]:
    """Shuffle: transpose, reshape, transpose."""
    shape = _permuted(tensor_in(layer).shape, layer.params.get("first_transpose"))
    dims: Sequence[int] | None = layer.params.get("reshape")
    dynamic = layer.input_at(1)
    calc = Calculator(layer.network)
    if dynamic is not None:
        require(
            dynamic.rank == 1 and dynamic.shape[0] >= 0,
            "shuffle: the dimensions must be a vector of known length",
        )
        values = element_values(dynamic)
        if values is not None:
            dims = [whole(v) for v in values]
        else:
            count = _as_rank(dynamic.shape[0])
            dims = [calc.atom("element", id(dynamic), i) for i in range(count)]
    if dims is not None:
        placeholder = bool(layer.params.get("zero_is_placeholder", True))
        shape = reshaped(
            calc, shape, dims, zero_is_placeholder=placeholder, checks_volume=dynamic is None
        )
    return [_permuted(shape, layer.params.get("second_transpose"))]


def _axes_of(layer: Layer, rank: int, what: str) -> list[int]:
    """The axes that input 1 holds, which must be known."""
    values = known_values(tensor_in(layer, 1))
    if values is None or None in values:
        refuse(f"{what}: the axes must be known at build time")
    axes = [whole(v) for v in values]
    if any(not -rank <= axis < rank for axis in axes):
        refuse(f"{what}: axes {axes} are outside rank {rank}")
    return [axis % rank for axis in axes]


def infer_squeeze(layer: Layer) -> list[Shape]:
    """Squeeze (10.7 on): axes are input 1; without axes all dimensions of 1 go."""
    shape = tensor_in(layer).shape
    if layer.input_at(1) is None:
        return [tuple(d for d in shape if d != 1)]
    axes = set(_axes_of(layer, len(shape), "squeeze"))
    for axis in axes:
        require(shape[axis] in (1, -1), f"squeeze: dimension {axis} of {list(shape)} is not 1")
    return [tuple(d for i, d in enumerate(shape) if i not in axes)]


def infer_unsqueeze(layer: Layer) -> list[Shape]:
    """Unsqueeze (10.7 on): axes are input 1."""
    shape = list(tensor_in(layer).shape)
    count = len(known_dims(tensor_in(layer, 1), 0))
    require(len(shape) + count <= MAX_DIMS, f"unsqueeze: more than {MAX_DIMS} dimensions")
    for axis in sorted(_axes_of(layer, len(shape) + count, "unsqueeze")):
        shape.insert(axis, 1)
    return [tuple(shape)]


def _slice_sizes(layer: Layer, count: int) -> Sequence[int]:
    dynamic = layer.input_at(2)
    if dynamic is not None:
        return known_dims(dynamic, count)
    sizes: Sequence[int] = layer.params.get("size") or ()
    require(min(sizes, default=0) >= 0, f"slice: sizes {list(sizes)} are negative")
    return sizes


def infer_slice(layer: Layer) -> list[Shape]:
    """Slice: the sizes, given as a parameter or as input 2; with axes, of these only."""
    shape = tensor_in(layer).shape
    dynamic = layer.input_at(5)
    if dynamic is not None:
        axes = known_dims(dynamic, len(shape))
        if -1 in axes and known_values(dynamic) is None:
            return [(-1,) * len(shape)]
    else:
        axes = list(layer.params.get("axes", range(len(shape))))
    sizes = _slice_sizes(layer, len(axes))
    require(
        len(sizes) == len(axes),
        f"slice: {len(sizes)} sizes for {len(axes)} dimensions",
    )
    result = list(shape)
    for axis, size in zip(axes, sizes, strict=True):
        result[axis] = size
    return [tuple(result)]


def infer_concatenation(layer: Layer) -> list[Shape]:
    """Concatenation along ``axis``."""
    shapes = [t.shape for t in layer.inputs if t is not None]
    axis = layer.params["axis"]
    rank = len(shapes[0])
    require(all(len(s) == rank for s in shapes), "concatenation: inputs differ in rank")
    require(0 <= axis < rank, f"concatenation: axis {axis} is outside rank {rank}")
    result: list[int] = []
    for i in range(rank):
        dims = [s[i] for s in shapes]
        if i == axis:
            total: Any = 0
            for d in dims:
                total = Calculator(layer.network).combined(total, d, 1)
            result.append(total)
            continue
        sized = {d for d in dims if d >= 0}
        require(len(sized) <= 1, f"concatenation: dimension {i} differs: {dims}")
        result.append(sized.pop() if sized else _common(dims))
    return [tuple(result)]


def infer_gather(layer: Layer) -> list[Shape]:
    """Gather: default, elements and ND modes."""
    data, indices = tensor_in(layer).shape, tensor_in(layer, 1).shape
    mode = layer.params.get("mode", "default")
    axis = layer.params.get("axis", 0)
    batch = layer.params.get("batch_dims", 0)
    if mode == "element":
        require(len(data) == len(indices), "gather elements: data and indices differ in rank")
        return [indices]
    if mode == "nd":
        require(len(indices) > batch, "gather ND: the indices lack a dimension")
        last = indices[-1]
        require(last >= 0, "gather ND: the last dimension of the indices is unknown")
        require(
            batch + last <= len(data), f"gather ND: {last} indices into rank {len(data)} data"
        )
        return [indices[:-1] + data[batch + last :]]
    require(0 <= axis < len(data), f"gather: axis {axis} is outside rank {len(data)}")
    return [data[:axis] + indices[batch:] + data[axis + 1 :]]


def infer_reduce(layer: Layer) -> list[Shape]:
    """Reduce over ``axes``."""
    axes, keep = layer.params["axes"], layer.params["keepdims"]
    shape = tensor_in(layer).shape
    if keep:
        return [tuple(1 if i in axes else d for i, d in enumerate(shape))]
    return [tuple(d for i, d in enumerate(shape) if i not in axes)]


def infer_topk(layer: Layer) -> list[Shape]:
    """TopK along ``axis``; k is a parameter or input 1."""
    shape = list(tensor_in(layer).shape)
    dynamic = layer.input_at(1)
    k = layer.params["k"] if dynamic is None else known_dim(dynamic)
    shape[layer.params["axis"]] = k
    return [tuple(shape)] * 2
