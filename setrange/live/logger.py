# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT's log in Python's logging."""

from __future__ import annotations

import collections
import logging
from typing import Any

__all__ = ["LOG", "LogTail", "make_logger"]

#: Where TensorRT's messages go.
LOG = logging.getLogger("setrange.tensorrt")
LOG.addHandler(logging.NullHandler())  # silent unless somebody listens

_LEVELS = {
    "INTERNAL_ERROR": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARNING": logging.WARNING,
    "INFO": logging.INFO,
    "VERBOSE": logging.DEBUG,
}
_KEPT = 2000
_SHOWN = 5


class LogTail:
    """Keeps the last warnings and errors of TensorRT."""

    def __init__(self) -> None:
        self._lines: collections.deque[tuple[int, str]] = collections.deque(maxlen=_KEPT)

    def add(self, level: int, message: str) -> None:
        """Keep a message, unless it is only informative."""
        if level >= logging.WARNING:
            self._lines.append((level, message))

    def lines(self) -> list[str]:
        """The messages, oldest first."""
        return [message for _, message in self._lines]

    def errors(self) -> list[str]:
        """The last few errors, oldest first."""
        errors = [message for level, message in self._lines if level >= logging.ERROR]
        return errors[-_SHOWN:]


def make_logger(trt: Any, tail: LogTail) -> Any:
    """Return an ``ILogger`` that hands every message to ``LOG`` and to ``tail``."""

    class Bridge(trt.ILogger):  # type: ignore[misc]
        """TensorRT calls ``log`` from its own threads; logging is safe there."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)  # bindings want the base called by name

        def log(self, severity: Any, msg: str) -> None:
            """Take one message."""
            level = _LEVELS.get(severity.name, logging.INFO)
            tail.add(level, msg)
            LOG.log(level, "%s", msg)

    return Bridge()
