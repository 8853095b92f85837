# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ranges file on the disk: written as ``template --keep`` writes it, never over news."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.files.atomic import check_output, write_bytes
from setrange.files.blaming import blaming
from setrange.files.windows import long_path
from setrange.plan.template import make_template
from setrange.ranges.own_writer import format_ranges

if TYPE_CHECKING:
    from setrange.editing.edited_model import EditedModel, View
    from setrange.editing.state import State
    from setrange.ranges.model import RangeFile

__all__ = [
    "ChangedUnderneathError",
    "fingerprint",
    "real_place",
    "refuse_other_place",
    "saved_text",
    "write_if_unchanged",
]

#: The fingerprint of a pipe or a device: whoever reads one may wait for ever.
_NO_FILE = "no file"


class ChangedUnderneathError(InputError):
    """Somebody else wrote, made or removed the ranges file since it was read."""


def fingerprint(path: Path) -> str | None:
    """Return what tells the content of a file apart; ``None`` where there is no file.

    Raises:
        InputError: The file cannot be read.
    """
    with blaming(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            return _NO_FILE
        try:
            return hashlib.sha256(long_path(path).read_bytes()).hexdigest()
        except FileNotFoundError:
            return None


def saved_text(model: EditedModel, state: State, view: View, before: RangeFile) -> str:
    """Return the text of the ranges file: what is still to be given first.

    Args:
        model: The model.
        state: What was given.
        view: What follows from it.
        before: The file as it was read, for what a state does not hold.
    """
    keep = dataclasses.replace(
        model.range_file(state), collected=before.collected, purpose=state.purpose
    )
    file = make_template(
        view.plan,
        model.path,
        model.digest.hexdigest(),
        needs=view.needs,
        purpose=state.purpose,
        keep=keep,
    )
    entries = dict(file.entries)
    for entry in state.others:  # of no use here, and somebody's work all the same
        entries.setdefault(entry.name, entry)
    return format_ranges(dataclasses.replace(file, entries=entries))


def real_place(path: Path) -> Path:
    """Return the file that a name leads to now, through every link on the way."""
    return Path(os.path.realpath(path))


def refuse_other_place(path: Path, place: Path, model: Path) -> None:
    """Refuse a name that leads elsewhere than it did when the editor was started.

    Args:
        path: The ranges file, as it was given.
        place: What ``real_place`` said of it then.
        model: The model, which is never written over.

    Raises:
        InputError: It does, or it is the model or no file by now.
    """
    now = real_place(path)
    if os.path.normcase(now) != os.path.normcase(place):
        raise InputError(
            f"{path}: leads to {now} now, through a link that was not there when the editor "
            f"was started; nothing is written there. Remove the link, then save again"
        )
    with contextlib.suppress(OSError):
        if path.samefile(model):
            raise InputError(
                f"{path}: is the model itself by now, and is not written over; move it away, "
                f"then save again"
            )
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(
            f"{path}: is a pipe or a device by now, and no file; remove it, then save again"
        )


def write_if_unchanged(
    path: Path, text: str, expected: str | None, *, place: Path, model: Path, force: bool
) -> str:
    """Write the file, unless it is another one than it was.

    Args:
        path: The file.
        text: All of it.
        expected: Its fingerprint when it was read or written last.
        place: Where it led to when the editor was started; nothing else is ever written.
        model: The model, which is never written over.
        force: Write over whatever the file holds by now.

    Returns:
        The fingerprint of what was written.

    Raises:
        ChangedUnderneathError: It is another one, and ``force`` is not set.
        InputError: It cannot be written, or leads elsewhere by now.
    """
    refuse_other_place(path, place, model)
    check_output(path)
    if not force and fingerprint(path) != expected:
        gone = "was removed" if not path.exists() else "is there" if expected is None else ""
        raise ChangedUnderneathError(
            f"{path} {gone or 'was changed'} since the editor read it: load it again, which "
            f"forgets what was typed here, or write over it"
        )
    data = text.encode()
    # A link that comes between the check and this is replaced, and not followed.
    write_bytes(place, data, is_beside=True)
    return hashlib.sha256(data).hexdigest()
