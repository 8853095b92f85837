# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Several ranges files as one."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import InputError, UsageError
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile, WeightScale

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Conflict", "MergePolicy", "MergeResult", "merge_ranges"]

#: Numbers shown of a list.
_MOST_NUMBERS = 3


class MergePolicy(str, enum.Enum):
    """Which range to keep where files disagree on a tensor."""

    #: The smallest min and the largest max.
    WIDEST = "widest"
    #: The range of the first file that has one.
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A tensor the files disagree on.

    Attributes:
        name: Tensor, or node pattern for a precision.
        values: (path, value as text) of each file that has it, in order.
        taken: What the result holds, as text.
    """

    name: str
    values: tuple[tuple[str, str], ...]
    taken: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"name": self.name, "values": dict(self.values), "taken": self.taken}


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """Merged ranges and what the files disagreed on."""

    ranges: RangeFile
    conflicts: tuple[Conflict, ...]


def merge_ranges(
    files: Sequence[RangeFile], policy: MergePolicy | str = MergePolicy.WIDEST
) -> MergeResult:
    """Merge files into the union of their tensors.

    An entry with a range beats one without. Tensors keep the order of the first file, new ones
    follow. The files must be named by the same TensorRT release, as far as they say.

    Args:
        files: At least one.
        policy: What to take where they disagree.

    Raises:
        UsageError: No files, or no such policy.
        InputError: The files are named by different TensorRT releases.
    """
    if not files:
        raise UsageError("there is nothing to merge; give at least one ranges file")
    try:
        policy = MergePolicy(policy)
    except ValueError as error:
        known = ", ".join(known.value for known in MergePolicy)
        raise UsageError(f"{policy!r} is no merge policy; expected one of {known}") from error
    conflicts: list[Conflict] = []
    named: dict[str, list[tuple[str, RangeEntry]]] = {}
    rules: dict[str, list[tuple[str, str]]] = {}
    sources: dict[str, str] = {}
    scales: dict[str, list[tuple[str, WeightScale]]] = {}
    biases: dict[str, list[tuple[str, tuple[float, ...]]]] = {}
    for file in files:
        for name, entry in file.entries.items():
            named.setdefault(name, []).append((file.path, entry))
        for pattern, kind in file.precision.items():
            rules.setdefault(pattern, []).append((file.path, kind))
            if kind == rules[pattern][0][1] and pattern in file.precision_sources:
                sources.setdefault(pattern, file.precision_sources[pattern])
        for pattern, choice in file.weight_scales.items():
            scales.setdefault(pattern, []).append((file.path, choice))
        for node, numbers in file.bias_corrections.items():
            biases.setdefault(node, []).append((file.path, numbers))
    entries = {name: _merge(name, group, policy, conflicts) for name, group in named.items()}
    by_node: list[tuple[str, Sequence[tuple[str, WeightScale | tuple[float, ...]]]]]
    by_node = [
        (f"{field}: {pattern}", group)
        for field, said in (
            ("precision", rules),
            ("weight_scales", scales),
            ("bias_corrections", biases),
        )
        for pattern, group in said.items()
    ]
    for pattern, group in by_node:
        if len({choice for _, choice in group}) > 1:
            said = tuple((path, _said(choice)) for path, choice in group)
            conflicts.append(Conflict(name=pattern, values=said, taken=said[0][1]))
    return MergeResult(
        ranges=RangeFile(
            path=files[0].path,
            entries=entries,
            named_by=_named_by(files),
            purpose=_common([file.purpose for file in files]),
            model=_common([file.model for file in files]),
            precision={pattern: kinds[0][1] for pattern, kinds in rules.items()},
            precision_sources=sources,
            weight_scales={pattern: choices[0][1] for pattern, choices in scales.items()},
            bias_corrections={node: numbers[0][1] for node, numbers in biases.items()},
            own_scales=tuple(dict.fromkeys(glob for f in files for glob in f.own_scales)),
            asymmetric=tuple(dict.fromkeys(glob for f in files for glob in f.asymmetric)),
            collected=_common([file.collected for file in files]),
            notes=tuple(note for file in files for note in file.notes),
            losses=tuple(loss for file in files for loss in file.losses),
        ),
        conflicts=tuple(conflicts),
    )


def _merge(
    name: str,
    group: list[tuple[str, RangeEntry]],
    policy: MergePolicy,
    conflicts: list[Conflict],
) -> RangeEntry:
    given = [(path, entry, entry.range) for path, entry in group if entry.range is not None]
    if not given:
        return group[0][1]
    # What setrange itself proposed in a template is no range that somebody gave or measured.
    given = [item for item in given if not item[1].is_proposal] or given
    bounds = [bound for _, _, bound in given]
    taken = given[0][1]
    if policy is MergePolicy.WIDEST:
        widest = DynamicRange(min(b.min for b in bounds), max(b.max for b in bounds))
        # The entry that is the widest by itself keeps its exact scale.
        same = [entry for _, entry, bound in given if bound == widest]
        taken = same[0] if same else dataclasses.replace(taken, range=widest, scale=None)
    if len(set(bounds)) > 1:
        values = tuple((path, _text(bound)) for path, _, bound in given)
        shown = bounds[0] if taken.range is None else taken.range
        conflicts.append(Conflict(name=name, values=values, taken=_text(shown)))
    return taken


def _text(bounds: DynamicRange) -> str:
    return f"[{bounds.min!r}, {bounds.max!r}]"


def _said(choice: WeightScale | tuple[float, ...]) -> str:
    if not isinstance(choice, tuple):
        return str(choice)
    more = ", ..." if len(choice) > _MOST_NUMBERS else ""
    return f"[{', '.join(map(repr, choice[:_MOST_NUMBERS]))}{more}]"


def _named_by(files: Sequence[RangeFile]) -> str | None:
    named = {file.named_by: file.path for file in files if file.named_by is not None}
    if len(named) > 1:
        listed = ", ".join(f"{path} by {version}" for version, path in named.items())
        raise InputError(
            f"the files are named by different TensorRT releases ({listed}); bring them to one "
            f"first: setrange convert FILE --model MODEL --trt VERSION -o FILE"
        )
    return next(iter(named), None)


def _common(values: list[Any]) -> Any:
    """Return the value where all files have the same one."""
    return values[0] if all(value == values[0] for value in values) else None
