# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Processes of a local cluster, as the command sees them; see ``local_workers.py``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from setrange.errors import BackendError
from setrange.files.folders import scratch_folder
from setrange.files.interrupts import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from setrange.cluster.address import ClusterAddress

__all__ = ["LocalProcesses", "can_fork", "local_processes"]

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from setrange.cluster.local_workers import main; "
    "main(int(sys.argv[2]), *sys.argv[3:])"
)

#: Seconds until the processes have ended. They are killed, so it takes longer only where a
#: disk or a driver holds one.
_PATIENCE = 10.0


def can_fork() -> bool:
    """Tell whether a process that has loaded much can be copied.

    Windows cannot, and macOS's own libraries do not bear it.
    """
    return sys.platform == "linux"


@contextlib.contextmanager
def local_processes(address: ClusterAddress, loader: str) -> Iterator[LocalProcesses]:
    """Start the process that workers will be copies of; all are ended with the block.

    Args:
        address: How many workers.
        loader: ``module:function`` that loads what they need.
    """
    with scratch_folder() as folder:
        processes = LocalProcesses(address, str(folder), loader)
        try:
            yield processes
        finally:
            processes.close()


class LocalProcesses:
    """The process that workers are copies of, and they.

    Args:
        address: How many workers.
        folder: Where they keep files.
        loader: ``module:function`` that loads what they need.
    """

    def __init__(self, address: ClusterAddress, folder: str, loader: str) -> None:
        self._name = address.text
        command = [sys.executable, "-c", _PROGRAM, json.dumps(sys.path)]
        try:
            with uninterrupted():
                self._process = subprocess.Popen(
                    [*command, str(address.processes), folder, loader],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # ^C in the terminal is the command's
                )
        except OSError as error:
            raise self._failed(str(error)) from error

    def connect(self, scheduler: str) -> None:
        """Have the workers started for a scheduler of this address."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # see check()
            self._process.stdin.write(f"{scheduler}\n".encode())
            self._process.stdin.flush()

    def check(self) -> None:
        """Make sure that lost workers are still replaced.

        Raises:
            BackendError: The process that does it has ended.
        """
        if self._process.poll() is None:
            return
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # workers that are left end, and hold the pipe no more
        said = self._process.stdout.read().decode("utf-8", "replace")
        raise self._failed(said or f"exit status {self._process.returncode}")

    def _failed(self, why: str) -> BackendError:
        return BackendError(f"--dask {self._name}: Dask could not start the processes: {why}")

    def close(self) -> None:
        """End the workers at once; nothing that they still do is wanted."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with uninterrupted():
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            process.stdout.close()
