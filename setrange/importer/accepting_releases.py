# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A refused model: which other TensorRT releases take it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.versions import profile_rank

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["acceptance_advice"]


def acceptance_advice(profiles: Sequence[str]) -> str:
    """Say which releases accept a model that another refuses.

    Args:
        profiles: The parser profiles that accept it, oldest first.
    """
    if profiles:
        return f"accepted by {_spans(profiles)}"
    return "no release from 6.0 to 11.4 accepts this model: change it"


def _spans(profiles: Sequence[str]) -> str:
    """``7.0, 8.0 - 8.6``: neighbours among the profiles are joined."""
    spans: list[list[str]] = []
    for profile in profiles:
        if spans and profile_rank(spans[-1][-1]) == profile_rank(profile) - 1:
            spans[-1].append(profile)
        else:
            spans.append([profile])
    names = [span[0] if len(span) == 1 else f"{span[0]} - {span[-1]}" for span in spans]
    return "TensorRT " + ", ".join(names)
