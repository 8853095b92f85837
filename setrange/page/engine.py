# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the layers of an engine run in, told for the layers of the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.engine_layers.causes import plan_beside
from setrange.engine_layers.reader import read_layers
from setrange.errors import FormatError
from setrange.report.engine_text import engine_verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from setrange.engine_layers.causes import BuildPlan
    from setrange.engine_layers.model import EngineLayer, EngineLayers
    from setrange.network import Layer, Tensor

__all__ = ["EngineTypes"]

#: Between the layers that TensorRT fused into one, in its name.
_PLUS = " + "


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTypes:
    """Types by node, layer and tensor.

    Attributes:
        by_node: ONNX node, or name of a layer -> the engine's layer that computes it.
        by_tensor: Name of a tensor -> its type.
        summary: Counts; ``None`` where no engine is known.
    """

    by_node: Mapping[str, EngineLayer] = field(default_factory=dict)
    by_tensor: Mapping[str, str] = field(default_factory=dict)
    summary: dict[str, Any] | None = None

    @classmethod
    def read(cls, path: str | Path) -> EngineTypes:
        """Read the layers of an engine.

        Raises:
            InputError: The file cannot be read.
            FormatError: It is something else, or tells names only.
        """
        engine = read_layers(path)
        if engine.names_only:
            raise FormatError(f"{path}: {engine.verdict()}")
        return cls.of_engine(engine, plan_beside(path))

    @classmethod
    def of_engine(cls, engine: EngineLayers, plan: BuildPlan | None = None) -> EngineTypes:
        """Return what an engine's layers run in.

        Args:
            engine: The layers.
            plan: What it was built with, if that is known.
        """
        by_node: dict[str, EngineLayer] = {}
        # Several layers may name a node: the one that does its products is what it runs in.
        compute = engine.with_role("compute")
        for layer in sorted(compute, key=lambda layer: not layer.multiplies):
            for name in (*layer.nodes, layer.name, *layer.name.split(_PLUS)):
                by_node.setdefault(name, layer)
        by_tensor = {
            tensor.name: tensor.dtype
            for layer in engine.layers
            for tensor in (*layer.inputs, *layer.outputs)
        }
        return cls(
            by_node=by_node,
            by_tensor=by_tensor,
            summary={"text": engine_verdict(engine, plan), "counts": engine.counts()},
        )

    def of_layer(self, layer: Layer) -> dict[str, Any]:
        """Return the type of a layer and what it was fused into, if known."""
        node = "" if layer.origin is None else layer.origin.node
        found = self.by_node.get(layer.name)
        if found is None and node:
            found = self.by_node.get(node)
        if found is None:
            return {}
        fused = {} if found.name == layer.name else {"fused": found.name}
        return {"type": found.precision, **fused}

    def of_tensor(self, tensor: Tensor) -> str | None:
        """Return the type of a tensor, ``None`` where it is fused away or nothing is known."""
        return self.by_tensor.get(tensor.name)
