# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The library's log: warnings and errors as TensorRT's, and the list of layers it ends with."""

from __future__ import annotations

import logging
from typing import Any

from setrange.live.logger import LOG, LogTail

__all__ = ["BuildLog", "rtx_logger"]

_LEVELS = {
    "INTERNAL_ERROR": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARNING": logging.WARNING,
    "INFO": logging.INFO,
}
_LAYERS = "Layers:"


class BuildLog(LogTail):
    """The log of one build: its last messages, and the list of layers.

    Attributes:
        layers: The message that lists the engine's layers; empty before the build.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = ""


def rtx_logger(rtx: Any, kept: BuildLog) -> Any:
    """Return the ``ILogger`` of this process, which from now on writes to ``kept`` and ``LOG``.

    There is one: the library goes on with the first logger it was given as long as anything
    made with it lives, and ignores others.
    """
    if "bridge" not in _OF_PROCESS:
        _OF_PROCESS["bridge"] = _make_bridge(rtx)
    bridge = _OF_PROCESS["bridge"]
    bridge.listen(kept)
    return bridge


#: The logger, once there is one.
_OF_PROCESS: dict[str, Any] = {}


def _make_bridge(rtx: Any) -> Any:
    # By number: the bindings take ten times as long for the name.
    levels = {int(getattr(rtx.ILogger, name)): level for name, level in _LEVELS.items()}

    class Bridge(rtx.ILogger):  # type: ignore[misc]
        """The library calls ``log`` from its own threads."""

        def __init__(self) -> None:
            rtx.ILogger.__init__(self)  # bindings want the base called by name
            self._kept = BuildLog()
            self._is_watched = False

        def listen(self, kept: BuildLog) -> None:
            """Keep what comes in ``kept``."""
            self._kept = kept
            # A large model has tens of thousands of verbose messages.
            self._is_watched = LOG.isEnabledFor(logging.DEBUG)

        def log(self, severity: Any, msg: str) -> None:
            """Take one message."""
            level = levels.get(int(severity), logging.DEBUG)
            if level >= logging.WARNING:
                self._kept.add(level, msg)
            elif msg.startswith(_LAYERS):
                self._kept.layers = msg
            elif not self._is_watched:
                return
            LOG.log(level, "%s", msg)

    return Bridge()
