# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange collect --synthetic``: ranges from no data at all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.file_arguments import is_stdout, shown_output
from setrange.cli.given_options import refuse_given
from setrange.cli.options import parser_options
from setrange.cli.output_kinds import COLLECTED, claim_output
from setrange.errors import UsageError
from setrange.report.console import product_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.estimate.estimator import EstimateOptions
    from setrange.measure.run_options import RunOptions
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["collect_synthetic", "is_synthetic", "synthetic_of", "synthetic_options"]

#: Names of its own options, and of those that need data.
_OWN = ("synthetic", "input_range", "seconds")
_OF_DATA = frozenset(
    {"places", "is_random", "samples", "batch_axis", "is_image", "crop", "layout", "color"}
    | {"method", "percentile", "batch", "shard", "resume", "dask"}
)

_OPTIONS = (
    click.option(
        "--synthetic",
        "synthetic",
        is_flag=True,
        help="Estimate from inputs made by rule, without any data; the file says so.",
    ),
    click.option(
        "--input-range",
        metavar="LO..HI",
        help="With --synthetic: say where the inputs' values lie, if --mean and --std do not.",
    ),
    click.option(
        "--seconds",
        type=float,
        metavar="S",
        help="With --synthetic: run the model no longer than this.",
    ),
)


def synthetic_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--synthetic`` and what belongs to it; ``data_options`` takes them."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def is_synthetic(arguments: dict[str, Any]) -> bool:
    """True where ``--synthetic`` is among the arguments; takes it out where it is not set."""
    if "synthetic" not in arguments or arguments["synthetic"]:
        return "synthetic" in arguments
    refuse_given({"input_range", "seconds"}, "for --synthetic")
    for name in _OWN:
        del arguments[name]
    return False


def synthetic_of(images: dict[str, Any], arguments: dict[str, Any]) -> EstimateOptions:
    """Return what the command line says about made inputs; takes its options out.

    Args:
        images: What it says about images.
        arguments: All other arguments.

    Raises:
        UsageError: Options contradict each other, or need data.
    """
    from setrange.estimate.estimator import EstimateOptions
    from setrange.estimate.scales import parse_range, plain, preprocessed

    refuse_given(_OF_DATA, "for data, and --synthetic needs none")
    said = {name: arguments.pop(name) for name in _OWN}
    text, size = said["input_range"], images.get("resize")
    mean, std, pixels = (images.get(name) for name in ("mean", "std", "pixels"))
    if text is not None and (mean or std or pixels):
        raise UsageError(
            "--input-range says where the values lie, and so do --mean, --std and --pixels; "
            "give one of them"
        )
    scale = None if text is None else plain(*parse_range(text))
    if mean or std or pixels:
        white = 255.0 if pixels == "0..255" else 1.0
        scale = preprocessed(mean or (0.0,), std or (1.0,), white)
    return EstimateOptions(
        scale=scale,
        seconds=said["seconds"],
        size=None if size is None else (size[0], size[-1]),
    )


def collect_synthetic(
    model: str,
    out: str,
    options: EstimateOptions,
    run: RunOptions,
    console: Console,
    *,
    trt: TrtVersion | None,
) -> None:
    """Estimate, and write the ranges file.

    Raises:
        SetrangeError: Nothing can be estimated, or the file cannot be written.
    """
    from setrange.estimate.synthetic import synthesize
    from setrange.measure.state import SUFFIX
    from setrange.ranges import write_ranges
    from setrange.report.sample_progress import sample_progress

    if out.endswith(SUFFIX):
        raise UsageError(
            f"-o {out}: a state holds what was measured, and --synthetic measures nothing; "
            f"name a ranges file, e.g. ranges.json"
        )
    claim_output(out, COLLECTED)
    options = dataclasses.replace(options, threads=run.threads, provider=run.provider)
    with sample_progress(console, None) as tell:
        ranges = synthesize(
            model, trt=trt, estimate=options, parser=parser_options(), tell=tell
        )
    write_ranges(ranges, product_stream() if is_stdout(out) else out)
    made = ranges.collected or {}
    usable = sum(entry.range is not None for entry in ranges.entries.values())
    console.say(
        f"wrote {shown_output(out)}: {usable} ranges estimated from {made['samples']} made "
        f"inputs, no data ({'; '.join(made['inputs'])})"
    )
    console.say(
        "estimates are for trying out and as a start; measured ranges are better: "
        "setrange collect MODEL --data PLACE"
    )
    if not is_stdout(out):
        console.next_step(["setrange", "check", out, model])
