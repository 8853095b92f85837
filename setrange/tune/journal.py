# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The state file: every figure that was measured, so that nothing is measured twice.

The search is deterministic. One that is resumed goes the same way again, and takes from here
what the interrupted one had measured; so it ends with the same file.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from setrange.errors import InputError, UsageError
from setrange.files.atomic import write_bytes
from setrange.files.blaming import blaming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FORMAT", "SUFFIX", "Journal"]

#: What is put behind the name of the output.
SUFFIX = ".tune-state.jsonl"

#: The first field of the first line.
FORMAT = "setrange-tune-state"


class Journal:
    """Figures by key, in memory and in a file of one JSON object a line.

    Args:
        head: What the run is of: figures of another run are refused.
        path: The file; ``None``: there is none.

    Attributes:
        seconds: Time that went into the figures that were read.
    """

    def __init__(self, head: Mapping[str, Any], path: Path | None) -> None:
        self._head = json.loads(json.dumps(head))
        self._path = path
        self._found: dict[str, Any] = {}
        self._is_begun = False
        self.seconds = 0.0

    def resume(self) -> int:
        """Read what an interrupted run left; return how many figures it has.

        Raises:
            UsageError: It was another run.
            InputError: The file cannot be read.
        """
        assert self._path is not None
        try:
            lines = self._path.read_text("utf-8").split("\n")
            head = json.loads(lines[0])
        except (OSError, ValueError) as error:
            raise InputError(
                f"{self._path}: cannot be read as a state of setrange tune; remove it to start "
                f"from the beginning"
            ) from error
        if not isinstance(head, dict) or head.pop(FORMAT, None) != 1:
            raise InputError(
                f"{self._path}: is no state of setrange tune; remove it to start from the "
                f"beginning"
            )
        for name in sorted(head.keys() | self._head.keys()):
            if head.get(name) != self._head.get(name):
                raise UsageError(
                    f"{self._path}: cannot be resumed: its {name} is another; remove the file "
                    f"to start from the beginning"
                )
        for line in lines[1:]:
            with contextlib.suppress(ValueError, TypeError, KeyError):  # cut off by a kill
                item = json.loads(line)
                self._found[item["key"]] = item["value"]
                self.seconds = float(item["seconds"])
        return len(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def __getitem__(self, key: str) -> Any:
        return self._found[key]

    def put(self, key: str, value: Any, seconds: float) -> None:
        """Keep a figure.

        Args:
            key: What it is of.
            value: Plain values.
            seconds: Time that the run took so far.
        """
        # As it will be read: a resumed run must see the same.
        self._found[key] = json.loads(json.dumps(value))
        if self._path is None:
            return
        if not self._is_begun:
            # What was read is replaced as a whole: a kill now must not lose it.
            known = {name: found for name, found in self._found.items() if name != key}
            lines: list[dict[str, Any]] = [{FORMAT: 1, **self._head}]
            lines += [
                {"key": name, "value": found, "seconds": self.seconds}
                for name, found in known.items()
            ]
            write_bytes(self._path, "".join(json.dumps(x) + "\n" for x in lines).encode())
            self._is_begun = True
        line = {"key": key, "value": value, "seconds": round(seconds, 3)}
        with blaming(self._path), self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(line) + "\n")

    def remove(self) -> None:
        """Remove the file: nothing is left to resume."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
