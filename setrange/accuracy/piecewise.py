# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model that runs piece by piece over samples, which stay in memory between the pieces."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from setrange.model.graph import used_values
from setrange.model.making import declare
from setrange.model.messages import messages
from setrange.model.streamed import head_of
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt
    from onnx import ModelProto, NodeProto, TensorProto

    from setrange.accuracy.session import Loader
    from setrange.measure.batches import Batch
    from setrange.measure.inputs import Arrays
    from setrange.model.streamed import StreamedTensor

__all__ = ["PiecewiseRun"]


class PiecewiseRun:
    """Runs a model up to one value after another; no node runs twice on a sample.

    Args:
        skeleton: The model without its initializers.
        initializers: Its initializers.
        base: Directory that external data locations are relative to.
        loader: Makes a session of each piece.
        wanted: The values that it will be run up to.
        late: Constants that ``add_constant`` gives before they are needed.

    Attributes:
        samples: What is known of each sample: its inputs, and the values still needed.
        labels: What to call each sample in messages.
    """

    def __init__(
        self,
        skeleton: ModelProto,
        initializers: Iterable[TensorProto | StreamedTensor],
        base: Path,
        loader: Loader,
        *,
        wanted: Collection[str],
        late: Collection[str] = (),
    ) -> None:
        self._base = base
        self._loader = loader
        self._constants = {head_of(tensor).name: tensor for tensor in initializers}
        self._nodes = list(skeleton.graph.node)
        self._takes = [sorted(used_values([node]) - {""}) for node in self._nodes]
        self._producer = {
            name: position
            for position, node in enumerate(self._nodes)
            for name in node.output
            if name
        }
        self._inputs = {value.name: value for value in skeleton.graph.input}
        self._frame = skeleton_of(skeleton, nodes=False)
        for field in ("input", "output", "value_info"):
            self._frame.graph.ClearField(field)
        self._is_static = self._static({*self._constants, *late})
        self._is_done = [False] * len(self._nodes)
        self._wanted = set(wanted)
        self._left = Counter(
            name
            for position in self._before(wanted)
            if not self._is_static[position]
            for name in self._takes[position]
        )
        self.samples: list[Arrays] = []
        self.labels: list[str] = []

    def feed(self, batches: Iterable[Batch]) -> None:
        """Take the samples.

        Raises:
            InputError: A sample does not fit.
        """
        for batch in batches:
            self.samples.append(dict(batch.load()[0]))
            self.labels.append(batch.label)

    def keep(self, count: int) -> None:
        """Go on with the first samples alone."""
        del self.samples[count:], self.labels[count:]

    def add_constant(self, tensor: TensorProto) -> None:
        """Give a constant that was announced as a late one."""
        self._constants[tensor.name] = tensor

    def run_to(self, value: str, *, most_bytes: int, fewest: int) -> None:
        """Compute a value of all samples.

        Args:
            value: One of ``wanted``.
            most_bytes: The last samples are dropped where all would take more memory.
            fewest: So many samples stay however large they are.

        Raises:
            SetrangeError: ONNX Runtime refuses a piece or fails.
        """
        piece = self._before([value])
        if not any(not self._is_static[position] for position in piece):
            return
        for position in piece:
            if not self._is_static[position]:
                self._is_done[position] = True
                self._left.subtract(self._takes[position])
        nodes = [self._nodes[position] for position in piece]
        made = {name for node in nodes for name in node.output if name}
        kept = [
            name
            for position in piece
            if not self._is_static[position]
            for name in self._nodes[position].output
            if self._is_needed(name)
        ]
        taken = used_values(nodes) - made
        fed = [name for name in sorted(taken) if name in self.samples[0]]
        constants = [self._constants[name] for name in sorted(taken & self._constants.keys())]
        session = self._loader.load(self._piece(nodes, fed, kept), constants, self._base)
        number = 0
        while number < len(self.samples):
            values = self.samples[number]
            values.update(zip(kept, session.run(values, self.labels[number]), strict=True))
            for name in [name for name in values if not self._is_needed(name)]:
                del values[name]
            number += 1
            size = sum(array.nbytes for array in values.values())
            self.keep(max(fewest, most_bytes // max(size, 1)))

    def channel_means(self, value: str, axis: int) -> npt.NDArray[np.float64]:
        """Return the mean of each channel of a value over all samples; 0 where it has none."""
        total, count = np.zeros(()), 0
        for values in self.samples:
            array = values[value]
            channel = axis % array.ndim
            other = tuple(i for i in range(array.ndim) if i != channel)
            total = total + array.sum(axis=other, dtype=np.float64)
            count += array.size // max(array.shape[channel], 1)
        return np.asarray(total / max(count, 1))

    def forget(self, value: str) -> None:
        """Let a value go that will not be asked for again, unless other pieces need it."""
        self._wanted.discard(value)

    def _is_needed(self, name: str) -> bool:
        return bool(name) and (name in self._wanted or self._left[name] > 0)

    def _static(self, constants: set[str]) -> list[bool]:
        """Tell which nodes compute with constants alone: each piece has its own of them."""
        found, known = [], set(constants)
        for node, taken in zip(self._nodes, self._takes, strict=True):
            inner = {name for name in taken if name in self._producer or name in self._inputs}
            found.append(inner <= known)
            if found[-1]:
                known.update(node.output)
        return found

    def _before(self, values: Iterable[str]) -> list[int]:
        """Positions of the nodes that have to run for these values, in order."""
        found: set[int] = set()
        pending = [self._producer[name] for name in values if name in self._producer]
        while pending:
            position = pending.pop()
            if position in found or self._is_done[position]:
                continue
            found.add(position)
            taken = self._takes[position]
            pending += [self._producer[name] for name in taken if name in self._producer]
        return sorted(found)

    def _piece(
        self, nodes: Sequence[NodeProto], fed: Sequence[str], kept: Sequence[str]
    ) -> ModelProto:
        from onnx import helper

        piece: ModelProto = messages().ModelProto()
        piece.CopyFrom(self._frame)
        piece.graph.node.extend(nodes)
        for name in fed:
            if name in self._inputs:
                piece.graph.input.append(self._inputs[name])
                continue
            kind = helper.np_dtype_to_tensor_dtype(self.samples[0][name].dtype)
            piece.graph.input.append(declare(name, kind))
        piece.graph.output.extend(messages().ValueInfoProto(name=name) for name in kept)
        return piece
