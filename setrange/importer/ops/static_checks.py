# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What 10.x refuses from a node alone, before importing it.

Source: onnx/onnx-tensorrt 10.1-GA to 10.10: onnxOpCheckers.cpp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.registry import checker
from setrange.importer.rejections import refuse, require
from setrange.model.constants import DTYPE_NAMES

if TYPE_CHECKING:
    from setrange.importer.context import ImporterContext
    from setrange.model.node import Node

#: Refused even where a local function or a plugin of that name exists.
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

#: Refused until importers for them came with 10.4 and 10.5.
_WINDOWS = ("BlackmanWindow", "HammingWindow", "HannWindow")


@checker(*_REFUSED, *_WINDOWS, "STFT", since="10.1", source="10.1-GA:onnxOpCheckers.cpp")
def check_unsupported(ctx: ImporterContext, node: Node) -> None:
    require(node.op in ctx.opaque, f"TensorRT does not support the op {node.op}")


@checker(*_WINDOWS, since="10.4", source="docs/Changelog.md: 10.4")
@checker("STFT", since="10.5", source="docs/Changelog.md: 10.5")
def check_nothing(ctx: ImporterContext, node: Node) -> None:
    pass


def _check_dilations(ctx: ImporterContext, node: Node) -> None:
    require(
        ctx.opset < 10 or all(d == 1 for d in node.attr_ints("dilations")),
        "TensorRT does not support pooling with dilations other than 1",
    )


checker("AveragePool", since="10.1", source="10.1-GA:poolingCheckHelper")(_check_dilations)


@checker("LpPool", "LpNormalization", since="10.1", source="10.1-GA:checkLpPool")
def check_norm_order(ctx: ImporterContext, node: Node) -> None:
    require(node.attr_int("p", 2) in (1, 2), "only the L1 and L2 norms are supported")
    if node.op == "LpPool":
        _check_dilations(ctx, node)


def _check_single_output(ctx: ImporterContext, node: Node) -> None:
    require(not any(node.outputs[1:]), f"TensorRT supports one output of {node.op} only")


checker("LayerNormalization", since="10.6", source="10.7:emptyOutputChecker")(
    _check_single_output
)


@checker("MaxPool", since="10.1", source="10.1-GA:checkMaxPool")
def check_max_pool(ctx: ImporterContext, node: Node) -> None:
    require(len(node.outputs) == 1, "TensorRT does not support the indices output of MaxPool")
    _check_dilations(ctx, node)


@checker("MaxPool", since="10.6", source="10.7:checkMaxPool")
def check_max_pool_outputs(ctx: ImporterContext, node: Node) -> None:
    _check_single_output(ctx, node)
    _check_dilations(ctx, node)


@checker("BatchNormalization", since="10.1", source="10.1-GA:checkBatchNormalization")
def check_batch_norm(ctx: ImporterContext, node: Node) -> None:
    require(not node.attr_int("training_mode"), "training_mode must be 0")


@checker("BatchNormalization", since="10.6", source="10.7:checkBatchNormalization")
def check_batch_norm_outputs(ctx: ImporterContext, node: Node) -> None:
    check_batch_norm(ctx, node)
    _check_single_output(ctx, node)


@checker("Cast", since="10.1", source="10.1-GA:checkCast")
def check_cast(ctx: ImporterContext, node: Node) -> None:
    require(node.has("to"), "Cast has no attribute 'to'")
    target = DTYPE_NAMES.get(node.attr_int("to"), "undefined")
    require(target in ctx.profile.dtypes, f"TensorRT cannot cast to {target}")


@checker("Constant", since="10.1", source="10.1-GA:checkConstant")
def check_constant(ctx: ImporterContext, node: Node) -> None:
    if node.attr_floats("trt_outputs_range_min"):
        return
    unsupported = [
        name for name in ("sparse_value", "value_string", "value_strings") if node.has(name)
    ]
    require(not unsupported, f"TensorRT does not support a Constant's {unsupported}")


@checker("ConstantOfShape", since="10.1", source="10.1-GA:checkConstantOfShape")
def check_constant_of_shape(ctx: ImporterContext, node: Node) -> None:
    ctx.reserve_temporary_name()  # the checker makes a default value of its own
    value = node.attr_tensor("value")
    require(
        value is None or ctx.weights(value).dtype != "uint8",
        "ConstantOfShape does not take a UINT8 value",
    )


@checker("Dropout", since="10.1", source="10.1-GA:checkDropout")
def check_dropout(ctx: ImporterContext, node: Node) -> None:
    require(
        ctx.opset > 6 or node.attr_int("is_test", 1),
        "TensorRT does not support Dropout in training mode",
    )


@checker("Einsum", since="10.1", source="10.1-GA:checkEinsum")
def check_einsum(ctx: ImporterContext, node: Node) -> None:
    require(node.has("equation"), "Einsum has no equation")
    invalid = sorted({
        c for c in node.attr_str("equation") if not ("a" <= c <= "z") and c not in "->., "
    })  # fmt: skip
    require(not invalid, f"the Einsum equation has invalid characters: {invalid}")


@checker("If", since="10.1", source="10.1-GA:checkIf")
def check_if(ctx: ImporterContext, node: Node) -> None:
    then, other = node.attr_graph("then_branch"), node.attr_graph("else_branch")
    if then is None or other is None:
        refuse("If lacks a branch")
    require(
        len(then.output) == len(other.output),
        "the branches of If must have the same number of outputs",
    )


@checker("Pow", since="10.10", source="10.10:checkPow")
def check_pow(ctx: ImporterContext, node: Node) -> None:
    require(len(node.inputs) == 2, "Pow takes two inputs")


@checker(
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    since="10.1", source="10.1-GA:randomUniformCheckHelper",
)  # fmt: skip
def check_random(ctx: ImporterContext, node: Node) -> None:
    dtype = DTYPE_NAMES.get(node.attr_int("dtype", 1), "undefined")
    require(dtype in ("float32", "float16"), f"{node.op} does not make {dtype}")


@checker("Resize", since="10.1", source="10.1-GA:checkResize")
def check_resize(ctx: ImporterContext, node: Node) -> None:
    mode = node.attr_str("mode", "nearest")
    require(mode in ("cubic", "linear", "nearest"), f"unknown Resize mode {mode!r}")
    if ctx.opset >= 11:
        transform = node.attr_str("coordinate_transformation_mode", "half_pixel")
        rounding = node.attr_str("nearest_mode", "round_prefer_floor")
        require(
            transform != "tf_half_pixel_for_nn" or rounding == "round_prefer_floor",
            "tf_half_pixel_for_nn needs nearest_mode round_prefer_floor",
        )
        require(
            transform
            in (
                "align_corners",
                "tf_half_pixel_for_nn",
                "pytorch_half_pixel",
                "half_pixel",
                "asymmetric",
            ),
            f"TensorRT does not support coordinate transformation {transform!r}",
        )
    require(not node.attr_int("antialias"), "TensorRT does not support antialiasing")
    policy = node.attr_str("keep_aspect_ratio_policy", "stretch")
    require(policy == "stretch", f"TensorRT does not support aspect ratio policy {policy!r}")
    axes = node.attr_ints("axes")
    require(len(set(axes)) == len(axes), f"the axes {axes} are not unique")


@checker("ReverseSequence", since="10.1", source="10.1-GA:checkReverseSequence")
def check_reverse_sequence(ctx: ImporterContext, node: Node) -> None:
    require(
        node.attr_int("batch_axis", 1) != node.attr_int("time_axis"),
        "batch_axis and time_axis must differ",
    )


@checker("RoiAlign", since="10.1", source="10.1-GA:checkRoiAlign")
def check_roi_align(ctx: ImporterContext, node: Node) -> None:
    mode = node.attr_str("mode", "avg")
    require(mode in ("avg", "max"), f"unknown RoiAlign mode {mode!r}")
    require(node.attr_int("sampling_ratio") >= 0, "sampling_ratio must not be negative")
    if ctx.opset >= 16:
        transform = node.attr_str("coordinate_transformation_mode", "half_pixel")
        require(
            transform in ("half_pixel", "output_half_pixel"),
            f"TensorRT does not support coordinate transformation {transform!r}",
        )


@checker("Slice", since="10.1", source="10.1-GA:checkSlice")
def check_slice(ctx: ImporterContext, node: Node) -> None:
    require(ctx.opset < 10 or 3 <= len(node.inputs) <= 5, "Slice takes three to five inputs")


@checker("Upsample", since="10.1", source="10.1-GA:checkUpsample")
def check_upsample(ctx: ImporterContext, node: Node) -> None:
    mode = node.attr_str("mode", "nearest")
    require(mode in ("nearest", "linear", "bilinear"), f"unknown Upsample mode {mode!r}")


@checker("TRT_MaxPool", "TRT_AveragePool", since="10.1", source="10.1-GA:checkTRT_MaxPool")
def check_trt_pool(ctx: ImporterContext, node: Node) -> None:
    check = check_max_pool if node.op == "TRT_MaxPool" else _check_dilations
    check(ctx, node)
