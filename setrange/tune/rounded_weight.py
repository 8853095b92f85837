# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The float model with one constant rounded as INT8 holds it.

A pair on a constant whose scales change from run to run keeps ONNX Runtime from preparing the
product for it, and its run takes several times as long: another constant is loaded instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.accuracy.pairs import pairs_of
from setrange.accuracy.switchable_pairs import quality_of
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from setrange.accuracy.simulation import KeptBatch
    from setrange.exporters.qdq import QdqModel
    from setrange.tune.shared_constants import SharedConstants

__all__ = ["RoundedWeight"]


class RoundedWeight:
    """Tells how good the float model is with one constant in INT8.

    Args:
        made: The Q/DQ model whose constants these are.
        names: Outputs to compare.
        constants: Makes sessions.
    """

    def __init__(
        self, made: QdqModel, names: Sequence[str], constants: SharedConstants
    ) -> None:
        self._names = names
        self._constants = constants
        self._model = made.float_model
        self._skeleton = skeleton_of(self._model.proto)
        self._pairs = {pair.value: pair for pair in pairs_of(made) if pair.kind == "weight"}

    def takes(self, value: str) -> bool:
        """True for a constant of the model itself; others are made of one, such as turned.

        A large model takes longer to write and load than to run.
        """
        return value in self._pairs and self._constants.holds(value)

    def quality(
        self, value: str, scales: npt.NDArray[Any], batches: Sequence[KeptBatch]
    ) -> float:
        """Return how near the worst output is to the float model's.

        Args:
            value: A constant that ``takes`` is true for.
            scales: Its scales, one for each channel or one for all.
            batches: What to run.
        """
        session = self._constants.with_one_rounded(
            self._skeleton,
            self._model.graph.initializer,
            self._pairs[value],
            scales,
            self._names,
        )
        return quality_of(session, batches, self._names)
