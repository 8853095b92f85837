# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The model whose ranges are edited: read and imported once, planned at every change."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from setrange.errors import UsageError
from setrange.exporters.qdq import QdqDraft, QdqOptions
from setrange.model.stamp import stamp_of
from setrange.plan import Plan, Source, plan_network
from setrange.ranges.choices import choices_of
from setrange.ranges.model import RangeFile
from setrange.ranges.problems import quoted
from setrange.resolver.entries import resolve_entries
from setrange.resolver.index import NetworkIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.editing.state import State
    from setrange.findings import Finding
    from setrange.importer.model_at import ModelAt
    from setrange.model.digest import BackgroundDigest
    from setrange.model.stamp import Stamp
    from setrange.network import Network, Tensor
    from setrange.plan.needs import Needs
    from setrange.plan.purpose import Purpose

__all__ = ["EditedModel", "View"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What follows from a state.

    Attributes:
        plan: The plan of all tensors.
        needs: What the output needs of them; ``None`` where that is every range.
    """

    plan: Plan
    needs: Needs | None

    def lacks(self, at: int) -> bool:
        """True where the output needs the range of a tensor, and there is none."""
        planned = self.plan.tensors[at]
        is_wanted = self.needs is None or planned.tensor in self.needs.reasons
        return is_wanted and planned.source is Source.MISSING


@dataclass(kw_only=True)
class EditedModel:
    """A model, and the network of one release.

    Attributes:
        network: The network.
        models: The model it is of.
        digest: SHA-256 of the model's file.
        fill: ``none``, ``safe`` or ``bounds``.
        purposes: Name -> what ranges can be for here.
        options: How a Q/DQ model is made.
    """

    network: Network
    models: ModelAt
    digest: BackgroundDigest
    fill: str = "safe"
    purposes: Mapping[str, Purpose]
    options: QdqOptions = field(default_factory=QdqOptions)

    def __post_init__(self) -> None:
        self._stamp = self._current_stamp()

    @property
    def path(self) -> str:
        """The model's path."""
        return str(self.models.model.path)

    @cached_property
    def tensors(self) -> list[Tensor]:
        """All tensors in network order; a tensor's position is its number in the editor."""
        return list(self.network.tensors())

    @cached_property
    def position(self) -> dict[Tensor, int]:
        """Place of a tensor in ``tensors``."""
        return {tensor: at for at, tensor in enumerate(self.tensors)}

    @cached_property
    def index(self) -> NetworkIndex:
        """The tensors by name."""
        return NetworkIndex(self.network)

    def is_changed_on_disk(self) -> bool:
        """True where the model's file is another one than the one that was read."""
        return self._current_stamp() != self._stamp

    def _current_stamp(self) -> Stamp | None:
        try:
            return stamp_of(os.stat(self.models.model.path))
        except OSError:
            return None

    def name_of(self, at: int) -> str:
        """Return a name that means this tensor and no other in a ranges file.

        Raises:
            UsageError: It has no such name, or takes no range.
        """
        tensor = self.tensors[at]
        if not tensor.needs_range:
            kind = "a shape tensor" if tensor.is_shape_tensor else tensor.dtype.upper()
            raise UsageError(f"{quoted(tensor.name)} is {kind}: TensorRT never quantizes it")
        if self.index.by_name.get(tensor.name) is tensor:
            return tensor.name
        if tensor.key not in self.index.by_name and self.index.by_key.get(tensor.key) is tensor:
            return tensor.key
        raise UsageError(
            f"several tensors have the name {quoted(tensor.name)}, and a ranges file cannot "
            f"tell them apart; give the nodes of the model names of their own"
        )

    def find(self, entries: RangeFile) -> dict[int, str]:
        """Return what names mean: position of a tensor -> name of its entry."""
        found = resolve_entries(self.network, entries, model=self.models)
        return {self.position[tensor]: item.entry for tensor, item in found.by_tensor.items()}

    def is_tensor(self, name: str) -> bool:
        """True for the name of a tensor."""
        return self.index.find(name) is not None

    def range_file(self, state: State, *, path: str = "") -> RangeFile:
        """Return a state as the ranges file that holds it."""
        return RangeFile(
            path=path,
            entries=state.entries(),
            named_by=self.network.trt,
            **choices_of(state),
        )

    def purpose_of(self, state: State) -> Purpose:
        """Return what a state is for."""
        return self.purposes[state.purpose]

    def view(self, state: State, *, path: str = "", kept: tuple[Finding, ...] = ()) -> View:
        """Plan a state.

        Args:
            state: The state.
            path: The ranges file, for messages.
            kept: Findings that were made when the file was read, and that hold on.

        Raises:
            SetrangeError: The ranges cannot be used.
        """
        purpose = self.purpose_of(state)
        plan = plan_network(
            self.network,
            self.models,
            self.range_file(state, path=path),
            fill=self.fill,
            target=purpose.target,
        )
        needs = None
        if purpose.is_qdq and purpose.target != "dla":
            needs = QdqDraft.of(plan, self.models.model, self.options).needs()
        if kept:
            plan = dataclasses.replace(plan, findings=[*kept, *plan.findings])
        return View(plan=plan, needs=needs)

    def layer_node(self, at: int) -> str:
        """Return the name of the ONNX node that makes a tensor, for a precision rule.

        Raises:
            UsageError: There is none, or it has no name.
        """
        tensor = self.tensors[at]
        origin = None if tensor.layer is None else tensor.layer.origin
        if origin is None:
            raise UsageError(
                f"{quoted(tensor.name)} is made by no node of the model, and a precision is a "
                f"node's; mark what reads it"
            )
        if not origin.node:
            raise UsageError(
                f"the {origin.op} node that makes {quoted(tensor.name)} has no name, and the "
                f"ranges file tells nodes apart by theirs; give the nodes of the model names"
            )
        return origin.node
