# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange doctor``: what this machine can do, and what to install for the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from setrange.cli.options import json_option, verbosity_options
from setrange.report.console import print_lines, print_product

if TYPE_CHECKING:
    from setrange.machine.doctor import MachineReport
    from setrange.report.console import Console

__all__ = ["command"]


@click.command("doctor")
@json_option
@verbosity_options
def command(*, as_json: bool, console: Console) -> None:
    """Say what this machine can do: packages, TensorRT, trtexec, GPU, and each command.

    The exit status is 0 whatever is missing.
    """
    from setrange.machine.doctor import examine
    from setrange.report.progress import progress

    with progress(console, "looking for TensorRT"):
        report = examine()
    if as_json:
        print_product(json.dumps(report.to_dict()))
    else:
        print_lines(_text(report).split("\n"))


def _text(report: MachineReport) -> str:
    from setrange.machine.install_help import Machine, tensorrt_install_help
    from setrange.report.table import aligned

    parts = [("ok" if part.found else "--", part.name, part.detail) for part in report.parts]
    lines = aligned(parts)
    lines += ["", "what works here:"]
    for ability in report.abilities:
        detail = f": {ability.detail}" if ability.detail else ""
        lines.append(f"{'ok' if ability.works else '--'}  {ability.command}{detail}")
    if not (report.part("tensorrt").found or report.part("trtexec").found):
        also = " with TensorRT itself, install it:" if report.part("rtx").found else None
        lines += ["", f"to build engines here{also or ', install TensorRT:'}"]
        lines.append(tensorrt_install_help(Machine.here()))
    return "\n".join(lines)
