# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``--dask`` names: a scheduler that runs, or processes to start here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from setrange.errors import UsageError

__all__ = ["ClusterAddress"]

#: More processes on one machine are a slip of the hand.
_MOST_LOCAL = 512

_EXPECTED = (
    "expected local:N (N processes on this machine), HOST:PORT or tcp://HOST:PORT of a Dask "
    "scheduler, or the scheduler's .json file"
)

_SCHEDULER = re.compile(r"(?:[a-z]{2,4}://)?(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAddress:
    """Where the processes are.

    Attributes:
        text: What the user wrote.
        processes: Processes to start on this machine; 0: a scheduler runs already.
        file: The scheduler's own file, in which its address is; ``None``: ``text`` is it.
    """

    text: str
    processes: int = 0
    file: str | None = None

    @classmethod
    def parse(cls, text: str) -> ClusterAddress:
        """Read ``local:N``, ``HOST:PORT``, ``tcp://HOST:PORT`` or the name of a file.

        Raises:
            UsageError: It is none of these.
        """
        kind, _, number = text.partition(":")
        if kind == "local":
            if not (number.isascii() and number.isdigit() and len(number) < 9):
                raise UsageError(f"--dask {text}: expected local:N, e.g. local:4")
            if not 1 <= int(number) <= _MOST_LOCAL:
                raise UsageError(f"--dask {text}: expected 1 to {_MOST_LOCAL} processes")
            return cls(text=text, processes=int(number))
        if text.endswith(".json") and "://" not in text:
            if not Path(text).is_file():
                raise UsageError(f"--dask {text}: no such file; {_EXPECTED}")
            return cls(text=text, file=text)
        match = _SCHEDULER.fullmatch(text)
        if match is None or not 1 <= int(match[1]) <= 65535:
            raise UsageError(f"--dask {text}: is no address; {_EXPECTED}")
        return cls(text=text)
