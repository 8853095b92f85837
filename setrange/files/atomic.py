# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from setrange.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["atomic_file", "check_output", "write_bytes"]


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write a file, or leave everything as it was.

    Raises:
        InputError: The path cannot be written; the message says why.
    """
    with atomic_file(path) as stream:
        stream.write(data)


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a file for writing; it takes its place only when the block ends without an error.

    The data goes to a temporary file in the same directory, is flushed to the disk and then
    renamed, so a reader never sees half a file. A symbolic link stays one: its target is
    replaced. Devices and pipes (``/dev/stdout``) are written directly.

    Args:
        path: Where to; its directory must exist.

    Raises:
        InputError: The path is a directory, cannot be written, or the disk is full.
    """
    check_output(path)
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with _blaming(path), target.open("wb") as stream:
            yield stream
        return
    with _blaming(path):
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent
        )
    temporary = Path(name)
    try:
        with _blaming(path):
            with os.fdopen(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(_mode(target))
            temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def check_output(path: str | Path) -> None:
    """Refuse an output path that cannot become a file, before any work is done.

    Raises:
        InputError: It is a directory, its directory is missing, or it is write-protected.
    """
    target = Path(path)
    with _blaming(path):
        if target.is_dir() or str(path).endswith(("/", os.sep)):
            raise InputError(f"{path}: is a directory; expected a file name to write to")
        if not target.parent.is_dir():
            raise InputError(
                f"{path}: cannot be written: there is no directory {target.parent}; "
                f"create it first"
            )
        if target.exists() and not os.access(target, os.W_OK):
            raise InputError(f"{path}: cannot be written: the file is write-protected")


@contextlib.contextmanager
def _blaming(path: str | Path) -> Iterator[None]:
    """Turn what the system says about the output into an error that names it."""
    try:
        yield
    except OSError as error:
        named = {None, os.fspath(path), os.path.realpath(path)}
        if error.filename not in named and not str(error.filename).endswith(".tmp"):
            raise  # about another file: the caller's own
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    except ValueError as error:
        if "null" not in str(error):
            raise
        raise InputError(f"{str(path)!r}: cannot be written: {error}") from error


def _mode(target: Path) -> int:
    """Mode of the file that is replaced, else what a new file would get."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
