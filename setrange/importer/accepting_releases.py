# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A refused model: which other TensorRT versions take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import ParserRefusedError, SetrangeError
from setrange.importer.parser import import_model
from setrange.versions import PROFILES, TrtVersion, profile_rank

if TYPE_CHECKING:
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.network import Network

__all__ = ["accepting_profiles", "import_or_explain"]


#: For a larger model the advice would take longer than the answer: it is imported once per
#: version.
_MANY_NODES = 10_000


def import_or_explain(
    model: Model, version: TrtVersion, options: ParserOptions | None = None
) -> Network:
    """Predict a network; a refusal says which versions accept the model, if any does.

    Raises:
        ParserRefusedError: The parser of that version refuses the model.
    """
    try:
        return import_model(model, version, options)
    except ParserRefusedError as error:
        if len(model.graph.node) > _MANY_NODES:
            raise
        profiles = accepting_profiles(model, options)
        if profiles:
            advice = f"accepted by {_spans(profiles)}"
        else:
            advice = "no version from 6.0 to 10.16 accepts this model: change it"
        raise ParserRefusedError(error.rule, f"{error} ({advice})") from error


def accepting_profiles(model: Model, options: ParserOptions | None = None) -> list[str]:
    """Return the parser profiles that accept the model, oldest first."""
    return [profile for profile in PROFILES if _accepts(model, profile, options)]


def _accepts(model: Model, profile: str, options: ParserOptions | None) -> bool:
    try:
        import_model(model, TrtVersion.parse(profile), options)
    except SetrangeError:
        return False
    return True


def _spans(profiles: list[str]) -> str:
    """``7.0, 8.0 - 8.6``: neighbours among the profiles are joined."""
    spans: list[list[str]] = []
    for profile in profiles:
        if spans and profile_rank(spans[-1][-1]) == profile_rank(profile) - 1:
            spans[-1].append(profile)
        else:
            spans.append([profile])
    names = [span[0] if len(span) == 1 else f"{span[0]} - {span[-1]}" for span in spans]
    return "TensorRT " + ", ".join(names)
