# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The float model with one constant rounded as INT8 holds it.

A pair on a constant whose scales change from run to run keeps ONNX Runtime from preparing the
product for it, and its run takes several times as long: another constant is loaded instead.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.accuracy.pairs import pairs_of
from setrange.accuracy.simulation import with_only
from setrange.accuracy.switchable_pairs import quality_of
from setrange.model.constants import weights_from_tensor
from setrange.model.streamed import embedded
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from onnx import ModelProto

    from setrange.accuracy.session import Loader
    from setrange.accuracy.simulation import KeptBatch
    from setrange.exporters.qdq import QdqModel

__all__ = ["RoundedWeight"]

#: Numbers in the constants of a model that is not written anew for each of them.
_MOST_NUMBERS = 1 << 26


class RoundedWeight:
    """Tells how good the float model is with one constant in INT8.

    Args:
        made: The Q/DQ model whose constants these are.
        names: Outputs to compare.
        loader: Makes sessions.
    """

    def __init__(self, made: QdqModel, names: Sequence[str], loader: Loader) -> None:
        model = made.float_model
        self._names = names
        self._loader = loader
        self._model = model
        self._skeleton = with_only(skeleton_of(model.proto), names)
        self._initializers = {tensor.name: tensor for tensor in model.graph.initializer}
        constants = {
            node.output[0]: attribute.t
            for node in self._skeleton.graph.node
            if node.op_type == "Constant"
            for attribute in node.attribute
            if attribute.name == "value"
        }
        self._tensors = {**self._initializers, **constants}
        count = sum(math.prod(tensor.dims) for tensor in self._tensors.values())
        self._is_small = count <= _MOST_NUMBERS
        self._pairs = {pair.value: pair for pair in pairs_of(made) if pair.kind == "weight"}

    def takes(self, value: str) -> bool:
        """True for a constant of the model itself; others are made of one, such as turned.

        A large model takes longer to write and load than to run.
        """
        return self._is_small and value in self._tensors and value in self._pairs

    def quality(
        self, value: str, scales: npt.NDArray[Any], batches: Sequence[KeptBatch]
    ) -> float:
        """Return how near the worst output is to the float model's.

        Args:
            value: A constant that ``takes`` is true for.
            scales: Its scales, one for each channel or one for all.
            batches: What to run.
        """
        from onnx import numpy_helper

        pair, tensor, base = self._pairs[value], self._tensors[value], self._model.base
        given = weights_from_tensor(tensor, base).data()
        shape = [-1 if i == pair.axis else 1 for i in range(given.ndim)]
        steps = scales.astype(np.float32).reshape(shape if pair.axis is not None else ())
        held = pair.quantized.held(given.astype(np.float32) / steps) * steps
        rounded = numpy_helper.from_array(held.astype(given.dtype), value)
        rest = [
            embedded(other, base) for name, other in self._initializers.items() if name != value
        ]
        session = self._loader.load(self._without(value), [*rest, rounded], base)
        return quality_of(session, batches, self._names)

    def _without(self, value: str) -> ModelProto:
        """Return the model without the Constant node of a value, if there is one."""
        nodes = self._skeleton.graph.node
        at = [i for i, node in enumerate(nodes) if node.output and node.output[0] == value]
        if not at:
            return self._skeleton
        proto = skeleton_of(self._skeleton)
        del proto.graph.node[at[0]]
        return proto
