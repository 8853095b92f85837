# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Resolving one name, for a person who asks what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.importer.model_at import ModelAt
from setrange.machine.target_release import target_for_names
from setrange.resolver.counterpart import find_counterpart
from setrange.resolver.describe import describe_tensor
from setrange.resolver.entries import Resolver
from setrange.resolver.result import MatchKind, Resolved
from setrange.text.words import plural
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.importer.parser import ParserOptions
    from setrange.network import Network, Tensor
    from setrange.resolver.versions import SameModel

__all__ = ["Elsewhere", "NameReport", "resolve", "resolve_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What a parser-made name means in another TensorRT release.

    Attributes:
        version: Parser profile of that release.
        description: The tensor that release calls by the name, in words.
        tensor: The same tensor in the wanted release, ``None`` if that makes none.
    """

    version: str
    description: str
    tensor: Tensor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameReport:
    """All that is known about one name.

    Attributes:
        name: The name as asked.
        resolved: Its tensor and why, or ``None`` where it has none in this release.
        why: The reason in words, found or not.
        elsewhere: What the parsers of other releases call by that name, newest first.
        suggestions: Near names, where the name is unknown.
        fitting: The tensors that a pattern gives a range, in network order.
    """

    name: str
    resolved: Resolved | None
    why: str
    elsewhere: tuple[Elsewhere, ...] = ()
    suggestions: tuple[str, ...] = ()
    fitting: tuple[Tensor, ...] = ()


def resolve(
    model: str | Path | ModelAt,
    name: str,
    *,
    trt: str | None = None,
    named_by: str | None = None,
    options: ParserOptions | None = None,
) -> NameReport:
    """Say which tensor of a model a name means, as ``setrange resolve`` does.

    Args:
        model: The ONNX model.
        name: Any name: TensorRT's (of any release), an ONNX value's, a portable key.
        trt: TensorRT release whose tensor is asked for; the installed one if not given, else
            the newest with ranges.
        named_by: TensorRT release whose name it is, if known.
        options: How TensorRT's parser is set up.

    Returns:
        What is known; ``resolved`` is ``None`` where the release has no such tensor.

    Raises:
        SetrangeError: The model cannot be read, or that release's parser refuses it.
    """
    source = None if named_by is None else str(TrtVersion.parse(named_by))
    version = target_for_names(None if trt is None else TrtVersion.parse(trt)).version
    models = ModelAt.of(model, options)
    return resolve_name(models.network(version), name, named_by=source, model=models)


def resolve_name(
    network: Network,
    name: str,
    *,
    named_by: str | None = None,
    model: SameModel | None = None,
) -> NameReport:
    """Find the tensor of one name.

    Without ``named_by`` a parser-made name of this release means this release's tensor. One
    that only other releases make is resolved where they all mean the same tensor by it.

    Args:
        network: The network of the wanted TensorRT release.
        name: Any name: TensorRT's (of any version), an ONNX value's, a portable key.
        named_by: TensorRT release whose name it is, if known.
        model: The same model at other releases.

    Returns:
        What is known. Never raises because of the name.
    """
    resolver = Resolver(network, model)
    if resolver.is_pattern(name):
        return _of_pattern(resolver, name)
    made = bool(resolver.parser_made([name], named_by))
    source = None if named_by is None else resolver.others.at(named_by)
    if made and named_by is not None and source is None:
        why = f"the parser of TensorRT {named_by}, whose name it is, refuses the model"
        return NameReport(
            name=name, resolved=None, why=why, elsewhere=_elsewhere(resolver, name)
        )
    answer = resolver.locate(name, source or resolver.target, made=made)
    elsewhere = _elsewhere(resolver, name) if made else ()
    if isinstance(answer, Resolved):
        return NameReport(name=name, resolved=answer, why=answer.why, elsewhere=elsewhere)
    meanings = {found.tensor for found in elsewhere}
    if source is None and len(meanings) == 1 and (tensor := meanings.pop()) is not None:
        versions = ", ".join(found.version for found in elsewhere)
        why = f"TensorRT {versions}'s name of {tensor.name!r}"
        resolved = Resolved(entry=name, tensor=tensor, how=MatchKind.OTHER_VERSION, why=why)
        return NameReport(name=name, resolved=resolved, why=why, elsewhere=elsewhere)
    why = answer.why
    if made and resolver.others.unasked:
        why += f"; {resolver.others.why_unasked} (--named-by says whose name it is)"
    near = resolver.suggestions.near(name) if answer.code == "SR101" else []
    return NameReport(
        name=name,
        resolved=None,
        why=why,
        elsewhere=elsewhere,
        suggestions=tuple(near),
    )


def _of_pattern(resolver: Resolver, pattern: str) -> NameReport:
    found = resolver.by_pattern(pattern)
    fitting = tuple(item.tensor for item in found if isinstance(item, Resolved))
    if fitting:
        count = plural(len(fitting), "tensor")
        why = f"{pattern!r} is a pattern, and gives its range to {count}"
        return NameReport(name=pattern, resolved=None, why=why, fitting=fitting)
    near = resolver.suggestions.near_patterns(pattern)
    return NameReport(name=pattern, resolved=None, why=found[0].why, suggestions=tuple(near))


def _elsewhere(resolver: Resolver, name: str) -> tuple[Elsewhere, ...]:
    return tuple(
        Elsewhere(
            version=version,
            description=describe_tensor(tensor),
            tensor=find_counterpart(tensor, resolver.target),
        )
        for version, index in resolver.others.newest_first([name])
        if index is not resolver.target and (tensor := index.parser_made(name)) is not None
    )
