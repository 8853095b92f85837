# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange template``: a ranges file with every tensor that needs a range."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import ModelFile, is_stdout, output_option
from setrange.cli.options import (
    fill_option,
    quantize_small_option,
    target_option,
    trt_option,
    verbosity_options,
)
from setrange.cli.output_kinds import TEMPLATE, claim_output
from setrange.cli.purpose import chosen_purpose, plan_for_purpose, purpose_option, qdq_options
from setrange.errors import UsageError
from setrange.files.atomic import check_output
from setrange.machine.target_release import target_for_names
from setrange.ranges.problems import quoted
from setrange.report.console import product_stream
from setrange.report.ranges_text import range_text
from setrange.text.words import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from setrange.plan import Plan
    from setrange.plan.keeping import Gone
    from setrange.plan.needs import Needs
    from setrange.plan.purpose import Purpose
    from setrange.ranges import RangeFile
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]


@click.command("template")
@click.argument("model", metavar="MODEL", type=ModelFile())
@purpose_option(
    "List what this output needs: a calibration cache needs more than a Q/DQ model. "
    "Without it, --trt decides."
)
@trt_option
@fill_option
@target_option
@quantize_small_option
@output_option(
    required=False, metavar="FILE", help="Write to this file; without it, to stdout."
)
@click.option(
    "--keep",
    is_flag=True,
    help="Update FILE: the ranges that somebody gave stay, and what is gone is listed.",
)
@verbosity_options
def command(
    *,
    model: str,
    purpose: str | None,
    trt: TrtVersion | None,
    fill: str,
    target: str,
    quantize_small: bool,
    out: str | None,
    keep: bool,
    console: Console,
) -> None:
    """Write a ranges file with every tensor of MODEL that needs a range.

    The names are those that TensorRT's ONNX parser makes. What you have to give comes first, as
    null; then what follows from it. Ranges that can be derived are filled in and say from what;
    they are derived again when the file is used, unless you change them.
    """
    from setrange.model.digest import BackgroundDigest
    from setrange.plan.keeping import (
        check_something_is_kept,
        gone_entries,
        kept_entries,
        kept_patterns,
    )
    from setrange.plan.template import make_template
    from setrange.ranges import RangeFile, write_ranges

    if is_stdout(out):
        out = None
    old = _to_update(out) if keep else None
    chosen = chosen_purpose(
        purpose, trt=trt, target=target, in_file=None if old is None else old.purpose
    )
    options = qdq_options(chosen, {"quantize_small": quantize_small})
    if out is not None and old is None:
        claim_output(out, TEMPLATE)
    digest = BackgroundDigest(model)
    plan, needs = plan_for_purpose(
        model,
        RangeFile() if old is None else dataclasses.replace(old, model=None),
        chosen,
        trt=trt,
        fill=fill,
        console=console,
        options=options,
    )
    if old is not None:
        check_something_is_kept(plan, old)
    template = make_template(
        plan, model, digest.hexdigest(), needs=needs, purpose=chosen.name, keep=old
    )
    write_ranges(template, product_stream() if out is None else out)
    _show(plan, needs, console, is_qdq=chosen.is_qdq, is_kept=old is not None)
    if out is None:
        return
    if old is not None:
        kept = [*kept_entries(plan, old).values(), *kept_patterns(plan, old)]
        _show_kept(kept, gone_entries(plan, old), console)
    console.say(f"{'wrote' if old is None else 'updated'} {out}: {_counted(template)}")
    following = _next(out, model, chosen, trt=trt, quantize_small=quantize_small)
    label = "fill them in, then" if _groups(template)[0] else "next"
    console.next_step(following, label=label)


def _to_update(out: str | None) -> RangeFile | None:
    """The ranges file that is there; ``None`` where there is none yet.

    Raises:
        UsageError: No file is named.
        InputError: It cannot be updated.
    """
    from setrange.plan.keeping import ranges_to_keep

    if out is None:
        raise UsageError("--keep updates a ranges file; say which with -o FILE")
    if not Path(out).exists():
        return None
    check_output(out)
    return ranges_to_keep(out)


def _show_kept(kept: Collection[object], gone: Sequence[Gone], console: Console) -> None:
    console.say(f"kept {plural(len(kept), 'given range')}")
    if not gone:
        return
    console.say(f"{plural(len(gone), 'given range')} left out:")
    console.lines(
        f"  {quoted(item.entry.name)} {range_text(item.entry.range)}: {item.why}"
        for item in gone
    )


#: Findings about names: of an updated file, what is gone is listed.
_ABOUT_NAMES = ("SR101", "SR102", "SR105", "SR106", "SR107", "SR112")


def _show(
    plan: Plan, needs: Needs | None, console: Console, *, is_qdq: bool, is_kept: bool
) -> None:
    from setrange.report.findings import show_findings
    from setrange.report.plan_text import plan_heading

    hidden: tuple[str, ...] = ("SR201",)
    if needs is not None:
        from setrange.cli.apply.qdq import OF_NO_MATTER
        from setrange.plan.needs import plan_for_output

        plan, hidden = plan_for_output(plan, needs), OF_NO_MATTER
    hidden += _ABOUT_NAMES if is_kept else ()
    console.say(plan_heading(plan))
    show_findings(console, (f for f in plan.findings if f.code not in hidden))
    if needs is not None and not needs.reasons:
        console.say(
            "note: no node of it runs in INT8, so a Q/DQ model takes no range; small "
            "convolutions and products do with --quantize-small"
        )


def _groups(template: RangeFile) -> list[int]:
    """How many tensors are to be filled in, follow from these, and are optional."""
    from setrange.plan.asking import DERIVED, NEEDED, OPTIONAL

    needs = [entry.need or "" for entry in template.entries.values()]
    return [
        sum(need.startswith(group) for need in needs) for group in (NEEDED, DERIVED, OPTIONAL)
    ]


def _counted(template: RangeFile) -> str:
    """How many tensors a template has, by what is to be done with them."""
    groups = _groups(template)
    words = (
        f"{groups[0]} to fill in",
        f"{groups[1]} that follow from them",
        f"{groups[2]} optional",
    )
    counts = ", ".join(
        text for n, text in zip(groups, words, strict=True) if n or text is words[0]
    )
    return f"{len(template.entries)} tensors, {counts}"


def _next(
    out: str,
    model: str,
    chosen: Purpose,
    *,
    trt: TrtVersion | None,
    quantize_small: bool,
) -> list[str]:
    """The command that takes the template once it is filled in."""
    following = ["setrange", "apply", out, model]
    if not chosen.is_qdq:
        following += ["--trt", str(target_for_names(trt).version)]
    elif trt is not None:
        following += ["--trt", str(trt)]
    following += ["--target", "dla"] if chosen.target == "dla" else []
    following += ["--quantize-small"] if quantize_small else []
    kind = ".qdq.onnx" if chosen.is_qdq else ".cache"
    if chosen.name == "rtx":
        kind = ".engine"
    return [*following, "-o", str(Path(model).with_suffix(kind).name)]
