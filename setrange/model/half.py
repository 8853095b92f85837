# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A float32 model as float16, for strongly typed networks; inputs and outputs stay float32.

Only what is known to survive the change is changed: a model with anything else is refused,
with the reason, and can be used as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.errors import UnsupportedError
from setrange.model.loading import Model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

__all__ = ["to_half"]

#: onnx.TensorProto.FLOAT and FLOAT16.
_FLOAT, _HALF = 1, 10

#: Largest model whose weights are read for it.
_MOST_BYTES = 1 << 30

#: Ops that compute in whatever float type they are given.
_SAFE = frozenset(
    {
        "Abs", "Add", "ArgMax", "ArgMin", "AveragePool", "BatchNormalization", "Cast",
        "Clip", "Concat", "Constant", "Conv", "ConvTranspose", "DepthToSpace", "Div",
        "Dropout", "Elu", "Erf", "Expand", "Flatten", "Gather", "Gelu", "Gemm",
        "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish", "Identity",
        "InstanceNormalization", "LayerNormalization", "LeakyRelu", "MatMul", "Max",
        "MaxPool", "Min", "Mul", "Neg", "PRelu", "Pad", "ReduceMax", "ReduceMean",
        "ReduceMin", "Relu", "Reshape", "Resize", "Selu", "Shape", "Sigmoid", "Slice",
        "Softmax", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh",
        "Tile", "TopK", "Transpose", "Unsqueeze",
    }
)  # fmt: skip

#: Inputs that must stay float32.
_KEPT = {"Resize": (1, 2)}


def to_half(model: Model) -> Model:
    """Return the model with float16 weights and values, and a Cast at each input and output.

    Names of values stay, but for those of float outputs, which get a twin ``<name>_fp16``.

    Raises:
        UnsupportedError: Something in it may not survive; the message says what.
    """
    import onnx
    from onnx import external_data_helper

    _check(model)
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    try:
        external_data_helper.load_external_data_for_model(proto, str(model.base))
    except (OSError, ValueError) as error:
        raise UnsupportedError(f"its external data cannot be read: {error}") from error
    if proto.ByteSize() > _MOST_BYTES:
        raise UnsupportedError("it has more than 1 GB")
    graph = proto.graph
    kept = _kept_values(graph)
    for tensor in graph.initializer:
        if tensor.name not in kept:
            _halve(tensor)
    for node in graph.node:
        _halve_node(node, kept)
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
    _cast_ends(proto)
    return Model(path=model.path, proto=proto, opsets=model.opsets)


def _check(model: Model) -> None:
    if model.proto.functions:
        raise UnsupportedError("it has local functions")
    if model.proto.ByteSize() > _MOST_BYTES:
        raise UnsupportedError("it has more than 1 GB")
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx") or node.op_type not in _SAFE:
            raise UnsupportedError(f"{node.op_type} {node.name!r} may need float32")
        if node.op_type == "Cast" and _attribute(node, "to") == _FLOAT:
            raise UnsupportedError(f"Cast {node.name!r} makes floats of other numbers")


def _attribute(node: NodeProto, name: str) -> int:
    return next((attr.i for attr in node.attribute if attr.name == name), 0)


def _kept_values(graph: GraphProto) -> set[str]:
    """Constants that stay float32; a value that also goes elsewhere is refused."""
    constants = {tensor.name for tensor in graph.initializer}
    constants |= {node.output[0] for node in graph.node if node.op_type == "Constant"}
    kept: set[str] = set()
    others: set[str] = set()
    for node in graph.node:
        for slot, name in enumerate(node.input):
            into = kept if name and slot in _KEPT.get(node.op_type, ()) else others
            into.add(name)
    odd = next((name for name in sorted(kept) if name in others or name not in constants), None)
    if odd is not None:
        raise UnsupportedError(f"{odd!r} must stay float32")
    return kept


def _halve_node(node: NodeProto, kept: set[str]) -> None:
    if node.op_type != "Constant" or node.output[0] in kept:
        return
    for attr in node.attribute:
        if attr.name == "value":
            _halve(attr.t)
        elif attr.name in ("value_float", "value_floats"):
            raise UnsupportedError(f"Constant {node.output[0]!r} must stay float32")


def _halve(tensor: TensorProto) -> None:
    """Change a tensor in place: too large becomes the largest, a number never becomes 0."""
    import numpy as np
    from onnx import numpy_helper

    if tensor.data_type != _FLOAT:
        return
    values = numpy_helper.to_array(tensor)
    halved = _rounded(values)
    if values.size == 1 and values.any() and not halved.any():
        raise UnsupportedError(f"{tensor.name!r} is {float(np.ravel(values)[0]):g}: 0 in FP16")
    tensor.CopyFrom(numpy_helper.from_array(halved, tensor.name))


def _rounded(values: npt.NDArray[Any]) -> npt.NDArray[np.float16]:
    import numpy as np

    largest = np.finfo(np.float16).max
    halved: npt.NDArray[np.float16] = np.clip(values, -largest, largest).astype(np.float16)
    return halved


def _cast_ends(proto: ModelProto) -> None:
    """Cast float inputs once they enter, and float outputs before they leave."""
    from onnx import helper

    graph = proto.graph
    taken = {name for node in graph.node for name in (*node.input, *node.output)}

    def twin(name: str) -> str:
        candidate = f"{name}_fp16"
        while candidate in taken:
            candidate += "_"
        taken.add(candidate)
        return candidate

    def is_float(value: Any) -> bool:
        return bool(value.type.tensor_type.elem_type == _FLOAT)

    inside = {value.name: twin(value.name) for value in graph.input if is_float(value)}
    made = {value.name: twin(value.name) for value in graph.output if is_float(value)}
    made = {name: other for name, other in made.items() if name not in inside}
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = inside.get(name, made.get(name, name))
        for i, name in enumerate(node.output):
            node.output[i] = made.get(name, name)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(
        helper.make_node("Cast", [name], [other], f"{other}_cast", to=_HALF)
        for name, other in inside.items()
    )
    graph.node.extend(nodes)
    graph.node.extend(
        helper.make_node("Cast", [other], [name], f"{name}_cast", to=_FLOAT)
        for name, other in made.items()
    )
