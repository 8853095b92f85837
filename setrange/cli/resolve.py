# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange resolve``: which tensor a name means, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import ModelFile
from setrange.cli.options import json_option, parser_options, trt_option, verbosity_options
from setrange.errors import UsageError
from setrange.machine.target_release import target_for_names
from setrange.report.console import print_lines, print_product
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]

_UNKNOWN = 2


@click.command("resolve")
@click.argument("name", metavar="NAME")
@click.argument("model", metavar="MODEL", type=ModelFile())
@trt_option
@click.option(
    "--named-by", metavar="V", help="Name the TensorRT release that made NAME, if you know it."
)
@json_option
@verbosity_options
def command(
    *,
    name: str,
    model: str,
    trt: TrtVersion | None,
    named_by: str | None,
    as_json: bool,
    console: Console,
) -> int:
    """Say which tensor of MODEL the NAME means, its producer, and why.

    NAME is an ONNX value, a TensorRT tensor of any release, such as
    "(Unnamed Layer* 48) [Constant]_output", a portable key such as "90@Constant[0]", a node, a
    PyTorch module, a number ("#12", "Conv#0"), or a pattern, whose tensors are listed. The exit
    status is 2 where the release has no such tensor.
    """
    from setrange.report.name_text import name_dict, name_lines
    from setrange.report.progress import progress
    from setrange.resolver.single import resolve

    if name.lower().endswith(".onnx") and not model.lower().endswith(".onnx"):
        call = command_line(["setrange", "resolve", model, name])
        raise UsageError(f"the name comes first, then the model: {call}")
    target = target_for_names(trt)
    with progress(console, f"reading {model}"):
        report = resolve(
            model, name, trt=str(target.version), named_by=named_by, options=parser_options()
        )
    console.detail(str(target))
    if as_json:
        print_product(json.dumps(name_dict(report, model, str(target.version))))
    else:
        print_lines(name_lines(report))
    return 0 if report.resolved is not None or report.fitting else _UNKNOWN
