# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A ranges file while it is edited: its state, what follows from it, undo, and saving."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.editing.estimates import Estimating
from setrange.editing.opening import Opened, opened
from setrange.editing.operations import Change, Desk, change
from setrange.editing.saving import (
    fingerprint,
    real_place,
    refuse_other_place,
    saved_text,
    write_if_unchanged,
)
from setrange.errors import UsageError
from setrange.ranges.model import RangeFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from setrange.editing.edited_model import EditedModel, View
    from setrange.editing.state import State
    from setrange.estimate.estimator import EstimateOptions

__all__ = ["Document", "Step"]

#: Steps that can be undone: at least so many, and as many more as hold no more entries.
_FEWEST_STEPS, _MOST_ENTRIES = 50, 500_000


@dataclass(frozen=True, slots=True)
class Step:
    """One step of undo: the state after it, and how it is called."""

    state: State
    label: str


class Document:
    """One ranges file in the editor; its methods are not to be called by two threads at once.

    Args:
        model: The model.
        path: Where the ranges file is, or will be when it is saved first.
        read: Reads that file again.
        file: The ranges to begin with; ``None`` where there are none yet.
        purpose: What the ranges are for.
        estimate: How ranges are estimated when that is asked for.

    Attributes:
        version: Counts the changes, from 1.
        view: What follows from the state.
    """

    def __init__(
        self,
        model: EditedModel,
        path: Path,
        *,
        read: Callable[[Path], RangeFile],
        file: RangeFile | None = None,
        purpose: str = "cache",
        estimate: EstimateOptions | None = None,
    ) -> None:
        self.model, self.path = model, path
        self._read = read
        self._purpose = purpose
        self.estimating = Estimating(model, estimate)
        self.version = 0
        self._place = real_place(path)
        self._expected = fingerprint(path)
        self._begin(opened(model, file or RangeFile(), purpose=purpose))
        self._saved = self.state if self._expected is not None else None

    def _begin(self, found: Opened) -> None:
        self.opened = found
        self._steps = [Step(found.state, "open")]
        self._at = 0
        self._show()

    @property
    def state(self) -> State:
        """What was given so far."""
        return self._steps[self._at].state

    @property
    def is_dirty(self) -> bool:
        """True where saving would change what the file says."""
        if self._saved is None:
            return self.state != self.opened.state
        return self.state != self._saved

    @property
    def exists(self) -> bool:
        """True where the file was there when it was read or saved last."""
        return self._expected is not None

    @property
    def undo_label(self) -> str | None:
        """What undo takes back; ``None`` where there is nothing."""
        return self._steps[self._at].label if self._at else None

    @property
    def redo_label(self) -> str | None:
        """What redo does again; ``None`` where there is nothing."""
        return self._steps[self._at + 1].label if self._at + 1 < len(self._steps) else None

    def change(self, request: Mapping[str, Any]) -> Change:
        """Carry out an operation of the page, or undo or redo one.

        Raises:
            SetrangeError: It cannot be done; nothing is changed.
        """
        kind = request.get("kind")
        if kind == "undo":
            return self._move(-1)
        if kind == "redo":
            return self._move(+1)
        desk = Desk(
            model=self.model,
            state=self.state,
            view=self.view,
            twins=self.opened.twins,
            proposals=self.estimating.proposals,
        )
        done = change(desk, request)
        if done.state == self.state:
            return done
        view = self._view(done.state)  # where it raises, nothing has changed
        del self._steps[self._at + 1 :]
        self._steps.append(Step(done.state, done.label))
        self._forget()
        self._at = len(self._steps) - 1
        self._show(view)
        return done

    def _forget(self) -> None:
        """Forget the oldest steps where they are many and large."""
        entries = sum(len(step.state.ranges) for step in self._steps)
        while len(self._steps) > _FEWEST_STEPS and entries > _MOST_ENTRIES:
            entries -= len(self._steps.pop(0).state.ranges)

    def _move(self, by: int) -> Change:
        label = self.undo_label if by < 0 else self.redo_label
        if label is None:
            raise UsageError(
                "there is nothing to undo" if by < 0 else "there is nothing to redo"
            )
        self._at += by
        self._show()
        word = "undone" if by < 0 else "done again"
        return Change(state=self.state, label=label, message=f"{word}: {label}")

    def _view(self, state: State) -> View:
        return self.model.view(state, path=str(self.path), kept=self.opened.findings)

    def _show(self, view: View | None = None) -> None:
        self.view = self._view(self.state) if view is None else view
        self.version += 1

    def estimate(self) -> int:
        """Estimate what is missing; return how many ranges are proposed.

        Raises:
            SetrangeError: Nothing can be estimated.
        """
        self.estimating.run(self.state)
        self.version += 1
        return len(self.estimating.proposals)

    def is_changed_on_disk(self) -> bool:
        """True where the file is another one than the one that was read or saved."""
        if real_place(self.path) != self._place:
            return True
        return fingerprint(self.path) != self._expected

    def save(self, *, force: bool = False) -> None:
        """Write the ranges file, whole or not at all.

        Args:
            force: Write over a file that was changed underneath. A link that was not there at
                the start is not followed all the same.

        Raises:
            ChangedUnderneathError: It was, and ``force`` is not set.
            SetrangeError: The file cannot be written, or there is nothing to write.
        """
        text = saved_text(self.model, self.state, self.view, self.opened.file)
        self._expected = write_if_unchanged(
            self.path,
            text,
            self._expected,
            place=self._place,
            model=Path(self.model.path),
            force=force,
        )
        self._saved = self.state
        # The file's names and its model are those of this network now.
        self.opened = dataclasses.replace(self.opened, findings=(), lost=())
        self._show()

    def reload(self) -> None:
        """Read the file again; what was typed since, and undo, are gone.

        Raises:
            SetrangeError: It cannot be read; nothing is changed.
        """
        refuse_other_place(self.path, self._place, Path(self.model.path))
        expected = fingerprint(self.path)
        file = self._read(self.path) if expected is not None else RangeFile()
        is_known = file.purpose in self.model.purposes
        purpose = file.purpose if file.purpose and is_known else self.state.purpose
        found = opened(self.model, file, purpose=purpose)
        self._begin(found)
        self._expected = expected
        self._saved = self.state if expected is not None else None
