# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that workers do not see, sent to them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ShippedFiles"]

#: Larger files belong where all machines see them.
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedFiles:
    """A file and those beside it that it needs.

    Attributes:
        name: Which one is opened.
        contents: What the files hold, by relative path.
    """

    name: str
    contents: dict[str, bytes]

    @classmethod
    def of(cls, path: Path, others: Mapping[str, Path]) -> ShippedFiles:
        """Read a file and those it needs.

        Args:
            path: The file.
            others: By relative path, what it needs.

        Raises:
            InputError: They are too large to be sent.
        """
        files = {path.name: path, **others}
        size = sum(file.stat().st_size for file in files.values())
        if size > _MOST_BYTES:
            raise InputError(
                f"{path}: the workers do not see this file, and {size / (1 << 30):.1f} GiB are "
                f"too much to send to each; put it where all machines have it under this path"
            )
        return cls(
            name=path.name, contents={name: file.read_bytes() for name, file in files.items()}
        )

    def unpacked(self) -> str:
        """Write the files to a folder that lasts as long as the worker, and is removed then."""
        from distributed import get_worker

        folder = Path(tempfile.mkdtemp(prefix="setrange-", dir=get_worker().local_directory))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        for name, content in self.contents.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return str(folder / self.name)
