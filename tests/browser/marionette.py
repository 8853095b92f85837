# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Firefox by its own remote protocol, Marionette: a few commands, and no driver between.

Source: Mozilla, firefox-source-docs.mozilla.org/testing/marionette/Protocol.html (messages are
JSON arrays behind their length: ``12:[0,1,"name",{}]``).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Firefox", "firefox_path"]

_NAMES = ("firefox-esr", "firefox")
_VARIABLE = "SETRANGE_FIREFOX"
_PATIENCE = 120.0

#: What keys are to WebDriver.
ENTER, CONTROL = "\ue007", "\ue009"


def firefox_path() -> str | None:
    """Return where Firefox is; `$SETRANGE_FIREFOX` names another."""
    named = os.environ.get(_VARIABLE)
    if named:
        return named
    return next(filter(None, map(shutil.which, _NAMES)), None)


class Firefox:
    """A Firefox without a window, with a profile of its own."""

    def __init__(self, path: str, profile: Path) -> None:
        profile.mkdir()
        (profile / "user.js").write_text(
            'user_pref("marionette.port", 0);\n'  # one that is free
            'user_pref("datareporting.policy.dataSubmissionEnabled", false);\n'
            'user_pref("app.update.disabledForTesting", true);\n'
            'user_pref("browser.shell.checkDefaultBrowser", false);\n'
        )
        self._process = subprocess.Popen(
            [path, "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
            env={**os.environ, "HOME": str(profile), "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._number = 0
        try:
            self._line = _connected(profile / "MarionetteActivePort")
            self._receive()  # the greeting
            self.command("WebDriver:NewSession", {"strictFileInteractability": True})
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def command(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        """Carry out a command, and return what it gives."""
        self._number += 1
        text = json.dumps([0, self._number, name, parameters or {}])
        self._line.sendall(f"{len(text.encode())}:{text}".encode())
        _, number, error, result = self._receive()
        assert number == self._number
        assert error is None, error
        return result.get("value", result) if isinstance(result, dict) else result

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._read(1)
        return json.loads(self._read(int(length[:-1])))

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._line.recv(count - len(data))
            assert part, "Firefox has ended"
            data += part
        return data

    def run(self, script: str) -> Any:
        """Return what a script in the page returns."""
        return self.command("WebDriver:ExecuteScript", {"script": script, "args": []})

    def wait(self, script: str) -> Any:
        """Wait until a script in the page returns something that is true."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            found = self.run(script)
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}")

    def type(self, text: str) -> None:
        """Press keys, wherever the keyboard is."""
        self._keys((kind, letter) for letter in text for kind in ("keyDown", "keyUp"))

    def press_with_control(self, letter: str) -> None:
        """Press a key while Control is held."""
        down, up = "keyDown", "keyUp"
        self._keys([(down, CONTROL), (down, letter), (up, letter), (up, CONTROL)])

    def _keys(self, keys: Iterable[tuple[str, str]]) -> None:
        steps = [{"type": kind, "value": letter} for kind, letter in keys]
        actions = [{"type": "key", "id": "keyboard", "actions": steps}]
        self.command("WebDriver:PerformActions", {"actions": actions})

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError, AssertionError):
            self.command("Marionette:Quit", {"flags": ["eForceQuit"]})
        self._line.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _connected(told: Path) -> socket.socket:
    """Connect to the port that Firefox writes into a file, once it listens there."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            port = int(told.read_text())
            return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        except (OSError, ValueError):  # not there yet, or still empty
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
