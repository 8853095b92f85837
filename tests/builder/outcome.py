# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One model in one Q/DQ variant, through NVIDIA's parser and builder."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from setrange.build_settings.config import BuildConfig, ShapeRange
from setrange.build_settings.gpus import parse_gpus
from setrange.errors import EngineBuildError, InputError, ParserRefusedError, UnsupportedError
from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx import (
    build_engine_in_memory,
    parsed_by_rtx,
    quantized_graph,
)
from setrange.machine.rtx_bindings import load_rtx
from setrange.model.loading import load_model
from setrange.model.streamed import head_of
from setrange.ranges import DynamicRange
from setrange.rtx.session import RtxModel
from tests.exporters.quantizing import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from setrange.engine_layers.weighted import WeightedVerdict
    from setrange.exporters.qdq import QdqModel
    from setrange.model.loading import Model
    from setrange.plan import Plan

#: Variant -> options of the Q/DQ exporter.
VARIANTS: dict[str, dict[str, Any]] = {
    "float": {},
    "fp16": {"fp16": True},
    "int8": {"weights": "int8"},
    "fp16 int8": {"fp16": True, "weights": "int8"},
    "all": {"placement": "all"},
    "small": {"quantize_small": True},
    "asymmetric": {"asymmetric": True, "quantize_small": True},
    "fp8": {"dtype": "fp8", "quantize_small": True},
}

#: Ampere; FP8 begins with Ada.
GPUS, FP8_GPUS = parse_gpus(["sm86"]), parse_gpus(["sm89"])

#: The kind of an outcome that is not ours.
LIBRARY = "library"

#: Kinds of outcomes that no model may have.
WRONG = ("refused", "unbuilt", "crashed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a model.

    `kind`: built, refused (by the parser), unbuilt, no pairs, crashed, or the library's own:
    it does not take the plain model either, without any pair.
    """

    kind: str
    detail: str = ""
    verdict: WeightedVerdict | None = None

    @property
    def text(self) -> str:
        """What the file of expected outcomes holds: ``int8 5, fp32 1`` or ``refused: ...``."""
        if self.kind == LIBRARY:
            return f"the library refuses the plain model, too: {self.detail}"
        if self.verdict is None:
            return f"{self.kind}: {self.detail}" if self.detail else self.kind
        counts = sorted(self.verdict.counts().items())
        undone = f"; {len(self.verdict.undone)} undone" if self.verdict.undone else ""
        return (", ".join(f"{name} {count}" for name, count in counts) or "none") + undone


def plan_for(path: Path, variant: str) -> Plan:
    """A range of 1 for every tensor, one that nearly all lies above zero for ``asymmetric``."""
    plan = _plan(path)
    return _one_sided(plan) if "asymmetric" in VARIANTS[variant] else plan


@functools.lru_cache(maxsize=1)
def _plan(path: Path) -> Plan:
    return plan_of(path, default=1.0)


def _one_sided(plan: Plan) -> Plan:
    above = DynamicRange(-0.1, 1.0)
    return replace(
        plan,
        tensors=tuple(
            planned if planned.range is None else replace(planned, range=above)
            for planned in plan.tensors
        ),
    )


def outcomes_of(path: Path, variants: Iterable[str]) -> dict[str, Outcome]:
    """Take a model through variants; those that give the same Q/DQ model are built once."""
    outcomes: dict[str, Outcome] = {}
    known: dict[bytes, Outcome] = {}
    for variant in variants:
        outcomes[variant] = outcome_of(path, variant, known)
    return outcomes


def outcome_of(path: Path, variant: str, known: dict[bytes, Outcome] | None = None) -> Outcome:
    """Quantize a model with a range of 1 everywhere, parse it and build it.

    INT8 is built for SM86, FP8 for SM89.

    Args:
        path: The float model.
        variant: One of ``VARIANTS``.
        known: Outcomes by what the Q/DQ model's graph and reasons are; added to.
    """
    model = load_model(path)
    try:
        plan = plan_for(path, variant)
    except (InputError, UnsupportedError) as error:
        return Outcome(kind="not planned", detail=_short(str(error)))
    try:
        made = make_qdq(plan, model, **VARIANTS[variant])
    except InputError:
        return Outcome(kind="no pairs")
    key = _fingerprint(made)
    if known is not None and key in known:
        return known[key]
    outcome = _built(made, model)
    if outcome.kind in ("refused", "unbuilt") and (words := why_plain_fails(path)):
        outcome = Outcome(kind=LIBRARY, detail=words)
    if known is not None:
        known[key] = outcome
    return outcome


def _fingerprint(made: QdqModel) -> bytes:
    """What tells Q/DQ models of one float model apart: nodes, scales, types of constants."""
    digest = hashlib.sha256(made.skeleton.SerializeToString(deterministic=True))
    for tensor in made.initializers:
        digest.update(head_of(tensor).SerializeToString(deterministic=True))
    return digest.digest()


def why_plain_fails(path: Path) -> str:
    """Why the library takes not even the float model, in its words; empty where it does."""
    try:
        live = RtxModel(load_rtx(), path)
        live.build(BuildConfig(profiles=profiles_for(live)), GPUS)
    except ParserRefusedError as error:
        return _short(error.rule)
    except EngineBuildError as error:
        return _short(str(error))
    return ""


def _built(made: QdqModel, model: Model) -> Outcome:
    try:
        with parsed_by_rtx(load_rtx(), made, model) as live:
            settings = BuildConfig(profiles=profiles_for(live))
            graph = quantized_graph(made)
            gpus = FP8_GPUS if "fp8" in graph.types else GPUS
            built = build_engine_in_memory(live, graph, settings, gpus)
    except ParserRefusedError as error:
        return Outcome(kind="refused", detail=_short(error.rule))
    except EngineBuildError as error:
        return Outcome(kind="unbuilt", detail=_short(str(error)))
    assert built.verdict is not None
    return Outcome(kind="built", verdict=built.verdict)


def profiles_for(live: RtxModel) -> tuple[dict[str, ShapeRange], ...]:
    """One shape for each dynamic input: batch 1, images of 64 x 64, sequences of 16."""
    profile = {}
    for tensor in live.network.inputs:
        if -1 in tensor.shape:
            shape = tuple(
                size if size >= 0 else 1 if not axis else 64 if axis > 1 else 16
                for axis, size in enumerate(tensor.shape)
            )
            profile[tensor.name] = ShapeRange(min=shape, opt=shape, max=shape)
    return (profile,) if profile else ()


def _short(text: str) -> str:
    """The first line that says something, without numbers that differ by machine."""
    lines = [line.strip() for line in text.splitlines() if "Error Code" in line] or [text]
    return re.sub(r"0x[0-9a-f]+|\(?In \w+ at .*", "", lines[0].splitlines()[0]).strip()[:160]
