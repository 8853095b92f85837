# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What 10.x refuses from a node alone, before it imports anything.

Source: onnx/onnx-tensorrt 10.1-GA to 10.10: onnxOpCheckers.cpp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.arguments import one_of
from setrange.importer.registry import CHANGELOG, LATER, checks, removed, since
from setrange.importer.rejections import refuse, require
from setrange.model.constants import DTYPE_NAMES

if TYPE_CHECKING:
    from setrange.importer.op_types import Node, OpContext

# -- ops without an importer ------------------------------------------------------------

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


def _unsupported(ctx: OpContext, node: Node) -> None:
    require(node.op in ctx.opaque, f"TensorRT does not support the op {node.op}")


checks(_REFUSED, since("10.1", _unsupported, symbol="onnxOpCheckers.cpp"))
checks(
    ("BlackmanWindow", "HammingWindow", "HannWindow"),
    since("10.1", _unsupported, symbol="onnxOpCheckers.cpp"),
    removed("10.4", read_at="10.7", why=CHANGELOG),
)
checks(
    "STFT",
    since("10.1", _unsupported, symbol="onnxOpCheckers.cpp"),
    removed("10.5", read_at="10.7", why=CHANGELOG),
)


# -- ops with one -----------------------------------------------------------------------


def _dilations(ctx: OpContext, node: Node) -> None:
    require(
        ctx.opset < 10 or all(d == 1 for d in node.attr_ints("dilations")),
        "TensorRT does not support pooling with dilations other than 1",
    )


def _single_output(node: Node) -> None:
    require(not any(node.outputs[1:]), f"TensorRT supports one output of {node.op} only")


def _max_pool(ctx: OpContext, node: Node, *, empty_names: bool) -> None:
    """``empty_names``: an output without a name does not count."""
    if empty_names:
        _single_output(node)
    else:
        require(len(node.outputs) == 1, "TensorRT does not support MaxPool's output of indices")
    _dilations(ctx, node)


def _batch_norm(node: Node, *, one_output: bool) -> None:
    require(not node.attr_int("training_mode"), "training_mode must be 0")
    if one_output:
        _single_output(node)


def _norm_order(ctx: OpContext, node: Node) -> None:
    require(node.attr_int("p", 2) in (1, 2), "only the L1 and L2 norms are supported")
    if node.op == "LpPool":
        _dilations(ctx, node)


def _cast(ctx: OpContext, node: Node) -> None:
    require(node.has("to"), "Cast has no attribute 'to'")
    target = DTYPE_NAMES.get(node.attr_int("to"), "undefined")
    require(target in ctx.profile.dtypes, f"TensorRT cannot cast to {target}")


def _constant(node: Node) -> None:
    if node.attr_floats("trt_outputs_range_min"):
        return
    names = ("sparse_value", "value_string", "value_strings")
    unsupported = [name for name in names if node.has(name)]
    require(not unsupported, f"TensorRT does not support a Constant's {unsupported}")


def _constant_of_shape(ctx: OpContext, node: Node) -> None:
    ctx.reserve_temporary_name()  # the checker makes a default value of its own
    value = node.attr_tensor("value")
    require(
        value is None or ctx.weights(value).dtype != "uint8",
        "ConstantOfShape does not take a UINT8 value",
    )


def _dropout(ctx: OpContext, node: Node) -> None:
    require(
        ctx.opset > 6 or node.attr_int("is_test", 1),
        "TensorRT does not support Dropout in training mode",
    )


def _einsum(node: Node) -> None:
    require(node.has("equation"), "Einsum has no equation")
    valid = "abcdefghijklmnopqrstuvwxyz->., "
    invalid = sorted(set(node.attr_str("equation")) - set(valid))
    require(not invalid, f"the Einsum equation has invalid characters: {invalid}")


def _if(node: Node) -> None:
    then, other = node.attr_graph("then_branch"), node.attr_graph("else_branch")
    if then is None or other is None:
        refuse("If lacks a branch")
    require(
        len(then.output) == len(other.output),
        "the branches of If must have the same number of outputs",
    )


def _pow(node: Node) -> None:
    require(len(node.inputs) == 2, "Pow takes two inputs")


def _random(node: Node) -> None:
    dtype = DTYPE_NAMES.get(node.attr_int("dtype", 1), "undefined")
    require(dtype in ("float32", "float16"), f"{node.op} does not make {dtype}")


_TRANSFORMATION = "coordinate_transformation_mode"


def _resize(ctx: OpContext, node: Node) -> None:
    one_of(node, "mode", ("cubic", "linear", "nearest"), "nearest")
    if ctx.opset >= 11:
        half_pixels = ("half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn")
        known = (*half_pixels, "align_corners", "asymmetric")
        transform = one_of(node, _TRANSFORMATION, known, "half_pixel")
        rounding = node.attr_str("nearest_mode", "round_prefer_floor")
        require(
            transform != "tf_half_pixel_for_nn" or rounding == "round_prefer_floor",
            "tf_half_pixel_for_nn needs nearest_mode round_prefer_floor",
        )
    require(not node.attr_int("antialias"), "TensorRT does not support antialiasing")
    one_of(node, "keep_aspect_ratio_policy", ("stretch",), "stretch")
    axes = node.attr_ints("axes")
    require(len(set(axes)) == len(axes), f"the axes {axes} are not unique")


def _reverse_sequence(node: Node) -> None:
    require(
        node.attr_int("batch_axis", 1) != node.attr_int("time_axis"),
        "batch_axis and time_axis must differ",
    )


def _roi_align(ctx: OpContext, node: Node) -> None:
    one_of(node, "mode", ("avg", "max"), "avg")
    require(node.attr_int("sampling_ratio") >= 0, "sampling_ratio must not be negative")
    if ctx.opset >= 16:
        one_of(node, _TRANSFORMATION, ("half_pixel", "output_half_pixel"), "half_pixel")


def _slice(ctx: OpContext, node: Node) -> None:
    require(ctx.opset < 10 or 3 <= len(node.inputs) <= 5, "Slice takes three to five inputs")


def _upsample(node: Node) -> None:
    one_of(node, "mode", ("nearest", "linear", "bilinear"), "nearest")


checks(
    ("AveragePool", "TRT_AveragePool"), since("10.1", _dilations, symbol="poolingCheckHelper")
)
checks(
    "MaxPool",
    since("10.1", _max_pool, empty_names=False),
    since("10.6", empty_names=True, read_at="10.7", why=LATER),
)
checks("TRT_MaxPool", since("10.1", _max_pool, symbol="checkTRT_MaxPool", empty_names=False))
checks(
    "BatchNormalization",
    since("10.1", _batch_norm, one_output=False),
    since("10.6", one_output=True, read_at="10.7", why=LATER),
)
checks(
    "LayerNormalization",
    since("10.6", _single_output, symbol="emptyOutputChecker", read_at="10.7", why=LATER),
)
checks(("LpPool", "LpNormalization"), since("10.1", _norm_order))
checks("Cast", since("10.1", _cast))
checks("Constant", since("10.1", _constant))
checks("ConstantOfShape", since("10.1", _constant_of_shape))
checks("Dropout", since("10.1", _dropout))
checks("Einsum", since("10.1", _einsum))
checks("If", since("10.1", _if))
checks("Pow", since("10.10", _pow))
checks(
    ("RandomUniform", "RandomUniformLike", "RandomNormal", "RandomNormalLike"),
    since("10.1", _random, symbol="randomUniformCheckHelper"),
)
checks("Resize", since("10.1", _resize))
checks("ReverseSequence", since("10.1", _reverse_sequence))
checks("RoiAlign", since("10.1", _roi_align))
checks("Slice", since("10.1", _slice))
checks("Upsample", since("10.1", _upsample))
