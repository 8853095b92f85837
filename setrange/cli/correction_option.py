# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--correct-bias``: what it takes, and the work it does."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.data_options import (
    IMAGE_OPTIONS,
    READING_OPTIONS,
    data_read_like_this,
    image_options_of,
    with_options,
)
from setrange.cli.file_arguments import InputFile
from setrange.cli.given_options import refuse_given

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.accuracy.bias import Biases
    from setrange.exporters.qdq import QdqDraft
    from setrange.measure.data import DataOptions
    from setrange.measure.run_options import RunOptions
    from setrange.report.console import Console

__all__ = ["CORRECTION", "correct_bias_option", "correction_options", "found_biases"]

#: Names of the options that say how the samples are read.
_READING = ("samples", "batch_axis", "is_image", *IMAGE_OPTIONS)

#: Names of all options that ``correction_options`` adds.
CORRECTION = ("correct_bias", *_READING)

correct_bias_option = click.option(
    "--correct-bias",
    "correct_bias",
    multiple=True,
    metavar="PLACE",
    type=InputFile(),
    help="Take the mean error of quantization out of the biases, as found on these samples "
    "(repeatable): a file, directory, glob or module:function.",
)

_OPTIONS = (
    correct_bias_option,
    click.option(
        "--samples",
        type=int,
        metavar="N",
        help="Use the first N samples of --correct-bias; without it, 64 at most.",
    ),
    *READING_OPTIONS,
)


def correction_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--correct-bias`` and how its samples are read; the command gets ``correction``.

    That is a ``DataOptions``, or ``None`` where nothing is corrected.
    """

    @functools.wraps(function)
    def with_correction(
        *,
        correct_bias: tuple[str, ...],
        samples: int | None,
        batch_axis: int | str | None,
        is_image: bool,
        **arguments: Any,
    ) -> Any:
        given = image_options_of(arguments)
        if not correct_bias:
            refuse_given(_READING, "for the samples of --correct-bias, which is not given")
            return function(correction=None, **arguments)
        data = data_read_like_this(
            correct_bias, samples, given, batch_axis, is_random=False, is_image=is_image
        )
        data = replace(data, option="--correct-bias")
        return function(correction=data, **arguments)

    return with_options(_OPTIONS, with_correction)


def found_biases(
    draft: QdqDraft, data: DataOptions, console: Console, run: RunOptions | None = None
) -> Biases:
    """Return what is added to the biases, and say of how many layers.

    Raises:
        SetrangeError: The data cannot be used, or ONNX Runtime is missing or fails.
    """
    from setrange.accuracy.bias import corrected_biases
    from setrange.measure.session import check_runtime
    from setrange.text.words import plural

    check_runtime("CPU" if run is None else run.provider)
    biases = corrected_biases(draft, data, run)
    console.say(f"corrected the biases of {plural(len(biases), 'layer')}")
    return biases
