# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange tune``: search for ranges and fallbacks that reach an accuracy."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.data_options import dask_option, data_options, labels_option, run_options
from setrange.cli.file_arguments import (
    InputFile,
    ModelFile,
    is_stdout,
    output_option,
    shown_output,
)
from setrange.cli.given_options import refuse_given
from setrange.cli.options import (
    allow_missing_option,
    asymmetric_option,
    dtype_option,
    fill_option,
    json_option,
    placement_option,
    quantize_small_option,
    residual_option,
    trt_option,
    verbosity_options,
)
from setrange.cli.output_kinds import TUNE_STATE, TUNED, claim_output, claim_state
from setrange.cli.report_option import page_of_command, report_option
from setrange.errors import BlockingFindingsError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.cluster.cluster import Cluster
    from setrange.measure.data import DataOptions
    from setrange.report.console import Console
    from setrange.tune.trials import Best
    from setrange.tune.tuning import Tuning
    from setrange.versions import TrtVersion

__all__ = ["command"]

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def _parse_budget(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smh]?)", text.strip().lower())
    if match is None:
        raise UsageError(f"--budget {text}: expected a time such as 90s, 10m or 2h")
    return float(match[1]) * _SECONDS[match[2]]


def _parse_share(_context: click.Context, parameter: click.Parameter, text: str) -> float:
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError as error:
        raise UsageError(
            f"{parameter.opts[0]} {text}: expected a share, such as 0.3 or 30%"
        ) from error
    if not 0 <= share <= 1:  # said as it was written
        raise UsageError(f"{parameter.opts[0]} {text}: expected a share from 0 to 1, or 90%")
    return share


@click.command("tune")
@click.argument("ranges", metavar="RANGES", type=InputFile())
@click.argument("model", metavar="MODEL", type=ModelFile())
@data_options
@labels_option
@click.option(
    "--target",
    required=True,
    metavar="METRIC=VALUE",
    help="Reach this: sqnr=30, cosine=0.999, top1=0.99, accuracy-drop=0.5%, or "
    "module:function=VALUE.",
)
@click.option(
    "--holdout",
    callback=_parse_share,
    default="0.3",
    show_default=True,
    metavar="SHARE",
    help="Judge by this share of the data, which the search never sees.",
)
@click.option(
    "--judge",
    "judge",
    metavar="PLACE",
    multiple=True,
    type=InputFile(),
    help="Judge by these data instead; all of --data are searched with (repeatable).",
)
@click.option(
    "--judge-labels",
    metavar="FILE",
    type=InputFile(),
    help="Read the classes of the --judge data.",
)
@click.option(
    "--lock",
    "locks",
    multiple=True,
    metavar="GLOB",
    help="Leave the ranges of these tensors, and these nodes, as they are (repeatable).",
)
@click.option(
    "--fallback",
    type=click.Choice(["fp16", "fp32", "fp8"]),
    default="fp16",
    show_default=True,
    help="Let nodes that INT8 harms run in this type.",
)
@click.option(
    "--keep-int8",
    "keep",
    callback=_parse_share,
    default="0",
    metavar="SHARE",
    help="Keep at least this share of the multiply-adds in INT8, e.g. 90%.",
)
@click.option(
    "--budget",
    callback=_parse_budget,
    default="10m",
    show_default=True,
    metavar="TIME",
    help="Search no longer than this: 90s, 10m, 2h.",
)
@click.option("--resume", is_flag=True, help="Continue where an interrupted search stopped.")
@run_options
@dask_option
@trt_option
@fill_option
@allow_missing_option
@placement_option
@quantize_small_option
@residual_option
@click.option(
    "--weight-scales",
    type=click.Choice(["max", "mse", "any"]),
    default="max",
    show_default=True,
    help="Choose scales of weights by the largest value, by the least squared error, or of "
    "each node by what is best.",
)
@click.option(
    "--correct-bias",
    is_flag=True,
    help="Take the mean error of quantization out of the biases too, as found on the data of "
    "the search; FILE holds the numbers.",
)
@asymmetric_option
@click.option(
    "--try-asymmetric",
    is_flag=True,
    help="Shift values of a one-sided range as --asymmetric does, where the search finds that "
    "it helps; FILE says which.",
)
@click.option(
    "--scales",
    "scaling",
    type=click.Choice(["shared", "own", "any"]),
    default="shared",
    show_default=True,
    help="Let values that a Concat joins, or that are only moved, share a scale, give each its "
    "own, or do what is best; FILE says which.",
)
@dtype_option
@output_option(metavar="FILE", help="Write the tuned ranges to this file.")
@report_option()
@json_option
@verbosity_options
def command(
    *,
    ranges: str,
    model: str,
    data: DataOptions,
    judge: tuple[str, ...],
    target: str,
    out: str,
    resume: bool,
    trt: TrtVersion | None,
    fill: str,
    allow_missing: bool,
    as_json: bool,
    console: Console,
    placement: str,
    quantize_small: bool,
    residual: str,
    weight_scales: str,
    asymmetric: bool,
    try_asymmetric: bool,
    scaling: str,
    dtype: str,
    dask: str | None,
    **options: Any,
) -> None:
    """Search for ranges, and for nodes to run in FP16, until an accuracy is reached.

    The Q/DQ model of RANGES is computed in float, as `setrange verify` does. First other ranges
    are tried for the tensors that harm the outputs most, then the nodes are found that must
    run in FP16: as few multiply-adds as possible. The result is judged by data that the search
    has not seen.

    FILE is a ranges file with a precision for those nodes. The exit status is 1 where the
    target is not reached; FILE then holds the best that was found.
    """
    from setrange.cli.apply.qdq import quantizer_of
    from setrange.cli.planning import check_order
    from setrange.cluster.cluster import cluster_of
    from setrange.exporters.qdq import QdqOptions
    from setrange.formats.reading import read_ranges
    from setrange.measure.on_cluster import on_one_thread
    from setrange.measure.session import check_runtime
    from setrange.model.loading import load_model
    from setrange.report.console import product_stream
    from setrange.resolver.module_ranges import ranges_of_tensors
    from setrange.tune.journal import SUFFIX
    from setrange.tune.on_cluster import LOADER
    from setrange.tune.options import TuneOptions
    from setrange.tune.settings import SCALES_OF_WEIGHTS
    from setrange.tune.target import Target
    from setrange.tune.tuning import Tuning

    check_order(ranges, model)
    if judge:
        refuse_given({"holdout"}, "for a share of --data, not for --judge, which is other data")
    else:
        refuse_given({"judge_labels"}, "for the data of --judge, which is not given")
    others = SCALES_OF_WEIGHTS if weight_scales == "any" else ()
    settings = TuneOptions(
        target=Target.parse(target),
        weight_scales=others,
        own_scales=scaling == "any",
        asymmetric=try_asymmetric,
        **options,
    )
    if dask is not None:
        settings = dataclasses.replace(settings, run=on_one_thread(settings.run))
    if as_json and is_stdout(out):
        raise UsageError("--json and -o - both want standard output; give -o a file")
    claim_output(out, TUNED)
    state = claim_state(out, SUFFIX, TUNE_STATE, is_resumed=resume)
    product_stream()  # before hours of work
    check_runtime(settings.run.provider)
    loaded = load_model(model)
    file = read_ranges(ranges)
    how = QdqOptions(
        placement=placement,
        quantize_small=quantize_small,
        residual=residual,
        weight_scales="max" if weight_scales == "any" else weight_scales,
        asymmetric=asymmetric,
        scaling="shared" if scaling == "any" else scaling,
        dtype=dtype,
    )
    quantizer, plan, made = quantizer_of(
        file, loaded, console, how, trt=trt, fill=fill, allow_missing=allow_missing
    )
    tuning = Tuning(
        quantizer,
        ranges_of_tensors(file, loaded),
        plan,
        made,
        data,
        _judging(data, judge),
        settings,
    )
    is_resumed = resume and state is not None and state.exists()
    if resume and not is_resumed:
        console.say(
            f"there is no interrupted search to resume ({state}): starting from the beginning"
        )
    with cluster_of(dask, LOADER) as cluster:
        _run(
            tuning,
            state,
            console,
            out,
            model,
            is_resumed=is_resumed,
            as_json=as_json,
            cluster=cluster,
        )


def _run(
    tuning: Tuning,
    state: Path | None,
    console: Console,
    out: str,
    model: str,
    *,
    is_resumed: bool,
    as_json: bool,
    cluster: Cluster | None,
) -> None:
    from setrange.report.budget_progress import budget_progress
    from setrange.report.console import print_lines, print_product
    from setrange.report.sample_progress import sample_progress
    from setrange.report.tune_text import tune_heading, tune_text, tune_verdict, tune_warnings

    try:
        with budget_progress(console, tuning.budget) as tell:
            known = tuning.prepare(state, is_resumed=is_resumed, tell=tell, cluster=cluster)
            if is_resumed:
                console.say(f"resuming after {known} figures ({state})")
            is_complete = tuning.run()
            best = tuning.best()
            path = () if best is None else tuning.path(best)
        if best is None:
            raise UsageError(  # noqa: TRY301
                "--budget: it was over before the ranges as given were measured; give more"
            )
        with sample_progress(console, None) as count:
            judged = tuning.judged(best, count)
            page = page_of_command()
            if page.path is not None:
                path = tuning.judged_path(path)
    except KeyboardInterrupt:
        _keep_best(tuning, out, console)
        raise
    except UsageError:  # what was asked for cannot be: there is nothing to go on with
        if not is_resumed and tuning.best() is None and tuning.journal is not None:
            tuning.journal.remove()
        raise
    _write(tuning, best, path, out)
    report = tuning.report(best, path, judged, out=out, is_complete=is_complete)
    page.plan(tuning.plan(best), console, purpose="qdq")
    page.tuned(report)
    assert tuning.journal is not None
    if is_complete:
        tuning.journal.remove()
    console.say(tune_heading(report))
    if as_json:
        print_product(json.dumps(report.to_dict(), allow_nan=False))
    elif not is_stdout(out):
        print_lines(tune_text(report, is_verbose=console.is_verbose).split("\n"))
    console.say(f"wrote {shown_output(out)}")
    for warning in tune_warnings(report):
        console.say(f"warning: {warning}")
    if not is_complete:
        console.say("the budget was over before the search was; --resume goes on with it")
    if not report.reached:
        raise BlockingFindingsError(tune_verdict(report))
    console.say(tune_verdict(report))
    if not is_stdout(out):
        made = ["setrange", "apply", out, model, "-o", "model.qdq.onnx"]
        console.next_step([*made, *tuning.apply_options()])


def _keep_best(tuning: Tuning, out: str, console: Console) -> None:
    """Write the best so far where the user ends the search."""
    best = tuning.best()
    if best is None or tuning.trials is None:
        return
    _write(tuning, best, (), out)
    console.say(
        f"wrote {shown_output(out)}: the best so far, {tuning.trials.reached()}; go on with "
        f"--resume"
    )


def _write(tuning: Tuning, best: Best, path: Any, out: str) -> None:
    from setrange.ranges import write_ranges
    from setrange.report.console import product_stream

    write_ranges(tuning.result(best, path), product_stream() if is_stdout(out) else out)


def _judging(data: DataOptions, places: tuple[str, ...]) -> DataOptions | None:
    if not places:
        return None
    return dataclasses.replace(
        data, places=places, samples=None, is_random=False, option="--judge"
    )
