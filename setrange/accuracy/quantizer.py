# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From ranges to plan and Q/DQ model, as often as it takes to try changes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from setrange.exporters.qdq import make_qdq

if TYPE_CHECKING:
    from setrange.exporters.qdq import QdqModel
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.ranges.model import RangeFile

__all__ = ["Remaker"]


class Remaker:
    """Makes plan and Q/DQ model of ranges, again and again.

    Args:
        model: The float model.
        network: What TensorRT's parser makes of it.
        fill: How ranges are filled.
        placement: Where pairs go.
        quantize_small: Pairs on small convolutions too.
        parser: How TensorRT's parser is set up.
    """

    def __init__(
        self,
        model: Model,
        network: Network,
        *,
        fill: str = "safe",
        placement: str = "gpu",
        quantize_small: bool = False,
        parser: ParserOptions | None = None,
    ) -> None:
        self.model = model
        self.network = network
        self.fill = fill
        self.placement = placement
        self.quantize_small = quantize_small
        self._parser = parser
        self._import_at = functools.cache(self._imported)
        self._values = model.value_names()

    def __call__(self, ranges: RangeFile) -> tuple[Plan, QdqModel]:
        """Return the plan of ranges, and the model.

        Raises:
            SetrangeError: The ranges cannot be used, or no pair is left.
        """
        from setrange.plan import make_plan

        plan = make_plan(
            self.network,
            ranges,
            fill=self.fill,
            import_at=self._import_at,
            onnx_values=self._values,
        )
        made = make_qdq(
            plan, self.model, placement=self.placement, quantize_small=self.quantize_small
        )
        return plan, made

    def _imported(self, trt: str) -> Network:
        from setrange.importer.parser import import_model
        from setrange.versions import TrtVersion

        return import_model(self.model, TrtVersion.parse(trt), self._parser)
