# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The precision of single layers, from the globs over node names in the ranges file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.network import LayerKind
from setrange.ranges.precision import check_no_fp8, precision_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.network import Layer, Network

__all__ = ["DATA_TYPES", "set_precisions", "wanted_precision"]

#: Layers whose precision is never set: a constant's would be lost when it is folded.
_NEVER = frozenset(
    {LayerKind.CONSTANT, LayerKind.SHAPE, LayerKind.QUANTIZE, LayerKind.DEQUANTIZE}
)

#: What a user writes -> member of ``trt.DataType``.
DATA_TYPES = {"fp32": "FLOAT", "fp16": "HALF", "int8": "INT8"}


def wanted_precision(layer: Layer, precision: Mapping[str, str]) -> str | None:
    """Return what the globs say of a layer's node; the last that fits counts.

    Raises:
        UnsupportedError: FP8, which needs Q/DQ nodes.
    """
    node = layer.origin.node if layer.origin is not None else layer.name
    is_float = any(t.needs_range for t in layer.outputs)
    if not is_float or layer.kind in _NEVER:
        return None
    wanted = precision_of(node, precision)
    check_no_fp8(node, wanted)
    return wanted


def set_precisions(
    trt: Any, network: Network, layers: Sequence[Any], precision: Mapping[str, str]
) -> int:
    """Set precision and output types of the layers that the globs name.

    Args:
        trt: The bindings.
        network: Our network.
        layers: Its ``ILayer`` objects.
        precision: Glob over node names -> ``fp32``, ``fp16`` or ``int8``.

    Returns:
        How many layers were set.
    """
    count = 0
    for layer, source in zip(network.layers, layers, strict=True):
        wanted = wanted_precision(layer, precision)
        if wanted is None:
            continue
        data_type = getattr(trt.DataType, DATA_TYPES[wanted])
        source.precision = data_type
        for i, tensor in enumerate(layer.outputs):
            # Engine inputs and outputs remain float: INT8 inside a layer is enough.
            if tensor.is_float and not (wanted == "int8" and tensor in network.outputs):
                source.set_output_type(i, data_type)
        count += 1
    return count
