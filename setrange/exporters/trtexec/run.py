# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Running trtexec: its log is streamed, its engine appears whole or not at all."""

from __future__ import annotations

import contextlib
import locale
import os
import signal
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from setrange.errors import BackendUnavailableError, EngineBuildError
from setrange.explain import why_failed
from setrange.exporters.trtexec.command import trtexec_arguments
from setrange.files.folders import private_folder
from setrange.files.staging import afterwards, move_into_place, together
from setrange.machine.find_trtexec import start_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.build_settings.config import BuildConfig
    from setrange.exporters.trtexec.command import TrtexecJob
    from setrange.machine.find_trtexec import Trtexec

__all__ = ["run_trtexec"]

_ERROR_MARKS = ("[E]", "&&&& FAILED", "Error[", "what():")
_MOST = 8


def run_trtexec(
    trtexec: Trtexec,
    job: TrtexecJob,
    settings: BuildConfig,
    *,
    each_line: Callable[[str], None],
) -> list[str]:
    """Build an engine; the files of ``job`` exist afterwards, or none of them is new.

    trtexec writes into a folder that only this build knows, so nothing that another build left
    or is writing is taken for its engine. In a ``together`` block the files take their places
    with the others.

    Args:
        trtexec: The program.
        job: What to build.
        settings: How.
        each_line: Gets each line of the log as it comes.

    Returns:
        The lines of the log.

    Raises:
        BackendUnavailableError: trtexec does not start.
        EngineBuildError: The build failed; the message ends with trtexec's own words.
    """
    if job.cache is not None and not job.cache.is_file():
        raise EngineBuildError(f"{job.cache} is gone; trtexec would calibrate on random noise")
    with private_folder(job.engine) as folder, together():
        engine, layers = folder / job.engine.name, folder / job.layers.name
        building = job._replace(engine=engine, layers=layers)
        lines = _run(
            [str(trtexec.path), *trtexec_arguments(trtexec.version, building, settings)],
            each_line,
        )
        if not engine.is_file():
            raise EngineBuildError(
                f"trtexec wrote no engine{_words(lines)}\nits log says more: -v shows it"
            )
        if layers.is_file():
            move_into_place(layers, job.layers)
        else:  # what is there is of another engine
            afterwards(partial(job.layers.unlink, missing_ok=True))
        move_into_place(engine, job.engine, is_main=True)
    return lines


def _run(command: list[str], each_line: Callable[[str], None]) -> list[str]:
    """Run a command; ^C ends it."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A console's code page on Windows; a name it cannot hold must not end the build.
            encoding=locale.getpreferredencoding(False),
            errors="replace",
            # A group of its own: trtexec may be a script that starts the program.
            start_new_session=os.name != "nt",
        )
    except OSError as error:
        raise BackendUnavailableError(f"{command[0]} does not start: {error}") from error
    lines: list[str] = []
    with process:
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip("\r\n"))
                each_line(lines[-1])
        except BaseException:
            _end(process)
            raise
    if process.returncode == 0 and not any("&&&& FAILED" in line for line in lines):
        return lines
    if not lines:
        raise BackendUnavailableError(
            f"{command[0]} does not start: {start_problem(process.returncode, '')}"
        )
    raise EngineBuildError(
        f"trtexec failed (exit status {process.returncode}){_words(lines)}{why_failed(lines)}"
    )


def _end(process: subprocess.Popen[str]) -> None:
    """End a program and those that it started."""
    if os.name != "nt":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _words(lines: list[str]) -> str:
    errors = [line for line in lines if any(mark in line for mark in _ERROR_MARKS)]
    return "; it says:" + "".join(f"\n  {line}" for line in errors[-_MOST:]) if errors else ""
