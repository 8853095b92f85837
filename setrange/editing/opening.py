# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From a ranges file to the state that is edited: names are looked up once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.editing.state import State
from setrange.network.naming import is_parser_made_name
from setrange.plan import plan_network
from setrange.ranges.choices import choices_of
from setrange.ranges.entry import NOT_FILLED_IN
from setrange.resolver.entries import Resolver, resolve_entries
from setrange.resolver.index import is_parser_made
from setrange.resolver.module_ranges import ranges_of_tensors
from setrange.resolver.result import MatchKind, Resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from setrange.editing.edited_model import EditedModel
    from setrange.findings import Finding
    from setrange.ranges.model import RangeEntry, RangeFile
    from setrange.resolver.result import Resolution

__all__ = ["Opened", "opened"]

#: Findings that a state does not show any more: names of other releases are this release's
#: from now on, and remarks of the file's reader are about what is gone.
_OF_THE_FILE = ("SR103", "SR104", "SR109", "SR213", "SR501", "SR502")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ranges file as it was read for one network.

    Attributes:
        state: Its entries.
        file: The file; what the state does not hold is taken from here when it is saved.
        findings: What was found out about its names, and does not show in them any more.
        twins: Name of an entry that is not used -> the tensor that another entry is used for.
        lost: Entries that cannot be kept: their names are of another release, where they may
            mean another tensor.
    """

    state: State
    file: RangeFile
    findings: tuple[Finding, ...] = ()
    twins: Mapping[str, int] = dataclasses.field(default_factory=dict)
    lost: tuple[RangeEntry, ...] = ()


def opened(model: EditedModel, file: RangeFile, *, purpose: str) -> Opened:
    """Look the names of a ranges file up in the network that is edited.

    Args:
        model: The model.
        file: As read.
        purpose: What it is for, unless that is not possible for this release.

    Raises:
        SetrangeError: The ranges cannot be used for this model.
    """
    if not file.entries:
        return Opened(state=State(purpose=purpose, **choices_of(file)), file=file)
    named = ranges_of_tensors(file, model.models.model)
    found = resolve_entries(model.network, named, model=model.models)
    ranges = dict(_used(model, named, found))
    unused = [
        named.entries[item.entry]
        for item in found.unresolved
        if item.entry in named.entries and item.code != "SR112"
    ]
    foreign = named.named_by not in (None, model.network.trt)
    lost = [entry for entry in unused if foreign and is_parser_made_name(entry.name)]
    kept = [entry for entry in unused if entry not in lost]
    taken = {item.entry for item in found.by_tensor.values()} | {e.name for e in unused}
    state = State(
        ranges=ranges,
        patterns=tuple(_patterns(model, named, found, taken)),
        others=tuple(dataclasses.replace(entry, need=None) for entry in kept),
        purpose=purpose,
        **choices_of(named),
    )
    plan = plan_network(model.network, model.models, file, fill=model.fill)
    findings = [item for item in plan.findings if item.code in _OF_THE_FILE]
    return Opened(
        state=state,
        file=named,
        findings=tuple(findings),
        twins=_twins(model, found, kept),
        lost=tuple(lost),
    )


def _used(
    model: EditedModel, file: RangeFile, found: Resolution
) -> Iterable[tuple[int, RangeEntry]]:
    """Yield the entries of tensors; null that nobody filled in says nothing."""
    for tensor, item in found.by_tensor.items():
        entry = file.entries[item.entry]
        if item.how is MatchKind.PATTERN:
            continue
        if entry.range is None and entry.reason in (None, NOT_FILLED_IN):
            continue
        at = model.position[tensor]
        name = entry.name
        if is_parser_made(tensor) or item.how in (MatchKind.OTHER_VERSION, MatchKind.ALIGNED):
            name = model.name_of(at)
        yield at, dataclasses.replace(entry, name=name, need=None, line=0)


def _patterns(
    model: EditedModel, file: RangeFile, found: Resolution, taken: set[str]
) -> Iterable[RangeEntry]:
    resolver = Resolver(model.network, model.models)
    used = {item.entry for item in found.by_tensor.values() if item.how is MatchKind.PATTERN}
    for name, entry in file.entries.items():
        if name in used or (name not in taken and resolver.is_pattern(name)):
            yield dataclasses.replace(entry, need=None, line=0)


def _twins(model: EditedModel, found: Resolution, kept: Iterable[RangeEntry]) -> dict[str, int]:
    """What entries mean that lost against another entry for the same tensor."""
    names = {item.entry for item in found.unresolved if item.code == "SR105"}
    if not names:
        return {}
    resolver = Resolver(model.network, model.models)
    twins = {}
    for entry in kept:
        if entry.name in names:
            item = resolver.locate(entry.name, resolver.target, made=False)
            if isinstance(item, Resolved):
                twins[entry.name] = model.position[item.tensor]
    return twins
