# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange report``: a page to look at, as one HTML file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.file_arguments import InputFile, ModelFile, output_option, shown_output
from setrange.cli.options import (
    dtype_option,
    fill_option,
    json_option,
    parser_options,
    placement_option,
    quantize_small_option,
    target_option,
    trt_option,
    verbosity_options,
)
from setrange.cli.planning import check_order
from setrange.cli.purpose import chosen_purpose, plan_for_purpose, purpose_option, qdq_options
from setrange.cli.report_option import parse_releases
from setrange.errors import UsageError

if TYPE_CHECKING:
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]


@click.command("report")
@click.argument("ranges", metavar="[RANGES]", type=InputFile())
@click.argument("model", metavar="MODEL", required=False, type=ModelFile())
@output_option(required=False, metavar="REPORT", help="Write this HTML file.")
@click.option(
    "--state",
    metavar="FILE",
    type=InputFile(),
    help="Show histograms: a state of setrange collect (.state.npz).",
)
@click.option(
    "--verify",
    metavar="FILE",
    type=InputFile(),
    help="Show SQNR and harm: the output of setrange verify --json.",
)
@click.option(
    "--layers",
    metavar="FILE",
    type=InputFile(),
    help="Show what runs in INT8: the layers of an engine as JSON, from setrange apply or "
    "trtexec --exportLayerInfo.",
)
@click.option(
    "--releases",
    callback=parse_releases,
    metavar="V,...",
    help="Show the names of these TensorRT releases; without it, of all for a small model.",
)
@purpose_option("Say what the ranges are for: it decides which are needed.")
@trt_option
@fill_option
@target_option
@placement_option
@quantize_small_option
@dtype_option
@json_option
@verbosity_options
def command(
    *,
    ranges: str,
    model: str | None,
    out: str | None,
    state: str | None,
    verify: str | None,
    layers: str | None,
    releases: tuple[str, ...] | None,
    purpose: str | None,
    trt: TrtVersion | None,
    fill: str,
    target: str,
    as_json: bool,
    console: Console,
    **building: Any,
) -> None:
    """Write a page that shows MODEL as TensorRT sees it, and what RANGES mean for it.

    The page is one HTML file: it opens offline in any browser of 2023 or later, and asks for
    nothing. It shows the network, every tensor with its range and where that is from, what is
    missing, and the findings with what to do. Without RANGES it shows what is needed.

    The exit status is 0 whatever is found; `setrange check` judges.
    """
    from setrange.cli.output_kinds import REPORT, claim_output
    from setrange.files.atomic import write_bytes
    from setrange.formats.reading import read_ranges
    from setrange.importer.model_at import ModelAt
    from setrange.model.loading import load_model
    from setrange.page.data import report_data
    from setrange.page.evidence import Evidence
    from setrange.page.network_facts import NetworkFacts
    from setrange.page.releases import default_releases
    from setrange.page.writing import page_of_data
    from setrange.plan.needs import plan_for_output
    from setrange.ranges.model import RangeFile
    from setrange.report.console import print_product
    from setrange.report.findings import show_findings
    from setrange.report.plan_text import plan_heading

    if out is None and not as_json:
        raise UsageError("where to? give the page a name with -o, such as -o report.html")
    if out is not None and as_json:
        raise UsageError("--json prints the data of the page, and -o writes it; give one")
    path, given = (ranges, None) if model is None else (model, ranges)
    if given is not None:
        check_order(given, path)
    if out is not None:
        claim_output(out, REPORT)
    console = console.for_report(as_json=as_json)
    evidence = Evidence.read(state=state, verify=verify, layers=layers)
    file = RangeFile() if given is None else read_ranges(given)
    chosen = chosen_purpose(purpose, trt=trt, target=target, in_file=file.purpose)
    options = qdq_options(chosen, building)
    loaded = load_model(path)
    plan, needs = plan_for_purpose(
        loaded, file, chosen, trt=trt, fill=fill, console=console, options=options
    )
    facts = NetworkFacts.of(
        plan.network,
        models=ModelAt(loaded, parser_options()),
        releases=default_releases(loaded, plan.network) if releases is None else releases,
        evidence=evidence,
    )
    data = report_data(plan, facts, purpose=chosen.name, needs=needs)
    shown = plan if needs is None else plan_for_output(plan, needs)
    console.say(plan_heading(shown))
    if console.is_verbose:
        show_findings(console, shown.findings)
    console.say(data["verdict"]["text"])
    if as_json or out is None:
        print_product(json.dumps(data, allow_nan=False))
        return
    page = page_of_data(data)
    write_bytes(out, page)
    console.say(f"wrote {shown_output(out)}: {len(page) / 1e6:.1f} MB, open it in a browser")
