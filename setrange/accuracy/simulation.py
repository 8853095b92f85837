# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The float model and the Q/DQ model side by side, on the same samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.accuracy.comparison import Classes, best_classes
from setrange.accuracy.session import taken_outputs
from setrange.accuracy.sums import Sums
from setrange.errors import InputError, ModelError
from setrange.measure.validity import check_valid
from setrange.model.making import make_node
from setrange.model.messages import messages
from setrange.model.streamed import embedded
from setrange.model.types import DataType
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    from onnx import ModelProto

    from setrange.accuracy.session import Loader
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.batches import Batch
    from setrange.measure.inputs import Arrays
    from setrange.measure.pieces import SentBatch
    from setrange.model.loading import Model

__all__ = ["Kept", "KeptBatch", "Simulation", "with_only"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptBatch:
    """A batch that is kept in memory, because it is run many times.

    Attributes:
        feeds: What is fed.
        wanted: What the float model gives.
        label: What to call it.
        samples: Samples in it.
    """

    feeds: Arrays
    wanted: list[npt.NDArray[Any]]
    label: str
    samples: int


@dataclass(slots=True, kw_only=True)
class Kept:
    """The first batches, kept for what is run many times.

    Attributes:
        most_samples: Samples to keep.
        most_bytes: Bytes to keep; one batch is kept however large.
        batches: The batches.
    """

    most_samples: int
    most_bytes: int
    batches: list[KeptBatch] = field(default_factory=list)
    _size: int = 0

    @property
    def samples(self) -> int:
        """Samples in the batches."""
        return sum(batch.samples for batch in self.batches)

    @property
    def is_full(self) -> bool:
        """True where no further batch will be kept."""
        return self.samples >= self.most_samples

    def offer(self, batch: KeptBatch) -> None:
        """Keep a batch if there is room, and none after one that was not kept."""
        self._size += sum(array.nbytes for array in (*batch.feeds.values(), *batch.wanted))
        is_full = (
            self.samples + batch.samples > self.most_samples or self._size > self.most_bytes
        )
        if self.batches and is_full:
            self.most_samples = 0
            return
        self.batches.append(batch)


class Simulation:
    """Runs the float and the INT8 model on samples.

    Args:
        model: The float model.
        made: The Q/DQ model.
        loader: Makes sessions.
        with_classes: Labels will be held against the first output that has classes.
        with_histograms: The values of activations are counted; for ``--blame``.

    Attributes:
        names: The outputs that are compared.
        session: The one of the float model.
    """

    def __init__(
        self,
        model: Model,
        made: QdqModel,
        loader: Loader,
        *,
        with_classes: bool = False,
        with_histograms: bool = False,
    ) -> None:
        check_valid(model)
        self.names = taken_outputs(model)
        if not self.names:
            raise ModelError(f"{model.path}: has no output that is a tensor to compare")
        self._made = made
        self._with_classes = with_classes
        self._judged: int | None = None
        self._with_histograms = with_histograms
        fed = {value.name for value in model.graph.input}
        tapped = dict.fromkeys([*made.scales, *(branch.value for branch in made.branches)])
        taps = [name for name in tapped if name not in fed and name not in self.names]
        self._position = {name: i for i, name in enumerate([*self.names, *taps])}
        self.session = loader.load(
            with_only(skeleton_of(model.proto), self._position),
            [embedded(tensor, model.base) for tensor in model.graph.initializer],
            model.base,
        )
        self._int8 = loader.load(
            with_only(made.skeleton, self.names), made.initializers, made.base
        )

    def empty_sums(self) -> Sums:
        """Return the sums before the first run."""
        return Sums.of(self.names, self._made, with_histograms=self._with_histograms)

    def add(self, batch: Batch | SentBatch, sums: Sums, kept: Kept | None = None) -> None:
        """Run a batch.

        Args:
            batch: What to run.
            sums: Where to add what is found.
            kept: Where to keep the first batches.

        Raises:
            InputError: The batch does not fit, or no output has classes.
        """
        feeds, _ = batch.load()
        values = self.session.run(feeds, batch.label)
        wanted = values[: len(self.names)]
        self._compare(wanted, self._int8.run(feeds, batch.label), sums)
        self._tally(feeds, values, sums)
        if kept is not None:
            kept.offer(_kept(batch, feeds, wanted))
        sums.samples += batch.count

    def keep_first(self, batches: Iterable[Batch], kept: Kept) -> None:
        """Keep the first batches, and what the float model gives for them.

        Raises:
            InputError: A batch does not fit.
        """
        for batch in batches:
            feeds, _ = batch.load()
            wanted = self.session.run(feeds, batch.label)[: len(self.names)]
            kept.offer(_kept(batch, feeds, wanted))
            if kept.is_full:
                return

    def _compare(
        self, wanted: list[npt.NDArray[Any]], got: list[npt.NDArray[Any]], sums: Sums
    ) -> None:
        if self._with_classes:
            if self._judged is None:
                self._judged = self._output_with_classes(wanted)
            judged = self._judged
            sums.classes.append((judged, Classes.of(wanted[judged], got[judged])))
        for output, a, b in zip(sums.outputs, wanted, got, strict=True):
            output.add(a, b)

    def _output_with_classes(self, outputs: list[npt.NDArray[Any]]) -> int:
        for i, output in enumerate(outputs):
            if best_classes(output) is not None:
                return i
        shapes = ", ".join(
            f"{name} {array.dtype}{list(array.shape)}"
            for name, array in zip(self.names, outputs, strict=True)
        )
        raise InputError(
            f"--labels: no output of the model holds classes ({shapes}); expected [rows, "
            f"classes] scores or [rows] class numbers"
        )

    def _tally(self, feeds: Arrays, values: list[npt.NDArray[Any]], sums: Sums) -> None:
        for name, tally in sums.tallies.items():
            array = self._value(name, feeds, values)
            tally.add(array)
            if name in sums.histograms:
                sums.histograms[name].update(array)
        for name, tally in sums.branches.items():
            tally.add(self._value(name, feeds, values))

    def _value(
        self, name: str, feeds: Arrays, values: list[npt.NDArray[Any]]
    ) -> npt.NDArray[Any]:
        position = self._position.get(name)
        return feeds[name] if position is None else values[position]


def _kept(batch: Batch | SentBatch, feeds: Arrays, wanted: list[npt.NDArray[Any]]) -> KeptBatch:
    return KeptBatch(feeds=feeds, wanted=wanted, label=batch.label, samples=batch.count)


def with_only(skeleton: ModelProto, names: Iterable[str]) -> ModelProto:
    """Return a copy of a model without initializers that has these outputs.

    An output of bfloat16, which numpy does not have, comes out as float32.
    """
    made = messages().ValueInfoProto
    known = {value.name: value for value in skeleton.graph.output}
    proto = skeleton_of(skeleton)
    del proto.graph.output[:]
    taken = {name for node in proto.graph.node for name in node.output} | set(known)
    for name in names:
        value = known.get(name) or made(name=name)
        if value.type.tensor_type.elem_type == DataType.BFLOAT16:
            fresh = f"{name}/float"
            while fresh in taken:
                fresh += "_"
            cast = make_node("Cast", [name], [fresh], to=DataType.FLOAT32)
            proto.graph.node.append(cast)
            value = made(name=fresh)
        proto.graph.output.append(value)
    return proto
