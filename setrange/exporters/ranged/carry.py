# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges of one network under the names of the network of the rewritten model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.network import Layer, LayerKind, Network, Tensor
    from setrange.plan import Plan, PlannedTensor

__all__ = ["carried"]


def carried(plan: Plan, network: Network, draft: Draft) -> dict[Tensor, PlannedTensor]:
    """The plan's ranges, by the tensors of a rewritten model's network.

    Args:
        plan: Ranges of the network before.
        network: The network after.
        draft: What was rewritten between them.
    """
    planned = {item.tensor: item for item in plan.tensors if item.range is not None}
    counterparts = _Counterparts(plan.network, network, draft)
    olds = ((tensor, counterparts.of(tensor)) for tensor in network.tensors())
    return {new: planned[old] for new, old in olds if old is not None and old in planned}


class _Counterparts:
    """Which tensor before holds the numbers of one after."""

    def __init__(self, before: Network, after: Network, draft: Draft) -> None:
        self._draft = draft
        self._values = {tensor.key: tensor for tensor in before.tensors() if tensor.onnx_value}
        self._old, self._new = self._layers(before), self._layers(after)
        self._positions = {
            layer: i for layers in self._new.values() for i, layer in enumerate(layers)
        }

    def _layers(self, network: Network) -> dict[tuple[str, LayerKind], list[Layer]]:
        """Layers by the node they were made for and their kind, without the constants'."""
        layers: dict[tuple[str, LayerKind], list[Layer]] = {}
        for layer in network.layers:
            weights = layer.output.constant if layer.outputs else None
            if layer.origin is None or (
                weights and weights.initializer in self._draft.constants
            ):
                continue
            value = self._draft.renamed.get(layer.origin.value, layer.origin.value)
            layers.setdefault((value, layer.kind), []).append(layer)
        return layers

    def of(self, tensor: Tensor) -> Tensor | None:
        value, layer = tensor.onnx_value, tensor.layer
        if value is not None and value not in self._draft.named:
            return self._draft.same.get(value) or self._values.get(value)
        if layer is None or layer.origin is None or layer.origin.value in self._draft.replaced:
            return None
        slot = self._draft.renamed.get(layer.origin.value, layer.origin.value), layer.kind
        old, new = self._old.get(slot, []), self._new.get(slot, [])
        # The parser makes the same layers in the same order, if it makes as many.
        if len(old) != len(new) or layer not in self._positions:
            return None
        return old[self._positions[layer]].outputs[tensor.output_index]
