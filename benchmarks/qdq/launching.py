# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands as fresh processes: seconds, processor seconds, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: Compiled modules are kept, as where pip installed them.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

#: Starts a command and prints its seconds, processor seconds, peak KB, status and first line.
#: A process of its own: a child's peak begins with its parent's size, and this one is large.
LAUNCHER = """
import os, sys, tempfile, time
null = os.open(os.devnull, os.O_WRONLY)
said = tempfile.TemporaryFile()
actions = [(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, null, 2)]
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
processor = usage.ru_utime + usage.ru_stime
print(seconds, processor, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
said.seek(0)
sys.stdout.write(said.readline().decode())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """What a process took.

    Attributes:
        seconds: From its start to its end.
        processor: Processor seconds of all its threads.
        mb: Peak resident memory.
        said: First line of its standard output.
    """

    seconds: float
    processor: float
    mb: float
    said: str


def launch(command: list[str]) -> Launched:
    """Run a command in a fresh process; the end if it fails."""
    launched = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *command],
        capture_output=True, text=True, check=True,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    numbers, _, said = launched.stdout.partition("\n")
    seconds, processor, kilobytes, status = map(float, numbers.split())
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Launched(
        seconds=seconds, processor=processor, mb=kilobytes / 1024, said=said.strip()
    )
