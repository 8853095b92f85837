# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands that the editor runs: each in a process of its own, one at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Job", "Jobs"]

#: Characters of output that are kept: the last ones.
_MOST_OUTPUT = 400_000

#: Seconds that a command has to put its files in order when it is ended.
_PATIENCE = 10.0

#: The interpreter's path without the folder that it is started in, where anybody may have put
#: a module of any name.
_PROGRAM = (
    "import sys\n"
    "sys.path[:] = [place for place in sys.path if place]\n"
    "from setrange.cli.main import main\n"
    "sys.exit(main())\n"
)


@dataclass(slots=True)
class Job:
    """One command.

    Attributes:
        number: Counts the commands, from 1.
        output: What it said so far.
        status: Its exit status; ``None`` while it runs.
        is_cancelled: Somebody ended it.
    """

    number: int
    output: str = ""
    status: int | None = None
    is_cancelled: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "job": self.number,
            "output": self.output,
            "status": self.status,
            "cancelled": self.is_cancelled,
        }


def _kill(process: subprocess.Popen[str]) -> None:
    """End a command that does not end, and what it has started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


class Jobs:
    """The commands of one editor; each is ``setrange`` itself, as on the command line.

    Args:
        folder: Where they run: relative paths mean what they meant to the editor.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    def start(self, arguments: Sequence[str]) -> Job:
        """Run ``setrange`` with these arguments.

        Raises:
            UsageError: Another command is running.
        """
        with self._lock:
            if self._jobs and self._jobs[-1].status is None:
                raise UsageError("an export is running already; wait for it, or cancel it")
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # ^C in the terminal is the editor's
            )
            job = Job(len(self._jobs) + 1)
            self._jobs.append(job)
            self._process = process
            self._thread = threading.Thread(target=self._follow, args=[process, job])
            self._thread.start()
            return job

    def _follow(self, process: subprocess.Popen[str], job: Job) -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                job.output = (job.output + line)[-_MOST_OUTPUT:]
        job.status = process.wait()

    def find(self, number: int) -> Job:
        """Return a command.

        Raises:
            UsageError: There is none of that number.
        """
        if not 1 <= number <= len(self._jobs):
            raise UsageError(f"there is no export {number}")
        return self._jobs[number - 1]

    def wait(self, number: int, seconds: float) -> Job:
        """Wait for the end of a command, but not for ever; return it as it is then."""
        job, thread = self.find(number), self._thread
        if job.status is None and thread is not None:
            thread.join(seconds)
        return job

    def cancel(self) -> None:
        """End the command that runs, if one does; what it has not finished is not written."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self._jobs[-1].is_cancelled = True
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        if process.poll() is None:
            _kill(process)
        if self._thread is not None:
            self._thread.join(_PATIENCE)
