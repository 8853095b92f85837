# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a ranges file says of nodes and Q/DQ pairs; no range depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["CHOICES", "choices_of"]

#: The fields, in the order of the file; see ``RangeFile``.
CHOICES = ("precision", "weight_scales", "bias_corrections", "own_scales", "asymmetric")


def choices_of(holder: object) -> dict[str, Any]:
    """Return the fields as another of their holders takes them; mappings are copies.

    Args:
        holder: A ``RangeFile``, or what has its fields: a plan, the state of an editor.
    """
    fields = ((name, getattr(holder, name)) for name in CHOICES)
    return {name: dict(said) if isinstance(said, Mapping) else said for name, said in fields}
