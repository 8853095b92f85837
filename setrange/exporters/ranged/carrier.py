# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges of tensors that no ONNX value names, on a node that makes no layer.

The parser keeps ranges by the names of node outputs, and sets them on the network's tensors of
those names after the whole parse. So a constant that nothing uses, called as TensorRT calls a
parser-made tensor, carries that tensor's range: an output of an If whose branch is known, or
(before If) a transposed constant. The importer says which of them makes no layer.

Source: onnx/onnx-tensorrt 7.0 to 10.1-GA: ModelImporter.cpp (setStringMap, importModel).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from setrange.errors import ParserRefusedError
from setrange.formats.ranged_onnx import CARRIER
from setrange.importer.parser import ParserOptions, import_model
from setrange.network import Confidence
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onnx import NodeProto

    from setrange.model.loading import Model
    from setrange.network import Network, Tensor
    from setrange.plan import Plan

    Making = Callable[[Sequence[str], str], list[NodeProto]]

__all__ = ["add_carriers"]

#: Its parser makes a plugin of it or layers, as the caller says: tensor numbers differ.
_BY_OPTION = "InstanceNormalization"


def add_carriers(model: Model, plan: Plan, options: ParserOptions | None) -> bool:
    """Add nodes whose outputs are called as the tensors that nothing names.

    Nothing is added where a name is not certain: one that is wrong fails the whole parse.

    Args:
        model: The rewritten model; its nodes are added to.
        plan: The ranges of its network.
        options: How the parser is set up.

    Returns:
        True where nodes were added.
    """
    names = _names(model, plan)
    if not names or not _certain(model, plan.network, names, options):
        return False
    nodes = model.graph.node
    count, prefix = len(nodes), _prefix(model)
    for make in (_by_if, _by_transpose):
        nodes.extend(make(names, prefix))
        after = _imported(_fresh(model), plan.network, options)
        if after is not None and _layers(after) == _layers(plan.network):
            return True
        del nodes[count:]
    return False


def _names(model: Model, plan: Plan) -> list[str]:
    """Names of tensors that have a range and no ONNX value."""
    counts = Counter(tensor.name for tensor in plan.network.tensors())
    taken = model.value_names()
    return [
        item.tensor.name
        for item in plan.tensors
        if item.range is not None
        and item.tensor.onnx_value is None
        and counts[item.tensor.name] == 1
        and item.tensor.name not in taken
    ]


def _certain(
    model: Model, network: Network, names: list[str], options: ParserOptions | None
) -> bool:
    if network.confidence is not Confidence.EXACT:
        return False
    if all(node.op_type != _BY_OPTION for node in model.graph.node):
        return True
    given = options or ParserOptions()
    other = dataclasses.replace(given, native_instance_norm=not given.native_instance_norm)
    twin = _imported(model, network, other)
    if twin is None:
        return True
    mine, theirs = _by_name(network), _by_name(twin)
    return all(name in theirs and theirs[name].key == mine[name].key for name in names)


def _by_name(network: Network) -> dict[str, Tensor]:
    return {tensor.name: tensor for tensor in network.tensors()}


def _fresh(model: Model) -> Model:
    """The model without what was remembered of it."""
    return model.changed(model.proto)


def _imported(model: Model, network: Network, options: ParserOptions | None) -> Network | None:
    try:
        return import_model(model, TrtVersion.parse(network.trt), options)
    except ParserRefusedError:
        return None


def _layers(network: Network) -> list[tuple[str, ...]]:
    return [
        (layer.kind.value, layer.name, *(tensor.name for tensor in layer.outputs))
        for layer in network.layers
    ]


def _prefix(model: Model) -> str:
    """What no value's name begins with."""
    names, prefix = model.value_names(), CARRIER
    while any(name.startswith(prefix) for name in names):
        prefix += "_"
    return prefix


def _constant(name: str, value: bool | float, shape: tuple[int, ...] = ()) -> NodeProto:
    from onnx import helper, numpy_helper

    dtype = np.bool_ if isinstance(value, bool) else np.float32
    tensor = numpy_helper.from_array(np.full(shape, value, dtype=dtype))
    return helper.make_node("Constant", [], [name], name=name, value=tensor)


def _by_if(names: Sequence[str], prefix: str) -> list[NodeProto]:
    """The same branch twice: whichever the parser takes."""
    from onnx import TensorProto, helper

    inner = [f"{prefix}_{number}" for number in range(len(names))]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, []) for n in inner]
    branch = helper.make_graph([_constant(n, 0.0) for n in inner], prefix, [], outputs)
    condition = f"{prefix}_condition"
    carrier = helper.make_node(
        "If", [condition], list(names), name=CARRIER, then_branch=branch, else_branch=branch
    )
    return [_constant(condition, value=True), carrier]


def _by_transpose(names: Sequence[str], prefix: str) -> list[NodeProto]:
    from onnx import helper

    value = f"{prefix}_value"
    carriers = [
        helper.make_node("Transpose", [value], [name], name=f"{CARRIER}_{number}")
        for number, name in enumerate(names)
    ]
    return [_constant(value, 0.0, (1, 1)), *carriers]
