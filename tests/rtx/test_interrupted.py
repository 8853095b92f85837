# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One ^C ends an engine's build, wherever it comes."""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from setrange.live.logger import LOG
from setrange.machine.native import call_native
from tests.cli.material import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Listener(logging.Handler):
    """Notes in which threads the library logs, and interrupts at one of its messages."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[threading.Thread] = []
        self.at: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.threads.append(threading.current_thread())
        if self.at is not None and self.at in record.getMessage():
            self.at = None
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def listener() -> Iterator[Listener]:
    handler = Listener()
    LOG.addHandler(handler)
    yield handler
    LOG.removeHandler(handler)


@pytest.mark.rtx
@pytest.mark.parametrize("message", ["ONNX IR version", "Adding network input", "Layers:"])
def test_while_the_library_says_something(
    message: str, ranges: Path, model: Path, tmp_path: Path, listener: Listener
) -> None:
    """What the handler of ^C raises within a message would be lost in the library."""
    folder = tmp_path / "out"
    folder.mkdir()
    listener.at = message
    result = run("apply", ranges, model, "-o", folder / "net.engine", "--via", "rtx", "-v")
    assert listener.at is None, "no such message came"
    assert result.status == 130, result.err
    assert result.err.endswith("error: interrupted\n")
    assert list(folder.iterdir()) == []
    assert threading.main_thread() not in listener.threads


def test_a_call_is_waited_for() -> None:
    """Whatever it works with would be taken away from it."""
    over = []

    def call() -> None:
        signal.raise_signal(signal.SIGINT)
        threading.Event().wait(0.2)  # the main thread looks every tenth of a second
        over.append(True)

    with pytest.raises(KeyboardInterrupt):
        call_native(call, "a library")
    assert over == [True]


def test_a_call_that_fails_or_returns() -> None:
    assert call_native(lambda: 7, "a library") == 7
    with pytest.raises(ZeroDivisionError):
        call_native(lambda: 1 // 0, "a library")
