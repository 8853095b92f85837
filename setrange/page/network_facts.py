# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page shows of a network that does not change with the ranges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.errors import SetrangeError
from setrange.page.evidence import Evidence
from setrange.resolver.counterpart import find_counterpart
from setrange.resolver.describe import describe_tensor
from setrange.resolver.index import NetworkIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.model_at import ModelAt
    from setrange.network import Layer, Network, Tensor

__all__ = ["NetworkFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """The fixed part of the page's data.

    Attributes:
        releases: Whose names are told; the first is the plan's.
        tensors: What is added to each tensor of the plan, in network order.
        layers: The layers, in network order.
        inputs: Indices of the tensors that enter the network.
        outputs: Indices of the tensors that leave it.
        evidence: What was measured.
    """

    releases: tuple[str, ...]
    tensors: Sequence[dict[str, Any]]
    layers: Sequence[dict[str, Any]]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    evidence: Evidence = field(default_factory=Evidence)

    @classmethod
    def of(
        cls,
        network: Network,
        *,
        models: ModelAt | None = None,
        releases: Sequence[str] = (),
        evidence: Evidence | None = None,
    ) -> NetworkFacts:
        """Return what is known of a network.

        Args:
            network: The network.
            models: The model, for the names of other releases.
            releases: Those releases. One whose parser refuses the model is left out.
            evidence: What was measured.
        """
        seen = Evidence() if evidence is None else evidence
        tensors = list(network.tensors())
        index = {tensor: place for place, tensor in enumerate(tensors)}
        number = {layer: place for place, layer in enumerate(network.layers)}
        told = _NamesElsewhere(tensors, models, [r for r in releases if r != network.trt])
        facts = []
        for place, tensor in enumerate(tensors):
            fact: dict[str, Any] = {
                "value": tensor.onnx_value,
                "what": describe_tensor(tensor),
                "dtype": tensor.dtype,
                "shape": _shape(tensor),
                "layer": None if tensor.layer is None else number[tensor.layer],
                "consumers": [
                    number[layer]
                    for layer in dict.fromkeys(tensor.consumers)
                    if layer in number
                ],
                **seen.of_tensor(tensor),
            }
            names = told.of(place)
            if names:
                fact["names"] = names
            facts.append(fact)
        return cls(
            releases=(network.trt, *told.releases),
            tensors=facts,
            layers=[_layer(layer, index, seen) for layer in network.layers],
            inputs=tuple(index[tensor] for tensor in network.inputs),
            outputs=tuple(index[tensor] for tensor in network.outputs if tensor in index),
            evidence=seen,
        )


class _NamesElsewhere:
    """What other releases call the same tensors."""

    def __init__(
        self, tensors: Sequence[Tensor], models: ModelAt | None, releases: Sequence[str]
    ) -> None:
        self.releases: list[str] = []
        self._names: list[list[str | None]] = []
        self._here = [tensor.name for tensor in tensors]
        for release in releases if models is not None else ():
            assert models is not None
            network = models.network_if_accepted(release)
            if network is None:
                continue
            index = NetworkIndex(network)
            found = [find_counterpart(tensor, index) for tensor in tensors]
            self.releases.append(release)
            self._names.append([None if other is None else other.name for other in found])

    def of(self, place: int) -> dict[str, str | None]:
        """Names by release, of the releases that do not use the same name."""
        return {
            release: names[place]
            for release, names in zip(self.releases, self._names, strict=True)
            if names[place] != self._here[place]
        }


def _shape(tensor: Tensor) -> list[int] | None:
    """The dimensions, -1 where one is free; ``None`` where the rank is unknown."""
    try:
        return [int(size) for size in tensor.shape]
    except (LookupError, SetrangeError, TypeError):
        return None


def _layer(layer: Layer, index: dict[Tensor, int], evidence: Evidence) -> dict[str, Any]:
    origin = layer.origin
    return {
        "index": layer.index,
        "kind": layer.kind.value,
        "name": layer.name,
        "node": "" if origin is None else origin.node,
        "op": "" if origin is None else origin.op,
        "inputs": [-1 if tensor is None else index.get(tensor, -1) for tensor in layer.inputs],
        "outputs": [index[tensor] for tensor in layer.outputs],
        **evidence.of_layer(layer),
    }
