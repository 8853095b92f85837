# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``collect``: run a model over samples and keep what ranges are made of."""

from __future__ import annotations

import contextlib
import gc
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.errors import InputError, UsageError
from setrange.measure.batches import batches_of, check_batch
from setrange.measure.counting import count_samples, in_shard
from setrange.measure.data import DataOptions, image_steps, samples_of
from setrange.measure.measuring import open_measuring
from setrange.measure.reused_outputs import MOST_REUSED
from setrange.measure.run_options import RunOptions
from setrange.measure.state import State, read_state, write_state
from setrange.measure.state_head import MOST_SHARDS, Header
from setrange.measure.statistics import Histograms
from setrange.measure.subject import Subject, examine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from setrange.importer.parser import ParserOptions
    from setrange.measure.batches import Batch
    from setrange.measure.inputs import Arrays, Inputs
    from setrange.measure.method import Method
    from setrange.versions import TrtVersion

__all__ = ["Collector", "MeasureOptions", "checked_inputs", "is_through_relu"]

#: Seconds between two saves of a run that can be resumed.
SAVE_EVERY = 20.0

#: Bytes of a run's outputs that may be left to add up when the next run starts. The memory of
#: so many is kept for later runs anyway.
IN_FLIGHT = MOST_REUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """Settings of a measurement.

    Attributes:
        method: How ranges are made.
        run: How the model is run.
        shard: (i, n): take the i-th of n parts of the data, from 1.
    """

    method: Method
    run: RunOptions = field(default_factory=RunOptions)
    shard: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        number, of = self.shard
        if not 1 <= number <= of <= MOST_SHARDS:
            raise UsageError(
                f"--shard {number}/{of}: expected i/n with i from 1 to n, and n at most "
                f"{MOST_SHARDS}"
            )


class Collector:
    """One measurement of a model over samples.

    Args:
        subject: What is known of the model.
        data: Where samples come from.
        options: How to run.

    Attributes:
        inputs: What the model wants to be fed.
        state: What was measured so far.
    """

    def __init__(self, subject: Subject, data: DataOptions, options: MeasureOptions) -> None:
        self.data = data
        self.options = options
        #: How the model was read, if not as the release does.
        self.fallback = subject.fallback
        self.inputs = checked_inputs(subject, data, options)
        self.measuring, subject = open_measuring(
            subject,
            options.method.kind,
            threads=options.run.threads,
            provider=options.run.provider,
        )
        session = self.measuring.session
        header = Header(
            model=subject.path.name,
            sha256=subject.digest.hexdigest(),
            method=options.method,
            batch=options.run.batch,
            provider=session.provider,
            onnxruntime=session.version,
            random=data.is_random,
            images=image_steps(data, self.inputs),
            observed=subject.observed,
            unmeasured=subject.unmeasured,
        )
        self.state = State.empty(header, options.shard)
        self._is_torn = False  # True while a batch is half added

    @classmethod
    def of(
        cls,
        model: str | Path,
        trt: TrtVersion,
        data: DataOptions,
        options: MeasureOptions,
        parser: ParserOptions | None = None,
        *,
        is_lenient: bool = False,
    ) -> Collector:
        """Start from a model file.

        Args:
            model: The ONNX model.
            trt: The TensorRT release whose tensors are measured.
            data: Where samples come from.
            options: How to run.
            parser: How TensorRT's parser is set up.
            is_lenient: A model that the release does not take is read as another does.

        Raises:
            ModelError: The model cannot be read, or ONNX Runtime refuses it.
            UsageError: Options, data and model do not fit.
            BackendUnavailableError: ONNX Runtime or the provider is not installed.
        """
        gc.freeze()  # what is here already need not be looked through
        try:
            subject = examine(
                model,
                trt,
                parser,
                through_relu=is_through_relu(options),
                is_lenient=is_lenient,
            )
            gc.collect()  # the network's layers and tensors know each other, and the weights
        finally:
            gc.unfreeze()
        return cls(subject, data, options)

    def resume(self, path: str | Path) -> None:
        """Go on where a saved run stopped.

        Raises:
            UsageError: It was another run: another model, method, batch or shard.
        """
        saved = read_state(path)
        for part in Header.__slots__:
            if getattr(saved.header, part) != getattr(self.state.header, part):
                raise UsageError(
                    f"{path}: cannot be resumed: its {part} is another; remove the file to "
                    f"start from the beginning"
                )
        if saved.shards != self.state.shards:
            raise UsageError(f"{path}: cannot be resumed: it is of another --shard")
        self.state = saved

    def expected(self) -> int | None:
        """Return how many samples ``run`` will see, if that can be told."""
        count = count_samples(self.data, self.inputs)
        if count is None:
            return None
        return in_shard(count, self.options.run.batch, self.state.shards[0])

    def run(
        self,
        *,
        save_to: str | Path | None = None,
        on_samples: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """Measure; what was measured is in ``state``, also if this is interrupted.

        What is done (see ``resume``) and what is of other shards is skipped.

        Args:
            save_to: Where to save the state from time to time, and when interrupted.
            on_samples: Is told how many samples are done.

        Raises:
            InputError: A sample does not fit, or there is none.
        """
        options = self.options
        batches = batches_of(
            samples_of(self.data, self.inputs),
            options.run.batch,
            self.inputs,
            shard=options.shard,
            skip=self.state.batches,
        )
        # ONNX Runtime runs one batch while the next is read and the last is added up; what is
        # left of that then, two threads add up. Only whole batches are ever added: ^C does not
        # reach the threads that do it.
        with (
            ThreadPoolExecutor(1) as reader,
            ThreadPoolExecutor(2) as adders,
            self._saving(save_to) as save,
        ):
            last: list[Any] = []
            added = helped = adders.submit(lambda: None)
            try:
                for batch, loaded in _read_ahead(batches, reader):
                    feeds, digests = loaded.result()
                    outputs = self.measuring.run(feeds, batch.label)
                    helped = adders.submit(self._help, last)
                    added.result()
                    helped.result()
                    on_samples(self.state.samples)
                    save()
                    left = _count_within(outputs, IN_FLIGHT)
                    has_room = threading.Event()
                    added = adders.submit(self._add, feeds, outputs, digests, left, has_room)
                    last = outputs
                    if left < len(outputs):
                        has_room.wait()
                    del feeds, outputs
                helped = adders.submit(self._help, last)
                added.result()
                helped.result()
                on_samples(self.state.samples)
            except BaseException:
                adders.shutdown()
                self._is_torn |= helped.exception() is not None
                raise
        self._finish()

    def _finish(self) -> None:
        if not self.state.samples and self.options.shard == (1, 1):
            raise InputError("the data hold no sample; expected at least one")
        self.state.is_complete = True

    @contextlib.contextmanager
    def _saving(self, path: str | Path | None) -> Iterator[Callable[[], None]]:
        """Give a function that saves from time to time; save where the block is left early."""
        saved = time.monotonic()

        def save() -> None:
            nonlocal saved
            if path is not None and time.monotonic() - saved > SAVE_EVERY:
                write_state(self.state, path)
                saved = time.monotonic()

        try:
            yield save
        except BaseException:
            if path is not None and self.state.batches and not self._is_torn:
                write_state(self.state, path)
            raise

    def _help(self, outputs: list[Any]) -> None:
        """Share in adding a run up."""
        if isinstance(self.state.statistics, Histograms):
            self.state.statistics.update(outputs)

    def _add(
        self,
        _feeds: Arrays,  # outputs may share its memory
        outputs: list[Any],
        digests: Sequence[int],
        left: int,
        has_room: threading.Event,
    ) -> None:
        self._is_torn = True
        try:
            self.state.statistics.update(outputs, left)
            has_room.set()
            self.state.statistics.update(outputs)
        finally:
            has_room.set()
        for digest in digests:
            self.state.add_digest(digest)
        self.state.batches += 1
        self._is_torn = False


def checked_inputs(subject: Subject, data: DataOptions, options: MeasureOptions) -> Inputs:
    """Return what a model is fed with these data.

    Raises:
        UsageError: Options, data and model do not fit.
    """
    inputs = subject.inputs.along(data.batch_axis)
    check_batch(inputs, options.run.batch)
    image_steps(data, inputs)
    return inputs


def is_through_relu(options: MeasureOptions) -> bool:
    """Tell whether the output of a Relu follows from its input; its mean does not."""
    return options.method.name != "moving-average"


def _count_within(outputs: Sequence[Any], most: int) -> int:
    """Return how many of the first outputs fit into so many bytes."""
    sizes = itertools.accumulate(output.nbytes for output in outputs)
    return sum(size <= most for size in sizes)


def _read_ahead(
    batches: Iterable[Batch], pool: ThreadPoolExecutor
) -> Iterator[tuple[Batch, Future[tuple[Arrays, list[int]]]]]:
    """Yield batches and what they load, while the one after is loaded."""
    last = None
    for batch in batches:
        ahead = (batch, pool.submit(batch.load))
        if last is not None:
            yield last
        last = ahead
    if last is not None:
        yield last
