# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A Q/DQ model whose pairs have switches, and scales that are fed: one session, many tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.accuracy.comparison import OutputComparison
from setrange.accuracy.metrics import METRICS
from setrange.accuracy.noise import NO_NOISE
from setrange.accuracy.pairs import pairs_of
from setrange.accuracy.simulation import with_only
from setrange.exporters.qdq.weights import rounded_scale
from setrange.model.graph import GraphEdit
from setrange.model.streamed import StreamedTensor, head_of
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt
    from onnx import ModelProto, TensorProto

    from setrange.accuracy.pairs import Pair
    from setrange.accuracy.session import Loader
    from setrange.accuracy.simulation import Kept, KeptBatch
    from setrange.exporters.qdq import QdqModel
    from setrange.measure.inputs import Arrays
    from setrange.measure.session import Session

__all__ = ["SwitchablePairs", "quality_of", "weight_scales_of"]


class SwitchablePairs:
    """Tells how good the model is with pairs of one kind switched off, or with other scales.

    Switches on activations cost no time. Weights behind one are no constants any more, and
    convolutions by them take up to three times as long: hence one kind at a time.

    Args:
        made: The Q/DQ model.
        names: Outputs to compare.
        kept: What to run it on.
        loader: Makes the session.
        kind: Pairs that have a switch: ``activation`` or ``weight``.
        is_rest_float: The other pairs are taken out, not left in.
        with_weight_scales: The scales of weights are fed too, where these have a switch.

    Attributes:
        values: Values whose pair has a switch.
        scales: Activation -> the model's own scale.
        offsets: Activation -> what the model takes from it before the pair, where anything is.
    """

    def __init__(
        self,
        made: QdqModel,
        names: Sequence[str],
        kept: Kept,
        loader: Loader,
        *,
        kind: str = "activation",
        is_rest_float: bool = False,
        with_weight_scales: bool = False,
    ) -> None:
        self.scales = made.scales
        self.offsets = made.offsets
        self._names = names
        self._kept = kept
        pairs = pairs_of(made)
        self._pairs = [pair for pair in pairs if pair.kind == kind]
        self.values = list(dict.fromkeys(pair.value for pair in self._pairs))
        heads = [head_of(tensor) for tensor in made.initializers]
        self._types = {head.name: _numpy_type(head) for head in heads}
        self._shapes = {head.name: list(head.dims) for head in heads}
        self._prefix = _unused_prefix(made.skeleton, self._types)
        fed = {
            pair.scale
            for pair in self._pairs
            if pair.kind == "activation" or with_weight_scales
        }
        fed.update(filter(None, (name for p in self._pairs for name in (p.middle, p.border))))
        self._of_weights = weight_scales_of(made) if with_weight_scales else {}
        skeleton = made.skeleton
        if is_rest_float:
            skeleton = _without(skeleton, [pair for pair in pairs if pair.kind != kind])
        skeleton = with_only(_switched(skeleton, self._pairs, self._prefix), names)
        self._declare(skeleton, fed)
        rest = [tensor for tensor in made.initializers if head_of(tensor).name not in fed]
        self._session = loader.load(skeleton, rest, made.base)

    def sharing(self, value: str) -> list[str]:
        """Return the values whose pair has the same scale; the value itself is one of them."""
        scales = {pair.scale for pair in self._pairs if pair.value == value}
        found = (pair.value for pair in self._pairs if pair.scale in scales)
        return list(dict.fromkeys(found))

    def fits(self, made: QdqModel) -> bool:
        """Tell whether a model differs by what is fed alone: scales, and shifts."""
        shifted = {pair.value for pair in self._pairs if pair.middle is not None}
        return made.scales.keys() == self.scales.keys() and made.offsets.keys() <= shifted

    def quality(
        self,
        on: Collection[str] | None = None,
        scales: Mapping[str, float] | None = None,
        weight_scales: Mapping[str, npt.NDArray[Any]] | None = None,
        *,
        offsets: Mapping[str, float] | None = None,
    ) -> float:
        """Return how near the worst output is to the float model's: SQNR, or share of equals.

        Args:
            on: Values whose switch is on; ``None`` = all.
            scales: Activation -> scale; ``None`` = the model's own.
            weight_scales: Weight -> its scales, where they are not the model's own.
            offsets: Activation -> what is taken from it before, 0 where it is not named;
                ``None`` = the model's own.
        """
        extra = self._settings(
            self.values if on is None else on,
            scales or self.scales,
            self.offsets if offsets is None else offsets,
        )
        for pair in self._pairs if self._of_weights else ():
            extra[pair.scale] = (weight_scales or {}).get(
                pair.value, self._of_weights[pair.value]
            )
        return quality_of(self._session, self._kept.batches, self._names, extra)

    def _settings(
        self,
        on: Collection[str],
        scales: Mapping[str, float],
        offsets: Mapping[str, float],
    ) -> Arrays:
        wanted = set(on)
        settings: dict[str, npt.NDArray[Any]] = {}
        for number, pair in enumerate(self._pairs):
            settings[f"{self._prefix}/{number}"] = np.array(pair.value in wanted)
            if pair.kind == "activation":
                scale = rounded_scale(scales[pair.value], self._types[pair.scale].name)
                settings[pair.scale] = np.asarray(scale)
            offset = offsets.get(pair.value, 0.0)
            for name, given in ((pair.middle, offset), (pair.border, -offset)):
                if name is not None:
                    settings[name] = np.asarray(given, dtype=self._types[name])
        return settings

    def _declare(self, skeleton: ModelProto, scales: Collection[str]) -> None:
        from onnx import TensorProto, helper

        for number, _ in enumerate(self._pairs):
            skeleton.graph.input.append(
                helper.make_tensor_value_info(f"{self._prefix}/{number}", TensorProto.BOOL, [])
            )
        for name in sorted(scales):
            kind = helper.np_dtype_to_tensor_dtype(self._types[name])
            skeleton.graph.input.append(
                helper.make_tensor_value_info(name, kind, self._shapes[name])
            )


def quality_of(
    session: Session,
    batches: Iterable[KeptBatch],
    names: Sequence[str],
    extra: Arrays | None = None,
) -> float:
    """Return how near the worst output of a model is to the float model's.

    Args:
        session: The model.
        batches: What is fed, with what the float model gives.
        names: The outputs.
        extra: What is fed besides.

    Returns:
        SQNR in dB, or the share of equal values where no output is float.
    """
    outputs = [OutputComparison(name) for name in names]
    for batch in batches:
        got = session.run({**batch.feeds, **(extra or {})}, batch.label)
        for output, a, b in zip(outputs, batch.wanted, got, strict=True):
            output.add(a, b)
    results = [output.result() for output in outputs]
    for name in ("sqnr", "equal"):
        value = METRICS[name].worst(results)
        if value is not None:
            return -NO_NOISE if any(result.lost for result in results) else value
    return -NO_NOISE


def weight_scales_of(made: QdqModel) -> dict[str, npt.NDArray[Any]]:
    """Return the scales of each weight of a Q/DQ model."""
    from onnx import numpy_helper

    wanted = {pair.scale: pair.value for pair in pairs_of(made) if pair.kind == "weight"}
    return {
        wanted[tensor.name]: numpy_helper.to_array(tensor)
        for tensor in made.initializers
        if not isinstance(tensor, StreamedTensor) and tensor.name in wanted
    }


def _numpy_type(tensor: TensorProto) -> np.dtype[Any]:
    from onnx import helper

    return np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type))


def _switched(skeleton: ModelProto, pairs: Sequence[Pair], prefix: str) -> ModelProto:
    """Return a copy with a Where behind each pair: its result, or the value itself."""
    from onnx import helper

    proto = skeleton_of(skeleton)
    numbers = {pair.result: number for number, pair in enumerate(pairs)}
    edit = GraphEdit(proto.graph)
    for position, node in enumerate(proto.graph.node):
        number = numbers.get(node.output[0]) if node.op_type == "DequantizeLinear" else None
        if number is None:
            continue
        inner = f"{prefix}/{number}/on"
        node.output[0] = inner
        inputs = [f"{prefix}/{number}", inner, pairs[number].taken]
        switch = helper.make_node(
            "Where", inputs, [pairs[number].result], f"{prefix}/{number}/if"
        )
        edit.insert_after(position, [switch])
    edit.apply()
    return proto


def _without(skeleton: ModelProto, pairs: Sequence[Pair]) -> ModelProto:
    """Return a copy without these pairs: the value itself goes where the result went."""
    from onnx import helper

    proto = skeleton_of(skeleton)
    values = {pair.result: pair.taken for pair in pairs}
    for node in proto.graph.node:
        if node.op_type == "DequantizeLinear" and node.output[0] in values:
            result = node.output[0]
            node.CopyFrom(helper.make_node("Identity", [values[result]], [result]))
    return proto


def _unused_prefix(skeleton: ModelProto, tensors: Collection[str]) -> str:
    names = set(tensors)
    for node in skeleton.graph.node:
        names.update(node.output)
    prefix = "setrange"
    while any(name.startswith(f"{prefix}/") for name in names):
        prefix += "_"
    return prefix
