# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges named for one TensorRT release become ranges named for another.

With the model every name moves through the tensor it means. Without it only files whose names
stay what they are may change their release.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.findings import Finding, Level
from setrange.network.naming import is_parser_made_name
from setrange.ranges.loss import Loss, LossKind
from setrange.resolver.entries import Resolver
from setrange.resolver.in_cache import appears_in_cache
from setrange.resolver.index import value_of_key
from setrange.resolver.inference import misplaced
from setrange.resolver.result import Resolved
from setrange.resolver.versions import profile_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.network import Network
    from setrange.ranges.model import RangeFile
    from setrange.resolver.index import NetworkIndex
    from setrange.resolver.versions import SameModel
    from setrange.versions import TrtVersion

__all__ = ["Rekeyed", "change_version", "rekey", "versions_that_fit"]

#: 10.x: ``<layer name>_output``. Layers may be called anything, so may ONNX values.
_AFTER_LAYER = re.compile(r".+_output(?:_[1-9]\d*)?\Z", re.S)

#: Remarks on entries that are not used; ``Rekeyed`` has those as losses.
_UNUSED = frozenset({"SR101", "SR102", "SR105", "SR106", "SR107", "SR112"})

#: How many releases an error shows.
_MOST_VERSIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """Ranges under another release's names.

    Attributes:
        ranges: The ranges; entries without a counterpart are left out, and are its losses.
        source: Version whose names they had: the file's word or inferred; ``None`` where no
            name depends on the release, or no release explains them.
        renamed: Old name -> new name, where they differ.
        absent: Tensors of the wanted release that a cache holds and the file has no entry for.
        findings: Remarks on versions and names.
    """

    ranges: RangeFile
    source: str | None
    renamed: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def rekey(
    ranges: RangeFile,
    network: Network,
    *,
    model: SameModel,
    partial: bool = False,
) -> Rekeyed:
    """Name ranges as another TensorRT release does.

    Args:
        ranges: The ranges, in file order.
        network: The model's network at the wanted release.
        model: The same model at other releases.
        partial: Take what fits of a file that does not fit.

    Raises:
        InputError: The file is for another release than it says, or for another model; the
            message says how many names fit at which release.
    """
    names = tuple(ranges.entries)
    resolver = Resolver(network, model)
    doubts: list[Finding] = []
    if not partial:
        fit = _Fit(ranges, resolver, frozenset(model.value_names))
        fit.check_names()
        doubts = fit.check_places()
    resolution = resolver.resolve(ranges)
    tensors: dict[str, list[str]] = {}
    for tensor, item in resolution.by_tensor.items():
        tensors.setdefault(item.entry, []).append(tensor.name)
    # A pattern becomes the tensors that it gives its range to.
    renamed = [(name, new) for name in names for new in tensors.get(name, ())]
    absent = [
        tensor.name
        for tensor in network.float_tensors()
        if appears_in_cache(tensor) and tensor not in resolution.by_tensor
    ]
    lost = [
        Loss(item.entry, LossKind.COUNTERPART, item.why.removeprefix(f"{item.entry!r} is "))
        for item in resolution.unresolved
    ]
    return Rekeyed(
        ranges=dataclasses.replace(
            ranges,
            named_by=network.trt,
            entries={
                new: dataclasses.replace(ranges.entries[old], name=new) for old, new in renamed
            },
            extra={},
            losses=(*ranges.losses, *lost),
        ),
        source=resolution.named_by,
        renamed={
            old: new for old, new in renamed if old != new and not resolver.is_pattern(old)
        },
        absent=tuple(absent),
        findings=(
            *(finding for finding in resolution.findings if finding.code not in _UNUSED),
            *doubts,
        ),
    )


def versions_that_fit(ranges: RangeFile, network: Network, model: SameModel) -> list[str]:
    """Return the releases that explain every name of a file, where the one it says does not.

    Args:
        ranges: The ranges.
        network: The model's network at any version.
        model: The same model at other releases.
    """
    if ranges.named_by is None:
        return []
    resolver = Resolver(network, model)
    fit = _Fit(ranges, resolver, frozenset(model.value_names))
    source = resolver.others.at(ranges.named_by)
    return (
        []
        if source is not None and not fit.unexplained_names(source)
        else fit.versions_that_fit()
    )


def change_version(ranges: RangeFile, version: TrtVersion) -> RangeFile:
    """Say that ranges are for another release, without the model: names stay as they are.

    Raises:
        InputError: A name may be the parser's own, which that release gives otherwise.
        UnsupportedVersionError: That version has no ranges.
    """
    version.require_ranges("ranges by its names")
    source = None if ranges.named_by is None else profile_of(ranges.named_by)
    if source != version.profile:
        moving = [name for name in ranges.entries if _may_move(name, source)]
        if moving:
            raise InputError(_would_move(ranges, moving, version))
    return dataclasses.replace(ranges, named_by=str(version), extra={})


def _may_move(name: str, source: str | None) -> bool:
    by_layer_name = source is not None and source.startswith("10.")
    return is_parser_made_name(name) or (by_layer_name and bool(_AFTER_LAYER.match(name)))


def _would_move(ranges: RangeFile, moving: Sequence[str], version: TrtVersion) -> str:
    made = f"{ranges.path}: {len(moving)} names are the parser's own, e.g. {moving[0]!r}"
    if ranges.named_by is None:
        return (
            f"{made}, and the file does not say which TensorRT gave them; give the model to "
            f"find out (--model MODEL --trt {version}), or say it: --named-by VERSION"
        )
    return (
        f"{made}: they are TensorRT {ranges.named_by}'s, and TensorRT {version} has other "
        f"names for these tensors. With a new header alone TensorRT would not find their "
        f"ranges, and report nothing; give the model: --model MODEL --trt {version}"
    )


class _Fit:
    """Whether a file is for the model and for the release it says."""

    def __init__(self, ranges: RangeFile, resolver: Resolver, values: frozenset[str]) -> None:
        self._ranges = ranges
        self._resolver = resolver
        self._values = values
        self._names = tuple(name for name in ranges.entries if not _is_spoken(name, resolver))
        self._made = resolver.parser_made(self._names, ranges.named_by)

    def check_names(self) -> None:
        """Refuse names that are no tensors of the model."""
        named_by = self._ranges.named_by
        source = self._resolver.target if named_by is None else self._at(named_by)
        unexplained = self.unexplained_names(source)
        if named_by is None:  # which release gave the names is found out later
            unexplained = [name for name in unexplained if name not in self._made]
        if unexplained:
            raise InputError(self._misfit(unexplained, "no tensor of the model"))

    def check_places(self) -> list[Finding]:
        """Refuse names that all fit by chance: they stand elsewhere in the network.

        Returns:
            A remark where they do so in every release.
        """
        named_by = self._ranges.named_by
        if named_by is None or not self._made:
            return []
        strays = misplaced(self._at(named_by), self._names, self._made)
        if not strays:
            return []
        if self.versions_that_fit():
            raise InputError(self._misfit(strays, "elsewhere in the network than in the file"))
        return [
            Finding(
                code="SR103",
                message=f"{len(strays)} names stand elsewhere in the file than in TensorRT "
                f"{named_by}'s network, e.g. {strays[0]!r}",
                help="if the file is for another release, say so with --named-by",
                level=Level.WARNING,
            )
        ]

    def unexplained_names(self, index: NetworkIndex) -> list[str]:
        """Return the names that are no tensor there."""
        return [name for name in self._names if not self._fits(name, index)]

    def versions_that_fit(self) -> list[str]:
        """Return the releases that explain all names, the newest first."""
        return [version for version, count in self._counts if count == len(self._names)]

    def _at(self, version: str) -> NetworkIndex:
        index = self._resolver.others.at(version)
        if index is not None:
            return index
        if not self._made:
            return self._resolver.target
        raise InputError(
            f"{self._ranges.path}: its names are TensorRT {version}'s, but the parser of that "
            f"release refuses the model, so setrange cannot find what "
            f"{self._made[0]!r} means; give the model the ranges were made with"
        )

    def _fits(self, name: str, index: NetworkIndex) -> bool:
        if name in self._values or index.find(name) is not None:
            return True
        value = value_of_key(name)
        return value is not None and (value in self._values or index.find(value) is not None)

    @functools.cached_property
    def _counts(self) -> list[tuple[str, int]]:
        """How many names fit at each release, the most first, then the newest."""
        counts = []
        for version, index in self._resolver.others.newest_first():
            fitting = len(self._names) - len(self.unexplained_names(index))
            counts.append((version, fitting - len(misplaced(index, self._names, self._made))))
        return sorted(counts, key=lambda item: -item[1])

    def _misfit(self, names: Sequence[str], what: str) -> str:
        ranges, total = self._ranges, len(self._names)
        whose = "" if ranges.named_by is None else f" at TensorRT {ranges.named_by}, its own"
        verb = "is" if len(names) == 1 else "are"
        counts = self._counts
        shown = ", ".join(f"{count} at {version}" for version, count in counts[:_MOST_VERSIONS])
        fitting = self.versions_that_fit()
        if fitting:
            advice = f"they are TensorRT {_either(fitting)}'s; say so: --named-by {fitting[0]}"
        elif self._resolver.others.unasked:
            advice = f"{self._resolver.others.why_unasked}: say whose they are with --named-by"
        elif not counts or counts[0][1] == 0:
            advice = "the file is for another model, or for another export of it"
        else:
            advice = (
                "no release explains them all: is the file for another model, or for another "
                "export of it? --partial takes what fits"
            )
        return (
            f"{ranges.path}: {len(names)} of {total} names {verb} {what}{whose}, e.g. "
            f"{names[0]!r}. Names that fit: {shown}; {advice}"
        )


def _is_spoken(name: str, resolver: Resolver) -> bool:
    """True for a name as people have them, which says nothing of a release."""
    if resolver.target.find(name) is not None:
        return False
    return resolver.is_pattern(name) or isinstance(resolver.spoken.find(name), Resolved)


def _either(words: Sequence[str]) -> str:
    """``8.6, 8.5 or 8.4``."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
