# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Options of commands that run a model over data: what the data are, and how to run."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.file_arguments import InputFile
from setrange.cli.given_options import refuse_given
from setrange.cli.synthetic import is_synthetic, synthetic_of
from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.measure.data import DataOptions

__all__ = [
    "IMAGE_OPTIONS",
    "READING_OPTIONS",
    "dask_option",
    "data_options",
    "data_read_like_this",
    "image_options_of",
    "labels_option",
    "run_options",
    "with_options",
]

labels_option = click.option(
    "--labels",
    metavar="FILE",
    type=InputFile(),
    help="Read the class of each sample from a .npy, .npz or text file.",
)


def _parse_sizes(
    _context: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[int, ...] | None:
    numbers = _parsed(text, parameter, int, "N or H,W, e.g. 256 or 224,224")
    if numbers is not None and (len(numbers) > 2 or min(numbers) < 1):
        raise UsageError(f"{parameter.opts[0]} {text}: expected N or H,W, of 1 or more")
    return numbers


def _parse_values(
    _context: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[float, ...] | None:
    return _parsed(text, parameter, float, "numbers, e.g. 0.485,0.456,0.406")


def _parsed(
    text: str | None, parameter: click.Parameter, kind: Callable[[str], Any], expected: str
) -> tuple[Any, ...] | None:
    if text is None:
        return None
    try:
        return tuple(kind(part) for part in text.replace("x", ",").split(","))
    except ValueError as error:
        raise UsageError(f"{parameter.opts[0]} {text}: expected {expected}") from error


def _parse_axis(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> int | str | None:
    if text is None or text.lower() == "none":
        return None if text is None else "none"
    if not text.isascii() or not text.isdigit() or len(text) > 2:
        raise UsageError(f"--batch-axis {text}: expected a dimension from 0, or none")
    return int(text)


_IMAGE_OPTIONS = (
    click.option(
        "--resize",
        metavar="N|H,W",
        callback=_parse_sizes,
        help="Resize images to this; N is for the shorter side.  [default: the model's height "
        "and width]",
    ),
    click.option(
        "--crop",
        metavar="N|H,W",
        callback=_parse_sizes,
        help="Cut this from the centre.  [default after --resize N: the model's size]",
    ),
    click.option(
        "--mean",
        metavar="R,G,B",
        callback=_parse_values,
        help="Subtract these from the pixels, in the order of --color.",
    ),
    click.option(
        "--std",
        metavar="R,G,B",
        callback=_parse_values,
        help="Divide by these after --mean is subtracted.",
    ),
    click.option(
        "--layout",
        type=click.Choice(["nchw", "nhwc"]),
        help="Say where the channels are.  [default: what the model's shape says]",
    ),
    click.option(
        "--color",
        type=click.Choice(["rgb", "bgr"]),
        help="Choose the order of the channels.  [default: rgb]",
    ),
    click.option(
        "--pixels",
        type=click.Choice(["0..1", "0..255"]),
        help="Choose the values of pixels before --mean and --std.  [default: 0..1; 0..255 for "
        "integer inputs]",
    ),
)

#: Their names.
IMAGE_OPTIONS = ("resize", "crop", "mean", "std", "layout", "color", "pixels")

#: How samples are read, wherever they are from.
READING_OPTIONS = (
    click.option(
        "--batch-axis",
        callback=_parse_axis,
        metavar="N|none",
        help="Say which dimension holds the samples; none: each array is one sample.  "
        "[default: 0]",
    ),
    click.option("--image", "is_image", is_flag=True, help="Read the files as images."),
    *_IMAGE_OPTIONS,
)

_DATA_OPTIONS = (
    click.option(
        "--data",
        "places",
        multiple=True,
        metavar="PLACE",
        type=InputFile(),
        help="Read samples from a file, directory, glob or module:function (repeatable).",
    ),
    click.option(
        "--random", "is_random", is_flag=True, help="Use random numbers, to try a command out."
    ),
    click.option(
        "--samples", type=int, metavar="N", help="Use the first N samples; without it, all."
    ),
    *READING_OPTIONS,
)

_RUN_OPTIONS = (
    click.option(
        "--batch",
        type=int,
        default=1,
        show_default=True,
        metavar="B",
        help="Feed B samples at once, where the model leaves the number free.",
    ),
    click.option(
        "--provider",
        default="CPU",
        show_default=True,
        metavar="NAME",
        help="Run the model with this execution provider of ONNX Runtime, e.g. CUDA.",
    ),
    click.option(
        "--threads", type=int, metavar="N", help="Use N threads; without it, all cores."
    ),
)


def image_options_of(arguments: dict[str, Any]) -> dict[str, Any]:
    """Take what says how images are read out of a command's arguments; what is given of it."""
    said = {name: arguments.pop(name) for name in IMAGE_OPTIONS}
    return {name: value for name, value in said.items() if value is not None}


def data_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what describes data; the command gets it as ``data``, a ``DataOptions``."""

    @functools.wraps(function)
    def with_data(
        *,
        places: tuple[str, ...],
        is_random: bool,
        samples: int | None,
        batch_axis: int | str | None,
        is_image: bool,
        **arguments: Any,
    ) -> Any:
        given = image_options_of(arguments)
        if is_synthetic(arguments):
            return function(data=None, synthetic=synthetic_of(given, arguments), **arguments)
        data = data_read_like_this(
            places, samples, given, batch_axis, is_random=is_random, is_image=is_image
        )
        return function(data=data, **arguments)

    return with_options(_DATA_OPTIONS, with_data)


def run_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--batch``, ``--provider`` and ``--threads``; the command gets them as ``run``."""

    @functools.wraps(function)
    def with_run(*, batch: int, provider: str, threads: int | None, **arguments: Any) -> Any:
        from setrange.measure.run_options import RunOptions

        return function(
            run=RunOptions(batch=batch, provider=provider, threads=threads), **arguments
        )

    return with_options(_RUN_OPTIONS, with_run)


def dask_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--dask``; the command gets it as ``dask``."""

    def parse(
        _context: click.Context, _parameter: click.Parameter, text: str | None
    ) -> str | None:
        if text is not None:
            from setrange.cluster.address import ClusterAddress

            ClusterAddress.parse(text)  # before any work
        return text

    option = click.option(
        "--dask",
        metavar="ADDRESS",
        callback=parse,
        help="Do the work on a Dask cluster: local:N starts N processes here, HOST:PORT is a "
        "scheduler that runs.",
    )
    return with_options((option,), function)


def with_options(
    options: tuple[Callable[..., Any], ...], function: Callable[..., Any]
) -> Callable[..., Any]:
    """Add options to a command, in this order."""
    for option in reversed(options):
        function = option(function)
    return function


def data_read_like_this(
    places: tuple[str, ...],
    samples: int | None,
    images: dict[str, Any],
    batch_axis: int | str | None,
    *,
    is_random: bool,
    is_image: bool,
) -> DataOptions:
    """Return what the options say of data.

    Raises:
        UsageError: They do not go together.
    """
    from setrange.measure.data import DataOptions
    from setrange.measure.images import ImageOptions

    if is_random:
        refuse_given({"is_image", *images}, "for files (--data), not for --random")
    if images and not is_image:
        raise UsageError(f"--{next(iter(images))} is for images; add --image")
    return DataOptions(
        places=places,
        samples=samples,
        images=ImageOptions(**images) if is_image else None,
        is_random=is_random,
        batch_axis=batch_axis,
    )
