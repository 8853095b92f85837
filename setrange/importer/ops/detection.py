# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NonMaxSuppression, RoiAlign and GridSample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setrange.importer.registry import history, since
from setrange.importer.rejections import require
from setrange.importer.shape_value import INT32_MAX
from setrange.model.weights import Weights
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.importer.op_types import Layer, OpContext, Outputs, Shape, Tensor, Value
    from setrange.network.modes import ResizeMode, SampleMode


def _check_ranks(inputs: list[Value], boxes: Tensor, scores: Tensor) -> None:
    require(2 <= len(inputs) <= 5, "NonMaxSuppression takes 2 to 5 inputs")
    require(boxes.rank == 3, "the boxes must be 3-D")
    require(scores.rank == 3, "the scores must be 3-D")


def _nms_plugin(ctx: OpContext, boxes: Tensor, scores: Tensor) -> Outputs:
    """The EfficientNMS_ONNX_TRT plugin: as many rows as boxes are wanted per batch element.

    Source: NVIDIA/TensorRT 8.0: efficientNMSPlugin.cpp, getOutputDimensions.
    """
    _check_ranks(ctx.inputs, boxes, scores)
    options = [ctx.required_weights(i) for i in range(2, len(ctx.inputs))]
    limits = options[0].ints() if options else [0]
    require(limits, "max_output_boxes_per_class is empty")
    batch = boxes.shape[0]
    rows = batch * limits[0] if batch >= 0 else -1
    layer = ctx.net.add(
        LayerKind.PLUGIN_V2_DYNAMIC,
        [boxes, ctx.transpose(scores, (0, 2, 1))],
        dtypes=("int32",),
        infer_shapes=lambda _: [(rows, 3)],
        plugin="EfficientNMS_ONNX_TRT",
    )
    return ctx.main(layer)


def _nms(
    ctx: OpContext,
    boxes: Tensor,
    scores: Tensor,
    count: Value,
    iou: Value,
    score: Value,
    *,
    int64: bool,  # counts are, and are limited to INT32's range
    dtype: str,  # type of the layer's indices
    casts: bool,  # they become INT64
) -> Outputs:
    """One NMS layer on transposed scores."""
    _check_ranks(ctx.inputs, boxes, scores)
    if count is None:
        # The default is a Constant without a temporary name.
        limit = ctx.inner(ctx.net.add_constant(Weights.of(np.zeros((), np.int32))))
    else:
        limit = ctx.scalar(count, "max_output_boxes_per_class of NonMaxSuppression")
        if int64:
            most = ctx.add_constant([INT32_MAX], "int64", ())
            limit = ctx.cast(ctx.combine(limit, most, "min"), "int32")
    thresholds = {3: (iou, "iou_threshold"), 4: (score, "score_threshold")}
    tensors = {
        i: ctx.scalar(value, f"{name} of NonMaxSuppression")
        for i, (value, name) in thresholds.items()
        if value is not None
    }
    operands = [boxes, ctx.transpose(scores, (0, 2, 1)), limit]
    layer = ctx.net.add(LayerKind.NMS, operands)
    layer.output.dtype = dtype
    output = ctx.main(layer)
    for i, tensor in tensors.items():
        layer.set_input(i, tensor)
    require(ctx.node.attr_int("center_point_box") in (0, 1), "center_point_box must be 0 or 1")
    return ctx.cast(output, "int64") if casts else output


def _roi_align(
    ctx: OpContext,
    data: Tensor,
    regions: Tensor,
    batch: Tensor,
    *,
    kind: LayerKind,
    checks: bool,
) -> Outputs:
    """The ROIAlign_TRT plugin; ``checks`` attributes, and makes batch indices INT32."""
    if checks:
        ctx.one_of("mode", ("avg", "max"), "avg")
        require(ctx.node.attr_int("sampling_ratio") >= 0, "sampling_ratio must not be negative")
        if ctx.opset >= 16:
            name, known = "coordinate_transformation_mode", ("half_pixel", "output_half_pixel")
            ctx.one_of(name, known, "half_pixel")
        batch = ctx.cast(batch, "int32")
    require(regions.rank == 2 and regions.shape[1] == 4, "the regions must be of shape [n, 4]")
    size = ctx.node.attr_int("output_height", 1), ctx.node.attr_int("output_width", 1)

    def infer(layer: Layer) -> list[Shape]:
        require(data.rank == 4, "the data must be 4-D")
        return [(regions.shape[0], data.shape[1], *size)]

    tensors = [data, regions, batch]
    return ctx.main(ctx.net.add(kind, tensors, infer_shapes=infer, plugin="ROIAlign_TRT"))


#: ONNX's words for TensorRT's; TensorRT takes other interpolation modes for nearest.
_INTERPOLATIONS: dict[str, ResizeMode] = {
    "nearest": "nearest",
    "bilinear": "linear",
    "bicubic": "cubic",
}
_SAMPLE_MODES: dict[str, SampleMode] = {
    "zeros": "fill",
    "border": "clamp",
    "reflection": "reflect",
}


def _grid_sample(ctx: OpContext, data: Tensor, grid: Tensor) -> Outputs:
    for tensor in (data, grid):
        ctx.refuse_types(tensor, "BOOL", "UINT8")
        require(tensor.rank > 0, "GridSample does not take scalars")
    require(len(ctx.inputs) == 2, "GridSample takes exactly 2 inputs")
    require(data.rank == grid.rank, "data and grid differ in rank")
    layer = ctx.net.add(
        LayerKind.GRID_SAMPLE,
        [data, grid],
        mode=_INTERPOLATIONS.get(ctx.node.attr_str("mode", "bilinear"), "nearest"),
        sample_mode=_SAMPLE_MODES.get(ctx.node.attr_str("padding_mode", "zeros"), "fill"),
        align_corners=ctx.node.attr_int("align_corners") == 1,
    )
    return ctx.main(layer)


# -- change log -------------------------------------------------------------------------

history(
    "NonMaxSuppression",
    since("8.0", _nms_plugin),
    since("8.5", _nms, int64=False, dtype="int32", casts=False),
    since("10.1", int64=True, casts=True),
    since("10.16", dtype="int64", casts=False),
)
history(
    "RoiAlign",
    since("8.5", _roi_align, kind=LayerKind.PLUGIN_V2_DYNAMIC, checks=False),
    since("10.1", kind=LayerKind.PLUGIN_V3, checks=True),
)
history("GridSample", since("8.5", _grid_sample))
