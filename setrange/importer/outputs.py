# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Network outputs of a model.

Source: onnx/onnx-tensorrt 6.0 to 10.10: ModelImporter.cpp (importModel).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.inputs import element_type
from setrange.importer.rejections import require

if TYPE_CHECKING:
    from onnx import ValueInfoProto

    from setrange.importer.context import ImporterContext
    from setrange.network import Tensor

__all__ = ["mark_output"]


def mark_output(ctx: ImporterContext, tensor: Tensor, value: ValueInfoProto) -> None:
    """Make a tensor the network output that ``value`` declares, of its type."""
    if tensor.is_network_input:
        # TensorRT does not allow an input to be an output: the input is renamed.
        tensor.name = f"__{value.name}"
        layer = ctx.net.add_identity(tensor)
        tensor = ctx.register_helper(layer, "ONNXTRT_identity").output
        tensor.name = tensor.onnx_value = value.name
    ctx.network.outputs.append(tensor)
    dtype = ctx.trt_dtype(element_type(value))
    require(
        tensor.dtype != "int32" or dtype == "int32",
        f"output {value.name!r} is INT32, so its type in the model must be INT32 too",
    )
    if not ctx.strongly_typed:
        tensor.dtype = dtype
