# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a tensor is, in words a user of the ONNX model understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.network import LayerKind
from setrange.network.trace import COPIES, is_constant, producer
from setrange.resolver.index import is_parser_made

if TYPE_CHECKING:
    from setrange.network import Layer, Tensor

__all__ = ["describe_kind", "describe_tensor", "node_label"]

_KINDS = {
    LayerKind.ACTIVATION: "an activation function",
    LayerKind.ASSERTION: "a check of dimensions at run time",
    LayerKind.ATTENTION_INPUT: "the inside of an attention",
    LayerKind.ATTENTION_OUTPUT: "the result of an attention",
    LayerKind.CAST: "a change of element type",
    LayerKind.CONCATENATION: "a concatenation",
    LayerKind.CONDITION: "the condition of an If",
    LayerKind.CONDITIONAL_INPUT: "a value that enters an If",
    LayerKind.CONDITIONAL_OUTPUT: "a value that leaves an If",
    LayerKind.CONSTANT: "a layer that holds an initializer or a value the parser made up",
    LayerKind.CONVOLUTION: "a convolution",
    LayerKind.CUMULATIVE: "a cumulative operation",
    LayerKind.DECONVOLUTION: "a transposed convolution",
    LayerKind.DEQUANTIZE: "a conversion from INT8 to float",
    LayerKind.DYNAMIC_QUANTIZE: "a quantization with scales computed at run time",
    LayerKind.EINSUM: "a sum of products over named axes",
    LayerKind.ELEMENTWISE: "an operation on two tensors, element by element",
    LayerKind.FILL: "a tensor made of a range, random numbers or one value",
    LayerKind.FULLY_CONNECTED: "a product with a weight matrix, its bias included",
    LayerKind.GATHER: "a look-up by index",
    LayerKind.GRID_SAMPLE: "a sampling at the points of a grid",
    LayerKind.IDENTITY: "a copy, or a change of element type",
    LayerKind.ITERATOR: "the slices a loop runs over",
    LayerKind.KV_CACHE_UPDATE: "a write into a cache of keys or values",
    LayerKind.LOOP_OUTPUT: "a value that leaves a loop",
    LayerKind.LRN: "a local response normalization",
    LayerKind.MATRIX_MULTIPLY: "a matrix product without its bias",
    LayerKind.NMS: "a non-maximum suppression",
    LayerKind.NON_ZERO: "the indices of elements that are not zero",
    LayerKind.NORMALIZATION: "an instance, group or layer normalization",
    LayerKind.ONE_HOT: "a one-hot encoding",
    LayerKind.PADDING: "a padding with zeros",
    LayerKind.PARAMETRIC_RELU: "a ReLU with slopes from a tensor",
    LayerKind.POOLING: "a pooling",
    LayerKind.QUANTIZE: "a conversion from float to INT8",
    LayerKind.RAGGED_SOFTMAX: "a softmax over rows of different length",
    LayerKind.RECURRENCE: "a value carried from one step of a loop to the next",
    LayerKind.REDUCE: "a sum, mean, product, maximum or minimum over axes",
    LayerKind.RESIZE: "a resize",
    LayerKind.REVERSE_SEQUENCE: "a reversal of sequences",
    LayerKind.RNN: "a recurrent network",
    LayerKind.ROTARY_EMBEDDING: "a rotation of positions",
    LayerKind.SCALE: "a multiplication and addition with constants per channel",
    LayerKind.SCATTER: "a write by index",
    LayerKind.SELECT: "a choice between two tensors",
    LayerKind.SHAPE: "the dimensions of a tensor",
    LayerKind.SHUFFLE: "a reshape or transpose",
    LayerKind.SLICE: "a slice, or padding by a slice",
    LayerKind.SOFTMAX: "a softmax",
    LayerKind.SQUEEZE: "a removal of dimensions of 1",
    LayerKind.TOPK: "the largest or smallest values along an axis",
    LayerKind.TRIP_LIMIT: "the number of steps of a loop",
    LayerKind.UNARY: "a function of one tensor, element by element",
    LayerKind.UNKNOWN: "a layer setrange does not know",
    LayerKind.UNSQUEEZE: "an insertion of dimensions of 1",
}

#: What the node calls a constant, by op and the input of the layer that takes it.
_ROLES = {
    ("Gemm", LayerKind.MATRIX_MULTIPLY): "weights",
    ("Gemm", LayerKind.ELEMENTWISE): "bias",
    ("MatMul", LayerKind.MATRIX_MULTIPLY): "weights",
    ("PRelu", LayerKind.PARAMETRIC_RELU): "slope",
}


def describe_kind(kind: LayerKind) -> str:
    """Return what TensorRT's name of a layer kind means: ``a reshape or transpose``."""
    return "a plugin" if kind.is_plugin else _KINDS[kind]


def node_label(layer: Layer) -> str:
    """Name the ONNX node a layer was made for: ``Gemm /fc/Gemm``."""
    origin = layer.origin
    if origin is None:
        return f"layer {layer.name}"
    return f"{origin.op} {origin.node or origin.value}".strip()


def describe_tensor(tensor: Tensor) -> str:
    """Return what a tensor is, by the ONNX node it was made for.

    For example ``output of Conv Conv_3``, ``weights fc.weight of Gemm fc as a Constant
    layer``, ``bias fc.bias of Gemm fc, reshaped for broadcasting (Shuffle)``.
    """
    layer = tensor.layer
    if layer is None:
        return "network input"
    if not is_parser_made(tensor):
        which = f" {tensor.output_index}" if len(layer.outputs) > 1 else ""
        return f"output{which} of {node_label(layer)}"
    if is_constant(tensor):
        return _describe_constant(tensor, layer)
    words = _inner(tensor, layer)
    return f"{words} ({layer.kind.value})"


def _describe_constant(tensor: Tensor, layer: Layer) -> str:
    root = producer(tensor)
    weights = root.output.constant if root is not None else None
    name = weights.initializer if weights is not None else None
    user = _user(tensor)
    node = node_label(user if user is not None else layer)
    role = "constant"
    if user is not None and user.origin is not None:
        role = _ROLES.get((user.origin.op, user.kind), "constant operand")
    what = f"{role} {name}" if name else role
    if layer.kind is LayerKind.CONSTANT:
        return f"{what} of {node} as a Constant layer"
    purpose = "reshaped for broadcasting" if layer.kind in _RESHAPES else "converted"
    return f"{what} of {node}, {purpose} ({layer.kind.value})"


_RESHAPES = frozenset({LayerKind.SHUFFLE, LayerKind.SQUEEZE, LayerKind.UNSQUEEZE})


def _user(tensor: Tensor) -> Layer | None:
    """The first layer that computes with the tensor, looking through copies."""
    seen = 0
    while tensor.consumers and seen < len(COPIES) * 4:
        layer = tensor.consumers[0]
        if layer.kind not in COPIES or not layer.outputs:
            return layer
        tensor, seen = layer.output, seen + 1
    return None


def _inner(tensor: Tensor, layer: Layer) -> str:
    node = node_label(layer)
    op = layer.origin.op if layer.origin is not None else ""
    if layer.kind in _RESHAPES:
        return _describe_reshape(tensor, layer, node, op)
    if layer.kind is LayerKind.MATRIX_MULTIPLY and op == "Gemm":
        return f"product of {node} before its bias is added"
    if layer.kind is LayerKind.SCALE and op in ("Add", "Sum", "Sub"):
        return f"inner tensor of the bias {node}: after the bias"
    if _is_reshaped_back(tensor, layer):
        return f"result of {node} before it is reshaped back"
    return f"inner tensor of {node}: {layer.params.get('op') or describe_kind(layer.kind)}"


def _is_reshaped_back(tensor: Tensor, layer: Layer) -> bool:
    """True where only a reshape is between the tensor and an output of its node."""
    if len(tensor.consumers) != 1:
        return False
    after = tensor.consumers[0]
    if after.kind not in _RESHAPES or after.origin is not layer.origin:
        return False
    return not is_parser_made(after.output)


def _describe_reshape(tensor: Tensor, layer: Layer, node: str, op: str) -> str:
    data = layer.input_at(0)
    outer = data is not None and not is_parser_made(data)
    user = _user(tensor)
    if outer and user is not None and user.kind is LayerKind.SCALE and user is not layer:
        return f"inner tensor of the bias {node}: input flattened"
    if outer and op in ("Softmax", "LogSoftmax", "Hardmax", "Flatten"):
        return f"input of {node}, flattened"
    if outer and user is not None and user.kind is LayerKind.FULLY_CONNECTED:
        return f"input of {node}, reshaped for the Fully Connected layer"
    if outer and data is not None:
        name = data.onnx_value or data.name
        return f"{name} reshaped or transposed for {node}"
    return f"inner tensor of {node}: reshaped or transposed"
