# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Folders of one task only: beside an output, or where the system keeps temporary files."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.files.blaming import blaming
from setrange.files.interrupts import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["private_folder", "scratch_folder"]

_MOST = 40
#: The disk, or the user's share of it, is full; it cannot be written.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}


@contextlib.contextmanager
def private_folder(output: Path) -> Iterator[Path]:
    """Make a folder beside an output for a program that writes it; it is removed at the end.

    Its name cannot be guessed, and nobody else may write into it.

    Raises:
        InputError: There can be none.
    """
    import tempfile

    folder: Path | None = None
    try:
        with blaming(output), _naming(output), uninterrupted():
            folder = Path(
                tempfile.mkdtemp(
                    prefix=f".{output.name[:_MOST]}.", suffix=".building", dir=output.parent
                )
            )
        yield folder
    finally:
        if folder is not None:
            _remove(folder)


@contextlib.contextmanager
def _naming(output: Path) -> Iterator[None]:
    """Blame the output for a folder that cannot be made."""
    try:
        yield
    except OSError as error:
        error.filename = os.fspath(output)
        raise


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder where the system keeps temporary files; it is removed at the end.

    On Windows, files that are mapped into memory then stay.

    Raises:
        InputError: It has no room; the message names it, not the file that was to be written.
    """
    import tempfile

    try:
        place = Path(tempfile.gettempdir())
    except OSError as error:
        raise InputError(f"there is no folder for temporary files: {error.strerror}") from error
    folder: Path | None = None
    try:
        with uninterrupted():
            folder = place = Path(tempfile.mkdtemp(prefix="setrange-"))
        yield folder
    except OSError as error:
        inside = error.filename is None or str(error.filename).startswith(str(place))
        if error.errno not in _NO_ROOM or not inside:
            raise
        raise no_room(place.parent, error) from error
    except InputError as error:
        cause = error.__cause__
        is_inside = str(error).startswith(str(place))
        if not isinstance(cause, OSError) or cause.errno not in _NO_ROOM or not is_inside:
            raise
        raise no_room(place.parent, cause) from error
    finally:
        if folder is not None:
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder with all that is in it; what Windows holds on to stays."""
    with uninterrupted():
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


def no_room(place: Path, error: OSError) -> InputError:
    """Return the error for a temporary folder without room."""
    return InputError(
        f"the folder for temporary files, {place}, cannot be written ({error.strerror}); make "
        f"room there, or set TMPDIR (Windows: TEMP) to another folder"
    )
