# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The SHA-256 of a model file, computed while other work goes on."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from setrange.errors import ModelError
from setrange.files.windows import long_path
from setrange.model.stamp import Stamp, changed, stamp_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BackgroundDigest"]

#: Bytes that are hashed at a time. Between blocks the thread waits for the interpreter, up to
#: five milliseconds each time: with small ones it would be the last to end.
_BLOCK = 1 << 23


class BackgroundDigest:
    """Hashes a file in a thread; reading and hashing leave the interpreter free.

    Args:
        path: The file. External data is not part of it.
    """

    def __init__(self, path: str | Path) -> None:
        import hashlib

        self._path = long_path(path)
        self._digest = hashlib.sha256()
        self._error: OSError | ModelError | None = None
        self._stamp = self._current()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def hexdigest(self) -> str:
        """Wait for the end and return the 64 lower-case hex digits.

        Raises:
            ModelError: The file cannot be read.
        """
        self._thread.join()
        if isinstance(self._error, ModelError):
            raise self._error
        if self._error is not None:
            raise ModelError(
                f"{self._path} cannot be read ({self._error.strerror})"
            ) from self._error
        return self._digest.hexdigest()

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was there when this began.

        Raises:
            ModelError: It was replaced or rewritten: what was read from it may be mixed.
        """
        if self._stamp is not None and self._current() != self._stamp:
            raise changed(self._path)

    def _current(self) -> Stamp | None:
        try:
            return stamp_of(self._path.stat())
        except OSError:  # told by whoever reads it
            return None

    def _run(self) -> None:
        try:
            block = memoryview(bytearray(_BLOCK))
            with self._path.open("rb", buffering=0) as stream:
                if self._stamp not in (None, stamp_of(os.fstat(stream.fileno()))):
                    self._error = changed(self._path)
                while count := stream.readinto(block):
                    self._digest.update(block[:count])
        except OSError as error:
            self._error = error
