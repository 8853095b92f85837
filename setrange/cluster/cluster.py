# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A Dask cluster that works off pieces of a job.

Dask does what it is good at: it gives pieces to workers that have nothing to do, takes pieces
back from slow ones, and has those done again whose worker was lost. Results are merged on the
workers in a tree, always in the order of the pieces, a block of pieces at a time; the results
of blocks arrive here in order. So what is here at any time is that of the first pieces, and
whatever depends on the order comes out as in one process.
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from setrange import __version__
from setrange.cluster.address import ClusterAddress
from setrange.cluster.job import Job
from setrange.cluster.loading import check_dask, first_line, load_dask, silenced
from setrange.cluster.local_cluster import local_cluster
from setrange.cluster.on_worker import forget, look, merged, nothing, piece_done
from setrange.errors import BackendError, BackendUnavailableError, SetrangeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from setrange.cluster.job import Opener
    from setrange.cluster.on_worker import Seen
    from setrange.cluster.shipped_files import ShippedFiles

__all__ = ["Cluster", "Piece", "Work", "check_dask", "cluster_of", "open_cluster"]

#: Seconds until a scheduler answers.
_PATIENCE = 10.0

#: Seconds until it has a worker.
_WORKERS_PATIENCE = 5.0

#: Results that one task merges. A block has so many pieces, or this squared where there are
#: so many threads that merging blocks here would keep them waiting.
_FAN_IN, _MANY_THREADS = 4, 16

#: Pieces that are given out for each thread of the workers.
_AHEAD = 3

#: Seconds between two looks at whether ^C was pressed, where waiting does not notice it.
_TICK = 0.5

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One task.

    Attributes:
        what: What the work takes.
        samples: Samples in it, for the progress.
    """

    what: Any
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[Result]):
    """What is done with each piece, and how results become one; functions of modules.

    Attributes:
        do: Takes what the job's opener made and ``Piece.what``; it changes neither.
        merge: Takes results of pieces that follow each other, and changes none.
    """

    do: Callable[[Any, Any], Result]
    merge: Callable[[Sequence[Result]], Result]


@dataclass(slots=True, kw_only=True)
class _Block:
    """Pieces that follow each other, given out.

    Attributes:
        futures: Those of the pieces: to cancel them, and to keep them while they are needed.
        whole: That of their merged result.
    """

    futures: list[Any] = field(default_factory=list)
    whole: Any = None


class Cluster:
    """A connection to the workers; ``open_cluster`` makes it.

    Args:
        client: A ``distributed.Client``.
        name: What to call the cluster in messages.
        check: Is called while results are waited for, and raises if none can come.

    Attributes:
        threads: Threads of all workers together, when this was made.
    """

    def __init__(
        self, client: Any, name: str, check: Callable[[], None] = lambda: None
    ) -> None:
        self._client = client
        self._name = name
        self._check = check
        self._jobs: list[str] = []
        self._opening: list[Any] = []  # what nobody holds is given up
        self.threads = sum(client.nthreads().values())

    def sees(self, files: Sequence[str]) -> bool:
        """Tell whether each worker has these files, of the same sizes as here.

        Raises:
            BackendUnavailableError: A worker cannot run setrange, or has another one.
        """
        here = look(files)
        return all(seen[1] == here[1] for seen in self._looked(files))

    def _looked(self, files: Sequence[str]) -> Iterator[Seen]:
        found = self._client.run(look, list(files), on_error="return")
        for worker, seen in found.items():
            if isinstance(seen, Exception):
                said = str(seen).strip().split("\n")[0] or type(seen).__name__
                raise BackendUnavailableError(
                    f"--dask {self._name}: the worker {worker} cannot run setrange ({said}); "
                    f"install setrange {__version__} where it runs"
                )
            if seen[0] != __version__:
                raise BackendUnavailableError(
                    f"--dask {self._name}: the worker {worker} has setrange {seen[0]}, and "
                    f"this is {__version__}; install the same release on both"
                )
            yield seen

    def job(self, opener: Opener, model: str | ShippedFiles, *, is_large: bool = False) -> Any:
        """Return a job that the workers can be given pieces of.

        Args:
            opener: Makes on a worker what the pieces are done with.
            model: The model's file as workers see it, or the files themselves.
            is_large: The opener holds much data, and goes to each worker once.
        """
        job = Job(key=f"setrange-{uuid.uuid4().hex}", opener=opener, model=model)
        self._jobs.append(job.key)
        if isinstance(model, str) and not is_large:
            return job  # it is small: it goes along with each task
        # As a task's result it goes to each worker once, and is there again after a loss.
        return self._client.submit(_itself, job, key=f"job-{job.key}", pure=False)

    def ask(self, job: Any, do: Callable[[Any, Any], Result], what: Any = None) -> Result:
        """Have one worker do one thing; the others open the job meanwhile, as all will need it.

        Raises:
            SetrangeError: What it raised; or the cluster failed.
        """
        future = self._submit("ask", piece_done, job, do, what)
        self._opening += [
            self._submit("open", piece_done, job, nothing, None, only=worker)
            for worker in self._client.nthreads()
        ]
        self._wait(future, queue.SimpleQueue(), lambda _done: None)
        answer: Result = self._result(future)
        return answer

    def in_order(
        self,
        job: Any,
        pieces: Iterable[Piece],
        work: Work[Result],
        on_samples: Callable[[int], None] = lambda _count: None,
    ) -> Iterator[Result]:
        """Have all pieces done; yield merged results, each of the pieces after the last ones.

        Args:
            job: What ``job`` returned.
            pieces: They are taken when workers have room for them.
            work: What is done.
            on_samples: Is told how many samples are done, in any order.

        Raises:
            SetrangeError: What a piece raised; or the cluster failed.
        """
        size = _FAN_IN if self.threads < _MANY_THREADS else _FAN_IN**2
        most = -(-_AHEAD * self.threads // size) + 1
        ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        blocks: deque[_Block] = deque()
        done = 0

        def tell(samples: int) -> None:
            nonlocal done
            done += samples
            on_samples(done)

        remaining = iter(pieces)
        try:
            while True:
                while len(blocks) < most:
                    taken = list(itertools.islice(remaining, size))
                    if not taken:
                        break
                    blocks.append(self._given_out(job, taken, work, ended))
                if not blocks:
                    return
                self._wait(blocks[0].whole, ended, tell)
                result: Result = self._result(blocks[0].whole)
                blocks.popleft()
                yield result
        finally:
            left = [future for block in blocks for future in (block.whole, *block.futures)]
            if left:
                with contextlib.suppress(Exception):
                    self._client.cancel(list({future.key: future for future in left}.values()))

    def _given_out(
        self,
        job: Any,
        pieces: Sequence[Piece],
        work: Work[Result],
        ended: queue.SimpleQueue[int],
    ) -> _Block:
        block = _Block()
        for piece in pieces:
            future = self._submit("piece", piece_done, job, work.do, piece.what)
            future.add_done_callback(_Teller(ended, piece.samples))
            block.futures.append(future)
        level = block.futures
        while len(level) > 1:
            level = [
                self._submit("merge", merged, work.merge, level[at : at + _FAN_IN])
                for at in range(0, len(level), _FAN_IN)
            ]
        block.whole = level[0]
        if block.whole is not block.futures[0]:
            block.whole.add_done_callback(_Teller(ended, 0))
        return block

    def _submit(
        self, what: str, function: Callable[..., Any], *arguments: Any, only: str | None = None
    ) -> Any:
        """Give a task out; ``only``: to this worker, as long as it is there."""
        key = f"setrange-{what}-{uuid.uuid4().hex}"
        place = {} if only is None else {"workers": [only], "allow_other_workers": True}
        return self._client.submit(function, *arguments, key=key, pure=False, **place)

    def _wait(
        self, future: Any, ended: queue.SimpleQueue[int], tell: Callable[[int], None]
    ) -> None:
        """Wait for one future; tell of each piece that ends meanwhile."""
        if not future.done():
            future.add_done_callback(_Teller(ended, 0))
        while True:
            is_done = future.done()
            with contextlib.suppress(queue.Empty):
                samples = ended.get(timeout=0.0 if is_done else _TICK)
                if samples:
                    tell(samples)
                continue
            if is_done:
                return
            self._check()

    def _result(self, future: Any) -> Any:
        from distributed import CancelledError, KilledWorker

        try:
            return future.result()
        except SetrangeError:
            raise
        except KilledWorker as error:
            raise BackendError(
                f"--dask {self._name}: a batch ended one worker after the other, perhaps for "
                f"want of memory; Dask says: {first_line(error)}"
            ) from error
        except CancelledError as error:
            raise BackendError(
                f"--dask {self._name}: the scheduler gave the work up, or went away: "
                f"{first_line(error)}"
            ) from error

    def close(self) -> None:
        """Have the workers let go what they keep of the jobs."""
        for key in self._jobs:
            with contextlib.suppress(Exception):
                self._client.run(forget, key, on_error="ignore")


class _Teller:
    """Puts a number into a queue when a future is done."""

    def __init__(self, ended: queue.SimpleQueue[int], samples: int) -> None:
        self._ended = ended
        self._samples = samples

    def __call__(self, future: Any) -> None:
        self._ended.put(self._samples if future.status == "finished" else 0)


def _itself(job: Job) -> Job:
    return job


def cluster_of(dask: str | None, loader: str = "") -> AbstractContextManager[Cluster | None]:
    """Open the cluster that ``--dask`` names; ``None``: none is named, and none is opened.

    Args:
        dask: What the user wrote.
        loader: See ``open_cluster``.

    Raises:
        UsageError: It is no address. Entering it raises what ``open_cluster`` does.
    """
    if dask is None:
        return contextlib.nullcontext()
    return open_cluster(ClusterAddress.parse(dask), loader)


@contextlib.contextmanager
def open_cluster(address: ClusterAddress, loader: str = "") -> Iterator[Cluster]:
    """Connect to a cluster, or start one here; it is left, or ended, at the end.

    Args:
        address: Where it is.
        loader: ``module:function`` that loads what workers need; workers that are started
            here load it while this process loads Dask.

    Raises:
        BackendUnavailableError: Dask is not installed, the scheduler does not answer, or it
            has no worker.
    """
    check_dask()
    if address.processes:
        with (
            local_cluster(address, loader) as local,
            silenced(),
            _connected(local.scheduler, address) as client,
        ):
            try:
                yield Cluster(client, address.text, local.check)
            finally:
                local.end()  # the client would wait for what nobody wants any more
        return
    with silenced(), _connected(address.text, address) as client:
        _await_worker(client, address)
        cluster = Cluster(client, address.text)
        try:
            yield cluster
        finally:
            cluster.close()


@contextlib.contextmanager
def _connected(where: Any, address: ClusterAddress) -> Iterator[Any]:
    distributed = load_dask()
    options = {"scheduler_file": address.file} if address.file else {"address": where}
    try:
        client = distributed.Client(
            **options, timeout=_PATIENCE, set_as_default=False, name="setrange"
        )
    except Exception as error:
        raise BackendUnavailableError(
            f"--dask {address.text}: no Dask scheduler answers there within {_PATIENCE:g} "
            f"seconds ({first_line(error)}); start one (dask scheduler), or give its address"
        ) from error
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=_PATIENCE)


def _await_worker(client: Any, address: ClusterAddress) -> None:
    until = time.monotonic() + _WORKERS_PATIENCE
    while not client.nthreads():
        if time.monotonic() > until:
            raise BackendUnavailableError(
                f"--dask {address.text}: the scheduler has no worker; start some (dask worker "
                f"{client.scheduler.address})"
            )
        time.sleep(0.1)
