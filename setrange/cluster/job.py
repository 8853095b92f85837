# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What workers need to know before they can do any piece of the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from setrange.cluster.shipped_files import ShippedFiles

__all__ = ["Job", "Opener"]


class Opener(Protocol):
    """Makes what the pieces are done with, on a worker; it can be pickled."""

    def open(self, model: str) -> Any:
        """Return it.

        Args:
            model: The model's file, as the worker sees it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of a cluster.

    Attributes:
        key: Tells it from all others.
        opener: Makes what the pieces are done with.
        model: The model's file where workers see it, or the files themselves.
    """

    key: str
    opener: Opener
    model: str | ShippedFiles

    def open(self) -> Any:
        """Return what the opener makes, on a worker."""
        if isinstance(self.model, str):
            return self.opener.open(self.model)
        return self.opener.open(self.model.unpacked())
