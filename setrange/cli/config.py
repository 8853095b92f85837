# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange config``: example settings for building an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import is_stdout, output_option
from setrange.cli.options import verbosity_options
from setrange.report.console import print_product

if TYPE_CHECKING:
    from setrange.report.console import Console

__all__ = ["command"]


@click.command("config")
@click.argument("name", metavar="[NAME]", default="default")
@output_option(
    required=False, metavar="FILE", help="Write to this file; without it, to stdout."
)
@verbosity_options
def command(*, name: str, out: str | None, console: Console) -> None:
    """Write example settings for building an engine, to change and give with --config.

    NAME is default (what is done without settings), dynamic-shapes, jetson-dla or
    strict-int8.
    """
    from setrange.build_settings.examples import EXAMPLES, example_settings
    from setrange.cli.output_kinds import BUILD_SETTINGS, claim_output
    from setrange.files.atomic import write_bytes

    text = example_settings(name)
    if out is None or is_stdout(out):
        print_product(text.rstrip("\n"))
    else:
        claim_output(out, BUILD_SETTINGS)
        write_bytes(out, text.encode())
        console.say(f"wrote {out}: {EXAMPLES[name]}")
    file = "build.yaml" if out is None or is_stdout(out) else out
    console.next_step(
        ["setrange", "apply", "RANGES", "MODEL", "-o", "model.engine", "--config", file]
    )
