# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Raising a model's opset, only as far as Q/DQ needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import UnsupportedError
from setrange.model.loading import Model
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

__all__ = ["needed_opset", "raised"]

#: QuantizeLinear has `axis` from 13 on, float16 scales from 19 on.
_WITH_AXIS = 13
_WITH_FLOAT16 = 19

#: Oldest IR version that may hold an opset, and what ONNX requires of subgraphs.
_IR_VERSIONS = {13: 7, 19: 9}

_EXTERNAL = 1
#: Bytes from which an initializer takes no part in a conversion.
_LARGE = 1 << 12


def needed_opset(*, has_float16: bool) -> int:
    """Return the oldest opset that can hold the pairs."""
    return _WITH_FLOAT16 if has_float16 else _WITH_AXIS


def raised(model: Model, opset: int) -> Model:
    """Return the model at ``opset`` or later; the same one if it is there already.

    Raises:
        UnsupportedError: ONNX cannot convert it; the message says why.
    """
    have = model.opset()
    if have >= opset:
        return model
    import onnx
    from onnx import version_converter

    advice = f"export the model with opset {opset} or later"
    if model.proto.functions:
        raise UnsupportedError(
            f"{model.path} has opset {have}, Q/DQ needs {opset}, and ONNX cannot convert a "
            f"model with local functions: {advice}"
        )
    light, heavy = _without_weights(model.proto)
    try:
        proto = version_converter.convert_version(light, opset)
    except (
        RuntimeError,
        ValueError,
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as e:
        reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
        raise UnsupportedError(
            f"{model.path} has opset {have}, Q/DQ needs {opset}, and ONNX cannot convert it "
            f"({reason}): {advice}"
        ) from e
    _put_back(model.proto, proto, heavy)
    proto.ir_version = max(model.proto.ir_version, _IR_VERSIONS[opset])
    _restore_names(model, proto, advice)
    opsets = {entry.domain: entry.version for entry in proto.opset_import}
    return Model(path=model.path, proto=proto, opsets=opsets)


def _without_weights(proto: ModelProto) -> tuple[ModelProto, list[TensorProto]]:
    """Return a copy of a model with its large initializers as inputs, and those.

    No conversion looks at their values, and the converter copies all it gets several times.
    """
    from onnx import helper

    light = skeleton_of(proto)
    given = {value.name for value in proto.graph.input}
    heavy = []
    for tensor in proto.graph.initializer:
        if tensor.data_location != _EXTERNAL and tensor.ByteSize() < _LARGE:
            light.graph.initializer.append(tensor)
            continue
        heavy.append(tensor)
        if tensor.name not in given:
            light.graph.input.append(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
    return light, heavy


def _put_back(before: ModelProto, after: ModelProto, heavy: list[TensorProto]) -> None:
    """Make the inputs that stood for large initializers those again, in the file's order."""
    names = {value.name for value in before.graph.input}
    inputs = [value for value in after.graph.input if value.name in names]
    del after.graph.input[:]
    after.graph.input.extend(inputs)
    small = {tensor.name: tensor for tensor in after.graph.initializer}
    small.update({tensor.name: tensor for tensor in heavy})
    order = dict.fromkeys([*(t.name for t in before.graph.initializer), *small])
    tensors = [small[name] for name in order if name in small]
    del after.graph.initializer[:]
    after.graph.initializer.extend(tensors)


def _restore_names(model: Model, proto: ModelProto, advice: str) -> None:
    """Give values that the conversion renamed their names back: ranges belong to names."""
    before = [node for node in model.graph.node if node.op_type != "Constant"]
    after = [node for node in proto.graph.node if node.op_type != "Constant"]
    kept = {name for node in after for name in node.output}
    lost = [name for node in before for name in node.output if name and name not in kept]
    if not lost:
        return
    if len(before) != len(after):
        raise UnsupportedError(
            f"{model.path}: converting its opset to hold Q/DQ loses {lost[0]!r}: {advice}"
        )
    renamed = {
        new: old
        for source, target in zip(before, after, strict=True)
        for old, new in zip(source.output, target.output, strict=False)
        if old != new
    }
    for node in proto.graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = renamed.get(name, name)
    for value in proto.graph.value_info:
        value.name = renamed.get(value.name, value.name)
