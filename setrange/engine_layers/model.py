# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers of a built engine, as data."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Any

__all__ = ["INT8", "QUANTIZED", "UNKNOWN", "EngineLayer", "EngineLayers", "EngineTensor"]

INT8 = "int8"
UNKNOWN = "unknown"

#: What Q/DQ pairs make a layer run in.
QUANTIZED = (INT8, "fp8", "fp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTensor:
    """An input or output of an engine's layer.

    Attributes:
        name: Its name.
        dtype: ``int8``, ``fp16``, ``fp32``, ... or ``unknown``.
        shape: Dimensions.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLayer:
    """A layer of an engine: what is left of ONNX nodes after fusion.

    Attributes:
        name: TensorRT's name, e.g. ``Conv_9 + Relu_10``.
        kind: TensorRT's type, e.g. ``CaskConvolution``.
        inputs: What it reads.
        outputs: What it writes.
        nodes: ONNX nodes it computes, as far as TensorRT tells.
        precision: What it computes in.
        role: ``compute``; ``quantize`` (changes between float and INT8); ``reformat`` (copies);
            ``constant``; ``control`` (jumps, and values nobody computes).
        multiplies: It does the products of a convolution or matrix product.
    """

    name: str
    kind: str
    inputs: tuple[EngineTensor, ...] = ()
    outputs: tuple[EngineTensor, ...] = ()
    nodes: tuple[str, ...] = ()
    precision: str = UNKNOWN
    role: str = "compute"
    multiplies: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "kind": self.kind,
            "nodes": list(self.nodes),
            "precision": self.precision,
            "role": self.role,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLayers:
    """All layers of an engine, with their precisions.

    Attributes:
        layers: In the order they run.
        bindings: Names of inputs and outputs.
        names_only: The engine tells nothing but names (LAYER_NAMES_ONLY).
    """

    layers: tuple[EngineLayer, ...]
    bindings: tuple[str, ...] = ()
    names_only: bool = False

    def with_role(self, role: str) -> list[EngineLayer]:
        """Return the layers of a role."""
        return [layer for layer in self.layers if layer.role == role]

    def counts(self) -> dict[str, int]:
        """Return how many computing layers run in each precision, most first."""
        counted = collections.Counter(layer.precision for layer in self.with_role("compute"))
        return dict(counted.most_common())

    def counts_by_kind(self) -> dict[str, dict[str, int]]:
        """Return the same for each layer type."""
        by_kind: dict[str, collections.Counter[str]] = {}
        for layer in self.with_role("compute"):
            by_kind.setdefault(layer.kind, collections.Counter())[layer.precision] += 1
        return {kind: dict(by_kind[kind].most_common()) for kind in sorted(by_kind)}

    def tensor_counts(self) -> dict[str, int]:
        """Return how many tensors have each type, most first."""
        types = {
            tensor.name: tensor.dtype
            for layer in self.layers
            for tensor in (*layer.inputs, *layer.outputs)
        }
        return dict(collections.Counter(types.values()).most_common())

    def verdict(self) -> str:
        """Return one plain sentence."""
        if self.names_only:
            return (
                "the engine was built with LAYER_NAMES_ONLY and does not tell what its layers "
                "run in; rebuild with --profilingVerbosity=detailed"
            )
        compute = self.with_role("compute")
        count = self.counts().get(INT8, 0)
        if not compute:
            return "this engine has no layer that computes"
        if not count:
            return f"this engine has no INT8 layer: all {len(compute)} run in {self._rest()}"
        share = round(100 * count / len(compute))
        rest = f", the others in {self._rest()}" if count < len(compute) else ""
        return f"{count} of {len(compute)} layers run in INT8 ({share} %){rest}"

    def _rest(self) -> str:
        counts = self.counts()
        others = [
            f"{precision.upper()} ({count})" if len(counts) > 2 else precision.upper()
            for precision, count in counts.items()
            if precision != INT8
        ]
        return " and ".join(others)
