# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The float model and the Q/DQ model side by side, on the same samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.accuracy.comparison import OutputComparison, best_classes, looks_like_classes
from setrange.accuracy.session import taken_outputs
from setrange.accuracy.tensors import ActivationTally
from setrange.errors import InputError, ModelError
from setrange.measure.validity import check_valid
from setrange.model.streamed import embedded
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt
    from onnx import ModelProto

    from setrange.accuracy.labels import Labels
    from setrange.accuracy.session import Loader
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.batches import Batch
    from setrange.measure.histogram import Histogram
    from setrange.measure.inputs import Arrays
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
    """Runs the float and the INT8 model on samples, and keeps sums of their differences.

    Args:
        model: The float model.
        made: The Q/DQ model.
        loader: Makes sessions.
        labels: Class of each row of the first output that has classes.
        histograms: Where to count the values of activations, by name; for ``--blame``.
        kept: Where to keep the first batches; for ``--blame``.

    Attributes:
        outputs: A comparison for each output.
        tallies: By quantized activation.
        branches: By branch of a Concat that is quantized behind it.
        samples: Samples run.
        session: The one of the float model.
    """

    def __init__(
        self,
        model: Model,
        made: QdqModel,
        loader: Loader,
        *,
        labels: Labels | None = None,
        histograms: dict[str, Histogram] | None = None,
        kept: Kept | None = None,
    ) -> None:
        check_valid(model)
        self.names = taken_outputs(model)
        if not self.names:
            raise ModelError(f"{model.path}: has no output that is a tensor to compare")
        self.outputs = [OutputComparison(name) for name in self.names]
        self.tallies = {
            name: ActivationTally(scale, made.types[name], made.offsets.get(name, 0.0))
            for name, scale in made.scales.items()
        }
        self.samples = 0
        self._labels = labels
        self._judged: int | None = None
        self._histograms = histograms
        self._kept = kept
        fed = {value.name for value in model.graph.input}
        #: What a Concat joins with larger values: the joined tensor's SQNR hides it.
        self.branches = {
            b.value: ActivationTally(b.step, offset=made.offsets.get(b.result, 0.0))
            for b in made.branches
        }
        tapped = dict.fromkeys([*self.tallies, *self.branches])
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

    def run(self, batches: Iterable[Batch], on_samples: Callable[[int], None]) -> None:
        """Run all batches.

        Raises:
            InputError: There is none, one does not fit, or labels do not.
        """
        for batch in batches:
            self._run(batch)
            on_samples(self.samples)
        if not self.samples:
            raise InputError("the data hold no sample; expected at least one")

    def _run(self, batch: Batch) -> None:
        # Not part of the loop above: what one batch takes is free before the next one runs.
        feeds, _ = batch.load()
        values = self.session.run(feeds, batch.label)
        wanted = values[: len(self.names)]
        self._compare(wanted, self._int8.run(feeds, batch.label))
        self._tally(feeds, values)
        if self._kept is not None:
            samples = len(batch.samples)
            self._kept.offer(
                KeptBatch(feeds=feeds, wanted=wanted, label=batch.label, samples=samples)
            )
        self.samples += len(batch.samples)

    def _compare(self, wanted: list[npt.NDArray[Any]], got: list[npt.NDArray[Any]]) -> None:
        if self._labels is not None and self._judged is None:
            self._judged = self._output_with_classes(wanted)
        for i, (output, a, b) in enumerate(zip(self.outputs, wanted, got, strict=True)):
            labels = None
            if self._labels is not None and i == self._judged:
                classes = a.shape[1] if looks_like_classes(a) else None
                labels = self._labels.take(a.shape[0], classes)
            output.add(a, b, labels)

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

    def _tally(self, feeds: Arrays, values: list[npt.NDArray[Any]]) -> None:
        for name, tally in self.tallies.items():
            position = self._position.get(name)
            array = feeds[name] if position is None else values[position]
            tally.add(array)
            if self._histograms is not None:
                self._histograms[name].update(array)
        for name, tally in self.branches.items():
            position = self._position.get(name)
            tally.add(feeds[name] if position is None else values[position])


def with_only(skeleton: ModelProto, names: Iterable[str]) -> ModelProto:
    """Return a copy of a model without initializers that has these outputs.

    An output of bfloat16, which numpy does not have, comes out as float32.
    """
    import onnx

    known = {value.name: value for value in skeleton.graph.output}
    proto = skeleton_of(skeleton)
    del proto.graph.output[:]
    taken = {name for node in proto.graph.node for name in node.output} | set(known)
    for name in names:
        value = known.get(name) or onnx.ValueInfoProto(name=name)
        if value.type.tensor_type.elem_type == onnx.TensorProto.BFLOAT16:
            fresh = f"{name}/float"
            while fresh in taken:
                fresh += "_"
            cast = onnx.helper.make_node("Cast", [name], [fresh], to=onnx.TensorProto.FLOAT)
            proto.graph.node.append(cast)
            value = onnx.ValueInfoProto(name=fresh)
        proto.graph.output.append(value)
    return proto
