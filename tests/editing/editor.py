# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange edit` in a thread, and the address that it would open."""

from __future__ import annotations

import json
import queue
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import setrange.cli.edit
from setrange.editing.server.guard import HEADER

if TYPE_CHECKING:
    import pytest

__all__ = ["Editor"]

_PATIENCE = 120


class Editor:
    """One editor: the command itself, but for the browser that it would start.

    Attributes:
        address: What it would open, with its secret.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
        addresses: queue.Queue[str] = queue.Queue()
        monkeypatch.setattr(setrange.cli.edit, "open_browser", addresses.put)
        self._thread = threading.Thread(target=self._run, args=[list(map(str, arguments))])
        self._thread.start()
        self.address = addresses.get(timeout=_PATIENCE)

    @classmethod
    def at(cls, address: str) -> Editor:
        """Return one that runs elsewhere.

        Args:
            address: What it opens, with its secret.
        """
        editor = cls.__new__(cls)
        editor.address = address
        return editor

    @staticmethod
    def _run(arguments: list[str]) -> None:
        setrange.cli.edit.command.main(arguments, standalone_mode=False)

    @property
    def origin(self) -> str:
        """The address without the secret."""
        return self.address.partition("#")[0]

    def is_running(self) -> bool:
        """True while it has not ended."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join(_PATIENCE)
        assert not self.is_running()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask for something, as its page does."""
        return self._ask(path, json.dumps(body).encode())

    def get(self, path: str) -> Any:
        """Look at something, as its page does."""
        return self._ask(path, None)

    def _ask(self, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(
            f"{self.origin}{path}",
            body,
            {
                "Content-Type": "application/json",
                "Origin": self.origin.rstrip("/"),
                HEADER: self.address.partition("#")[2],
            },
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return json.loads(answer.read())

    def end(self) -> None:
        """End it, whatever is not saved."""
        if self.is_running():
            self.post("api/stop", {"force": True})
        self.join()
