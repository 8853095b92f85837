# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The library's log: warnings and errors as TensorRT's, and the list of layers it ends with."""

from __future__ import annotations

import logging
from typing import Any

from setrange.live.logger import LOG, LogTail

__all__ = ["BuildLog", "make_rtx_logger"]

_LEVELS = {
    "INTERNAL_ERROR": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARNING": logging.WARNING,
    "INFO": logging.INFO,
}
_LAYERS = "Layers:"


class BuildLog(LogTail):
    """What is kept of the log.

    Attributes:
        layers: The message that lists the engine's layers; empty before the build.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = ""


def make_rtx_logger(rtx: Any, kept: BuildLog) -> Any:
    """Return an ``ILogger`` for ``kept`` and ``LOG``.

    A large model has tens of thousands of verbose messages: where nobody listens they are
    only looked at.
    """
    is_watched = LOG.isEnabledFor(logging.DEBUG)

    class Bridge(rtx.ILogger):  # type: ignore[misc]
        """The library calls ``log`` from its own threads."""

        def __init__(self) -> None:
            rtx.ILogger.__init__(self)  # bindings want the base called by name

        def log(self, severity: Any, msg: str) -> None:
            """Take one message."""
            level = _LEVELS.get(severity.name, logging.DEBUG)
            if level >= logging.WARNING:
                kept.add(level, msg)
            elif msg.startswith(_LAYERS):
                kept.layers = msg
            if is_watched or level >= logging.WARNING:
                LOG.log(level, "%s", msg)

    return Bridge()
