# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a file is still the one that was read before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Stamp", "changed", "stamp_of"]


class Stamp(NamedTuple):
    """What changes when a file is replaced or rewritten."""

    device: int
    inode: int
    size: int
    modified: int


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the stamp of a file."""
    if os.name == "nt":  # stat and fstat number volumes and files in different ways there
        return Stamp(0, 0, status.st_size, status.st_mtime_ns)
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def changed(path: Path) -> ModelError:
    """The error of a file that was replaced or rewritten while the model was in use."""
    return ModelError(
        f"{path} was changed while it was being read; nothing of it was used: run the command "
        f"again when the file is complete"
    )
