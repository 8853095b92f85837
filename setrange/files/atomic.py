# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from setrange.errors import InputError
from setrange.files.blaming import blaming
from setrange.files.interrupts import uninterrupted
from setrange.files.roles import STDOUT, writes
from setrange.files.staging import Staged, take_place, temporary_beside
from setrange.files.windows import check_name, long_path

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["atomic_file", "check_output", "real_output", "write_bytes"]


def write_bytes(path: str | Path, data: bytes, *, is_beside: bool = False) -> None:
    """Write a file, or leave everything as it was; ``-`` is standard output.

    Args:
        path: The file to write.
        data: All of it.
        is_beside: See ``atomic_file``.

    Raises:
        InputError: The path cannot be written; the message says why.
    """
    with atomic_file(path, is_beside=is_beside) as stream:
        stream.write(data)


@contextlib.contextmanager
def atomic_file(
    path: str | Path, *, is_beside: bool = False, is_private: bool = False
) -> Iterator[IO[bytes]]:
    """Open a file for writing; it takes its place only when the block ends without an error.

    The data goes to a temporary file in the same directory, is flushed to the disk and then
    renamed, so a reader never sees half a file. A symbolic link stays one: its target is
    replaced. Devices and pipes (``/dev/stdout``) are written directly, and ``-`` is standard
    output. In a ``together`` block the file takes its place with the others.

    Args:
        path: The file to write; its directory must exist.
        is_beside: The name was made by setrange, beside one that the user gave. A link of that
            name is replaced, not followed: somebody else may have put it there.
        is_private: No older file refers to this name; see ``Staged``.

    Raises:
        InputError: The path is a directory, cannot be written, or the disk is full; or it is
            a file that this task reads.
    """
    if os.fspath(path) == STDOUT:
        yield from _standard_output()
        return
    check_output(path, probe=False)
    target = long_path(os.path.abspath(path) if is_beside else os.path.realpath(path))
    if target.exists() and not target.is_file():
        with blaming(path), target.open("wb") as stream:
            yield stream
        return
    temporary: Path | None = None
    try:
        with blaming(path):
            with uninterrupted():
                handle, temporary = temporary_beside(target)
            with os.fdopen(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(_mode(target))
            take_place(Staged(temporary=temporary, target=target, is_private=is_private))
    except BaseException:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise


def _standard_output() -> Iterator[IO[bytes]]:
    if sys.stdout is None:
        raise InputError("standard output is closed; give a file with -o")
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:  # a stand-in for text only
        import io

        held = io.BytesIO()
        yield held
        sys.stdout.write(held.getvalue().decode("utf-8", "surrogateescape"))
        return
    yield stream
    stream.flush()


def check_output(path: str | Path, what: str | None = None, *, probe: bool = True) -> None:
    """Refuse an output path that cannot become a file, before any work is done.

    Args:
        path: Where the file shall be; ``-`` is standard output.
        what: What the file is to the command, where the command names several outputs.
        probe: Also create a file in its directory, and remove it.

    Raises:
        InputError: It is a directory, its directory is missing, or it is write-protected.
        UsageError: It is a file that this task reads, or another output of it.
    """
    if os.fspath(path) == STDOUT:
        return
    target = long_path(path)
    if not os.fspath(path):
        raise InputError("the name of the output is empty; give the file to write")
    check_name(path)
    writes(path, what)
    with blaming(path):
        if target.is_dir() or str(path).endswith(("/", os.sep)):
            raise InputError(f"{path}: is a directory; expected a file name to write to")
        if not target.parent.is_dir():
            raise InputError(
                f"{path}: cannot be written: there is no directory {target.parent}; "
                f"create it first"
            )
        if target.exists() and not os.access(target, os.W_OK):
            raise InputError(f"{path}: cannot be written: the file is write-protected")
        if probe and (target.is_file() or not os.path.lexists(target)):
            _try_folder(real_output(target))


def real_output(path: str | Path) -> Path:
    """Follow a symbolic link to the file that is written, so that what goes beside it follows.

    Devices and pipes, such as ``/dev/stdout``, keep their name.
    """
    given = Path(path)
    if not given.is_symlink() or (given.exists() and not given.is_file()):
        return given
    return Path(os.path.realpath(given))


def _try_folder(target: Path) -> None:
    """Create a file in the target's directory: nothing else tells whether that works."""
    with uninterrupted():
        handle, trial = temporary_beside(target)
        os.close(handle)
        trial.unlink()


def _mode(target: Path) -> int:
    """Mode of the file that is replaced, else what a new file would get."""
    with contextlib.suppress(OSError):
        if not target.is_symlink():
            return stat.S_IMODE(target.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
