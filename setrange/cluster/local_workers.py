# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Workers on this machine: the program of the process that they are copies of.

That process loads once what every worker needs, while the command loads the same, and is then
copied for each worker: a copy has all modules at once. It has no threads when that happens. A
worker that dies is replaced by another copy. The end of its standard input, which the command
holds, ends the process and all of its workers: whatever ends the command, nothing is left.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import sys
import threading
import time
from typing import Any

__all__ = ["LEAN_DASK", "main"]

#: Dask's settings for workers of one short command, which nobody watches.
LEAN_DASK = {
    "distributed.worker.profile.enabled": False,
    "distributed.worker.http.routes": [],
    "distributed.scheduler.http.routes": [],
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "500ms",
}

#: Each worker runs one task at a time. Threads of numpy's libraries would gain nothing, and a
#: process that has some should not be copied.
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

#: A worker's exit status where it could not be started; another one could not be either.
_NO_START = 3

#: Seconds: a worker that ends sooner is replaced only after as long.
_SHORT_LIFE = 0.5

_INPUT = 0


def main(count: int, folder: str, loader: str) -> None:
    """Be the process that workers are copies of, from beginning to end.

    The address of the scheduler is the one line of standard input. Why no worker can be
    started is written to standard output.

    Args:
        count: How many workers.
        folder: Where they keep files.
        loader: ``module:function``: loads what workers need; a thing that is missing is told
            where it is used.
    """
    tell = os.dup(1)
    _move_output()
    try:
        for name in _ONE_THREAD:
            os.environ.setdefault(name, "1")
        sys.argv[:] = ["setrange"]  # nothing but setrange runs here, see is_program()
        import distributed

        distributed.Worker  # noqa: B018 - other releases may load it late
        module, _, function = loader.partition(":")
        if module:
            getattr(importlib.import_module(module), function)()
        address = _line()
        if address:
            _Keeper(count, address, folder, tell).run()
    except Exception as error:
        _say(tell, error)
        sys.exit(1)


def _move_output() -> None:
    """Have what is printed go to standard error: the command's own output may be JSON."""
    try:
        os.dup2(2, 1)
    except OSError:  # it is closed
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)


def _say(tell: int, error: Exception) -> None:
    said = f"{error}".strip().split("\n")[0] or type(error).__name__
    with contextlib.suppress(OSError):
        os.write(tell, said.encode("utf-8", "replace")[:1000])


def _line() -> str:
    """Return the first line of standard input; empty if it ends before."""
    read = b""
    while not read.endswith(b"\n"):
        more = os.read(_INPUT, 1000)
        if not more:
            return ""
        read += more
    return read.decode().strip()


class _Keeper:
    """Keeps so many workers alive, until the input ends."""

    def __init__(self, count: int, address: str, folder: str, tell: int) -> None:
        self._count = count
        self._address = address
        self._folder = folder
        self._tell = tell
        self._started: dict[int, float] = {}
        self._woken, self._waker = os.pipe()

    def run(self) -> None:
        import gc

        gc.collect()
        gc.freeze()  # so the copies go on sharing the memory of what is loaded
        os.set_blocking(self._waker, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for _ in range(self._count):
            self._start()
        try:
            while True:
                ready, _, _ = select.select([_INPUT, self._woken], [], [])
                if _INPUT in ready:
                    return
                os.read(self._woken, 1000)
                self._replace()
        finally:
            for pid in self._started:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            for pid in self._started:
                with contextlib.suppress(OSError):
                    os.waitpid(pid, 0)

    def _replace(self) -> None:
        for pid, started in list(self._started.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            del self._started[pid]
            code = os.waitstatus_to_exitcode(status)
            if code == _NO_START:
                sys.exit(1)  # it has said why
            if code != 0:  # 0: the scheduler asked it to end
                time.sleep(max(0.0, started + _SHORT_LIFE - time.monotonic()))
                self._start()

    def _start(self) -> None:
        pid = os.fork()
        if pid:
            self._started[pid] = time.monotonic()
            return
        code = _NO_START
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._woken)
            os.close(self._waker)
            _work(self._address, self._folder)
            code = 0
        except BaseException as error:
            if isinstance(error, Exception):
                _say(self._tell, error)
        finally:
            os._exit(code)


def _work(address: str, folder: str) -> None:
    """Be a worker, until the scheduler asks it to end."""
    import asyncio
    import logging

    import dask

    threading.Thread(target=_end_with_input, daemon=True).start()
    for name in ("asyncio", "distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()  # not the same numbers in each copy
    dask.config.set(LEAN_DASK)
    asyncio.run(_serve(address, folder))


async def _serve(address: str, folder: str) -> None:
    from distributed import Worker

    worker: Any = Worker(
        address, nthreads=1, memory_limit=0, local_directory=folder, host="127.0.0.1"
    )
    async with worker:
        await worker.finished()


def _end_with_input() -> None:
    """End with the command, even where the process that keeps the workers was killed."""
    while os.read(_INPUT, 1):
        pass
    os._exit(0)
