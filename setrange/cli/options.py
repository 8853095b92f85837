# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from setrange.errors import UsageError
from setrange.report.console import Console, Verbosity
from setrange.versions import DEFAULT_TRT, TrtVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.estimate.estimator import EstimateOptions
    from setrange.importer.parser import ParserOptions

__all__ = [
    "allow_missing_option",
    "asymmetric_option",
    "dtype_option",
    "estimate_options",
    "estimating_options",
    "fill_option",
    "json_option",
    "parser_flags",
    "parser_options",
    "placement_option",
    "plan_options",
    "quantize_small_option",
    "residual_option",
    "said_of_estimates",
    "scaling_option",
    "target_option",
    "trt_option",
    "trt_option_that",
    "verbosity_options",
    "weight_scales_option",
]

#: Where a click context keeps the parser's settings.
_PARSER = "setrange.parser"
#: And where what is said about estimates.
_ESTIMATE = "setrange.estimate"


def verbosity_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``-q`` and ``-v``; the command gets its ``console``."""

    @click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
    @click.option("-v", "--verbose", is_flag=True, help="Show everything; shorten no list.")
    @functools.wraps(function)
    def with_console(*, quiet: bool, verbose: bool, **arguments: Any) -> Any:
        if quiet and verbose:
            raise UsageError("-q and -v contradict each other; give one")
        level = Verbosity.QUIET if quiet else Verbosity(Verbosity.NORMAL + verbose)
        return function(console=Console(level), **arguments)

    return with_console


def _parse_trt(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> TrtVersion | None:
    return None if text is None else TrtVersion.parse(text)


def _trt(help: str) -> Callable[..., Any]:
    return click.option("--trt", metavar="V", callback=_parse_trt, help=help)


_TRT = _trt(
    "Plan for this TensorRT release, e.g. 8.6 or 10.3.0; without it, the one that the ranges "
    f"name, else the one installed here, else {DEFAULT_TRT}."
)

_NATIVE_INSTANCE_NORM = click.option(
    "--native-instancenorm",
    is_flag=True,
    expose_value=False,
    callback=lambda context, _, value: _keep(context, "native_instance_norm", value),
    help="Import InstanceNormalization as layers, not as a plugin (trtexec does so on 8.x).",
)

_PLUGIN = click.option(
    "--plugin",
    multiple=True,
    metavar="OP",
    expose_value=False,
    callback=lambda context, _, value: _keep(context, "plugins", frozenset(value)),
    help="Name an op that a plugin you load provides; setrange does not check its layer.",
)


def _keep(context: click.Context, name: str, value: Any) -> None:
    _keep_for(context, _PARSER, name, value)


def _keep_for(context: click.Context, key: str, name: str, value: Any) -> None:
    context.meta.setdefault(key, {})[name] = value


def trt_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--trt``, and how that TensorRT's parser is set up (see ``parser_options``)."""
    with_trt: Callable[..., Any] = _TRT(_NATIVE_INSTANCE_NORM(_PLUGIN(function)))
    return with_trt


def trt_option_that(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return ``trt_option`` for a command in which ``--trt`` means what ``help`` says."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        with_trt: Callable[..., Any] = _trt(help)(_NATIVE_INSTANCE_NORM(_PLUGIN(function)))
        return with_trt

    return add


def parser_flags() -> list[str]:
    """Return the options of ``parser_options`` as they are written, for another command."""
    options = parser_options()
    flags = ["--native-instancenorm"] if options.native_instance_norm else []
    for op in sorted(options.plugins):
        flags += ["--plugin", op]
    return flags


def parser_options() -> ParserOptions:
    """Return how the command line that is being run sets TensorRT's parser up."""
    from setrange.importer.parser import ParserOptions

    context = click.get_current_context(silent=True)
    return ParserOptions(**(context.meta.get(_PARSER, {}) if context is not None else {}))


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the stable JSON form on stdout."
)

_FILL = click.option(
    "--fill",
    type=click.Choice(["none", "safe", "estimate", "bounds"]),
    default="safe",
    show_default=True,
    help="Fill in missing ranges: by safe rules, with estimates too, or by wide bounds.",
)


def _estimate_option(flag: str, help: str, **how: Any) -> Callable[..., Any]:
    name = flag.removeprefix("--").replace("-", "_")
    return click.option(
        flag,
        expose_value=False,
        callback=lambda context, _, value: _keep_for(context, _ESTIMATE, name, value),
        help=help,
        **how,
    )


def estimating_options(when: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return what adds the options about estimates (see ``estimate_options``).

    Args:
        when: What the help of each begins with: when something is estimated.
    """

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        with_range: Callable[..., Any] = input_range(input_size(seconds(function)))
        return with_range

    input_range = _estimate_option(
        "--input-range",
        f"{when}, say where the values of the inputs lie, if RANGES does not.",
        metavar="LO..HI",
    )
    input_size = _estimate_option(
        "--input-size",
        f"{when}, give height and width of pictures, where MODEL leaves them free.",
        metavar="H,W",
    )
    seconds = _estimate_option(
        "--seconds",
        f"{when}, run the model on made inputs no longer than this.",
        type=float,
        metavar="S",
    )
    return add


def fill_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--fill``, and what is said about estimates (see ``estimate_options``)."""
    with_fill: Callable[..., Any] = _FILL(estimating_options("With --fill estimate")(function))
    return with_fill


def estimate_options(fill: str) -> EstimateOptions | None:
    """Return what the command line that is being run says about estimates.

    Args:
        fill: ``--fill``.

    Returns:
        The options; ``None`` where nothing is estimated.

    Raises:
        UsageError: They are given and nothing is estimated, or are no numbers.
    """
    context = click.get_current_context(silent=True)
    said = {} if context is None else context.meta.get(_ESTIMATE, {})
    said = {name: value for name, value in said.items() if value is not None}
    if fill != "estimate":
        if said:
            flag = next(iter(said)).replace("_", "-")
            raise UsageError(f"--{flag} is for --fill estimate, not for --fill {fill}")
        return None
    return _estimate_options(said)


def said_of_estimates() -> EstimateOptions:
    """Return what is said about estimates, for a command in which they are made later.

    Raises:
        UsageError: The options are no numbers.
    """
    context = click.get_current_context(silent=True)
    said = {} if context is None else context.meta.get(_ESTIMATE, {})
    return _estimate_options({name: value for name, value in said.items() if value is not None})


def _estimate_options(said: dict[str, Any]) -> EstimateOptions:
    from setrange.estimate.estimator import EstimateOptions
    from setrange.estimate.scales import parse_range, parse_size, plain

    text, size = said.get("input_range"), said.get("input_size")
    return EstimateOptions(
        scale=None if text is None else plain(*parse_range(text)),
        size=None if size is None else parse_size(size),
        seconds=said.get("seconds"),
    )


target_option = click.option(
    "--target",
    type=click.Choice(["gpu", "dla"]),
    default="gpu",
    show_default=True,
    help="Say where the model will run; DLA needs every range, and some of them equal.",
)


allow_missing_option = click.option(
    "--allow-missing",
    is_flag=True,
    help="Go on although ranges are missing: the layers around them run in FP16 or FP32.",
)

placement_option = click.option(
    "--placement",
    type=click.Choice(["gpu", "all"]),
    default="gpu",
    show_default=True,
    help="Put Q/DQ pairs where TensorRT needs them, or on every tensor with a range.",
)

dtype_option = click.option(
    "--type",
    "dtype",
    type=click.Choice(["int8", "fp8"]),
    default="int8",
    show_default=True,
    help="Quantize to this type; FP8 (E4M3) is for Ada, Hopper and later GPUs.",
)

quantize_small_option = click.option(
    "--quantize-small",
    is_flag=True,
    help="Put Q/DQ pairs on small convolutions and vector products too.",
)


residual_option = click.option(
    "--residual",
    type=click.Choice(["auto", "int8", "float"]),
    default="auto",
    show_default=True,
    help="Put a pair on the skip input of a residual Add: where it is INT8 for another node "
    "(auto), always, or never.",
)

weight_scales_option = click.option(
    "--weight-scales",
    type=click.Choice(["max", "mse"]),
    default="max",
    show_default=True,
    help="Choose scales of weights by the largest value, or by the least squared error.",
)

scaling_option = click.option(
    "--scales",
    "scaling",
    type=click.Choice(["shared", "own"]),
    default="shared",
    show_default=True,
    help="Let values that a Concat joins, or that are only moved, share a scale, or give each "
    "its own.",
)

asymmetric_option = click.option(
    "--asymmetric",
    is_flag=True,
    help="Shift values of a one-sided range to its middle before an INT8 pair, and give the "
    "shift back in the bias of the product behind.",
)


def plan_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what decides how ranges become a plan: ``--fill``, ``--target``, ..."""
    return fill_option(target_option(allow_missing_option(function)))
