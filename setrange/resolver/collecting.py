# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One entry for each tensor, and what there is to say of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.findings import Finding, Level
from setrange.resolver.result import Inference, MatchKind, Resolution, Resolved, Unresolved
from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.network import Tensor
    from setrange.ranges.model import RangeFile
    from setrange.resolver.suggest import Suggestions

__all__ = ["collect"]


def collect(
    range_file: RangeFile,
    located: Sequence[Resolved | Unresolved],
    findings: list[Finding],
    inference: Inference | None,
    suggestions: Suggestions,
) -> Resolution:
    """One entry per tensor, and findings about the rest."""
    chosen: dict[Tensor, Resolved] = {}
    for item in located:
        if isinstance(item, Resolved) and item.tensor.needs_range:
            rival = chosen.get(item.tensor)
            if rival is None or _is_better(item.how, rival.how):
                chosen[item.tensor] = item
    by_pattern = _by_pattern(located, chosen)
    unused: list[Unresolved] = []
    remarks: list[Finding] = []
    for item in located:
        if isinstance(item, Resolved):
            if item.how is MatchKind.PATTERN:
                continue  # others may go before it, tensor by tensor
            if chosen.get(item.tensor) is item:
                if item.how is MatchKind.ALIGNED:
                    remarks.append(
                        Finding(
                            code="SR104",
                            message=f"guessed: {item.entry!r} is {item.tensor.name!r} here",
                            tensor=item.tensor.name,
                            help=f"{item.why}; compare with 'setrange inspect MODEL'",
                        )
                    )
                continue
            if item.how is MatchKind.ALIAS and _agrees(item, chosen, range_file):
                continue
            item = _not_used(item, chosen, range_file)
        unused.append(item)
    remarks += _unused_findings(unused, suggestions, nothing_fits=not chosen)
    findings += _key_findings(list(chosen.values()))
    findings += _pattern_findings(by_pattern)
    return Resolution(
        by_tensor=chosen,
        unresolved=tuple(unused),
        findings=(*findings, *remarks),
        named_by=None if inference is None else inference.version,
    )


def _is_better(how: MatchKind, rival: MatchKind) -> bool:
    """The tensor's own name goes first; then other names, those of copies, and patterns.

    Of several patterns the last in the file counts.
    """
    if MatchKind.PATTERN in (how, rival):
        return rival is MatchKind.PATTERN
    if rival is MatchKind.ALIAS:
        return how is not MatchKind.ALIAS
    return how is MatchKind.EXACT and rival is not MatchKind.EXACT


def _by_pattern(
    located: Sequence[Resolved | Unresolved], chosen: Mapping[Tensor, Resolved]
) -> dict[str, list[Tensor]]:
    """Pattern -> the tensors that have their range from it, also where there are none."""
    found: dict[str, list[Tensor]] = {}
    for item in located:
        if isinstance(item, Resolved) and item.how is MatchKind.PATTERN:
            taken = found.setdefault(item.entry, [])
            if chosen.get(item.tensor) is item:
                taken.append(item.tensor)
    return found


def _agrees(item: Resolved, chosen: dict[Tensor, Resolved], range_file: RangeFile) -> bool:
    """True where an entry says the same as the one that is used for its tensor."""
    used = chosen.get(item.tensor)
    entries = range_file.entries
    return used is not None and entries[item.entry].range == entries[used.entry].range


def _not_used(
    item: Resolved, chosen: dict[Tensor, Resolved], range_file: RangeFile
) -> Unresolved:
    tensor = item.tensor
    if not tensor.needs_range:
        kind = "a shape tensor" if tensor.is_shape_tensor else tensor.dtype.upper()
        why = f"{tensor.name!r} is {kind}: TensorRT never quantizes it"
        return Unresolved(entry=item.entry, code="SR106", why=why)
    used = chosen[tensor].entry
    why = f"{item.entry!r} and {used!r} mean the same tensor; {used!r} is used"
    level = Level.NOTE if _agrees(item, chosen, range_file) else None
    return Unresolved(entry=item.entry, code="SR105", why=why, level=level)


def _unused_findings(
    unused: Sequence[Unresolved], suggestions: Suggestions, *, nothing_fits: bool
) -> list[Finding]:
    unknown = [item for item in unused if item.code == "SR101"]
    if nothing_fits and len(unknown) > 1 and len(unknown) == len(unused):
        some = ", ".join(repr(item.entry) for item in unknown[:3])
        return [
            Finding(
                code="SR101",
                message=f"none of the {len(unknown)} names is a tensor of this model, "
                f"e.g. {some}",
                help="are the ranges for another model, or for another export of it? "
                + suggestions.help(unknown[0].entry),
            )
        ]
    return [
        Finding(
            code=item.code,
            message=item.why,
            tensor=item.entry,
            help=suggestions.help(item.entry)
            if item.code in ("SR101", "SR112")
            else _HELP[item.code],
            level=item.level,
        )
        for item in unused
    ]


_HELP = {
    "SR102": "this entry is ignored; if the release needs that range, setrange derives it from "
    "neighbouring tensors",
    "SR105": "remove one of the two",
    "SR106": "remove the entry",
    "SR107": "remove the entry",
}


#: Names that are not TensorRT's own, in the order in which they are told.
_TOLD = (
    (MatchKind.ONNX, MatchKind.KEY, MatchKind.ALIAS),
    (MatchKind.NODE,),
    (MatchKind.MODULE,),
    (MatchKind.NUMBER,),
)


def _key_findings(used: Sequence[Resolved]) -> list[Finding]:
    """One note on all entries of a kind that are not TensorRT names."""
    findings = []
    for kinds in _TOLD:
        keyed = [item for item in used if item.how in kinds]
        if keyed:
            more = f" (and {len(keyed) - 1} more)" if len(keyed) > 1 else ""
            message = keyed[0].why + more
            findings.append(Finding(code="SR108", message=message, tensor=keyed[0].tensor.name))
    return findings


def _pattern_findings(by_pattern: Mapping[str, Sequence[Tensor]]) -> list[Finding]:
    """One note on each pattern: what has its range from it."""
    findings = []
    for pattern, tensors in by_pattern.items():
        if tensors:
            names = and_more([tensor.name for tensor in tensors])
            message = (
                f"{pattern!r} gives its range to {plural(len(tensors), 'tensor')}: {names}"
            )
        else:
            message = f"{pattern!r} gives no tensor its range: all have an entry of their own, "
            message += "or a later pattern fits"
        findings.append(Finding(code="SR108", message=message))
    return findings
