# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges of one network under the names of the network of the rewritten model."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from setrange.ranges.model import RangeEntry, RangeFile

if TYPE_CHECKING:
    from setrange.exporters.ranged.draft import Draft
    from setrange.network import Network, Tensor
    from setrange.plan import Plan, PlannedTensor

__all__ = ["carried"]


def carried(plan: Plan, network: Network, draft: Draft | None) -> RangeFile:
    """The plan's ranges for the tensors of a rewritten model's network.

    Args:
        plan: Ranges of the network before.
        network: The network after.
        draft: What was rewritten between them; ``None`` = nothing.
    """
    planned = {id(item.tensor): item for item in plan.tensors if item.range is not None}
    counterparts = _Counterparts(plan.network, network, draft)
    entries: dict[str, RangeEntry] = {}
    for tensor in network.tensors():
        old = counterparts.of(tensor)
        if old is not None and id(old) in planned:
            entries[tensor.name] = _entry(tensor.name, planned[id(old)])
    return RangeFile(entries=entries, named_by=network.trt)


def _entry(name: str, item: PlannedTensor) -> RangeEntry:
    return RangeEntry(name=name, range=item.range, scale=item.scale)


class _Counterparts:
    """Which tensor before holds the numbers of one after."""

    def __init__(self, before: Network, after: Network, draft: Draft | None) -> None:
        self._same = {} if draft is None else draft.same
        self._replaced = set() if draft is None else draft.replaced
        self._old = {tensor.key: tensor for tensor in before.tensors()}
        self._old_counts, self._new_counts = _counts(before), _counts(after)

    def of(self, tensor: Tensor) -> Tensor | None:
        value = tensor.onnx_value
        if value is not None:
            return self._same.get(value) or self._old.get(value)
        layer = tensor.layer
        if layer is None or layer.origin is None or layer.origin.value in self._replaced:
            return None
        # A key counts the layers of its kind: it means the same where there are as many.
        slot = (layer.origin.value, layer.kind)
        if self._old_counts[slot] != self._new_counts[slot]:
            return None
        return self._old.get(tensor.key)


def _counts(network: Network) -> Counter[tuple[str, object]]:
    return Counter(
        (layer.origin.value, layer.kind) for layer in network.layers if layer.origin is not None
    )
