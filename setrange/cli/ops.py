# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange ops``: which ops the importer knows, at which parser profile, how surely."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from setrange.cli.options import json_option, verbosity_options
from setrange.errors import UsageError
from setrange.report.console import print_product
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from setrange.report.console import Console

__all__ = ["command"]


@click.command("ops")
@click.argument("names", metavar="[OP]...", nargs=-1)
@json_option
@click.option("--markdown", is_flag=True, help="Print the table as Markdown.")
@verbosity_options
def command(*, names: tuple[str, ...], as_json: bool, markdown: bool, console: Console) -> int:
    """List the ops the importer knows: op x parser profile x confidence.

    With names of ops, list only those.
    """
    from setrange.importer.support import op_support
    from setrange.report.ops import ops_markdown, ops_text, ops_to_dict

    if as_json and markdown:
        raise UsageError("--json and --markdown contradict each other; give one")
    table = op_support()
    known = {support.op for support in table}
    for name in names:
        if name not in known:
            hint = did_you_mean(name, sorted(known), otherwise="`setrange ops` lists all")
            raise UsageError(f"no profile has an importer for the op {name!r}; {hint}")
    chosen = [support for support in table if not names or support.op in names]
    if as_json:
        print_product(json.dumps(ops_to_dict(chosen)))
    elif markdown:
        print_product(ops_markdown(chosen).rstrip("\n"))
    else:
        print_product(ops_text(chosen))
    console.detail(f"{len(chosen)} ops")
    return 0
