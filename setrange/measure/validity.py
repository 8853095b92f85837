# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""onnx.checker before ONNX Runtime: native code is not run on a model that ONNX forbids.

The checker is given the model without its weights, so that it takes no time and no memory, and
without what both TensorRT and ONNX Runtime put up with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import ModelError
from setrange.model.held_tensors import all_graphs, held_tensors
from setrange.model.making import declare
from setrange.model.messages import messages, native_part
from setrange.model.toposort import parse_order
from setrange.model.types import EXTERNAL
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

    from setrange.model.loading import Model

__all__ = ["check_valid"]

#: Bytes of a weight that is looked at itself; of a larger one type and shape will do.
_SMALL = 1 << 12


def check_valid(model: Model) -> None:
    """Refuse a model that ONNX forbids.

    Args:
        model: The model, its weights wherever they are.

    Raises:
        ModelError: The message holds the checker's words.
    """
    native = native_part()
    opset = native.defs.schema_version_map()[""][1]
    newest = {"": opset, "ai.onnx": opset}
    if any(version > newest.get(domain, version) for domain, version in model.opsets.items()):
        return  # this onnx does not know the ops; ONNX Runtime looks at each node itself
    try:
        native.checker.check_model(_light(model).SerializeToString())
    except (native.checker.ValidationError, ValueError, RuntimeError) as error:
        said = str(error).strip().split("\n")[0].rstrip(" :.")[:300]
        raise ModelError(
            f"{model.path}: is no valid ONNX model, so ONNX Runtime cannot run it: {said}"
        ) from error


def _light(model: Model) -> ModelProto:
    """Return a copy without large weights, and without what nobody minds."""
    light = skeleton_of(model.proto)
    light.ir_version = min(light.ir_version, messages().IR_VERSION)
    order = parse_order(model.nodes(), skip_empty_outputs=True)
    if order != sorted(order):
        nodes = list(light.graph.node)
        del light.graph.node[:]
        light.graph.node.extend(nodes[position] for position in order)
    inputs = {value.name for value in light.graph.input}
    for tensor in model.graph.initializer:
        if tensor.data_location != EXTERNAL and tensor.ByteSize() <= _SMALL:
            light.graph.initializer.append(tensor)
        elif tensor.name not in inputs:
            value = declare(tensor.name, tensor.data_type)
            for size in tensor.dims:
                value.type.tensor_type.shape.dim.add(dim_value=size)
            light.graph.input.append(value)
    for graph in all_graphs(light):
        graph.name = graph.name or "graph"
        for value in (*graph.input, *graph.output):
            if value.type.HasField("tensor_type"):
                value.type.tensor_type.shape.SetInParent()
    for tensor in held_tensors(light):
        if tensor.data_location == EXTERNAL:
            _empty(tensor)
    return light


def _empty(tensor: TensorProto) -> None:
    """Make a tensor whose values lie elsewhere one without values."""
    tensor.ClearField("external_data")
    tensor.ClearField("data_location")
    del tensor.dims[:]
    tensor.dims.append(0)
