# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Plugins, calls of local functions, and what 10.x refuses before it imports a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from setrange.errors import UnsupportedOpError
from setrange.importer.parser import FALLBACK, LOCAL_FUNCTION, function_attributes, parse_node
from setrange.importer.plugin_library import PluginCreator, find_plugin
from setrange.importer.registry import CHANGELOG, LATER, checks, history, removed, since
from setrange.importer.rejections import refuse, require
from setrange.model.constants import DTYPE_NAMES
from setrange.model.node import Node
from setrange.network import MAX_DIMS, Confidence, LayerKind, Tensor
from setrange.network.trace import constant_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnx import FunctionProto, TypeProto, ValueInfoProto

    from setrange.importer.op_types import OpContext, Outputs, Shape, Value
    from setrange.network.params import LayerParams

#: Plugins whose INT64 inputs the parser casts to INT32 (10.x).
#: Source: onnx/onnx-tensorrt 10.10: importerUtils.cpp, onlySupportInt32TRTPlugin.
_INT32_ONLY = frozenset({
    "CustomEmbLayerNormPluginDynamic", "CustomQKVToContextPluginDynamic",
    "EfficientNMS_Explicit_TF_TRT", "EfficientNMS_Implicit_TF_TRT", "EfficientNMS_ONNX_TRT",
    "EfficientNMS_TRT", "MultiscaleDeformableAttnPlugin_TRT", "PillarScatterPlugin",
    "ROIAlign_TRT", "ScatterND", "VoxelGeneratorPlugin",
})  # fmt: skip

_SHAPE_INPUTS = "tensorrt_plugin_shape_input_indices"


# -- plugins ----------------------------------------------------------------------------


def _plugin_71(ctx: OpContext, *inputs: Value) -> Outputs:
    creator = _find(ctx)
    return _add(ctx, creator, [ctx.to_tensor(value) for value in inputs])


def _plugin(ctx: OpContext, *inputs: Value) -> Outputs:
    """Inputs may be absent; some plugins get INT32; V3 plugins take shape inputs last."""
    creator = _find(ctx)
    shape_inputs = _shape_inputs(ctx.node, creator, len(inputs))
    data: list[Tensor | None] = []
    shapes: list[Tensor | None] = []
    for i, value in enumerate(inputs):
        tensor = None if value is None else ctx.to_tensor(value)
        if tensor is not None and tensor.dtype == "int64" and ctx.node.op in _INT32_ONLY:
            tensor = ctx.cast(tensor, "int32")
        (shapes if i in shape_inputs else data).append(tensor)
    return _add(ctx, creator, [*data, *shapes])


def _serialized_plugin(ctx: OpContext, *inputs: Value) -> Outputs:
    name, version = ctx.node.attr_str("name"), ctx.node.attr_str("version")
    creator = find_plugin(ctx.profile.name, name, version, ctx.node.attr_str("namespace"))
    if creator is None:
        refuse(f"TensorRT's plugin library has no plugin {name!r} of version {version!r}")
    tensors: list[Tensor] = []
    for value in inputs:
        if not isinstance(value, Tensor):
            refuse("a serialized plugin takes tensors, not initializers")
        if ctx.profile.native_int64 and value.dtype == "int64" and name in _INT32_ONLY:
            value = ctx.cast(value, "int32")
        tensors.append(value)
    return _add(ctx, creator, tensors)


def _find(ctx: OpContext) -> PluginCreator:
    version = ctx.node.attr_str("plugin_version", "1")
    namespace = ctx.node.attr_str("plugin_namespace")
    creator = find_plugin(ctx.profile.name, ctx.node.op, version, namespace)
    if creator is None and ctx.profile.plugin_domain_namespace:
        creator = find_plugin(ctx.profile.name, ctx.node.op, version, ctx.node.domain)
    if creator is None and ctx.node.op in ctx.plugins:
        kind = LayerKind.PLUGIN_V2_DYNAMIC
        return PluginCreator(ctx.node.op, version, kind, 0, "")
    if creator is None:
        refuse(
            f"TensorRT has no importer for the op {ctx.node.op}, and its plugin library has no "
            f"plugin of that name and version {version}; if you load one, say so: "
            f"--plugin {ctx.node.op}"
        )
    return creator


def _shape_inputs(node: Node, creator: PluginCreator, count: int) -> set[int]:
    """Positions of the inputs a V3 plugin takes as shapes."""
    if not node.has(_SHAPE_INPUTS) or creator.kind is not LayerKind.PLUGIN_V3:
        return set()
    positions = node.attr_ints(_SHAPE_INPUTS)
    known = all(-count <= p < count for p in positions)
    require(known, f"attribute {_SHAPE_INPUTS} names an input the node does not have")
    return {p % count for p in positions}


def _add(
    ctx: OpContext, creator: PluginCreator, tensors: Sequence[Tensor | None]
) -> list[Tensor]:
    count = creator.outputs or len(ctx.node.outputs)
    known = _known_outputs(ctx.node, creator, tensors) or _declared_outputs(ctx, count)
    if not known and creator.name in ctx.plugins:
        known = _shapes_by_schema(ctx, tensors)
    if len(known) != count:
        raise UnsupportedOpError(
            f"{ctx.model.path.name}: the output shapes of plugin {creator.name} (node "
            f"{ctx.node.label!r}) are not modelled; give them in the model "
            f"(onnx.shape_inference does not know plugins: add value_info entries)"
        )
    params: LayerParams = {"plugin": creator.name, "version": creator.version}
    if creator.shape == "nms":
        params |= _nms_settings(ctx.node)
    layer = ctx.net.add(
        creator.kind,
        tensors,
        dtypes=[dtype for _, dtype in known],
        infer_shapes=lambda _: [shape for shape, _ in known],
        **params,
    )
    ctx.assume(layer)
    if creator.name in ctx.plugins:
        layer.confidence = Confidence.UNKNOWN  # we never saw its layers
    return ctx.register_layer(layer).outputs


def _nms_settings(node: Node) -> LayerParams:
    """What tells how the boxes and scores that leave differ from those that enter."""
    return {
        "box_coding": node.attr_int("box_coding", 0),
        "score_activation": node.attr_int("score_activation", 0),
        "clip_boxes": node.attr_int("clipBoxes", 1),
    }


def _known_outputs(
    node: Node, creator: PluginCreator, tensors: Sequence[Tensor | None]
) -> list[tuple[Shape, str]]:
    """(shape, type) per output where the plugin's rule is modelled, else empty."""
    first = tensors[0] if tensors else None
    if first is None:
        return []
    if creator.shape == "same":
        return [(first.shape, first.dtype)] * creator.outputs
    if creator.shape == "nms":
        name = "keepTopK" if node.has("keepTopK") else "max_output_boxes"
        kept, batch = node.attr_int(name, -1), first.shape[0] if first.rank else -1
        classes = "float32" if creator.name.startswith("BatchedNMS") else "int32"
        return [
            ((batch, 1), "int32"),
            ((batch, kept, 4), first.dtype),
            ((batch, kept), first.dtype),
            ((batch, kept), classes),
        ]
    return []


def _declared_outputs(ctx: OpContext, count: int) -> list[tuple[Shape, str]]:
    """(shape, type) per output as the model declares them; empty unless all are declared."""
    graph = ctx.model.graph
    declared = {value.name: value for value in (*graph.value_info, *graph.output)}
    found = [_declared(ctx, declared[name]) for name in ctx.node.outputs if name in declared]
    return found if len(found) == count else []


def _declared(ctx: OpContext, value: ValueInfoProto) -> tuple[Shape, str]:
    dims, dtype = _shape_and_type(ctx, value.type)
    require(len(dims) <= MAX_DIMS, f"value {value.name!r} has more than {MAX_DIMS} dimensions")
    return dims, dtype


def _shape_and_type(ctx: OpContext, kind: TypeProto) -> tuple[Shape, str]:
    tensor = kind.tensor_type
    dims = tuple(
        d.dim_value if d.HasField("dim_value") and d.dim_value >= 0 else -1
        for d in tensor.shape.dim
    )
    return dims, ctx.trt_dtype(DTYPE_NAMES.get(tensor.elem_type, "undefined"))


#: Larger constants are no operands of shape arithmetic.
_MOST_VALUES = 1024


def _shapes_by_schema(
    ctx: OpContext, tensors: Sequence[Tensor | None]
) -> list[tuple[Shape, str]]:
    """(shape, type) per output as ONNX infers them; empty where it does not define the op."""
    import onnx
    from onnx import defs, helper, numpy_helper, shape_inference

    node = ctx.node
    if node.domain not in ("", "ai.onnx") or len(tensors) != len(node.inputs):
        return []
    elements = {name: element for element, name in reversed(DTYPE_NAMES.items())}
    types, data = {}, {}
    for name, tensor in zip(node.inputs, tensors, strict=True):
        if tensor is None or tensor.dtype not in elements:
            continue
        dims = [None if dim < 0 else dim for dim in tensor.shape]
        types[name] = helper.make_tensor_type_proto(elements[tensor.dtype], dims)
        values = None if tensor.is_float else constant_values(tensor)
        if values is not None and values.size <= _MOST_VALUES:
            data[name] = numpy_helper.from_array(values, name)
    try:
        schema = defs.get_schema(node.op, ctx.opset, "")
        found = shape_inference.infer_node_outputs(
            schema, node.proto, types, data, opset_imports=[helper.make_opsetid("", ctx.opset)]
        )
    except (onnx.shape_inference.InferenceError, defs.SchemaError, RuntimeError, ValueError):
        return []
    kinds = [found[name] for name in node.outputs if name in found]
    shaped = [kind for kind in kinds if kind.tensor_type.HasField("shape")]
    outputs = [_shape_and_type(ctx, kind) for kind in shaped]
    return [(dims, dtype) for dims, dtype in outputs if len(dims) <= MAX_DIMS]


# -- local functions: the body is imported in the caller's network ----------------------

_ABSENT: Final = object()


def _call(ctx: OpContext, *, shadows: bool) -> Outputs:
    """Import a function's body.

    ``shadows``: a parameter hides an outside value of its name; else, where its name is taken
    outside already, it means the outside value.
    """
    require(ctx.node.op in ctx.functions, f"the model defines no function {ctx.node.op}")
    function = ctx.functions[ctx.node.op]
    count, given = len(function.input), len(ctx.node.inputs)
    require(given == count, f"function {ctx.node.op} takes {count} inputs, not {given}")
    hidden: dict[str, object] = {}
    with ctx.name_scope():
        for outside, inside in zip(ctx.node.inputs, function.input, strict=True):
            hides = inside != outside if shadows else inside not in ctx.values
            if hides:
                hidden[inside] = ctx.values.pop(inside, _ABSENT)
                require(
                    outside in ctx.values,
                    f"function argument {outside!r} is not produced by any node",
                )
                ctx.values[inside] = ctx.values[outside]
            require(inside in ctx.values, f"function argument {inside!r} is not known")
        outputs = _import_body(ctx, function)
        for name, value in hidden.items():
            ctx.values.pop(name, None)
            if value is not _ABSENT:
                ctx.values[name] = value  # type: ignore[assignment]
    return outputs


def _import_body(ctx: OpContext, function: FunctionProto) -> list[Value]:
    """Import a function's nodes in file order and return its outputs."""
    with ctx.attribute_scope(function_attributes(ctx.node, function)):
        for i, proto in enumerate(function.node):
            parse_node(ctx, Node(proto, i, ctx.attribute_scopes[-1]))
    outputs: list[Value] = []
    for name in function.output:
        require(name in ctx.values, f"function {ctx.node.op} does not make its output {name!r}")
        outputs.append(ctx.values[name])
    return outputs


# -- what 10.x refuses from a node alone, whatever has its name -------------------------

_REFUSED = (
    "AffineGrid", "Bernoulli", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr",
    "BitwiseXor", "CenterCropPad", "Col2Im", "Compress", "ConcatFromSequence", "ConvInteger",
    "DFT", "Det", "DynamicQuantizeLinear", "ImageDecoder", "MatMulInteger", "MaxRoiPool",
    "MaxUnpool", "MelWeightMatrix", "Multinomial", "NegativeLogLikelihoodLoss", "Optional",
    "OptionalGetElement", "OptionalHasElement", "QLinearConv", "QLinearMatMul",
    "RegexFullMatch", "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase",
    "SequenceInsert", "SequenceLength", "SequenceMap", "SoftmaxCrossEntropyLoss",
    "SplitToSequence", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer",
    "Unique",
)  # fmt: skip


def _unsupported(ctx: OpContext, node: Node) -> None:
    require(node.op in ctx.opaque, f"TensorRT does not support the op {node.op}")


def _require_one_output(ctx: OpContext, node: Node) -> None:
    require(not any(node.outputs[1:]), f"TensorRT supports one output of {node.op} only")


# -- change log -------------------------------------------------------------------------

history(
    FALLBACK, since("7.1", _plugin_71), since("10.1", _plugin, symbol="addPluginWithCreator")
)
history("TRT_PluginV2", since("7.0", _serialized_plugin))
history(LOCAL_FUNCTION, since("10.1", _call, shadows=False), since("10.10", shadows=True))
checks(_REFUSED, since("10.1", _unsupported, symbol="onnxOpCheckers.cpp"))
checks(
    ("BlackmanWindow", "HammingWindow", "HannWindow"),
    since("10.1", _unsupported, symbol="onnxOpCheckers.cpp"),
    since("10.4", removed, read_at="10.7", why=CHANGELOG),
)
checks(
    "STFT",
    since("10.1", _unsupported, symbol="onnxOpCheckers.cpp"),
    since("10.5", removed, read_at="10.7", why=CHANGELOG),
)
checks(
    ("BatchNormalization", "LayerNormalization", "MaxPool"),
    since("10.6", _require_one_output, symbol="emptyOutputChecker", read_at="10.7", why=LATER),
)
