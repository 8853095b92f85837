# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""QuantizeLinear and DequantizeLinear as Scale layers that change the type (7.x)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from setrange.importer.helpers.inputs import required, required_weights
from setrange.importer.helpers.quantization import zeros
from setrange.importer.registry import importer
from setrange.importer.rejections import require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node
    from setrange.network.modes import ScaleMode


def _inverse(scale: Weights) -> Weights:
    def load() -> npt.NDArray[Any]:
        import numpy as np

        inverse: npt.NDArray[Any] = np.float32(1) / scale.data()
        return inverse

    return Weights(scale.dtype, scale.shape, load, initializer=scale.initializer)


def _quantization(
    ctx: ImporterContext,
    node: Node,
    inputs: list[Value],
    *,
    dequantize: bool,
    symmetric: bool,
) -> Sequence[Value]:
    """``symmetric``: zero points count as 0, and Dequantize divides by the scale (7.1 on)."""
    require(len(inputs) == 3, f"{node.op} needs 3 inputs, the node has {len(inputs)}")
    tensor = ctx.to_tensor(required(inputs, 0))
    tensor.name = f"{node.name}_input_weight_tensor"
    scale, shift = required_weights(inputs, 1), required_weights(inputs, 2)
    require(scale.count == shift.count, "scale and zero point must have the same size")
    mode: ScaleMode = "uniform"
    if scale.count != 1:
        require(
            tensor.rank and tensor.shape[0] == scale.count,
            "the number of scales must be that of the output channels",
        )
        mode = "channel"
    if symmetric:
        shift = zeros(ctx, shift.shape)
        scale = _inverse(scale) if dequantize else scale
    layer = ctx.net.add_scale(tensor, mode, shift, scale, None)
    output = layer.output
    output.dtype = "float32" if dequantize else "int8"
    kind = "dequantize" if dequantize else "quantize"
    layer.name = f"{node.name}_{kind}_scale_node"
    output.name = f"{layer.name}_output_tensor"
    return [output]


for _op, _dequantize in {"QuantizeLinear": False, "DequantizeLinear": True}.items():
    for _since, _symmetric in {"7.0": False, "7.1": True}.items():
        importer(_op, since=_since, source=f"{_since}:import{_op}")(
            partial(_quantization, dequantize=_dequantize, symmetric=_symmetric)
        )
