# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which files a command reads and which it writes: no file is ever both.

A command declares its files as soon as it knows their names (``reads``, ``writes``), before
any work is done. Whichever of two declarations comes second is the one that is refused, so
the order does not matter: the data file of a model is known only after the model was read.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import stat
import sys
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "STDOUT",
    "allow_overwriting",
    "is_task",
    "one_task",
    "overwrites",
    "reads",
    "writes",
]

#: What stands for standard output where a command takes a path.
STDOUT = "-"

#: What tells whether two paths are one file: its place on the disk, and its name.
_Key = tuple[str, object]


@dataclass(slots=True)
class _Task:
    """The files of one command, by what tells them apart."""

    inputs: dict[_Key, str] = field(default_factory=dict)
    outputs: dict[_Key, tuple[str | None, str]] = field(default_factory=dict)
    overwrites: bool = False


_TASK: contextvars.ContextVar[_Task | None] = contextvars.ContextVar("task", default=None)


@contextlib.contextmanager
def one_task() -> Iterator[None]:
    """Hold together what one command reads and writes; inside another one, be part of it."""
    if _TASK.get() is not None:
        yield
        return
    token = _TASK.set(_Task())
    try:
        yield
    finally:
        _TASK.reset(token)


def is_task() -> bool:
    """True where somebody holds together what is read and written."""
    return _TASK.get() is not None


def allow_overwriting() -> None:
    """Let this task replace files of any kind (``--overwrite``), but never its own inputs."""
    task = _TASK.get()
    if task is not None:
        task.overwrites = True


def overwrites() -> bool:
    """True if this task may replace files of any kind."""
    task = _TASK.get()
    return task is None or task.overwrites


def reads(path: str | os.PathLike[str], what: str) -> None:
    """Declare a file that is read.

    Args:
        path: The file.
        what: What it is to the command, for the message: ``MODEL``.

    Raises:
        UsageError: It is declared as an output, by whatever name.
    """
    task = _TASK.get()
    if task is None:
        return
    keys = list(_keys(path))
    for key in keys:  # all of them first: nothing may write it after the refusal either
        task.inputs.setdefault(key, what)
    for key in keys:
        if key in task.outputs:
            raise _refusal(task.outputs[key][1], what, path)


def writes(path: str | os.PathLike[str], what: str | None = None) -> None:
    """Declare a file that is written.

    Args:
        path: The file; it need not exist.
        what: What it is to the command: ``-o``. ``None`` for one that was declared before.

    Raises:
        UsageError: It is declared as an input, or as another output, by whatever name.
    """
    task = _TASK.get()
    if task is None or os.fspath(path) == STDOUT:
        return
    shown = f"{path}" if what is None else f"{what} {path}"
    for key in _keys(path):
        if key in task.inputs:
            raise _refusal(shown, task.inputs[key], path)
        before = task.outputs.setdefault(key, (what, shown))
        if what is not None and before[0] not in (what, None):
            raise UsageError(
                f"{shown}: is the same file as {before[1]}; give each output its own name"
            )


def _refusal(output: str, what: str, path: object) -> UsageError:
    return UsageError(
        f"{output}: is the same file as {what}, which is read ({path}); writing it would "
        f"destroy what you gave; choose another name for the output"
    )


def _keys(path: str | os.PathLike[str]) -> Iterator[_Key]:
    """Yield what tells a file apart; nothing for devices, pipes and directories."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        found = None
    if found is not None and not stat.S_ISREG(found.st_mode):
        return
    if found is not None and found.st_ino:  # 0: a file system without such numbers
        yield "inode", (found.st_dev, found.st_ino)
    with contextlib.suppress(OSError, ValueError):
        yield "name", _folded(os.path.realpath(path))


def _folded(path: str) -> str:
    """Return a name as the file system compares it."""
    if sys.platform == "darwin":
        return unicodedata.normalize("NFC", path).casefold()
    if sys.platform in ("win32", "cygwin"):
        return os.path.normcase(path.removeprefix("\\\\?\\")).casefold()
    return path
