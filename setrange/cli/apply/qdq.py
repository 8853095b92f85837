# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply ... -o OUT.onnx``: a Q/DQ model."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.cli.correction_option import found_biases
from setrange.cli.file_arguments import is_stdout, shown_output
from setrange.cli.options import parser_options
from setrange.cli.output_kinds import QDQ_MODEL, claim_output
from setrange.cli.planning import make_plan_of_model, raise_if_blocked
from setrange.cli.report_option import page_of_command
from setrange.errors import ParserRefusedError, UnsupportedError, UsageError
from setrange.exporters.qdq import QdqDraft, finish_qdq
from setrange.exporters.qdq.types import FP8
from setrange.findings import Level
from setrange.formats.reading import read_ranges
from setrange.importer.model_at import fallback_of
from setrange.machine.target_release import installed_tensorrt, target_for_names
from setrange.model.loading import load_model
from setrange.plan.build_command import build_with_qdq
from setrange.plan.needs import plan_for_output
from setrange.report.findings import show_findings
from setrange.report.plan_text import plan_heading
from setrange.text.words import left_out
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Collection

    from setrange.accuracy.quantizer import Quantizer
    from setrange.cli.apply.request import QdqArguments, Request
    from setrange.exporters.qdq import Decision, QdqModel, QdqOptions
    from setrange.exporters.qdq.early_weights import EarlyWeights
    from setrange.measure.data import DataOptions
    from setrange.measure.run_options import RunOptions
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.ranges import RangeFile
    from setrange.report.console import Console

__all__ = [
    "OF_NO_MATTER",
    "apply_qdq",
    "check_dla_release",
    "plan_for_qdq",
    "prepare_qdq",
    "quantize",
    "quantizer_of",
]

#: A tensor without a range matters only where a pair would go, which the decisions say; a
#: constant of zeros takes any scale. That a release has no ranges does not matter here.
OF_NO_MATTER = ("SR201", "SR205", "SR305")

#: The larger side of a range counts for both.
_ONE_SIDED = "SR202"

#: What matters to whoever gets the Q/DQ file: its opset, what it does not hold, other runtimes.
_OF_THE_FILE = ("SR601", "SR609", "SR612", "SR613")

#: The release from which DLA takes Q/DQ models.
_DLA_SINCE = (11, 4, 1)

#: What trtexec is told where nothing says which release builds the engine.
_FLAGS_OF_OLDER = (
    "TensorRT 11; 10.12 to 10.16: add --stronglyTyped; 8.0 to 10.11: add --int8 --fp16"
)

#: The first release with Q/DQ models.
_QDQ_SINCE = (8, 0)

#: Nodes left float that are shown without ``-v``, for each reason.
_MOST = 3


def apply_qdq(request: Request, options: QdqArguments, console: Console) -> None:
    """Write a Q/DQ model and say what to do with it.

    Raises:
        SetrangeError: Nothing was written.
    """
    claim_output(request.out, QDQ_MODEL)
    model = load_model(request.model)
    plan, made = prepare_qdq(
        request, options.options(), model, console, correction=options.correction
    )
    data = () if request.dry_run else made.write(request.out)
    done = "would write" if request.dry_run else "wrote"
    beside = "".join(f" and {path}" for path in data)
    console.say(
        f"{done} {shown_output(request.out)}{beside}: {len(made.scales)} activation pairs, "
        f"{len(made.weights)} weight pairs"
    )
    if not is_stdout(request.out):
        _say_next(request, plan, made, console)


def _say_next(request: Request, plan: Plan, made: QdqModel, console: Console) -> None:
    """Say how to build an engine with the release asked for, or installed, or with 11."""
    # What is installed here is not the board's.
    known = request.trt or (None if plan.target == "dla" else installed_tensorrt())
    version = known or TrtVersion.parse("11")
    has_fp8 = any(kind is FP8 for kind in made.types.values())
    try:
        following = build_with_qdq(
            version,
            plan.network,
            request.out,
            engine=Path(request.out).with_suffix(".engine").name,
            target=plan.target,
            has_fp8=has_fp8,
        )
    except UnsupportedError as error:
        console.say(f"note: {error}")
        return
    console.next_step(following)
    if plan.target == "dla":
        console.say("  (TensorRT 11.4.1 or later on AGX Orin: JetPack 7.2.2)")
    elif has_fp8:
        older = "" if known else "TensorRT 11; 10: add --stronglyTyped; "
        console.say(f"  ({older}for Ada, Hopper and later GPUs)")
    elif known is None:
        console.say(f"  ({_FLAGS_OF_OLDER})")


def prepare_qdq(
    request: Request,
    options: QdqOptions,
    model: Model,
    console: Console,
    *,
    early: EarlyWeights | None = None,
    correction: DataOptions | None = None,
) -> tuple[Plan, QdqModel]:
    """Make the Q/DQ model and show what there is to say about it.

    Args:
        request: What was asked for.
        options: How the Q/DQ model is made.
        model: The float model.
        console: Where messages go.
        early: As in ``quantize``.
        correction: As in ``quantize``.

    Raises:
        SetrangeError: There is none, or a range is missing.
    """
    if request.trt is not None and request.trt.release < _QDQ_SINCE:
        raise UsageError(
            f"TensorRT {request.trt} takes no Q/DQ models, which came with 8.0; write a "
            f"calibration cache for it (-o model.cache)"
        )
    if request.target == "dla":
        check_dla_release(request.trt)
    if options.dtype == "fp8" and request.trt is not None and request.trt.major < 10:
        raise UsageError(
            f"--type fp8 needs TensorRT 10 or later, on Ada, Hopper, Blackwell, RTX 40 or 50; "
            f"TensorRT {request.trt} has no FP8: leave --type out for INT8"
        )
    return quantize(
        read_ranges(request.ranges),
        model,
        console,
        options,
        trt=request.trt,
        fill=request.fill,
        target=request.target,
        allow_missing=request.allow_missing,
        early=early,
        correction=correction,
    )


def quantize(
    ranges: RangeFile,
    model: Model,
    console: Console,
    options: QdqOptions,
    *,
    trt: TrtVersion | None,
    fill: str,
    allow_missing: bool,
    target: str = "gpu",
    early: EarlyWeights | None = None,
    correction: DataOptions | None = None,
) -> tuple[Plan, QdqModel]:
    """Make a Q/DQ model of ranges and show what there is to say about it.

    Args:
        ranges: The ranges.
        model: The float model.
        console: Where messages go.
        options: How the Q/DQ model is made.
        trt: ``--trt``.
        fill: How missing ranges are filled.
        allow_missing: Nodes without a range may stay float; not for DLA.
        target: ``gpu`` or ``dla``.
        early: Its weights, where the Q/DQ model is only a step to an engine, and not what the
            user gets.
        correction: Samples by which biases are corrected, if they are.

    Raises:
        SetrangeError: There is none, or a range is missing.
    """
    plan = plan_for_qdq(ranges, model, console, trt=trt, fill=fill, target=target)
    plan, draft = _draft_qdq(plan, model, console, options, allow_missing=allow_missing)
    # Values that are made early are handed out once.
    made = finish_qdq(draft, early=early if correction is None else None)
    hidden = () if early is None else _OF_THE_FILE
    show_findings(console, (f for f in made.findings if f.code not in hidden))
    _show_decisions(made, console)
    made.raise_if_missing(allow_missing=allow_missing, on_command_line=True)
    if correction is not None:
        biases = found_biases(draft, correction, console)
        made = finish_qdq(draft, biases=biases, early=early)
    return plan, made


def quantizer_of(
    ranges: RangeFile,
    model: Model,
    console: Console,
    options: QdqOptions,
    *,
    trt: TrtVersion | None,
    fill: str,
    allow_missing: bool,
    correction: DataOptions | None = None,
    run: RunOptions | None = None,
) -> tuple[Quantizer, Plan, QdqModel]:
    """Make a Q/DQ model as ``quantize`` does, and what makes it of other ranges.

    Args:
        ranges: As in ``quantize``, and so are those that follow.
        model: The float model.
        console: Where messages go.
        options: How the Q/DQ model is made.
        trt: ``--trt``.
        fill: How missing ranges are filled.
        allow_missing: Nodes without a range may stay float.
        correction: Samples by which biases are corrected, if they are.
        run: How the models are run for that.

    Raises:
        SetrangeError: There is none, or a range is missing.
    """
    from setrange.accuracy.quantizer import Quantizer
    from setrange.importer.model_at import ModelAt

    plan, made = quantize(
        ranges, model, console, options, trt=trt, fill=fill, allow_missing=allow_missing
    )
    quantizer = Quantizer(
        ModelAt(model, parser_options()),
        plan.network,
        fill=fill,
        options=options,
        estimates=plan.estimates,
    )
    if correction is not None:
        made = quantizer.corrected(
            plan, lambda draft: found_biases(draft, correction, console, run)
        )
    return quantizer, plan, made


def _draft_qdq(
    plan: Plan, model: Model, console: Console, options: QdqOptions, *, allow_missing: bool
) -> tuple[Plan, QdqDraft]:
    """Place the pairs of a plan, and show the plan as far as it matters for them.

    Returns:
        The plan, in which only what a pair needs can be missing, and the draft.

    Raises:
        SetrangeError: The ranges do not fit the model.
    """
    is_dla = plan.target == "dla"
    hidden = () if is_dla else OF_NO_MATTER
    if options.asymmetric or plan.asymmetric:  # both sides of a range count
        hidden = (*hidden, _ONE_SIDED)
    if any(
        finding.level is Level.ERROR and finding.code != "SR201" for finding in plan.findings
    ):
        page_of_command().plan(plan, console, purpose="qdq")
        _show_plan(plan, hidden, console)
        raise_if_blocked(plan, allow_missing=True)
    draft = QdqDraft.of(plan, model, options)
    needs = None if is_dla else draft.needs()
    page_of_command().plan(plan, console, needs=needs, purpose="qdq")
    if needs is not None:  # DLA needs every range, and some of them equal
        plan = plan_for_output(plan, needs)
    is_unfilled = not (allow_missing or draft.placed.activations) and bool(plan.missing())
    _show_plan(plan, () if is_unfilled else hidden, console)
    # Where all ranges are missing there is no model that could lack some.
    raise_if_blocked(plan, allow_missing=not (is_dla or is_unfilled))
    return plan, draft


def _show_plan(plan: Plan, hidden: Collection[str], console: Console) -> None:
    console.say(plan_heading(plan))
    show_findings(console, (f for f in plan.findings if f.code not in hidden))


def check_dla_release(trt: TrtVersion | None) -> None:
    """Refuse Q/DQ for releases whose DLA does not take it.

    Source: NVIDIA, release notes of TensorRT 11.0 to 11.4.1.
    """
    if trt is None or (trt.major, trt.minor, trt.patch or 0) >= _DLA_SINCE:
        return
    if (trt.major, trt.minor, trt.patch) == (11, 4, None):
        return  # the last patch of 11.4 is meant
    if trt.major >= 11:
        raise UsageError(
            f"TensorRT {trt} has no DLA; 11.4.1 and later (JetPack 7.2.2) take Q/DQ models "
            f"for it, releases up to 10.7 (JetPack 6) calibration caches (-o model.cache)"
        )
    raise UsageError(
        f"DLA of TensorRT {trt} has no Q/DQ, which came with 11.4.1 (JetPack 7.2.2); for "
        f"--target dla write a calibration cache (-o model.cache)"
    )


def plan_for_qdq(
    ranges: RangeFile,
    model: Model,
    console: Console,
    *,
    trt: TrtVersion | None,
    fill: str,
    target: str,
) -> Plan:
    """Plan; a model that the default release does not take is read as another does.

    A Q/DQ model holds no names of TensorRT's, so none of them may stop it.
    """
    version = target_for_names(trt, ranges.named_by).version
    try:
        return make_plan_of_model(
            model, ranges, version, fill=fill, target=target, console=console
        )
    except ParserRefusedError:
        other = None if trt is not None else fallback_of(model, version, parser_options())
        if other is None:
            raise
    console.say(f"note: {other.why}")
    return make_plan_of_model(
        model,
        ranges,
        other.version,
        fill=fill,
        target=target,
        console=console,
        options=other.options,
    )


def _show_decisions(made: QdqModel, console: Console) -> None:
    if console.is_verbose:
        console.lines(f"  {decision}" for decision in made.decisions)
        return
    for decision in made.missing():
        console.say(f"  {decision}")
    by_op: dict[str, list[Decision]] = collections.defaultdict(list)
    for decision in made.left_float():
        by_op[decision.op].append(decision)
    for op, decisions in by_op.items():
        console.say(f"  left float: {len(decisions)} {op}")
        for decision in decisions[:_MOST]:
            console.say(f"    {decision.node}: {decision.reason}")
        if len(decisions) > _MOST:
            console.say(f"    {left_out(len(decisions) - _MOST)}")
