# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A float model made ready for Q/DQ pairs, where they go, and which ranges that needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from setrange.errors import UsageError
from setrange.exporters.qdq.biases import biases_of
from setrange.exporters.qdq.decision import Verdict
from setrange.exporters.qdq.graph import QdqGraph
from setrange.exporters.qdq.options import QdqOptions
from setrange.exporters.qdq.placement import (
    place_everywhere,
    place_for_dla,
    place_for_gpu,
)
from setrange.exporters.qdq.types import QUANTIZED_TYPES
from setrange.importer.profiles import get_profile
from setrange.model.loading import Model, load_model
from setrange.plan.guards import refuse_qdq_model
from setrange.plan.needs import Needs
from setrange.surgery.folding import with_folded_weights
from setrange.surgery.inlining import inlined
from setrange.surgery.opset import needed_opset, raised

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from setrange.exporters.qdq.placement import Placement
    from setrange.exporters.qdq.weight_jobs import KnownScales
    from setrange.network import Tensor
    from setrange.plan import Plan
    from setrange.surgery.inlining import Inlined

__all__ = ["QdqDraft", "ReadyModel"]


class ReadyModel:
    """A float model that can take pairs, whatever the ranges are; worked out when needed.

    Args:
        given: The float model as it was read.

    Attributes:
        given: The same.
        known_scales: Scales of its constants that were made so far.
    """

    def __init__(self, given: Model) -> None:
        self.given = given
        self.known_scales: KnownScales = {}
        self._raised: dict[int, Model] = {}

    @cached_property
    def _inlined(self) -> Inlined:
        return inlined(self.given)

    @cached_property
    def folded(self) -> Model:
        """The model with local functions inlined and weights folded."""
        return with_folded_weights(self._inlined.model)

    @property
    def origins(self) -> Mapping[str, tuple[str, int]]:
        """Where values of local functions are from."""
        return self._inlined.origins

    def raised(self, opset: int, plan: Plan) -> Model:
        """Return the folded model with an opset.

        Args:
            opset: The least that is wanted.
            plan: Any plan of the model: the shapes that it knows are taken.

        Raises:
            UnsupportedError: The opset is too old and ONNX cannot raise it.
        """
        if opset not in self._raised:
            self._raised[opset] = raised(self.folded, opset, _shapes(plan))
        return self._raised[opset]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QdqDraft:
    """What comes before the pairs are written.

    Attributes:
        plan: The ranges.
        given: The float model as it was read.
        folded: The same with local functions inlined and weights folded.
        source: The same with an opset that can hold the pairs.
        graph: Its main graph, indexed.
        origins: Where values of local functions are from; see ``surgery.inlining``.
        placed: Where pairs go.
        biases: Output of a convolution or product -> what the ranges file adds to its channels.
        options: How the Q/DQ model is made.
        is_half: FP16 is among its types.
        has_small_scales: Scales may be FP16.
        known_scales: Scales of constants that were made before of the same model.
    """

    plan: Plan
    given: Model
    folded: Model
    source: Model
    graph: QdqGraph
    origins: Mapping[str, tuple[str, int]]
    placed: Placement
    biases: Mapping[str, npt.NDArray[np.float64]]
    options: QdqOptions
    is_half: bool
    has_small_scales: bool
    known_scales: KnownScales

    @classmethod
    def of(
        cls,
        plan: Plan,
        model: str | Path | Model,
        options: QdqOptions | None = None,
        ready: ReadyModel | None = None,
    ) -> QdqDraft:
        """Read a model and place its pairs.

        Args:
            plan: The ranges.
            model: The float model, or its path.
            options: How the Q/DQ model is made; as ``make_qdq`` does if not given.
            ready: The model, made ready before.

        Raises:
            UsageError: FP8 is wanted for DLA.
            InputError: The model has Q/DQ nodes, or corrected biases do not fit it.
            UnsupportedError: The opset is too old and ONNX cannot raise it.
            ModelError: The model cannot be read.
        """
        options = options or QdqOptions()
        has_fp8 = "fp8" in (options.dtype, *plan.precision.values())
        if has_fp8 and plan.target == "dla":
            raise UsageError("DLA has no FP8; leave --type fp8, and fp8 in precision, out")
        given = model if isinstance(model, Model) else load_model(model)
        refuse_qdq_model(given)
        is_half = options.fp16 or any(
            planned.tensor.dtype == "float16" and planned.tensor.constant is None
            for planned in plan.tensors
        )
        ready = ready or ReadyModel(given)
        source = ready.raised(needed_opset(has_float16=is_half or has_fp8), plan)
        graph = QdqGraph(source, plan, ready.origins)
        return cls(
            plan=plan,
            given=given,
            folded=ready.folded,
            source=source,
            graph=graph,
            origins=ready.origins,
            placed=_placed(graph, plan, options),
            biases=biases_of(graph, plan, given),
            options=options,
            is_half=is_half,
            has_small_scales=is_half or has_fp8,
            known_scales=ready.known_scales,
        )

    def needs(self) -> Needs:
        """Return the tensors that would have a pair if every tensor had a range.

        The same rules place the pairs of the file, so a plan that has all of these lacks
        nothing.
        """
        placed = _placed(self.graph.with_every_range(), self.plan, self.options)
        why: dict[str, str] = {}
        for decision in placed.decisions:
            if decision.verdict is Verdict.ACTIVATION and decision.value is not None:
                # "input of Conv, before the Pad, which TensorRT fuses": the node comes first.
                what, *more = decision.reason.split(",")
                ending = "" if what.endswith(decision.op) else f" {decision.op}"
                text = ",".join([f"{what}{ending} {decision.node}", *more])
                why.setdefault(self.graph.facts[decision.value].name, text)
        reasons: dict[Tensor, str] = {
            planned.tensor: why[planned.tensor.name]
            for planned in self.plan.tensors
            if planned.tensor.name in why
        }
        return Needs(output="the Q/DQ model", reasons=reasons)


def _placed(graph: QdqGraph, plan: Plan, options: QdqOptions) -> Placement:
    kind = QUANTIZED_TYPES[options.dtype]
    if plan.target == "dla":
        return place_for_dla(graph, plan.precision)
    if options.placement == "gpu":
        return place_for_gpu(
            graph,
            plan.precision,
            quantize_small=options.quantize_small,
            residual=options.residual,
            kind=kind,
        )
    return place_everywhere(graph, plan.precision, kind=kind)


def _shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Dimensions of the values that the plan knows, as ONNX has them."""
    if get_profile(plan.network.profile).implicit_batch:
        return {}
    return {
        planned.tensor.onnx_value: planned.tensor.shape
        for planned in plan.tensors
        if planned.tensor.onnx_value is not None and planned.tensor.shape is not None
    }
