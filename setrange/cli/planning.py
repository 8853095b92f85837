# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From files to a plan and what blocks it: shared by ``template``, ``apply``, ``check``."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from setrange.cli.options import parser_options
from setrange.errors import BlockingFindingsError, InputError, UsageError
from setrange.findings import Finding, Level
from setrange.text.words import counted
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.importer.parser import ParserOptions
    from setrange.model.digest import BackgroundDigest
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.ranges import RangeFile
    from setrange.report.console import Console

__all__ = [
    "check_order",
    "make_plan_of_model",
    "plan_of_network",
    "raise_if_blocked",
    "show_plan",
]


def check_order(ranges: str, model: str) -> None:
    """Notice the two files of ``apply`` and ``check`` given the wrong way round.

    Raises:
        UsageError: The model comes first.
    """
    if ranges.lower().endswith(".onnx") and not model.lower().endswith(".onnx"):
        raise UsageError(f"the ranges come first, then the model: {model} {ranges}")


def make_plan_of_model(
    model: str | Model,
    ranges: RangeFile,
    version: TrtVersion,
    *,
    fill: str,
    target: str = "gpu",
    console: Console,
) -> Plan:
    """Import a model (or the file) as that TensorRT's parser does and plan its ranges.

    Raises:
        SetrangeError: The model cannot be read, or that parser refuses it.
    """
    from setrange.importer.accepting_releases import import_or_explain
    from setrange.model.digest import BackgroundDigest
    from setrange.model.loading import Model, load_model
    from setrange.report.progress import progress

    options = parser_options()
    path = model.path if isinstance(model, Model) else model
    digest = BackgroundDigest(path) if _made_for(ranges) else None
    with progress(console, f"reading {path}"):
        loaded = model if isinstance(model, Model) else load_model(model)
        _refuse_qdq(loaded)
        return plan_of_network(
            import_or_explain(loaded, version, options),
            loaded,
            ranges,
            fill=fill,
            target=target,
            options=options,
            digest=digest,
        )


def plan_of_network(
    network: Network,
    model: Model,
    ranges: RangeFile,
    *,
    fill: str,
    target: str,
    options: ParserOptions,
    digest: BackgroundDigest | None = None,
) -> Plan:
    """Plan the ranges of a network of the model, predicted or made by TensorRT.

    Args:
        network: The network.
        model: Where it comes from.
        ranges: As read.
        fill: The fill rules.
        target: ``gpu`` or ``dla``.
        options: Of the parser, for other versions' names.
        digest: Of the model file, if it is being computed already.

    Raises:
        SetrangeError: The ranges cannot be used.
    """
    from setrange.conversion.conversion import ranges_of_tensors
    from setrange.importer.parser import import_model
    from setrange.model.digest import BackgroundDigest
    from setrange.plan import make_plan
    from setrange.plan.precision import about_rules
    from setrange.resolver.rekey import true_versions

    @functools.cache  # for the plan, then for whose names they are
    def import_at(trt: str) -> Network:
        return import_model(model, TrtVersion.parse(trt), options)

    made_for = _made_for(ranges)
    if made_for and digest is None:
        digest = BackgroundDigest(model.path)
    ranges = ranges_of_tensors(ranges, model)
    names = model.value_names()
    plan = make_plan(
        network, ranges, fill=fill, target=target, import_at=import_at, onnx_values=names
    )
    findings = [*_about_file(ranges), *about_rules(ranges.precision, model)]
    if any(item.code == "SR102" for item in plan.unresolved):
        whose = true_versions(ranges, plan.network, import_at=import_at, onnx_values=names)
        findings += _about_other_version(ranges, whose)
    if digest is not None and digest.hexdigest() != made_for:
        findings.append(_about_other_model(ranges, model))
    return dataclasses.replace(plan, findings=[*findings, *plan.findings])


def _made_for(ranges: RangeFile) -> str | None:
    """The SHA-256 of the model the ranges were made for, if the file says it."""
    return (ranges.model or {}).get("sha256")


def _refuse_qdq(model: Model) -> None:
    """Ranges and Q/DQ nodes exclude each other: TensorRT takes one or the other."""
    from setrange.model.qdq_nodes import has_qdq
    from setrange.report.shell import command_line

    if has_qdq(model.proto):
        plain = model.path.with_name("plain.onnx")
        command = ["setrange", "convert", str(model.path), "-o", "ranges.json"]
        raise InputError(
            f"{model.path} has Q/DQ nodes already, and TensorRT takes no other ranges for such "
            f"a model. It can be built as it is (setrange check {model.path} says whether). To "
            f"get its ranges and the float model out of it:\n"
            f"  {command_line([*command, '--strip', str(plain)])}"
        )


def show_plan(plan: Plan, console: Console) -> None:
    """Write counts and findings; under ``-v`` every tensor."""
    from setrange.report.findings import show_findings
    from setrange.report.plan_text import plan_heading, tensor_lines

    console.say(plan_heading(plan))
    if console.is_verbose:
        console.say("\n".join(tensor_lines(plan.tensors)))
    show_findings(console, plan.findings)


def raise_if_blocked(plan: Plan, *, allow_missing: bool, out: str | None = None) -> None:
    """Stop where a finding is an error or a range is missing.

    Args:
        plan: The plan; its findings have been shown.
        allow_missing: Missing ranges do not matter.
        out: What is not written then, for the message.

    Raises:
        InputError: An error, e.g. an unknown tensor name in the ranges.
        BlockingFindingsError: A range is missing and ``allow_missing`` is not set.
    """
    from setrange.plan import Source

    unwritten = "" if out is None else f"; {out} is not written"
    errors = sum(1 for finding in plan.findings if finding.level is Level.ERROR)
    if errors:
        raise InputError(
            f"the ranges do not fit the model ({counted(errors, 'error')} above){unwritten}; "
            f"mend the ranges file"
        )
    missing = plan.count(Source.MISSING)
    if missing and not allow_missing:
        wider = "" if plan.fill == "bounds" else "try --fill bounds, "
        raise BlockingFindingsError(
            f"{counted(missing, 'tensor')} without a range{unwritten}; give them, {wider}or "
            f"take --allow-missing (layers with a hole leave INT8)"
        )


def _about_file(ranges: RangeFile) -> list[Finding]:
    """What the reader of the ranges file remarked."""
    from setrange.formats.trt_cache import reversed_bytes

    swapped = reversed_bytes(ranges.entries, ranges.extra.get("hex", {}))
    marks = () if swapped is None else (swapped,)
    return [
        *(Finding(code="SR213", message=f"{ranges.path}: {mark}") for mark in marks),
        *(
            Finding(code="SR501", message=note)
            for note in ranges.notes
            if swapped is None or swapped not in note
        ),
        *(
            Finding(code="SR502", message=f"{loss.name!r}: {loss.message}", tensor=loss.name)
            for loss in ranges.losses
        ),
    ]


def _about_other_version(ranges: RangeFile, whose: list[str]) -> list[Finding]:
    if not whose:
        return []
    return [
        Finding(
            code="SR110",
            message=f"{ranges.path} says that its names are TensorRT {ranges.named_by}'s, but "
            f"all of them are TensorRT {' and '.join(whose)}'s",
            help=f"setrange convert {ranges.path} -o ranges.json --named-by {whose[0]}",
        )
    ]


def _about_other_model(ranges: RangeFile, model: Model) -> Finding:
    name = (ranges.model or {}).get("file", "another model")
    return Finding(
        code="SR109",
        message=f"{ranges.path} was made for {name}; {model.path.name} has another SHA-256",
        help="if the model was exported anew, check names and values; parser-made names move",
    )
