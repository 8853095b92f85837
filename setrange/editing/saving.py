# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ranges file on the disk: written as ``template --keep`` writes it, never over news."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.files.atomic import check_output, write_bytes
from setrange.files.blaming import blaming
from setrange.files.windows import long_path
from setrange.plan.template import make_template
from setrange.ranges.own_writer import format_ranges

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.editing.edited_model import EditedModel, View
    from setrange.editing.state import State
    from setrange.ranges.model import RangeFile

__all__ = ["ChangedUnderneathError", "fingerprint", "saved_text", "write_if_unchanged"]


class ChangedUnderneathError(InputError):
    """Somebody else wrote, made or removed the ranges file since it was read."""


def fingerprint(path: Path) -> str | None:
    """Return what tells the content of a file apart; ``None`` where there is no file.

    Raises:
        InputError: The file cannot be read.
    """
    with blaming(path):
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


def write_if_unchanged(path: Path, text: str, expected: str | None, *, force: bool) -> str:
    """Write the file, unless it is another one than it was.

    Args:
        path: The file.
        text: All of it.
        expected: Its fingerprint when it was read or written last.
        force: Write over whatever is there.

    Returns:
        The fingerprint of what was written.

    Raises:
        ChangedUnderneathError: It is another one, and ``force`` is not set.
        InputError: It cannot be written.
    """
    check_output(path)
    if not force and fingerprint(path) != expected:
        gone = "was removed" if not path.exists() else "is there" if expected is None else ""
        raise ChangedUnderneathError(
            f"{path} {gone or 'was changed'} since the editor read it: load it again, which "
            f"forgets what was typed here, or write over it"
        )
    data = text.encode()
    write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()
