# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Dimensions of what is reshaped; -1 is one that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.network import Shape

__all__ = ["reshape_shape", "with_ones"]


def with_ones(shape: Shape, axes: Sequence[int]) -> Shape:
    """The shape as Unsqueeze makes it: a 1 at each of ``axes``."""
    dims = list(shape)
    for axis in sorted(axes):
        dims.insert(axis, 1)
    return tuple(dims)


def reshape_shape(source: Shape, target: Shape) -> list[int] | None:
    """The target as Reshape takes it; ``None`` where Reshape cannot know it."""
    if 0 in target:
        return None
    copied = [
        0 if d < 0 and i < len(source) and _is_copied(source, target, i) else d
        for i, d in enumerate(target)
    ]
    return copied if copied.count(-1) <= 1 else None


def _is_copied(source: Shape, target: Shape, index: int) -> bool:
    """True where an unknown dimension stays at its place."""
    return source[: index + 1] == target[: index + 1]
