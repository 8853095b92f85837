# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NonMaxSuppression, RoiAlign and GridSample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import optional, required, required_weights
from setrange.importer.helpers.tensors import (
    cast_helper,
    require_not_type,
    to_scalar,
    transpose_tensor,
)
from setrange.importer.registry import importer
from setrange.importer.rejections import refuse, require
from setrange.importer.shape_value import INT32_MAX
from setrange.model.weights import Weights
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network import Layer, Shape, Tensor


def _boxes_and_scores(ctx: ImporterContext, inputs: list[Value]) -> tuple[Tensor, Tensor]:
    require(2 <= len(inputs) <= 5, "NonMaxSuppression takes 2 to 5 inputs")
    boxes = ctx.to_tensor(required(inputs, 0))
    require(boxes.rank == 3, "NonMaxSuppression: the boxes must be 3-D")
    scores = ctx.to_tensor(required(inputs, 1))
    require(scores.rank == 3, "NonMaxSuppression: the scores must be 3-D")
    return boxes, scores


@importer("NonMaxSuppression", since="8.0", source="8.0-GA:importNonMaxSuppression")
def nms_80(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    """The EfficientNMS_ONNX_TRT plugin: as many rows as boxes are wanted per batch element.

    Source: NVIDIA/TensorRT 8.0: efficientNMSPlugin.cpp, getOutputDimensions.
    """
    boxes, scores = _boxes_and_scores(ctx, inputs)
    options = [required_weights(inputs, i) for i in range(2, len(inputs))]
    limits = options[0].ints() if options else [0]
    require(limits, "NonMaxSuppression: max_output_boxes_per_class is empty")
    batch = boxes.shape[0]
    rows = batch * limits[0] if batch >= 0 else -1
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        [boxes, transpose_tensor(ctx, scores, (0, 2, 1))],
        dtypes=("int32",),
        infer_shapes=lambda _: [(rows, 3)],
        plugin="EfficientNMS_ONNX_TRT",
    )
    return [ctx.register_layer(layer).output]


def _scalar(ctx: ImporterContext, value: Value, what: str) -> Tensor:
    tensor = to_scalar(ctx, value)
    if tensor is None:
        refuse(f"NonMaxSuppression: {what} must be a single value")
    return tensor


def _max_boxes(ctx: ImporterContext, value: Value) -> Tensor:
    return _scalar(ctx, value, "max_output_boxes_per_class")


def _limited_max_boxes(ctx: ImporterContext, value: Value) -> Tensor:
    """INT64 counts limited to INT32's range and cast (10.x)."""
    count = _max_boxes(ctx, value)
    limit = ctx.add_constant([INT32_MAX], "int64", ())
    count = ctx.net.add_elementwise(count, limit, "min").output
    return cast_helper(ctx, count, "int32")


def _no_boxes(ctx: ImporterContext) -> Tensor:
    """The default of max_output_boxes_per_class, a Constant without a temporary name."""
    import numpy as np

    return ctx.register_inner(ctx.net.add_constant(Weights.of(np.zeros((), np.int32)))).output


def _nms(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    max_boxes: Callable[[ImporterContext, Value], Tensor],
    *,
    dtype: str = "int32",
) -> Tensor:
    """One NMS layer on transposed scores; returns the selected indices (of type ``dtype``)."""
    boxes, scores = _boxes_and_scores(ctx, inputs)
    count = optional(inputs, 2)
    limit = _no_boxes(ctx) if count is None else max_boxes(ctx, count)
    thresholds: list[Tensor | None] = []
    for i, what in ((3, "iou_threshold"), (4, "score_threshold")):
        value = optional(inputs, i)
        thresholds.append(None if value is None else _scalar(ctx, value, what))
    layer = ctx.net.add_nms(boxes, transpose_tensor(ctx, scores, (0, 2, 1)), limit)
    layer.output.dtype = dtype
    ctx.register_layer(layer)
    for i, threshold in enumerate(thresholds):
        if threshold is not None:
            layer.set_input(3 + i, threshold)
    require(
        node.attr_int("center_point_box") in (0, 1),
        "NonMaxSuppression: center_point_box must be 0 or 1",
    )
    return layer.output


@importer("NonMaxSuppression", since="8.5", source="8.5-GA:importNonMaxSuppression")
def nms_85(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [_nms(ctx, node, inputs, _max_boxes)]


@importer("NonMaxSuppression", since="10.1", source="10.1-GA:importNonMaxSuppression")
def nms_101(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [cast_helper(ctx, _nms(ctx, node, inputs, _limited_max_boxes), "int64")]


@importer("NonMaxSuppression", since="10.16", source="10.16:importNonMaxSuppression")
def nms_1016(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    return [_nms(ctx, node, inputs, _limited_max_boxes, dtype="int64")]


def _roi_align(
    ctx: ImporterContext, node: Node, tensors: list[Tensor], kind: LayerKind
) -> Sequence[Value]:
    """The ROIAlign_TRT plugin on (data, regions, batch indices)."""
    data, regions, _ = tensors
    require(
        regions.rank == 2 and regions.shape[1] == 4,
        "RoiAlign: the regions must be of shape [n, 4]",
    )
    height, width = node.attr_int("output_height", 1), node.attr_int("output_width", 1)

    def infer(layer: Layer) -> list[Shape]:
        require(data.rank == 4, "RoiAlign: the data must be 4-D")
        return [(regions.shape[0], data.shape[1], height, width)]

    layer = ctx.net.add(kind, tensors, infer_shapes=infer, plugin="ROIAlign_TRT")
    return [ctx.register_layer(layer).output]


@importer("RoiAlign", since="8.5", source="8.5-GA:importRoiAlign")
def roi_align_85(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensors = [ctx.to_tensor(required(inputs, i)) for i in range(3)]
    return _roi_align(ctx, node, tensors, LayerKind.PLUGIN_V2_DYNAMIC)


@importer("RoiAlign", since="10.1", source="10.1-GA:importRoiAlign")
def roi_align_101(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    tensors = [ctx.to_tensor(required(inputs, i)) for i in range(3)]
    tensors[2] = cast_helper(ctx, tensors[2], "int32")
    return _roi_align(ctx, node, tensors, LayerKind.PLUGIN_V3)


#: ONNX's words for TensorRT's; TensorRT takes other interpolation modes for nearest.
_INTERPOLATIONS = {"nearest": "nearest", "bilinear": "linear", "bicubic": "cubic"}
_SAMPLE_MODES = {"zeros": "fill", "border": "clamp", "reflection": "reflect"}


@importer("GridSample", since="8.5", source="8.5-GA:importGridSample")
def grid_sample(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    given = [required(inputs, i) for i in range(2)]
    for value in given:
        require_not_type(ctx, value, "BOOL", "UINT8")
    require(len(inputs) == 2, "GridSample takes exactly 2 inputs")
    data, grid = (ctx.to_tensor(value) for value in given)
    require(data.rank > 0 and grid.rank > 0, "GridSample does not take scalars")
    require(data.rank == grid.rank, "GridSample: data and grid differ in rank")
    layer = ctx.net.add_grid_sample(
        data,
        grid,
        mode=_INTERPOLATIONS.get(node.attr_str("mode", "bilinear"), "nearest"),
        sample_mode=_SAMPLE_MODES.get(node.attr_str("padding_mode", "zeros"), "fill"),
        align_corners=node.attr_int("align_corners") == 1,
    )
    return [ctx.register_layer(layer).output]
