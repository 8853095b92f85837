# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Several files that appear together or not at all.

Each file is written under a name of its own beside its place. When all of them are complete
and on the disk, they are renamed. No system renames two files at once, so the order makes
sure that no moment, not even the one in which the machine stops, leaves files that do not
belong together: the *main* file, the last one that was written, is moved out of the way first
and comes last. A program that finds no model says so; it does not load a wrong pair. The
old main file is then beside it under the name ``MAIN.old-`` with eight random letters.

A file whose name is new need not wait: nothing refers to it yet. That is how the data file of
a model is written (``setrange.model.writing``), so that the model itself is replaced in one
step.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.files.blaming import blaming
from setrange.files.interrupts import uninterrupted
from setrange.files.windows import long_path, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "Staged",
    "afterwards",
    "move_into_place",
    "take_place",
    "temporary_beside",
    "together",
    "would_change",
]

#: Longer parts of a name are cut in temporary names: a name has 255 bytes at most.
_MOST = 40


def temporary_beside(target: Path) -> tuple[int, Path]:
    """Create a file that nobody else has, in the target's folder.

    Its name cannot be guessed, and it is always a new file: a link that somebody planted is not
    followed, and a leftover of another run is not taken for it.

    Returns:
        An open file descriptor, and the path.

    Raises:
        OSError: The folder cannot be written.
    """
    return _new_file(target, f".{target.name[:_MOST]}.", ".tmp")


def _new_file(target: Path, prefix: str, suffix: str) -> tuple[int, Path]:
    import tempfile

    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=long_path(target.parent))
    return handle, Path(name)


@dataclass(slots=True)
class Staged:
    """A complete file that waits to take its place.

    Attributes:
        temporary: Where it is.
        target: Where it belongs.
        is_main: It comes last, though others were written after it.
        is_private: Only the main file refers to it, and by a name that is new.
        backup: Where the file went that it replaced.
    """

    temporary: Path
    target: Path
    is_private: bool = False
    is_main: bool = False
    backup: Path | None = None

    def is_there_already(self) -> bool:
        """True if the target holds the same bytes."""
        import filecmp

        with contextlib.suppress(OSError):
            is_plain = self.target.is_file() and not self.target.is_symlink()
            return is_plain and filecmp.cmp(self.temporary, self.target, shallow=False)
        return False


@dataclass(slots=True)
class _Group:
    files: list[Staged] = field(default_factory=list)
    actions: list[Callable[[], object]] = field(default_factory=list)

    def commit(self) -> None:
        """Let all files take their places; after an error, everything is as it was."""
        with uninterrupted():
            self._rename_all()
        for action in self.actions:
            with contextlib.suppress(OSError):  # all is written: what is left over is small
                action()

    def _rename_all(self) -> None:
        if len(self.files) < 2:
            for only in self.files:
                _rename(only)
            return
        *others, main = sorted(self.files, key=lambda file: file.is_main)
        changed = [file for file in others if not file.is_there_already()]
        is_mixed = any(not file.is_private for file in changed)
        moved: list[Staged] = []
        try:
            if is_mixed:
                moved.append(main)
                _set_aside(main)
            for file in changed:
                moved.append(file)
                if not file.is_private:
                    _set_aside(file)
                _rename(file)
            _rename(main)
        except BaseException:
            _put_back(moved)
            raise
        for file in moved:
            _remove(file.backup)

    def discard(self) -> None:
        """Remove what did not take its place."""
        for file in self.files:
            _remove(file.temporary)


def _rename(file: Staged) -> None:
    with blaming(file.target):
        replace_file(file.temporary, file.target)


def _set_aside(file: Staged) -> None:
    """Move the file that is to be replaced to a name that says what it is.

    Who kills the program at this moment (``kill -9``, power) finds the file there.
    """
    if not os.path.lexists(file.target):
        return
    with blaming(file.target):
        handle, backup = _new_file(file.target, f"{file.target.name[:_MOST]}.old-", "")
        os.close(handle)
        try:
            replace_file(file.target, backup)
        except BaseException:
            _remove(backup)
            raise
    file.backup = backup


def _put_back(moved: list[Staged]) -> None:
    for file in reversed(moved):
        with contextlib.suppress(OSError):
            if file.backup is not None:
                replace_file(file.backup, file.target)
            elif not file.temporary.exists():
                file.target.unlink()


def _remove(path: Path | None) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            path.unlink()


_GROUP: contextvars.ContextVar[_Group | None] = contextvars.ContextVar("group", default=None)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Let the files that are written in this block appear together, at its end, or not at all.

    The last one written is the main one: where the program is killed while files are renamed,
    it is missing rather than beside files of another run. Inside another such block, this one
    is a part of it.

    Raises:
        InputError: A file could not take its place; all are as they were.
    """
    if _GROUP.get() is not None:
        yield
        return
    group = _Group()
    token = _GROUP.set(group)
    try:
        try:
            yield
        finally:
            _GROUP.reset(token)
        group.commit()
    finally:
        group.discard()


def move_into_place(source: Path, target: Path, *, is_main: bool = False) -> None:
    """Let a complete file that another program wrote take its place, as ``atomic_file`` does.

    Args:
        source: The file; it is gone afterwards.
        target: Its place. A link there is replaced, not followed.
        is_main: See ``Staged``.

    Raises:
        InputError: It cannot be moved.
    """
    with blaming(target):
        with uninterrupted():
            handle, temporary = temporary_beside(target)
            os.close(handle)
            replace_file(source, temporary)
            staged = Staged(temporary=temporary, target=target, is_main=is_main)
        try:
            take_place(staged)
        except BaseException:
            _remove(temporary)
            raise


def would_change(target: Path) -> bool:
    """True if a file of this ``together`` block will replace the target by other content."""
    group = _GROUP.get()
    waiting = [] if group is None else group.files
    real = Path(os.path.realpath(target))
    return any(
        Path(os.path.realpath(file.target)) == real and not file.is_there_already()
        for file in waiting
    )


def afterwards(action: Callable[[], object]) -> None:
    """Do something when the files of this ``together`` block are in their places."""
    group = _GROUP.get()
    if group is None:
        action()
    else:
        group.actions.append(action)


def take_place(file: Staged) -> None:
    """Put a complete file in its place, or keep it for the end of the ``together`` block."""
    group = _GROUP.get()
    if group is None:
        with uninterrupted():
            _rename(file)
    else:
        group.files.append(file)
