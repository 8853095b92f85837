# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange diff``: what changed between two ranges files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import InputFile
from setrange.cli.options import json_option, verbosity_options
from setrange.report.console import print_lines, print_product

if TYPE_CHECKING:
    from setrange.report.console import Console

__all__ = ["command"]

_DIFFERENT = 1


@click.command("diff")
@click.argument("before", metavar="A", type=InputFile())
@click.argument("after", metavar="B", type=InputFile())
@click.option(
    "--ratio",
    type=float,
    default=1.0,
    show_default=True,
    help="Show ranges that grew or shrank by more than this factor.",
)
@click.option("--strict", is_flag=True, help="Exit 1 where there is a difference.")
@json_option
@verbosity_options
def command(
    *, before: str, after: str, ratio: float, strict: bool, as_json: bool, console: Console
) -> int:
    """Show what is added, removed and changed from A to B, the largest change first.

    A and B are of any known format. Ranges are compared as TensorRT uses them: by the larger
    of |min| and |max|.
    """
    from setrange.formats.reading import read_ranges
    from setrange.ranges.diff import diff_ranges
    from setrange.report.ranges_text import diff_lines, diff_summary
    from setrange.text.shell import command_line

    a, b = read_ranges(before), read_ranges(after)
    found = diff_ranges(a, b, ratio)
    lines = diff_lines(found)
    if as_json:
        print_product(json.dumps(found.to_dict()))
    elif lines:
        print_lines(lines)
    if a.named_by is not None and b.named_by is not None and a.named_by != b.named_by:
        console.say(
            f"note: {before} has TensorRT {a.named_by}'s names, {after} {b.named_by}'s; to "
            f"compare the same tensors: {command_line(_moved(before, b.named_by))}"
        )
    console.say(diff_summary(found))
    differs = found.added or found.removed or found.changed or found.fields
    return _DIFFERENT if strict and differs else 0


def _moved(path: str, trt: str) -> list[str]:
    return ["setrange", "convert", path, "--model", "MODEL", "--trt", trt, "-o", "FILE"]
