# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange template``: a ranges file with every tensor that needs a range."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import InputFile, is_stdout, output_option
from setrange.cli.options import fill_option, target_option, trt_option, verbosity_options
from setrange.cli.output_kinds import TEMPLATE, claim_output
from setrange.cli.planning import make_plan_of_model
from setrange.machine.target_release import target_for_names
from setrange.report.console import product_stream

if TYPE_CHECKING:
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]


@click.command("template")
@click.argument("model", metavar="MODEL", type=InputFile())
@trt_option
@fill_option
@target_option
@output_option(
    required=False, metavar="FILE", help="Write to this file; without it, to stdout."
)
@verbosity_options
def command(
    *,
    model: str,
    trt: TrtVersion | None,
    fill: str,
    target: str,
    out: str | None,
    console: Console,
) -> None:
    """Write a ranges file with every tensor of MODEL that needs a range.

    The names are those that TensorRT's ONNX parser makes. Ranges that can be derived are filled
    in and say from what; the others are null, and you fill them in.
    """
    from setrange.model.digest import BackgroundDigest
    from setrange.plan import Source
    from setrange.plan.template import make_template
    from setrange.ranges import RangeFile, write_ranges
    from setrange.report.findings import show_findings
    from setrange.report.plan_text import plan_heading
    from setrange.text.shell import command_line

    if is_stdout(out):
        out = None
    if out is not None:
        claim_output(out, TEMPLATE)
    chosen = target_for_names(trt)
    digest = BackgroundDigest(model)
    plan = make_plan_of_model(
        model, RangeFile(), chosen.version, fill=fill, target=target, console=console
    )
    template = make_template(plan, model, digest.hexdigest())
    write_ranges(template, product_stream() if out is None else out)
    console.detail(str(chosen))
    console.say(plan_heading(plan))
    show_findings(console, (f for f in plan.findings if f.code != "SR201"))
    if out is not None:
        to_fill = plan.count(Source.MISSING)
        console.say(f"wrote {out}: {len(template.entries)} tensors, {to_fill} to fill in")
        following = ["setrange", "apply", out, model, "--trt", str(chosen.version)]
        following += ["--target", target] if target != "gpu" else []
        kind = ".cache" if chosen.version.has_caches else ".qdq.onnx"
        made = str(Path(model).with_suffix(kind).name)
        console.say(f"next: {command_line([*following, '-o', made])}")
