# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which tensors TensorRT itself writes into a calibration cache.

Before it calibrates, TensorRT drops some layers that the parser made. A cache it wrote lacks
their tensors, and no range is missing. Evidence: docs/tensor-names.md (what a cache holds) and
the caches in the project's test material; an absence without a known reason counts as a
missing range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.network import LayerKind, NamingScheme
from setrange.network.trace import COPIES, is_constant

if TYPE_CHECKING:
    from setrange.network import Layer, Tensor

__all__ = ["appears_in_cache"]

#: Layers whose constant operands are weights: quantized by TensorRT itself, never calibrated.
_WEIGHTED = frozenset({LayerKind.CONVOLUTION, LayerKind.DECONVOLUTION, LayerKind.NORMALIZATION})

#: Versions that drop the Shuffle layers around an unnamed Softmax.
_DROPS_SOFTMAX_SHUFFLES = frozenset({"8.5", "8.6"})


def appears_in_cache(tensor: Tensor) -> bool:
    """Return whether a calibration cache written by TensorRT has a line for a tensor.

    Integer, boolean and shape tensors never have one. For float tensors ``False`` means
    that one of the known reasons applies; a tensor of which nothing is known is expected.
    """
    if not tensor.needs_range:
        return False
    layer = tensor.layer
    if layer is None or tensor in layer.network.outputs:
        return True
    if is_constant(tensor):
        return not _is_weight(tensor) and not _is_dropped_scalar(tensor, layer)
    return not _is_dropped_shuffle(tensor, layer)


def _is_weight(tensor: Tensor) -> bool:
    """True for a constant that nothing uses, or only as weights of a layer."""
    users = list(tensor.consumers)
    while users:
        layer = users.pop()
        if layer.kind in COPIES:
            users += layer.output.consumers
        elif layer.kind not in _WEIGHTED:
            return False
    return True


def _is_dropped_scalar(tensor: Tensor, layer: Layer) -> bool:
    """Up to 8.6 a 0-D constant is not in the cache, its broadcast Shuffle is."""
    by_number = layer.network.naming is NamingScheme.LAYER_NUMBER
    return by_number and layer.kind is LayerKind.CONSTANT and tensor.shape == ()


def _is_dropped_shuffle(tensor: Tensor, layer: Layer) -> bool:
    """True for the Shuffle layers before and after an unnamed Softmax."""
    if layer.network.profile not in _DROPS_SOFTMAX_SHUFFLES:
        return False
    if layer.kind is not LayerKind.SHUFFLE:
        return False
    data = layer.input_at(0)
    flattens = tensor.onnx_value is None and any(
        user.kind is LayerKind.SOFTMAX for user in tensor.consumers
    )
    restores = (
        data is not None
        and data.onnx_value is None
        and data.layer is not None
        and data.layer.kind is LayerKind.SOFTMAX
    )
    return flattens or restores
