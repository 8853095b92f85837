# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files shipped with setrange: schemas, example settings and the documentation."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

__all__ = ["resource_text"]


def resource_text(name: str) -> str:
    """Return the text of a shipped file.

    Args:
        name: Path below the project's root: ``schemas/ranges.v1.schema.json``.

    A wheel carries the files in the package; a checkout has them beside it.
    """
    packaged = resources.files("setrange") / "_resources" / name
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / name).read_text(encoding="utf-8")
