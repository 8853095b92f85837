# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Parser-made names that no release explains: aligned between their named neighbours.

A file in network order says more than its numbers: what stands between two tensors with
names of their own in the file stands between them in the network. Kinds and order decide
which is which; where more than one reading is possible, none is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.network.naming import parse_unnamed
from setrange.resolver.alignment import align
from setrange.resolver.counterpart import family, find_counterpart
from setrange.resolver.index import is_parser_made
from setrange.resolver.inference import is_ordered
from setrange.resolver.result import MatchKind, Resolved, Unresolved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.network import Tensor
    from setrange.resolver.index import NetworkIndex
    from setrange.resolver.versions import OtherVersions

__all__ = ["align_entries"]

#: Layers that 10.x names itself, by their kind.
_HELPER = "ONNXTRT_"
_HELPER_KINDS = {
    "Broadcast": "Shuffle",
    "ShapeShuffle": "Shuffle",
    "convertToScalar": "Shuffle",
    "flattenTensor": "Shuffle",
    "reshapeTensor": "Shuffle",
    "squeezeTensor": "Shuffle",
    "transposeTensor": "Shuffle",
    "unsqueezeTensor": "Shuffle",
    "castHelper": "Identity",
    "identity": "Identity",
}

#: Names times candidates in one segment; more would take seconds and say nothing certain.
_MOST_PAIRS = 1_000_000


@dataclass(slots=True)
class _Segment:
    """Names between two anchors: an anchor is an entry whose tensor is certain."""

    before: Tensor | None
    names: list[str] = field(default_factory=list)
    after: Tensor | None = None


def align_entries(
    names: Sequence[str],
    made: Sequence[str],
    target: NetworkIndex,
    others: OtherVersions,
) -> dict[str, Resolved | Unresolved]:
    """Find tensors for parser-made names that no single release explains.

    Args:
        names: All names of the file, in its order.
        made: The parser-made ones among them.
        target: The network to find them in.
        others: The same model at other releases.

    Returns:
        An answer for each name of ``made``.
    """
    result: dict[str, Resolved | Unresolved] = {}
    anchors: dict[str, Tensor] = {}
    parser_made = frozenset(made)
    by_layer_name = _by_layer_name([n for n in made if _kind(n) is None], target, others)
    for name in names:
        if name not in parser_made:
            tensor = target.find(name)
        elif name in by_layer_name:
            tensor = by_layer_name[name]
            result[name] = _named_after_layer(name, tensor, target)
        else:
            continue
        if tensor is not None:
            anchors[name] = tensor
    taken = set(anchors.values())
    ordered = is_ordered([target.position[tensor] for tensor in anchors.values()])
    for segment in _segments(names, anchors, parser_made - result.keys()):
        result.update(_align_segment(segment, target, taken, ordered=ordered))
    return result


def _kind(name: str) -> str | None:
    """The kind that a name itself tells, by family."""
    unnamed = parse_unnamed(name)
    if unnamed is not None:
        return family(unnamed.kind)
    if name.startswith(_HELPER):
        helper = name.removeprefix(_HELPER).partition("_")[0]
        return _HELPER_KINDS.get(helper, helper)
    return None


def _by_layer_name(
    names: Sequence[str], target: NetworkIndex, others: OtherVersions
) -> dict[str, Tensor | None]:
    """What 10.x calls by a layer's name: its meaning where all versions that know it agree."""
    if not names:
        return {}
    found: dict[str, set[Tensor | None]] = {name: set() for name in names}
    for _, index in others.newest_first():
        for name, meanings in found.items():
            tensor = index.parser_made(name)
            if tensor is not None:
                meanings.add(find_counterpart(tensor, target))
    return {
        name: meanings.pop() if len(meanings) == 1 else None for name, meanings in found.items()
    }


def _named_after_layer(
    name: str, tensor: Tensor | None, target: NetworkIndex
) -> Resolved | Unresolved:
    if tensor is None:
        why = f"TensorRT {target.network.trt} makes no tensor that {name!r} stands for"
        return Unresolved(entry=name, code="SR102", why=why)
    why = f"{name!r} is another TensorRT release's name of {tensor.name!r}"
    return Resolved(entry=name, tensor=tensor, how=MatchKind.ALIGNED, why=why)


def _segments(
    names: Sequence[str], anchors: dict[str, Tensor], wanted: frozenset[str]
) -> list[_Segment]:
    segments = [_Segment(before=None)]
    for name in names:
        if name in anchors:
            segments[-1].after = anchors[name]
            segments.append(_Segment(before=anchors[name]))
        elif name in wanted:
            segments[-1].names.append(name)
    return [segment for segment in segments if segment.names]


def _align_segment(
    segment: _Segment, target: NetworkIndex, taken: set[Tensor], *, ordered: bool
) -> dict[str, Resolved | Unresolved]:
    low = -1 if segment.before is None else target.position[segment.before]
    high = len(target.position) if segment.after is None else target.position[segment.after]
    candidates = [
        tensor
        for tensor in target.tensors[low + 1 : high]
        if _is_candidate(tensor) and tensor not in taken
    ]
    if not ordered or len(segment.names) * len(candidates) > _MOST_PAIRS:
        return {name: _undecided(name) for name in segment.names}
    kinds = [_kind(name) or "" for name in segment.names]
    matches = align(kinds, [_kind_of(tensor) for tensor in candidates])
    where = _where(segment)
    return {
        name: _answer(name, [candidates[j] for j in match], where, target.network.trt)
        for name, match in zip(segment.names, matches, strict=True)
    }


def _undecided(name: str) -> Unresolved:
    why = (
        f"no TensorRT release explains all parser-made names, and the order of the file "
        f"does not say which tensor {name!r} is"
    )
    return Unresolved(entry=name, code="SR102", why=why)


def _answer(name: str, matches: list[Tensor], where: str, trt: str) -> Resolved | Unresolved:
    """What one name stands for; ``matches`` as from ``align``."""
    if len(matches) == 1:
        why = f"its kind and its place {where} are the same"
        return Resolved(entry=name, tensor=matches[0], how=MatchKind.ALIGNED, why=why)
    if matches:
        rivals = " or ".join(repr(tensor.name) for tensor in dict.fromkeys(matches))
        why = f"no TensorRT release explains {name!r}; {where} it may be {rivals}, or none"
    else:
        why = f"TensorRT {trt} has no counterpart of {name!r} {where}"
    return Unresolved(entry=name, code="SR102", why=why)


def _is_candidate(tensor: Tensor) -> bool:
    return is_parser_made(tensor) and tensor.needs_range


def _kind_of(tensor: Tensor) -> str:
    return "" if tensor.layer is None else family(tensor.layer.kind.value)


def _where(segment: _Segment) -> str:
    """The neighbours in words."""
    before, after = segment.before, segment.after
    if before is not None and after is not None:
        return f"between {before.name!r} and {after.name!r}"
    if before is not None:
        return f"after {before.name!r}"
    return "in the network" if after is None else f"before {after.name!r}"
