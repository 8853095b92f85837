# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which TensorRT release made the names of a file that does not say so."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from setrange.resolver.counterpart import find_counterpart
from setrange.resolver.result import Inference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.resolver.index import NetworkIndex
    from setrange.resolver.versions import OtherVersions

__all__ = ["infer_version", "is_ordered", "misplaced"]

#: Share of neighbouring entries that must follow each other in network order too, before the
#: order of a file is taken to mean anything. Caches of 10.x are in hash order: about a half.
_ORDERED = 0.9


def infer_version(
    names: Sequence[str], made: Sequence[str], target: NetworkIndex, others: OtherVersions
) -> Inference | None:
    """Find the release in whose network every name of ``made`` is a parser-made tensor.

    The target itself counts first, then the newest. A version in whose network the names
    also stand where they stand in the file goes before one where they do not.

    Args:
        names: All names of the file, in its order.
        made: The parser-made ones among them.
        target: The network that names are resolved in.
        others: The same model at other releases.
    """
    own = target.network.profile
    if _explains(target, made) and not misplaced(target, names, made):
        return Inference(version=own, source=target)
    fitting = [pair for pair in others.newest_first(made) if _explains(pair[1], made)]
    if not fitting:
        return None
    strays = {version: misplaced(index, names, made) for version, index in fitting}
    # sorted() is stable: among equals the newest stays first, after the target.
    version, index = sorted(fitting, key=lambda p: (len(strays[p[0]]), p[0] != own))[0]
    meaning = _meaning(index, made, target)
    rivals = [
        other
        for other, rival in fitting
        if len(strays[other]) == len(strays[version])
        and _meaning(rival, made, target) != meaning
    ]
    return Inference(
        version=version, source=index, misplaced=strays[version], rivals=tuple(rivals)
    )


def _explains(index: NetworkIndex, made: Sequence[str]) -> bool:
    return all(index.parser_made(name) is not None for name in made)


def _meaning(
    index: NetworkIndex, made: Sequence[str], target: NetworkIndex
) -> tuple[int | None, ...]:
    """The target's tensors that the names stand for, by position."""
    found = (index.parser_made(name) for name in made)
    here = (None if t is None else find_counterpart(t, target) for t in found)
    return tuple(None if t is None else target.position[t] for t in here)


def is_ordered(positions: Sequence[int]) -> bool:
    """True for a sequence that follows network order, but for a few exceptions."""
    pairs = list(itertools.pairwise(positions))
    rising = sum(1 for a, b in pairs if a < b)
    return bool(pairs) and rising >= _ORDERED * len(pairs)


def misplaced(
    index: NetworkIndex, names: Sequence[str], made: Sequence[str]
) -> tuple[str, ...]:
    """Return the parser-made names that are not between their named neighbours in the network.

    Nothing is misplaced in a file that is not in network order. Evidence: in caches up to
    8.6 every parser-made name, constants too, stands where its layer does.
    """
    parser_made = set(made)
    anchors: list[int | None] = []
    for name in names:
        tensor = None if name in parser_made else index.find(name)
        anchors.append(None if tensor is None else index.position[tensor])
    if not is_ordered([a for a in anchors if a is not None]):
        return ()
    result = []
    for name, low, high in zip(names, _preceding(anchors), _following(anchors), strict=True):
        tensor = index.parser_made(name) if name in parser_made else None
        if tensor is None or low is None or high is None:
            continue
        if low < high and not low < index.position[tensor] < high:
            result.append(name)
    return tuple(result)


def _preceding(anchors: Sequence[int | None]) -> list[int | None]:
    """For each place the last anchor before it."""
    result: list[int | None] = []
    last: int | None = None
    for anchor in anchors:
        result.append(last)
        last = anchor if anchor is not None else last
    return result


def _following(anchors: Sequence[int | None]) -> list[int | None]:
    """For each place the next anchor after it."""
    return _preceding(anchors[::-1])[::-1]
