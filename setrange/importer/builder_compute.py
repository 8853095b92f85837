# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Adding layers that compute: windows, matrix products, normalization, quantization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.importer import inference_compute as infer
from setrange.importer.builder_base import BuilderBase
from setrange.network import Layer, LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.model.weights import Weights

__all__ = ["ComputeBuilder"]


class ComputeBuilder(BuilderBase):
    """Appends layers with weights or reductions over several inputs."""

    def add_attention(
        self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool
    ) -> tuple[Layer, Layer]:
        """Attention (10.14 on): a layer for the inputs, and one for the output."""
        first = self.add(
            LayerKind.ATTENTION_INPUT,
            [query, key, value],
            infer_shapes=infer.infer_attention,
            causal=causal,
        )
        last = self.add(LayerKind.ATTENTION_OUTPUT, [first.output])
        self.network.uncounted += 1  # TensorRT numbers the whole as well
        return first, last

    def add_kv_cache_update(self, cache: Tensor, update: Tensor, positions: Tensor) -> Layer:
        """KVCacheUpdate (10.15 on): the cache, with the update written into it."""
        return self.add(LayerKind.KV_CACHE_UPDATE, [cache, update, positions])

    def add_rotary_embedding(self, tensors: Sequence[Tensor]) -> Layer:
        """RotaryEmbedding (10.15 on): data, cosine, sine, positions if any."""
        return self.add(LayerKind.ROTARY_EMBEDDING, tensors)

    def add_convolution(
        self, tensor: Tensor, maps: int, kernel_size: Sequence[int], **params: Any
    ) -> Layer:
        """Convolution with ``maps`` output channels; ``kernel`` and ``bias`` are weights.

        Further params: ``stride``, ``dilation``, ``pre_padding``, ``post_padding``,
        ``padding_mode``, ``groups``; dynamic kernel and bias are inputs 1 and 2.
        """
        return self.add(
            LayerKind.CONVOLUTION,
            [tensor],
            infer_shapes=infer.infer_convolution,
            maps=maps,
            kernel_size=tuple(kernel_size),
            **params,
        )

    def add_deconvolution(
        self, tensor: Tensor, maps: int, kernel_size: Sequence[int], **params: Any
    ) -> Layer:
        """Deconvolution with ``maps`` output channels; params as ``add_convolution``."""
        return self.add(
            LayerKind.DECONVOLUTION,
            [tensor],
            infer_shapes=infer.infer_deconvolution,
            maps=maps,
            kernel_size=tuple(kernel_size),
            **params,
        )

    def add_dequantize(self, tensor: Tensor, scale: Tensor, dtype: str, *, axis: int) -> Layer:
        """Dequantize to ``dtype``; the zero point is input 2."""
        return self.add(LayerKind.DEQUANTIZE, [tensor, scale], dtypes=(dtype,), axis=axis)

    def add_dynamic_quantize(
        self, tensor: Tensor, dtype: str, scale_dtype: str, axis: int, block_size: int
    ) -> Layer:
        """DynamicQuantize; outputs are data and scales, the second scale is input 1."""
        return self.add(
            LayerKind.DYNAMIC_QUANTIZE,
            [tensor],
            dtypes=(dtype, scale_dtype),
            infer_shapes=infer.infer_dynamic_quantize,
            axis=axis,
            block_size=block_size,
        )

    def add_einsum(self, tensors: Sequence[Tensor], equation: str) -> Layer:
        """Einsum of one or two tensors."""
        return self.add(
            LayerKind.EINSUM, tensors, infer_shapes=infer.infer_einsum, equation=equation
        )

    def add_fully_connected(
        self, tensor: Tensor, maps: int, kernel: Weights, bias: Weights | None
    ) -> Layer:
        """Fully Connected (up to 8.x)."""
        return self.add(
            LayerKind.FULLY_CONNECTED,
            [tensor],
            infer_shapes=infer.infer_fully_connected,
            maps=maps,
            kernel=kernel,
            bias=bias,
        )

    def add_lrn(
        self, tensor: Tensor, *, size: int, alpha: float, beta: float, bias: float
    ) -> Layer:
        """Local response normalization over ``size`` channels."""
        return self.add(LayerKind.LRN, [tensor], size=size, alpha=alpha, beta=beta, bias=bias)

    def add_matrix_multiply(
        self, a: Tensor, b: Tensor, op0: str = "none", op1: str = "none"
    ) -> Layer:
        """Matrix Multiply; ``op``: none, transpose, vector."""
        return self.add(
            LayerKind.MATRIX_MULTIPLY,
            [a, b],
            infer_shapes=infer.infer_matrix_multiply,
            op0=op0,
            op1=op1,
        )

    def add_normalization(
        self,
        tensor: Tensor,
        scale: Tensor,
        bias: Tensor,
        axes: Sequence[int],
        *,
        epsilon: float,
        groups: int = 1,
    ) -> Layer:
        """Normalization over ``axes``; scale and bias broadcast to the input."""
        return self.add(
            LayerKind.NORMALIZATION,
            [tensor, scale, bias],
            infer_shapes=infer.infer_normalization,
            axes=tuple(axes),
            epsilon=epsilon,
            groups=groups,
        )

    def add_padding(self, tensor: Tensor, pre: Sequence[int], post: Sequence[int]) -> Layer:
        """Padding of the last two dimensions (up to 8.0's Pad)."""
        return self.add(
            LayerKind.PADDING,
            [tensor],
            infer_shapes=infer.infer_padding,
            pre_padding=tuple(pre),
            post_padding=tuple(post),
        )

    def add_pooling(
        self, tensor: Tensor, op: str, kernel_size: Sequence[int], **params: Any
    ) -> Layer:
        """Pooling ``op``: max, average; params as ``add_convolution``."""
        return self.add(
            LayerKind.POOLING,
            [tensor],
            infer_shapes=infer.infer_pooling,
            op=op,
            kernel_size=tuple(kernel_size),
            **params,
        )

    def add_quantize(self, tensor: Tensor, scale: Tensor, dtype: str, *, axis: int) -> Layer:
        """Quantize to ``dtype``; the zero point is input 2."""
        return self.add(LayerKind.QUANTIZE, [tensor, scale], dtypes=(dtype,), axis=axis)

    def add_scale(
        self,
        tensor: Tensor,
        mode: str,
        shift: Weights | None,
        scale: Weights | None,
        power: Weights | None,
    ) -> Layer:
        """Scale ``mode``: uniform, channel, elementwise; y = (x * scale + shift) ^ power."""
        return self.add(
            LayerKind.SCALE,
            [tensor],
            infer_shapes=infer.infer_scale,
            mode=mode,
            shift=shift,
            scale=scale,
            power=power,
        )
