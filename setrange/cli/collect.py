# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange collect``: measure ranges on data with ONNX Runtime."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.data_options import dask_option, data_options, run_options
from setrange.cli.file_arguments import ModelFile, is_stdout, output_option, shown_output
from setrange.cli.given_options import refuse_given
from setrange.cli.options import parser_options, trt_option, verbosity_options
from setrange.cli.output_kinds import COLLECTED, STATE, claim_output, claim_state
from setrange.cli.report_option import page_of_command, report_option
from setrange.cli.synthetic import collect_synthetic, synthetic_options
from setrange.errors import SetrangeError, UsageError
from setrange.report.console import product_stream

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.estimate.estimator import EstimateOptions
    from setrange.measure.data import DataOptions
    from setrange.measure.run import Collector
    from setrange.measure.state import State
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]

_METHODS = ("minmax", "percentile", "entropy", "mse", "moving-average")


def _parse_shard(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> tuple[int, int]:
    if text is None:
        return (1, 1)
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    if match is None:
        raise UsageError(f"--shard {text}: expected i/n, e.g. 1/4")
    return int(match[1]), int(match[2])


@click.command("collect")
@click.argument("model", metavar="MODEL", type=ModelFile())
@data_options
@synthetic_options
@click.option(
    "--method",
    type=click.Choice(_METHODS),
    default="minmax",
    show_default=True,
    help="Choose how the values become a range.",
)
@click.option(
    "--percentile", type=float, metavar="P", help="Set the percentile; 99.99 without it."
)
@run_options
@dask_option
@click.option(
    "--shard",
    callback=_parse_shard,
    metavar="i/n",
    help="Take the i-th of n parts of the data and write a state for setrange merge.",
)
@click.option("--resume", is_flag=True, help="Continue where an interrupted run stopped.")
@report_option()
@trt_option
@output_option(metavar="FILE", help="Write to this file.")
@verbosity_options
def command(
    *,
    model: str,
    data: DataOptions | None,
    trt: TrtVersion | None,
    out: str,
    resume: bool,
    console: Console,
    method: str,
    percentile: float | None,
    dask: str | None,
    synthetic: EstimateOptions | None = None,
    **options: Any,
) -> None:
    """Run MODEL over data with ONNX Runtime and write the ranges of its tensors.

    Data are .npy and .npz files (arrays by input name; one input takes any name), images
    (--image), or a Python function that yields dicts of arrays. The first dimension of an
    array holds samples.

    With --synthetic no data are needed: the model runs on inputs made by rule, and the file
    holds estimates.

    FILE is a ranges file; where it ends in .state.npz, what was measured is written as it is,
    for setrange merge.
    """
    from pathlib import Path

    from setrange.machine.target_release import target_for_names
    from setrange.measure.collecting import opened_collector
    from setrange.measure.method import Method
    from setrange.measure.result import ranges_of_state
    from setrange.measure.run import MeasureOptions
    from setrange.measure.state import SUFFIX, write_state
    from setrange.ranges import write_ranges
    from setrange.text.words import plural

    if synthetic is not None:
        collect_synthetic(model, out, synthetic, options["run"], console, trt=trt)
        return
    assert data is not None
    if method != "percentile":
        refuse_given({"percentile"}, f"for --method percentile, not for {method}")
    is_state = out.endswith(SUFFIX)
    if options["shard"][1] > 1 and not is_state:
        raise UsageError(f"-o {out}: a shard is written as a state; name it e.g. part1{SUFFIX}")
    claim_output(out, STATE if is_state else COLLECTED)
    unfinished = Path(out) if is_state else claim_state(out, SUFFIX, STATE, is_resumed=resume)
    settings = MeasureOptions(method=Method.of(method, percentile), **options)
    version = target_for_names(trt).version
    with opened_collector(
        model, version, data, settings, parser_options(), is_lenient=trt is None, dask=dask
    ) as collector:
        if collector.fallback:
            console.say(f"note: {collector.fallback}")
        if resume and unfinished is not None and unfinished.exists():
            collector.resume(unfinished)
            console.say(f"resuming after {collector.state.samples} samples ({unfinished})")
        elif resume:
            console.say(
                f"there is no interrupted run to resume ({unfinished}): starting from the "
                f"beginning"
            )
        _run(collector, unfinished, console)
        state = collector.state
    _show_on_page(state, model, version, console)
    del collector  # and ONNX Runtime's memory
    done = plural(state.samples, "sample")
    if is_state:
        write_state(state, out)
        console.say(f"wrote {out}: {done}")
        states = str(Path(out).with_name(f"*{SUFFIX}"))
        console.next_step(["setrange", "merge", states, "-o", "ranges.json"])
        return
    ranges = ranges_of_state(state)
    write_ranges(ranges, product_stream() if is_stdout(out) else out)
    if unfinished is not None:
        unfinished.unlink(missing_ok=True)
    usable = sum(entry.range is not None for entry in ranges.entries.values())
    console.say(f"wrote {shown_output(out)}: {usable} ranges, {settings.method}, {done}")
    for entry in ranges.entries.values():
        if entry.range is None:
            console.say(f"  no range for {entry.name}: {entry.reason}")
    if not is_stdout(out):
        console.next_step(["setrange", "check", out, model])


def _show_on_page(state: State, model: str, version: TrtVersion, console: Console) -> None:
    """Show what was measured on the page, if one was asked for, and what follows from it."""
    page = page_of_command()
    if page.path is None or not state.samples:
        return
    from setrange.importer.model_at import ModelAt
    from setrange.measure.result import ranges_of_state
    from setrange.measure.subject import network_of
    from setrange.plan.of_model import plan_network

    models = ModelAt.of(model, parser_options())
    network, _ = network_of(models.model, version, parser_options(), is_lenient=True)
    page.measured(state)
    page.plan(plan_network(network, models, ranges_of_state(state)), console)


def _run(collector: Collector, unfinished: Path | None, console: Console) -> None:
    from setrange.report.sample_progress import sample_progress
    from setrange.text.words import plural

    if collector.state.header.images is not None:
        console.say(f"images: {collector.state.header.images}")
    try:
        expected = collector.expected() if console.is_watched else None
        with sample_progress(console, expected) as tell:
            collector.run(save_to=unfinished, on_samples=tell)
    except (KeyboardInterrupt, SetrangeError):
        if collector.state.batches and unfinished is not None:
            kept = plural(collector.state.samples, "sample")
            console.say(f"kept {kept}; go on with --resume")
        raise
