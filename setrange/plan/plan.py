# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan: every tensor's range and where it came from. Pure data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from setrange.estimate.estimates import NO_ESTIMATES, Estimates
from setrange.ranges.float32 import float32_scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.findings import Finding
    from setrange.network import Network, Tensor
    from setrange.ranges.model import DynamicRange, WeightScale
    from setrange.resolver.result import Unresolved

__all__ = ["TARGETS", "Plan", "PlannedTensor", "Source"]

#: What ``--target`` may be.
TARGETS = ("gpu", "dla")


class Source(str, enum.Enum):
    """Where a tensor's range came from."""

    GIVEN = "given"
    DERIVED = "derived"
    ESTIMATED = "estimated"
    BOUND = "bound"
    MISSING = "missing"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTensor:
    """One tensor of the network in the plan.

    Attributes:
        tensor: The tensor.
        source: Where the range came from.
        range: The range, or ``None`` if missing or not needed.
        scale: Exact float32 scale where the source gave one; else ``None``.
        why: In words: ``"= input of Reshape /fc/Reshape"``, ``"max |values| of fc.bias"``.
        entry: Name of the ranges-file entry used, if given.
        doubt: The factor by which an estimated range may miss; 0 for all others.
        anchors: Tensors whose given ranges an estimate was scaled to, the nearest first.
        is_by_pattern: True where that entry is a pattern.
        operands: The tensors that a derived range was derived from.
        note: What the ranges file says of where its number is from: ``measured: entropy``.
    """

    tensor: Tensor
    source: Source
    range: DynamicRange | None = None
    scale: float | None = None
    why: str = ""
    entry: str | None = None
    doubt: float = 0.0
    anchors: tuple[str, ...] = ()
    is_by_pattern: bool = False
    operands: tuple[Tensor, ...] = ()
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return one item of ``tensors`` in ``Plan.to_dict``."""
        layer, found = self.tensor.layer, self.range
        estimated: dict[str, Any] = {}
        if self.source is Source.ESTIMATED:
            estimated = {"doubt": self.doubt, "anchors": list(self.anchors)}
        return {
            "name": self.tensor.name,
            "key": self.tensor.key,
            "source": self.source.value,
            "min": None if found is None else found.min,
            "max": None if found is None else found.max,
            "amax": None if found is None else found.amax,
            "scale": None if found is None else float32_scale(found.amax, self.scale),
            "why": self.why,
            "entry": self.entry,
            "kind": "Input" if layer is None else layer.kind.value,
            "node": "" if layer is None or layer.origin is None else layer.origin.node,
            **estimated,
            **({"note": self.note} if self.note else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All tensors of a network in network order, with findings.

    Attributes:
        network: The network.
        tensors: Its tensors: inputs, then each layer's outputs.
        findings: Remarks of the importer, the resolver and the plan itself.
        precision: Glob over node names -> precision, from the ranges file.
        weight_scales: Glob over node names -> how scales of constants are chosen, from there.
        bias_corrections: Name of a node -> what is added to its output channels, from there.
        own_scales: Globs over tensors whose pair has the scale of its own range, from there.
        asymmetric: Globs over tensors that are shifted before their pair, from there.
        fill: How ranges were filled: ``none``, ``safe``, ``estimate`` or ``bounds``.
        target: ``gpu`` or ``dla``.
        unresolved: Entries of the ranges file that are not used, with the reason.
        named_by: TensorRT release whose parser-made names the ranges file holds, if known.
        estimates: What was estimated, where that was asked for.
    """

    network: Network
    tensors: Sequence[PlannedTensor]
    findings: Sequence[Finding] = ()
    precision: Mapping[str, str] = field(default_factory=dict)
    weight_scales: Mapping[str, WeightScale] = field(default_factory=dict)
    bias_corrections: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    own_scales: tuple[str, ...] = ()
    asymmetric: tuple[str, ...] = ()
    fill: str = "safe"
    target: str = "gpu"
    unresolved: tuple[Unresolved, ...] = ()
    named_by: str | None = None
    estimates: Estimates = NO_ESTIMATES

    def __post_init__(self) -> None:
        # A plan is handed to many: none of them can change it for the others.
        object.__setattr__(self, "tensors", tuple(self.tensors))
        object.__setattr__(self, "findings", tuple(self.findings))
        object.__setattr__(self, "precision", MappingProxyType(dict(self.precision)))
        scales = MappingProxyType(dict(self.weight_scales))
        object.__setattr__(self, "weight_scales", scales)
        biases = MappingProxyType(dict(self.bias_corrections))
        object.__setattr__(self, "bias_corrections", biases)

    def count(self, source: Source) -> int:
        """Return how many tensors have their range from ``source``."""
        return sum(1 for planned in self.tensors if planned.source is source)

    def missing(self) -> list[PlannedTensor]:
        """The tensors that need a range and have none."""
        return [planned for planned in self.tensors if planned.source is Source.MISSING]

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``check --json`` object.

        ::

            {"setrange": 1, "model": "resnet18.onnx", "trt": "8.6", "profile": "8.6",
             "fill": "safe", "target": "gpu", "named_by": "7.2",
             "counts": {"given": 41, "derived": 30, "estimated": 0, "bound": 0,
                        "missing": 2, "not needed": 0},
             "tensors": [{"name": "92", "key": "92", "source": "given", "min": -30.0,
                          "max": 30.6, "amax": 30.6, "scale": 0.24094488,
                          "why": "given", "entry": "92", "kind": "ElementWise",
                          "node": "Add_49"}],
             "findings": [{"code": "SR201", "level": "warning", "message": "...",
                           "tensor": "...", "help": "..."}],
             "unresolved": [{"entry": "...", "code": "SR102", "why": "..."}]}

        Tensors are in network order. ``min``, ``max``, ``amax`` and ``scale`` are ``null``
        where the tensor has no range; ``scale`` is a float32 value. ``kind`` is TensorRT's
        label of the layer, ``Input`` for network inputs; ``node`` is ``""`` where the ONNX
        node has no name. ``named_by`` is ``null`` where it is not known or does not matter.
        Estimated tensors have ``doubt``, the factor by which the range may miss, and
        ``anchors``, the tensors whose given ranges it was scaled to.
        """
        return {
            "setrange": 1,
            "model": self.network.model,
            "trt": self.network.trt,
            "profile": self.network.profile,
            "fill": self.fill,
            "target": self.target,
            "named_by": self.named_by,
            "counts": {source.value: self.count(source) for source in Source},
            "tensors": [planned.to_dict() for planned in self.tensors],
            "findings": [finding.to_dict() for finding in self.findings],
            "unresolved": [
                {"entry": item.entry, "code": item.code, "why": item.why}
                for item in self.unresolved
            ],
        }
