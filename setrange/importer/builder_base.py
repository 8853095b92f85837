# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Appending a layer of any kind to the predicted network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.importer.inference import infer_same
from setrange.network import Layer, LayerKind, Network, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.model.origin import Origin
    from setrange.network import Shape

__all__ = ["BuilderBase"]


class BuilderBase:
    """Appends layers to a network.

    Attributes:
        network: What is being built.
        origin: The ONNX node layers are made for at the moment.
        index_dtype: What Shape and NonZero layers give (``int32`` or ``int64``).
        trt_dtype: ONNX element type -> TensorRT's.
    """

    def __init__(
        self, network: Network, *, index_dtype: str, trt_dtype: Callable[[str], str]
    ) -> None:
        self.network = network
        self.origin: Origin | None = None
        self.index_dtype = index_dtype
        self.trt_dtype = trt_dtype

    def add(
        self,
        kind: LayerKind,
        inputs: Sequence[Tensor | None],
        *,
        dtypes: Sequence[str] | None = None,
        infer_shapes: Callable[[Layer], Sequence[Shape]] = infer_same,
        **params: Any,
    ) -> Layer:
        """Append a layer; one output of the first input's type unless ``dtypes`` says else."""
        if dtypes is None:
            first = next((t for t in inputs if t is not None), None)
            dtypes = ("float32" if first is None else first.dtype,)
        return Layer(
            self.network,
            kind,
            inputs,
            dtypes,
            params=params,
            infer=infer_shapes,
            origin=self.origin,
        )
