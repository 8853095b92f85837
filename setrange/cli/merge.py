# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange merge``: several ranges files as one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import (
    InputFiles,
    not_to_stdout,
    output_option,
    shown_output,
)
from setrange.cli.given_options import refuse_given
from setrange.cli.options import json_option, verbosity_options
from setrange.cli.output_kinds import COLLECTED, claim_output, ranges_kind
from setrange.files.atomic import check_output, write_bytes
from setrange.report.console import print_product

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.cli.output_kinds import Kind
    from setrange.ranges import RangeFile
    from setrange.ranges.merge import Conflict
    from setrange.report.console import Console

__all__ = ["command"]


@click.command("merge")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=InputFiles())
@output_option(help="Write this file.")
@click.option(
    "--to", metavar="FORMAT", help="Name the format of OUT, where its ending does not show it."
)
@click.option(
    "--policy",
    type=click.Choice(["widest", "first"]),
    default="widest",
    show_default=True,
    help="Keep the widest range where files disagree, or that of the first file.",
)
@click.option("--strict", is_flag=True, help="Write nothing and exit 1 where files disagree.")
@json_option
@verbosity_options
def command(
    *,
    files: tuple[list[str], ...],
    out: str,
    to: str | None,
    policy: str,
    strict: bool,
    as_json: bool,
    console: Console,
) -> None:
    """Write the union of ranges files, and list what they disagree on.

    States of setrange collect --shard (.state.npz) are added up: the result is that of one run
    over all their data. A FILE with * or ? stands for all files that fit, in every shell.
    """
    from setrange.cli.merge_states import are_states, merged_ranges
    from setrange.errors import BlockingFindingsError
    from setrange.formats.reading import read_ranges
    from setrange.formats.writing import format_of_output
    from setrange.ranges.merge import merge_ranges
    from setrange.report.ranges_text import show_conflicts

    given = [path for paths in files for path in paths]
    target = to or format_of_output(out)
    if as_json:
        not_to_stdout(out, "--json is printed there")
    check_output(out)
    if are_states(given):
        refuse_given(
            {"policy", "strict"}, "for ranges files, which may disagree; states are added up"
        )
        total = merged_ranges(given, console)
        if as_json:
            _print(len(total.entries), ())
        kind = COLLECTED if target == "setrange" else ranges_kind(target)
        _write(total, out, target, kind, console)
        console.say(
            f"wrote {shown_output(out)}: {len(total.entries)} tensors of {len(given)} states"
        )
        return
    merged = merge_ranges([read_ranges(path) for path in given], policy)
    show_conflicts(merged.conflicts, console)
    if as_json:
        _print(len(merged.ranges.entries), merged.conflicts)
    if strict and merged.conflicts:
        raise BlockingFindingsError(
            f"the files disagree on {len(merged.conflicts)} tensors, and --strict does not "
            f"allow that; {out} is not written"
        )
    _write(merged.ranges, out, target, ranges_kind(target), console)
    count = len(merged.ranges.entries)
    console.say(f"wrote {shown_output(out)}: {count} tensors of {len(given)} files")


def _write(ranges: RangeFile, out: str, target: str, kind: Kind, console: Console) -> None:
    from setrange.formats.writing import format_as
    from setrange.report.losses import show_conversion

    report, data = format_as(ranges, out, target)
    claim_output(out, kind, data=data)
    write_bytes(out, data)
    show_conversion(report, console)


def _print(entries: int, conflicts: Sequence[Conflict]) -> None:
    found = [conflict.to_dict() for conflict in conflicts]
    print_product(json.dumps({"setrange": 1, "entries": entries, "conflicts": found}))
