# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ops of ONNX that read otherwise from some opset on, and what keeps their function.

Source: onnx/onnx, docs/Changelog.md, opsets 7 to 19. Ops that are not here mean the same in
every opset in which their attributes and inputs are valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.model.making import make_node, set_attribute
from setrange.surgery.opset.step import CannotRaiseError, adapter, attribute

if TYPE_CHECKING:
    from onnx import NodeProto

    from setrange.surgery.opset.step import Raising

__all__: list[str] = []


def _pop(node: NodeProto, name: str) -> list[int] | None:
    """Remove an attribute of integers; return them, or ``None`` where there is none."""
    found = attribute(node, name)
    if found is None:
        return None
    values = [found.i] if found.type == found.INT else list(found.ints)
    node.attribute.remove(found)
    return values


def _drop(node: NodeProto, *names: str) -> None:
    for found in [attr for attr in node.attribute if attr.name in names]:
        node.attribute.remove(found)


def _set(node: NodeProto, name: str, value: int | str) -> None:
    _drop(node, name)
    set_attribute(node, name, value)


def _label(node: NodeProto, what: str) -> str:
    return f"{node.output[0]}_{what}"


# -- 7: numpy's broadcasting --------------------------------------------------------------


@adapter(
    *("Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor"),
    since=7,
)
def _broadcast(node: NodeProto, model: Raising) -> list[NodeProto]:
    """The second operand lay along the axes from `axis` on, not along the last ones."""
    axes = _pop(node, "axis")
    _drop(node, "broadcast", "consumed_inputs")
    if not axes:
        return [node]
    axis = axes[0]
    left, right = (model.shapes.get(name) for name in node.input[:2])
    if left is None or right is None:
        raise CannotRaiseError("it has an axis, and the rank of an operand is not known")
    trailing = len(left) - axis % max(1, len(left)) - len(right)
    if trailing <= 0:
        return [node]
    wide = model.name(_label(node, "unsqueezed"))
    first = len(right)
    unsqueeze = make_node(
        "Unsqueeze", [node.input[1]], [wide], axes=list(range(first, first + trailing))
    )
    node.input[1] = wide
    return [unsqueeze, node]


@adapter("PRelu", since=7)
def _slope(node: NodeProto, model: Raising) -> list[NodeProto]:
    """Slopes belonged to the second axis, not to the last."""
    _drop(node, "consumed_inputs")
    shape, slope = (model.shapes.get(name) for name in node.input[:2])
    if slope is not None and (len(slope) != 1 or slope[0] == 1):
        return [node]
    if shape is None or slope is None:
        raise CannotRaiseError("the rank of its input or of its slope is not known")
    if len(shape) <= 2:
        return [node]
    wide = model.name(_label(node, "slope"))
    axes = list(range(1, len(shape) - 1))
    unsqueeze = make_node("Unsqueeze", [node.input[1]], [wide], axes=axes)
    node.input[1] = wide
    return [unsqueeze, node]


@adapter(
    *("Abs", "BatchNormalization", "Ceil", "Clip", "Dropout", "Elu", "Exp", "Floor", "Gemm"),
    *("GRU", "HardSigmoid", "InstanceNormalization", "LeakyRelu", "Log", "LSTM", "Max"),
    *("Mean", "Min", "Neg", "Reciprocal", "Relu", "RNN", "Selu", "Sigmoid", "Sqrt", "Sum"),
    *("Tanh",),
    since=7,
)
def _hints(node: NodeProto, model: Raising) -> list[NodeProto]:
    """Attributes that said nothing about the result at inference."""
    _drop(node, "broadcast", "consumed_inputs", "is_test", "output_sequence")
    return [node]


# -- 8 and 9 --------------------------------------------------------------------------------


@adapter("Scan", since=9)
def _scan(node: NodeProto, model: Raising) -> list[NodeProto]:
    raise CannotRaiseError("a Scan of opset 8 goes over batches, one of opset 9 does not")


@adapter("BatchNormalization", since=9)
def _spatial(node: NodeProto, model: Raising) -> list[NodeProto]:
    if _pop(node, "spatial") == [0]:
        raise CannotRaiseError("it normalizes each position by itself (spatial = 0)")
    return [node]


@adapter("Upsample", since=9)
def _factors(node: NodeProto, model: Raising) -> list[NodeProto]:
    found = attribute(node, "scales")
    if found is None:
        raise CannotRaiseError("it has no scales")
    node.input.append(model.floats(_label(node, "scales"), found.floats))
    node.attribute.remove(found)
    return [node]


# -- 10: numbers as inputs ------------------------------------------------------------------


@adapter("Upsample", since=10)
def _upsample(node: NodeProto, model: Raising) -> list[NodeProto]:
    node.op_type = "Resize"
    return [node]


@adapter("Slice", since=10)
def _slice(node: NodeProto, model: Raising) -> list[NodeProto]:
    starts, ends, axes = (_pop(node, name) for name in ("starts", "ends", "axes"))
    node.input.append(model.ints(_label(node, "starts"), starts or []))
    node.input.append(model.ints(_label(node, "ends"), ends or []))
    # Without axes they are the first ones; TensorRT takes them for all of the tensor's.
    axes = list(range(len(starts or []))) if axes is None else axes
    node.input.append(model.ints(_label(node, "axes"), axes))
    return [node]


@adapter("TopK", since=10)
def _top_k(node: NodeProto, model: Raising) -> list[NodeProto]:
    node.input.append(model.ints(_label(node, "k"), (_pop(node, "k") or [0])[:1]))
    return [node]


# -- 11 -------------------------------------------------------------------------------------


@adapter("Resize", since=11)
def _resize(node: NodeProto, model: Raising) -> list[NodeProto]:
    """Positions were scaled from the corner, and rounded down."""
    mode = attribute(node, "mode")
    is_nearest = mode is None or mode.s in (b"nearest", b"")
    scales = model.numbers(node.input[1])
    for scale in scales or ():
        steps = 1 / scale if scale > 0 else 0.5
        # Between two values one runtime takes the one before, another the one behind.
        if is_nearest and scale < 1 and abs(steps - round(steps)) > 1e-6:
            raise CannotRaiseError(
                f"it shrinks by {scale:g} to the nearest values, and runtimes do not agree "
                f"on which those are before opset 11"
            )
    data, factors = node.input[:2]
    del node.input[:]
    node.input.extend([data, "", factors])
    _set(node, "coordinate_transformation_mode", "asymmetric")
    if is_nearest:
        _set(node, "nearest_mode", "floor")
    return [node]


@adapter("Clip", since=11)
def _clip(node: NodeProto, model: Raising) -> list[NodeProto]:
    for slot, name in ((1, "min"), (2, "max")):
        found = attribute(node, name)
        if found is None:
            continue
        while len(node.input) < slot:
            node.input.append("")
        node.input.append(model.scalar_like(_label(node, name), found.f, node.input[0]))
        node.attribute.remove(found)
    return [node]


@adapter("Pad", since=11)
def _pad(node: NodeProto, model: Raising) -> list[NodeProto]:
    pads = _pop(node, "pads") or _pop(node, "paddings")
    if pads is None:
        raise CannotRaiseError("it has no pads")
    _drop(node, "paddings")
    value, mode = attribute(node, "value"), attribute(node, "mode")
    number = 0.0 if value is None else value.f
    _drop(node, "value")
    node.input.append(model.ints(_label(node, "pads"), pads))
    if mode is None or mode.s in (b"constant", b""):
        node.input.append(model.scalar_like(_label(node, "value"), number, node.input[0]))
    return [node]


@adapter("Scatter", since=11)
def _scatter(node: NodeProto, model: Raising) -> list[NodeProto]:
    node.op_type = "ScatterElements"
    return [node]


# -- 12 and 13 ------------------------------------------------------------------------------


@adapter("Dropout", since=12)
def _dropout(node: NodeProto, model: Raising) -> list[NodeProto]:
    """The ratio became an input; it matters in training only."""
    _drop(node, "ratio")
    return [node]


@adapter("Softmax", "LogSoftmax", "Hardmax", since=13)
def _coerced(node: NodeProto, model: Raising) -> list[NodeProto]:
    """All axes from `axis` on were one row; from 13 on a row is one axis."""
    axis = (_pop(node, "axis") or [1])[0]
    shape = model.shapes.get(node.input[0])
    if axis == -1 or (shape is not None and axis % max(1, len(shape)) == len(shape) - 1):
        _set(node, "axis", -1)
        return [node]
    source, result = node.input[0], node.output[0]
    flat, made, dims = (model.name(_label(node, w)) for w in ("flat", "rows", "shape"))
    node.input[0], node.output[0] = flat, made
    _set(node, "axis", -1)
    return [
        make_node("Shape", [source], [dims]),
        make_node("Flatten", [source], [flat], axis=axis),
        node,
        make_node("Reshape", [made, dims], [result]),
    ]


@adapter("Split", since=13)
def _split(node: NodeProto, model: Raising) -> list[NodeProto]:
    sizes = _pop(node, "split")
    if sizes is not None:
        node.input.append(model.ints(_label(node, "split"), sizes))
    return [node]


@adapter("ReduceSum", "Squeeze", "Unsqueeze", since=13)
@adapter(
    *("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean"),
    *("ReduceMin", "ReduceProd", "ReduceSumSquare"),
    since=18,
)
def _axes(node: NodeProto, model: Raising) -> list[NodeProto]:
    axes = _pop(node, "axes")
    if axes is not None:
        node.input.append(model.ints(_label(node, "axes"), axes))
    return [node]


# -- 14 to 19 -------------------------------------------------------------------------------


@adapter("BatchNormalization", since=14)
def _one_output(node: NodeProto, model: Raising) -> list[NodeProto]:
    """Outputs of running means came with the attribute training_mode."""
    del node.output[1:]
    return [node]


@adapter("RoiAlign", since=16)
def _roi_align(node: NodeProto, model: Raising) -> list[NodeProto]:
    """Boxes were not moved by half a pixel."""
    if attribute(node, "coordinate_transformation_mode") is None:
        _set(node, "coordinate_transformation_mode", "output_half_pixel")
    return [node]


@adapter("Split", since=18)
def _equal_parts(node: NodeProto, model: Raising) -> list[NodeProto]:
    if len(node.input) < 2 or not node.input[1]:
        _set(node, "num_outputs", len(node.output))
    return [node]
