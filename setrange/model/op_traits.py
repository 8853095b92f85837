# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ONNX ops do to values, in one table, for all that follow values through a graph."""

from __future__ import annotations

import enum

__all__ = ["COMMUTING", "KEEPS_SIGN", "MOVES_VALUES", "WEIGHTED", "OpTrait", "ops_with"]


class OpTrait(enum.Flag):
    """A property that ops share, such as being weighted."""

    #: Multiplies values by weights and adds up: TensorRT has INT8 kernels for it.
    WEIGHTED = enum.auto()
    #: Every output holds values of the first input, and nothing else.
    MOVES_VALUES = enum.auto()
    #: A Q/DQ pair may stand before it or behind it: the results are the same.
    COMMUTES = enum.auto()
    #: Results are not negative where no input is.
    KEEPS_SIGN = enum.auto()


_MOVES = OpTrait.MOVES_VALUES | OpTrait.COMMUTES | OpTrait.KEEPS_SIGN
_SELECTS = OpTrait.COMMUTES | OpTrait.KEEPS_SIGN

_TRAITS = {
    **dict.fromkeys(("Conv", "ConvTranspose", "Gemm", "MatMul"), OpTrait.WEIGHTED),
    **dict.fromkeys(
        (
            "Expand",
            "Flatten",
            "Gather",
            "Identity",
            "Reshape",
            "Slice",
            "Split",
            "Squeeze",
            "Tile",
            "Transpose",
            "Unsqueeze",
        ),
        _MOVES,
    ),
    # These leave values out, or add zeros, which every scale has.
    **dict.fromkeys(("DepthToSpace", "Dropout", "MaxPool", "Pad", "SpaceToDepth"), _SELECTS),
    **dict.fromkeys(
        (
            "AveragePool",
            "Concat",
            "DequantizeLinear",
            "GlobalAveragePool",
            "GlobalMaxPool",
            "QuantizeLinear",
            "Resize",
            "Upsample",
        ),
        OpTrait.KEEPS_SIGN,
    ),
}


def ops_with(trait: OpTrait) -> frozenset[str]:
    """Return the ops that something is true of."""
    return frozenset(op for op, traits in _TRAITS.items() if trait in traits)


WEIGHTED = ops_with(OpTrait.WEIGHTED)
MOVES_VALUES = ops_with(OpTrait.MOVES_VALUES)
COMMUTING = ops_with(OpTrait.COMMUTES)
KEEPS_SIGN = ops_with(OpTrait.KEEPS_SIGN)
