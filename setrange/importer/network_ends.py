# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Network inputs and outputs, dimensions that share a name, and ranges that a file carries.

Where ``producer_name`` is ``TensorRT``, the parser reads the node attributes
``trt_outputs_range_min``/``_max``, ``trt_outputs_loc`` and ``trt_layer_precision``, and sets
them on the tensors and layers of those names after the parse.

Source: onnx/onnx-tensorrt 6.0 to 10.10: ModelImporter.cpp (importInputs, importModel,
setStringMap), convertOnnxDims; 8.2-GA, 8.4-GA: assertDimsWithSameNameAreEqual.
"""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from setrange.importer.rejections import require
from setrange.model.constants import DTYPE_NAMES
from setrange.model.dimension_names import dimension_names
from setrange.network import MAX_DIMS, LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnx import GraphProto, TensorShapeProto, ValueInfoProto

    from setrange.importer.context import ImporterContext
    from setrange.model.node import Node
    from setrange.network import Shape


def element_type(value: ValueInfoProto) -> str:
    """ONNX element type of a graph input or output; ``undefined`` if it has none."""
    return DTYPE_NAMES.get(value.type.tensor_type.elem_type, "undefined")


def import_inputs(ctx: ImporterContext, graph: GraphProto) -> None:
    """Add the network's inputs; inputs that are initializers too are not inputs."""
    initializers = {tensor.name for tensor in graph.initializer}
    named: list[tuple[str, Tensor, int]] = []
    for value in graph.input:
        if value.name in initializers:
            if ctx.profile.reserves_initializer_inputs:
                ctx.register_tensor(None, value.name)
            continue
        dtype = ctx.trt_dtype(element_type(value))
        shape = value.type.tensor_type.shape
        dims = _dims(ctx, value.name, shape)
        tensor = ctx.net.add_input(value.name, dtype, dims)
        ctx.register_tensor(tensor, value.name)
        tensor.shape = _with_names(ctx, dims, shape, tensor.shape)
        if ctx.profile.ties_named_dims:
            ctx.network.dimension_names[value.name] = dimension_names(value)
        named += [(d.dim_param, tensor, i) for i, d in enumerate(shape.dim) if d.dim_param]
    if ctx.profile.asserts_named_dims:
        _assert_equal_dims(ctx, named)


def _with_names(
    ctx: ImporterContext, dims: Shape, given: TensorShapeProto, own: Shape
) -> Shape:
    """Free dimensions of one name are one dimension."""
    return tuple(
        ctx.network.atoms.dim(("named", g.dim_param), is_size=True)
        if d == -1 and g.dim_param
        else o
        for d, g, o in zip(dims, given.dim, own, strict=True)
    )


def _dims(ctx: ImporterContext, name: str, shape: TensorShapeProto) -> Shape:
    dims = [
        d.dim_value if d.WhichOneof("value") and not d.dim_param and d.dim_value >= 0 else -1
        for d in shape.dim
    ]
    require(
        0 not in dims or ctx.profile.empty_inputs,
        f"input {name!r} has a dimension of 0, which this TensorRT does not support",
    )
    require(len(dims) <= MAX_DIMS, f"input {name!r} has more than {MAX_DIMS} dimensions")
    return tuple(dims)


def _assert_equal_dims(ctx: ImporterContext, named: list[tuple[str, Tensor, int]]) -> None:
    """Chain the dimensions of each name with Assertion layers."""
    shapes: dict[int, Tensor] = {}
    by_name = sorted(named, key=lambda entry: entry[0])
    for _, group in groupby(by_name, key=lambda entry: entry[0]):
        entries = list(group)
        if len(entries) < 2:
            continue
        previous: Tensor | None = None
        for _, tensor, axis in entries:
            shape = shapes.get(id(tensor))
            if shape is None:
                shape = shapes[id(tensor)] = ctx.net.add_shape(tensor).output
            length = ctx.net.add_slice(shape, (axis,), (1,), (1,)).output
            if previous is not None:
                equal = ctx.net.add_elementwise(previous, length, "equal")
                ctx.net.add(LayerKind.ASSERTION, [equal.output])
            previous = length


def mark_outputs(ctx: ImporterContext, graph: GraphProto) -> None:
    """Name and mark the network's outputs."""
    ctx.current, ctx.net.origin = None, None
    for value in graph.output:
        bound = ctx.values.get(value.name)
        require(bound is not None, f"output {value.name!r} is not produced by any node")
        is_tensor = isinstance(bound, Tensor) or not ctx.profile.outputs_must_be_tensors
        require(is_tensor, f"output {value.name!r} is a constant")
        tensor = ctx.to_tensor(bound)
        tensor.name = value.name
        _mark_output(ctx, tensor, value)


def _mark_output(ctx: ImporterContext, tensor: Tensor, value: ValueInfoProto) -> None:
    """Make a tensor the network output that ``value`` declares, of its type."""
    if tensor.is_network_input:
        # TensorRT does not allow an input to be an output: the input is renamed.
        tensor.name = f"__{value.name}"
        layer = ctx.net.add_identity(tensor)
        tensor = ctx.register_helper(layer, "ONNXTRT_identity").output
        tensor.name = tensor.onnx_value = value.name
    ctx.network.outputs.append(tensor)
    dtype = ctx.trt_dtype(element_type(value))
    require(
        tensor.dtype != "int32" or dtype == "int32",
        f"output {value.name!r} is INT32, so its type in the model must be INT32 too",
    )
    if not ctx.strongly_typed:
        tensor.dtype = dtype


# -- ranges and precisions that a file of TensorRT's tools carries ----------------------


T = TypeVar("T", str, float)


class Annotations:
    """What the nodes of one model say about their output tensors and layers."""

    def __init__(self, labels_fall_back: bool) -> None:
        self._labels_fall_back = labels_fall_back
        self._minima: dict[str, float] = {}
        self._maxima: dict[str, float] = {}
        self._locations: dict[str, str] = {}
        self._layers: set[str] = set()

    @classmethod
    def of_model(cls, ctx: ImporterContext) -> Annotations | None:
        """Return an empty collection, or ``None`` for a model of another producer."""
        if ctx.model.proto.producer_name != "TensorRT":
            return None
        return cls(ctx.profile.node_label_fallback)

    def collect(self, node: Node) -> None:
        """Record what a node of the main graph says."""
        _record(self._locations, node, node.attr_strs("trt_outputs_loc"))
        _record(self._minima, node, node.attr_floats("trt_outputs_range_min"))
        _record(self._maxima, node, node.attr_floats("trt_outputs_range_max"))
        if node.has("trt_layer_precision"):
            self._layers.add(node.label if self._labels_fall_back else node.name)

    def apply(self, ctx: ImporterContext) -> None:
        """Set the ranges on the finished network; refuses names it does not have."""
        network = ctx.network
        tensors = {tensor.name for tensor in network.tensors()}
        for name in (*self._locations, *self._minima):
            require(name in tensors, f"the model annotates {name!r}, which is no tensor")
        for name, low in self._minima.items():
            if not math.isnan(low):
                require(
                    name in self._maxima, f"the range of {name!r} has a minimum but no maximum"
                )
                network.annotations[name] = (low, self._maxima[name])
        layers = {layer.name for layer in network.layers}
        for name in self._layers:
            require(name in layers, f"the model annotates {name!r}, which is no layer")


def _record(known: dict[str, T], node: Node, values: Sequence[T]) -> None:
    require(
        len(values) <= len(node.outputs),
        f"node {node.label!r} annotates {len(values)} outputs, it has {len(node.outputs)}",
    )
    for name, value in zip(node.outputs, values, strict=False):
        agrees = name not in known or known[name] == value
        require(agrees, f"tensor {name!r} is annotated twice, differently")
        known[name] = value
