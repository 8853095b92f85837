# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files shipped with setrange: documentation, schemas, example settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Traversable

__all__ = ["resource_names", "resource_text"]


def resource_text(name: str) -> str:
    """Return the text of a shipped file.

    Args:
        name: Path below the project's root: ``schemas/ranges.v1.schema.json``.
    """
    return _place(name).read_text(encoding="utf-8")


def resource_names(folder: str, ending: str) -> list[str]:
    """Return the shipped files of a folder, without their ending, in alphabetical order.

    Args:
        folder: Folder below the project's root: ``configs``.
        ending: The files' ending: ``.yaml``.
    """
    files = (item.name for item in _place(folder).iterdir())
    return sorted(name.removesuffix(ending) for name in files if name.endswith(ending))


def _place(name: str) -> Traversable:
    """A wheel carries the files in the package; a checkout has them beside it."""
    from importlib import resources

    packaged = resources.files("setrange") / "_resources" / name
    if packaged.is_file() or packaged.is_dir():
        return packaged
    return Path(__file__).parents[2] / name
