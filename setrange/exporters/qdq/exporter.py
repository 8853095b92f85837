# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The Q/DQ model: ranges as QuantizeLinear and DequantizeLinear nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.errors import BlockingFindingsError, InputError, UsageError
from setrange.exporters.qdq.decision import Decision, Verdict
from setrange.exporters.qdq.draft import QdqDraft
from setrange.exporters.qdq.findings import (
    inner_findings,
    left_out_findings,
    lost_branch_findings,
    opset_findings,
    runtime_findings,
    sharing_findings,
)
from setrange.exporters.qdq.groups import Branch, branches, scales_of
from setrange.exporters.qdq.insert import insert_pairs
from setrange.exporters.qdq.options import QdqOptions
from setrange.exporters.qdq.shifts import shifts_of
from setrange.exporters.qdq.types import INT8
from setrange.model.dimension_names import forget_placeholders
from setrange.model.streamed import StreamedTensor, embedded
from setrange.model.writing import write_model
from setrange.plan import raise_if_blocked
from setrange.ranges.patterns import fits, is_pattern
from setrange.ranges.precision import weight_scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    from onnx import ModelProto, TensorProto

    from setrange.exporters.qdq.early_weights import EarlyWeights
    from setrange.exporters.qdq.graph import QdqGraph
    from setrange.exporters.qdq.placement import Placement
    from setrange.exporters.qdq.types import QuantizedType
    from setrange.findings import Finding
    from setrange.model.loading import Model
    from setrange.plan import Plan

__all__ = ["QdqModel", "finish_qdq", "make_qdq", "write_qdq"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QdqModel:
    """A Q/DQ model, ready to be written.

    Attributes:
        skeleton: The model without its initializers.
        initializers: Its initializers.
        base: Directory that external data locations are relative to.
        decisions: Where pairs are, where none are, and why.
        scales: Activation -> float32 scale of its pair.
        types: Activation -> what its pair quantizes to.
        weights: Constants that have a pair.
        findings: What the user should know about it.
        branches: Activations without a pair that a Concat joins with others before one.
        offsets: Activation -> what is taken from its values before the pair, where anything
            is.
        float_model: The float model that it was made of: the given one, with local functions
            inlined and weights folded.
        origins: Where values of local functions are from; see ``surgery.inlining``.
    """

    skeleton: ModelProto
    initializers: Sequence[TensorProto | StreamedTensor]
    base: Path
    decisions: tuple[Decision, ...]
    scales: Mapping[str, float]
    types: Mapping[str, QuantizedType]
    weights: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    branches: tuple[Branch, ...]
    offsets: Mapping[str, float]
    float_model: Model
    origins: Mapping[str, tuple[str, int]]

    def missing(self) -> tuple[Decision, ...]:
        """The nodes that stay float because a range is missing."""
        return tuple(d for d in self.decisions if d.verdict is Verdict.NO_RANGE)

    def raise_if_missing(
        self,
        *,
        allow_missing: bool = False,
        out: str | Path | None = None,
        on_command_line: bool = False,
    ) -> None:
        """Stop where a node stays float because a range is missing.

        Args:
            allow_missing: It may.
            out: What is not written then, for the message.
            on_command_line: The nodes are on the screen, and the message names options.

        Raises:
            BlockingFindingsError: There is one.
        """
        missing = self.missing()
        if not missing or allow_missing:
            return
        lacks = "1 node lacks" if len(missing) == 1 else f"{len(missing)} nodes lack"
        first = "above" if on_command_line else f"the first is {missing[0].node!r}"
        allow = "use --allow-missing" if on_command_line else "pass allow_missing=True"
        unwritten = "" if out is None else f"; {out} is not written"
        raise BlockingFindingsError(
            f"{lacks} a range and would stay float ({first}){unwritten}; give the ranges, or "
            f"{allow}"
        )

    def left_float(self) -> tuple[Decision, ...]:
        """The nodes that stay float by a rule."""
        return tuple(d for d in self.decisions if d.verdict is Verdict.FLOAT)

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write the model, whole or not at all.

        Returns:
            The data files written beside it.

        Raises:
            InputError: The path cannot be written.
        """
        return write_model(path, self.skeleton, self.initializers, base=self.base)


def write_qdq(
    plan: Plan,
    model: str | Path | Model,
    path: str | Path,
    *,
    placement: str = "gpu",
    weights: str = "float",
    quantize_small: bool = False,
    residual: str = "auto",
    fp16: bool = False,
    dtype: str = "int8",
    weight_scales: str = "max",
    asymmetric: bool = False,
    scaling: str = "shared",
    biases: Mapping[str, npt.NDArray[Any]] | None = None,
    allow_missing: bool = False,
) -> QdqModel:
    """Write a model with the plan's ranges as Q/DQ nodes, whole or not at all.

    Args:
        plan: Ranges of this model, of any TensorRT release.
        model: The float model, or its path; it is not changed.
        path: The file to write.
        placement: ``gpu`` puts pairs where TensorRT needs them, ``all`` on every tensor with a
            range.
        weights: ``float`` keeps constants float, with a pair; ``int8`` stores them as INT8.
        quantize_small: Small convolutions and vector products get pairs too.
        residual: A residual Add has a pair on its skip input: see ``make_qdq``.
        fp16: Cast what stays float to FP16.
        dtype: Nodes are quantized to ``int8`` or ``fp8``.
        weight_scales: ``max`` takes the largest value of each channel, ``mse`` the scale with
            the least squared error.
        asymmetric: Values of a one-sided range are shifted to its middle before a pair.
        scaling: Values around a Concat share a scale (``shared``), or not (``own``).
        biases: What is added to the biases; see ``bias_corrections``.
        allow_missing: Nodes without a range may stay float.

    Raises:
        InputError: The plan has errors, or the model Q/DQ nodes; nothing was written.
        BlockingFindingsError: A node lacks a range and ``allow_missing`` is not set.
        SetrangeError: The model cannot be quantized or written.
    """
    raise_if_blocked(plan, allow_missing=True, out=path)
    made = make_qdq(
        plan,
        model,
        placement=placement,
        weights=weights,
        quantize_small=quantize_small,
        residual=residual,
        fp16=fp16,
        dtype=dtype,
        weight_scales=weight_scales,
        asymmetric=asymmetric,
        scaling=scaling,
        biases=biases,
    )
    made.raise_if_missing(allow_missing=allow_missing, out=path)
    made.write(path)
    return made


def make_qdq(
    plan: Plan,
    model: str | Path | Model,
    *,
    placement: str = "gpu",
    weights: str = "float",
    quantize_small: bool = False,
    residual: str = "auto",
    fp16: bool = False,
    dtype: str = "int8",
    weight_scales: str = "max",
    asymmetric: bool = False,
    scaling: str = "shared",
    biases: Mapping[str, npt.NDArray[Any]] | None = None,
) -> QdqModel:
    """Make a Q/DQ model: zero point 0, scale = float32(amax / 127), of FP8 amax / 448.

    Args:
        plan: Ranges of this model, of any TensorRT release. One for DLA has pairs on every
            tensor, whatever ``placement`` says.
        model: The float model, or its path; it is not changed.
        placement: One of ``PLACEMENTS``.
        weights: One of ``WEIGHTS``.
        quantize_small: Pairs on small convolutions and vector products too.
        residual: When the skip input of a residual Add has a pair: where another node takes
            it in INT8 (``auto``), always (``int8``), never (``float``).
        fp16: Cast what stays float to FP16, but for inputs, outputs, nodes whose precision is
            ``fp32``, and what FP16 cannot hold; scales are FP16 then.
        dtype: One of ``QUANTIZED_TYPES``: what nodes are quantized to for which ``precision``
            says nothing.
        weight_scales: How scales of constants are chosen: by their largest |value| (``max``),
            or by the least squared error of each channel (``mse``).
        asymmetric: Values of a one-sided range are shifted to its middle before an INT8 pair,
            and the bias of the product behind gives the shift back.
        scaling: Values that a Concat joins, or that an op only moves, share the widest scale
            (``shared``), so that TensorRT can move the pair; or each has its own (``own``).
        biases: Output of a convolution or product -> what is added to its channels; see
            ``bias_corrections``.

    Raises:
        UsageError: An option is none of its values.
        InputError: No tensor that should have a pair has a range, or the model has Q/DQ nodes.
        UnsupportedError: The opset is too old and ONNX cannot raise it.
        ModelError: The model cannot be read, or a constant is not finite.
    """
    options = QdqOptions(
        placement=placement,
        weights=weights,
        quantize_small=quantize_small,
        residual=residual,
        fp16=fp16,
        dtype=dtype,
        weight_scales=weight_scales,
        asymmetric=asymmetric,
        scaling=scaling,
    )
    return finish_qdq(QdqDraft.of(plan, model, options), biases=biases)


def finish_qdq(
    draft: QdqDraft,
    *,
    biases: Mapping[str, npt.NDArray[Any]] | None = None,
    early: EarlyWeights | None = None,
    is_restored: bool = False,
) -> QdqModel:
    """Make the Q/DQ model of a draft.

    Args:
        draft: The float model, where pairs go, and how they are made.
        early: Given where a builder in this process takes the model: INT8 values are made at
            once, or are there already, and are not made when they are written.
        biases: Output of a convolution or product -> what is added to its channels besides
            what the ranges file says; see ``bias_corrections``.
        is_restored: Shifts are given back right behind their pair, so that each pair can be
            changed or taken out alone: the same numbers, in more ops. No bias is corrected.

    Raises:
        UsageError: Asymmetric ranges are wanted for DLA.
        InputError: No tensor that should have a pair has a range.
        ModelError: A constant is not finite.
    """
    options = draft.options
    plan, source, graph, placed = draft.plan, draft.source, draft.graph, draft.placed
    if not placed.activations:
        raise InputError(_nothing_to_place(placed, draft.given))
    alone = _chosen(plan.own_scales, graph, placed, every=options.scaling == "own")
    scales = scales_of(graph, placed.activations, alone)
    if (options.asymmetric or plan.asymmetric) and plan.target == "dla":
        raise UsageError(
            "DLA takes symmetric ranges only; leave --asymmetric, and asymmetric in the ranges "
            "file, out"
        )
    shifted = _chosen(plan.asymmetric, graph, placed, every=options.asymmetric)
    shifts = shifts_of(graph, placed, shifted) if shifted else {}
    scales.update({value: (shift.scale, value) for value, shift in shifts.items()})
    made = insert_pairs(
        source,
        graph,
        placed,
        scales,
        int8_weights=options.weights == "int8",
        weight_scales=lambda node: weight_scale_of(
            node, plan.weight_scales, options.weight_scales
        ),
        early=early,
        known=draft.known_scales,
        shifts=shifts,
        is_restored=is_restored,
        biases={} if is_restored else _summed(draft.biases, biases or {}),
    )
    types = made.types
    # Small numbers have small steps in FP8.
    joined = tuple(b for b in branches(graph, scales) if types[b.result] is INT8)
    kept: tuple[Decision, ...] = ()
    rest_findings: tuple[Finding, ...] = ()
    if options.fp16:
        from setrange.exporters.qdq.rest import cast_rest

        made, kept, rest_findings = cast_rest(made, graph, plan, base=source.base)
    forget_placeholders(made.skeleton.graph)
    initializers = [embedded(tensor, source.base) for tensor in made.initializers]
    if early is not None:
        initializers = early.started(initializers)
    return QdqModel(
        skeleton=made.skeleton,
        initializers=initializers,
        base=source.base,
        decisions=(*placed.decisions, *kept),
        scales=made.scales()
        if draft.has_small_scales
        else {v: s for v, (s, _) in scales.items()},
        types=types,
        weights=tuple(pair.value for pair in placed.weights),
        offsets={value: shift.offset for value, shift in shifts.items()},
        float_model=draft.folded,
        branches=tuple(
            branch
            for branch in joined
            if branch.value in graph.facts.keys() - scales.keys() - graph.rooted.keys()
        ),
        origins=draft.origins,
        findings=(
            *opset_findings(draft.folded, source),
            *inner_findings(placed),
            *sharing_findings(graph, scales),
            *lost_branch_findings(graph, joined),
            *left_out_findings(plan, scales),
            *rest_findings,
            *runtime_findings(graph, placed.activations, source.opset(), is_half=draft.is_half),
        ),
    )


def _chosen(
    globs: Sequence[str], graph: QdqGraph, placed: Placement, *, every: bool
) -> frozenset[str]:
    """Return the activations with a pair that globs fit, by any of their names."""
    if every or "*" in globs:
        return frozenset(placed.activations)
    patterns = [glob for glob in globs if is_pattern(glob)]

    def is_chosen(name: str) -> bool:
        return name in globs or any(fits(glob, name) for glob in patterns)

    return frozenset(
        value
        for value in (placed.activations if globs else ())
        if is_chosen(value) or is_chosen(graph.facts[value].name)
    )


def _summed(
    one: Mapping[str, npt.NDArray[Any]], other: Mapping[str, npt.NDArray[Any]]
) -> dict[str, npt.NDArray[Any]]:
    return {**one, **{value: one.get(value, 0.0) + more for value, more in other.items()}}


def _nothing_to_place(placed: Placement, model: Model) -> str:
    reasons = "\n".join(f"  {decision}" for decision in placed.decisions[:5])
    why = f"; its nodes stay float:\n{reasons}" if reasons else ": no node of it runs in INT8"
    return f"{model.path}: there is no place for a Q/DQ pair{why}"
