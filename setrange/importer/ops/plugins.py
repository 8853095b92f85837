# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ops that only a plugin can import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import UnsupportedOpError
from setrange.importer.helpers.tensors import cast_helper
from setrange.importer.parser import FALLBACK
from setrange.importer.plugin_library import PluginCreator, find_plugin
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.importer.schema_shapes import shapes_by_schema
from setrange.model.constants import DTYPE_NAMES
from setrange.network import MAX_DIMS, Confidence, LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onnx import ValueInfoProto

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Shape

#: Plugins whose INT64 inputs the parser casts to INT32 (10.x).
#: Source: onnx/onnx-tensorrt 10.10: importerUtils.cpp, onlySupportInt32TRTPlugin.
_INT32_ONLY = frozenset({
    "CustomEmbLayerNormPluginDynamic",
    "CustomQKVToContextPluginDynamic",
    "EfficientNMS_Explicit_TF_TRT",
    "EfficientNMS_Implicit_TF_TRT",
    "EfficientNMS_ONNX_TRT",
    "EfficientNMS_TRT",
    "MultiscaleDeformableAttnPlugin_TRT",
    "PillarScatterPlugin",
    "ROIAlign_TRT",
    "ScatterND",
    "VoxelGeneratorPlugin",
})  # fmt: skip

_SHAPE_INPUTS = "tensorrt_plugin_shape_input_indices"


@importer(FALLBACK, since="7.1", source="7.1:importFallbackPluginImporter")
def plugin(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    creator = _find(ctx, node)
    tensors = [ctx.to_tensor(value) for value in inputs]
    return _add(ctx, node, creator, tensors)


@importer(FALLBACK, since="10.1", source="10.1-GA:addPluginWithCreator")
def plugin_with_optional_inputs(
    ctx: ImporterContext, node: Node, inputs: list[Value]
) -> Sequence[Value]:
    """Inputs may be absent; some plugins get INT32; V3 plugins take shape inputs last."""
    creator = _find(ctx, node)
    shape_inputs = _shape_inputs(node, creator, len(inputs))
    data: list[Tensor | None] = []
    shapes: list[Tensor | None] = []
    for i, value in enumerate(inputs):
        tensor = None if value is None else ctx.to_tensor(value)
        if tensor is not None and tensor.dtype == "int64" and node.op in _INT32_ONLY:
            tensor = cast_helper(ctx, tensor, "int32")
        (shapes if i in shape_inputs else data).append(tensor)
    return _add(ctx, node, creator, [*data, *shapes])


@importer("TRT_PluginV2", since="7.0", source="8.6-GA:importTRT_PluginV2")
def serialized_plugin(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    name, version = node.attr_str("name"), node.attr_str("version")
    creator = find_plugin(ctx.profile.name, name, version, node.attr_str("namespace"))
    if creator is None:
        refuse(f"TensorRT's plugin library has no plugin {name!r} of version {version!r}")
    tensors: list[Tensor] = []
    for value in inputs:
        if not isinstance(value, Tensor):
            refuse("a serialized plugin takes tensors, not initializers")
        if ctx.profile.native_int64 and value.dtype == "int64" and name in _INT32_ONLY:
            value = cast_helper(ctx, value, "int32")
        tensors.append(value)
    return _add(ctx, node, creator, tensors)


def _find(ctx: ImporterContext, node: Node) -> PluginCreator:
    version = node.attr_str("plugin_version", "1")
    namespace = node.attr_str("plugin_namespace")
    creator = find_plugin(ctx.profile.name, node.op, version, namespace)
    if creator is None and ctx.profile.plugin_domain_namespace:
        creator = find_plugin(ctx.profile.name, node.op, version, node.domain)
    if creator is None and node.op in ctx.plugins:
        return PluginCreator(
            name=node.op,
            version=version,
            kind=LayerKind.PLUGIN_V2_DYNAMIC,
            outputs=0,
            shape="",
        )
    if creator is None:
        refuse(
            f"TensorRT has no importer for the op {node.op}, and its plugin library has no "
            f"plugin of that name and version {version}; if you load one, say so: "
            f"--plugin {node.op}"
        )
    return creator


def _shape_inputs(node: Node, creator: PluginCreator, count: int) -> set[int]:
    """Positions of the inputs a V3 plugin takes as shapes."""
    if not node.has(_SHAPE_INPUTS) or creator.kind is not LayerKind.PLUGIN_V3:
        return set()
    positions = node.attr_ints(_SHAPE_INPUTS)
    require(
        all(-count <= p < count for p in positions),
        f"attribute {_SHAPE_INPUTS} names an input the node does not have",
    )
    return {p % count for p in positions}


def _add(
    ctx: ImporterContext,
    node: Node,
    creator: PluginCreator,
    tensors: Sequence[Tensor | None],
) -> list[Value]:
    count = creator.outputs or len(node.outputs)
    known = _known_outputs(node, creator, tensors) or _declared_outputs(ctx, node, count)
    if not known and creator.name in ctx.plugins:
        known = shapes_by_schema(ctx, node, tensors)
    if len(known) != count:
        raise UnsupportedOpError(
            f"{ctx.model.path.name}: the output shapes of plugin {creator.name} (node "
            f"{node.label!r}) are not modelled; give them in the model "
            f"(onnx.shape_inference does not know plugins: add value_info entries)"
        )
    layer = ctx.net.add(
        creator.kind,
        tensors,
        dtypes=[dtype for _, dtype in known],
        infer_shapes=lambda _: [shape for shape, _ in known],
        plugin=creator.name,
        version=creator.version,
        **(_nms_settings(node) if creator.shape == "nms" else {}),
    )
    ctx.assume(layer)
    if creator.name in ctx.plugins:
        layer.confidence = Confidence.UNKNOWN  # we never saw its layers
    ctx.register_layer(layer)
    return list(layer.outputs)


def _nms_settings(node: Node) -> dict[str, int]:
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


def _declared_outputs(ctx: ImporterContext, node: Node, count: int) -> list[tuple[Shape, str]]:
    """(shape, type) per output as the model declares them; empty unless all are declared."""
    graph = ctx.model.graph
    declared = {value.name: value for value in (*graph.value_info, *graph.output)}
    found = [_declared(ctx, declared[name]) for name in node.outputs if name in declared]
    return found if len(found) == count else []


def _declared(ctx: ImporterContext, value: ValueInfoProto) -> tuple[Shape, str]:
    kind = value.type.tensor_type
    dims = tuple(
        d.dim_value if d.HasField("dim_value") and d.dim_value >= 0 else -1
        for d in kind.shape.dim
    )
    require(len(dims) <= MAX_DIMS, f"value {value.name!r} has more than {MAX_DIMS} dimensions")
    return dims, ctx.trt_dtype(DTYPE_NAMES.get(kind.elem_type, "undefined"))
