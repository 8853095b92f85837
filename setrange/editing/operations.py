# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person can do to a state, each as one step of undo."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.editing.numbers import checked_entry, parse_number, parse_range
from setrange.editing.pasting import read_pasted
from setrange.editing.precision import with_precision
from setrange.editing.requests import choice, flag, names, tensors, text
from setrange.errors import UsageError
from setrange.plan.template import provenance
from setrange.ranges.model import RangeEntry, RangeFile
from setrange.ranges.own_reader import PURPOSES
from setrange.ranges.problems import quoted
from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from setrange.editing.edited_model import EditedModel, View
    from setrange.editing.state import State
    from setrange.plan import PlannedTensor

__all__ = ["Change", "Desk", "change"]

#: Names in a message.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an operation sees.

    Attributes:
        model: The model.
        state: What it changes.
        view: What follows from the state.
        twins: As of ``Opened``.
        proposals: Estimated ranges by tensor, if there are any.
    """

    model: EditedModel
    state: State
    view: View
    twins: Mapping[str, int] = field(default_factory=dict)
    proposals: Mapping[int, PlannedTensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new state.

    Attributes:
        state: The state.
        label: What was done, for undo: ``set 3 ranges``.
        message: What else there is to say, if anything.
        tensors: The tensors that were touched.
    """

    state: State
    label: str
    message: str = ""
    tensors: tuple[int, ...] = ()


def change(desk: Desk, request: Mapping[str, Any]) -> Change:
    """Carry out an operation: ``{"kind": "set", "tensors": [3], "text": "0 6"}``.

    Raises:
        SetrangeError: It cannot be done; the message says why, and nothing is changed.
    """
    kind = choice(request, "kind", _OPERATIONS)
    return _OPERATIONS[kind](desk, request)


def _set(desk: Desk, request: Mapping[str, Any]) -> Change:
    """The same range for all tensors given."""
    chosen = _some(desk, request)
    value = _typed(request)
    return _given(desk, dict.fromkeys(chosen, value))


def _typed(request: Mapping[str, Any]) -> Any:
    if "text" in request:
        return parse_range(text(request, "text"))
    if "amax" in request:
        return abs(parse_number(text(request, "amax")))
    low, high = text(request, "min"), text(request, "max")
    if not low.strip() or not high.strip():
        raise UsageError(
            "give the smallest and the largest value, or the largest absolute value"
        )
    return [parse_number(low), parse_number(high)]


def _clear(desk: Desk, request: Mapping[str, Any]) -> Change:
    chosen = _some(desk, request)
    patterned = [at for at in chosen if desk.view.plan.tensors[at].is_by_pattern]
    own = [at for at in chosen if at in desk.state.ranges]
    if not own and patterned:
        planned = desk.view.plan.tensors[patterned[0]]
        raise UsageError(
            f"{quoted(planned.tensor.name)} has its range from the pattern "
            f"{quoted(planned.entry or '')}; give it a range of its own, or remove the pattern"
        )
    if not own:
        raise UsageError(
            "there is nothing to clear: the range was not given, it follows from others"
            if len(chosen) == 1
            else "there is nothing to clear: none of these ranges was given"
        )
    state = _without_twins(desk, desk.state.without(own), own)
    return Change(state=state, label=f"clear {plural(len(own), 'range')}", tensors=tuple(own))


def _producer(desk: Desk, request: Mapping[str, Any]) -> Change:
    """For each tensor the range of what its layer reads first."""
    values: dict[int, Any] = {}
    without: list[int] = []
    for at in _some(desk, request):
        source = _known_input(desk, at)
        if source is None:
            without.append(at)
        else:
            values[at] = [source.min, source.max]
    if not values:
        name = desk.model.tensors[without[0]].name
        raise UsageError(
            f"what {quoted(name)} is made from has no range yet; give that one first"
            if desk.model.tensors[without[0]].layer is not None
            else f"{quoted(name)} is an input of the network, which nothing makes; type its "
            f"range"
        )
    message = ""
    if without:
        message = f"{_named(desk, without)}: what they are made from has no range yet"
    done = _given(desk, values)
    return dataclasses.replace(done, message=message)


def _known_input(desk: Desk, at: int) -> Any:
    layer = desk.model.tensors[at].layer
    for tensor in () if layer is None else layer.inputs:
        if tensor is None or tensor.constant is not None:
            continue
        found = desk.view.plan.tensors[desk.model.position[tensor]].range
        if found is not None:
            return found
    return None


def _paste(desk: Desk, request: Mapping[str, Any]) -> Change:
    """A column: by name where the rows have names, else into the tensors given, in order."""
    rows = read_pasted(text(request, "text"), desk.model.is_tensor)
    filled = [row for row in rows if row.value is not None]
    if not filled:
        raise UsageError("what was pasted holds no number")
    if filled[0].name is None:
        chosen = tensors(request, "tensors", len(desk.model.tensors))
        return _in_order(desk, [row.value for row in rows], chosen, request)
    entries: dict[str, RangeEntry] = {}
    for row in filled:
        name = row.name or ""
        entry = checked_entry(name, row.value)
        if name in entries and entries[name].range != entry.range:
            raise UsageError(f"{quoted(name)} is in what was pasted twice, with two ranges")
        entries[name] = entry
    found = desk.model.find(RangeFile(entries=entries))
    if not found:
        raise UsageError(
            f"none of the {plural(len(entries), 'name')} that were pasted is a tensor of this "
            f"model, e.g. {quoted(next(iter(entries)))}"
        )
    used = set(found.values())
    unknown = [name for name in entries if name not in used]
    message = f"{plural(len(found), 'range')} pasted"
    if unknown:
        message += (
            f"; {plural(len(unknown), 'name')} of no use here: {and_more(unknown, _NAMED)}"
        )
    done = _with(desk, {at: entries[name] for at, name in found.items()})
    return dataclasses.replace(
        done, label=f"paste {plural(len(found), 'range')}", message=message
    )


def _in_order(
    desk: Desk, values: Sequence[Any], chosen: Sequence[int], request: Mapping[str, Any]
) -> Change:
    """Numbers without names."""
    if len(values) == 1 and len(chosen) > 1 and not flag(request, "downward"):
        values = [values[0]] * len(chosen)
    is_downward = flag(request, "downward") and len(values) <= len(chosen)
    if len(values) != len(chosen) and not is_downward:
        raise UsageError(
            f"{plural(len(values), 'number')} cannot be put into {plural(len(chosen), 'row')}; "
            f"select as many rows, or one row to fill from there downward"
        )
    pairs = zip(chosen, values, strict=False)
    done = _given(desk, {at: value for at, value in pairs if value is not None})
    count = len(done.tensors)
    return dataclasses.replace(
        done,
        label=f"paste {plural(count, 'range')}",
        message=f"{plural(count, 'range')} pasted",
    )


def _accept(desk: Desk, request: Mapping[str, Any]) -> Change:
    """Estimates, as ``template --fill estimate`` writes them."""
    if not desk.proposals:
        raise UsageError("nothing is estimated yet; estimate first")
    wanted = (
        list(desk.proposals)
        if request.get("tensors") is None
        else tensors(request, "tensors", len(desk.model.tensors))
    )
    chosen = [at for at in wanted if at in desk.proposals and desk.view.lacks(at)]
    if not chosen:
        raise UsageError("there is no estimate for these that is still needed")
    entries = {}
    for at in chosen:
        planned = desk.proposals[at]
        entries[at] = RangeEntry(
            name=desk.model.name_of(at),
            range=planned.range,
            scale=planned.scale,
            source=provenance(planned),
            proposed=planned.range,
        )
    done = _with(desk, entries)
    return dataclasses.replace(done, label=f"accept {plural(len(chosen), 'estimate')}")


def _precision(desk: Desk, request: Mapping[str, Any]) -> Change:
    """The nodes that make tensors run in FP16, or in INT8 again."""
    is_on = flag(request, "on")
    chosen = _some(desk, request)
    nodes = list(dict.fromkeys(desk.model.layer_node(at) for at in chosen))
    rules = with_precision(desk.state.precision, nodes, "fp16" if is_on else None)
    state = dataclasses.replace(desk.state, precision=rules)
    label = f"mark {plural(len(nodes), 'node')} {'FP16' if is_on else 'INT8'}"
    return Change(state=state, label=label, tensors=tuple(chosen))


def _remove(desk: Desk, request: Mapping[str, Any]) -> Change:
    """Patterns, and entries that are of no use."""
    wanted = names(request, "names")
    known = {entry.name for entry in (*desk.state.patterns, *desk.state.others)}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UsageError(f"{quoted(unknown[0])} is no entry that can be removed by name")
    count = len(set(wanted))
    label = "remove 1 entry" if count == 1 else f"remove {count} entries"
    return Change(state=desk.state.without_named(wanted), label=label)


def _purpose(desk: Desk, request: Mapping[str, Any]) -> Change:
    name = choice(request, "name", PURPOSES)
    if name not in desk.model.purposes:
        raise UsageError(
            f"ranges for {name!r} are planned for another TensorRT release than "
            f"{desk.model.network.trt}; start the editor with --for {name}"
        )
    state = dataclasses.replace(desk.state, purpose=name)
    return Change(state=state, label=f"plan for {name}")


_OPERATIONS: dict[str, Callable[[Desk, Mapping[str, Any]], Change]] = {
    "set": _set,
    "clear": _clear,
    "producer": _producer,
    "paste": _paste,
    "accept": _accept,
    "precision": _precision,
    "remove": _remove,
    "purpose": _purpose,
}


def _some(desk: Desk, request: Mapping[str, Any]) -> list[int]:
    chosen = tensors(request, "tensors", len(desk.model.tensors))
    if not chosen:
        raise UsageError("no tensor is selected; select a row first")
    return chosen


def _given(desk: Desk, values: Mapping[int, Any]) -> Change:
    """Give ranges: as the same values would be in the file."""
    entries = {}
    for at, value in values.items():
        before = desk.state.ranges.get(at)
        name = desk.model.name_of(at) if before is None else before.name
        entries[at] = checked_entry(name, value)
    done = _with(desk, entries)
    return dataclasses.replace(done, label=f"set {plural(len(entries), 'range')}")


def _with(desk: Desk, entries: Mapping[int, RangeEntry]) -> Change:
    named = {}
    for at, entry in entries.items():
        before = desk.state.ranges.get(at)
        name = desk.model.name_of(at) if before is None else before.name
        named[at] = dataclasses.replace(entry, name=name, line=0)
    state = _without_twins(desk, desk.state.with_entries(named), named)
    return Change(state=state, label="", tensors=tuple(named))


def _without_twins(desk: Desk, state: State, touched: Iterable[int]) -> State:
    """Drop the second entries of tensors: they would speak up for the first."""
    gone = set(touched)
    twins = [name for name, at in desk.twins.items() if at in gone]
    return state.without_named(twins) if twins else state


def _named(desk: Desk, positions: Sequence[int]) -> str:
    return and_more([desk.model.tensors[at].name for at in positions], _NAMED)
