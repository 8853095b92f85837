# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Options of ``apply`` and ``check --build`` that say how an engine is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from setrange.cli.file_arguments import InputFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.build_settings.config import BuildConfig

__all__ = ["SETTINGS_OPTIONS", "build_options", "read_settings"]

#: Parameter names of ``build_options``.
SETTINGS_OPTIONS = ("config", "gpu", "no_fp16", "min_shapes", "opt_shapes", "max_shapes")


def _complete_gpu(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    from setrange.build_settings.gpus import GPU_NAMES

    given, comma, last = incomplete.rpartition(",")
    return [given + comma + name for name in GPU_NAMES if name.startswith(last.lower())]


def build_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config``, ``--gpu``, ``--no-fp16``, ``--min``, ``--opt`` and ``--max``."""
    for option in reversed(
        (
            click.option(
                "--config",
                metavar="FILE",
                type=InputFile(),
                help="Build with these settings (YAML; 'setrange config' prints an example).",
            ),
            click.option(
                "--gpu",
                multiple=True,
                metavar="GPU[,GPU]",
                shell_complete=_complete_gpu,
                help="Build an engine of TensorRT for RTX for these GPUs: rtx20, rtx30, rtx40, "
                "rtx50, sm86, ..., current; without it, for RTX 30 and later.",
            ),
            click.option(
                "--no-fp16",
                is_flag=True,
                help="Run layers of an engine in INT8 or FP32, not in FP16.",
            ),
            *(
                click.option(
                    f"--{which}",
                    f"{which}_shapes",
                    multiple=True,
                    metavar=f"NAME:{batch}x3x224x224",
                    help=f"Give the {words} shape of an input whose size is free.",
                )
                for which, batch, words in (
                    ("min", 1, "smallest"),
                    ("opt", 8, "usual"),
                    ("max", 32, "largest"),
                )
            ),
        )
    ):
        function = option(function)
    return function


def read_settings(
    config: str | None,
    min_shapes: Sequence[str],
    opt_shapes: Sequence[str],
    max_shapes: Sequence[str],
    *,
    no_fp16: bool,
) -> BuildConfig:
    """Return the settings of ``--config`` with what the command line adds.

    Raises:
        SetrangeError: They cannot be read or contradict each other.
    """
    from setrange.build_settings.config import BuildConfig, read_build_config

    settings = BuildConfig() if config is None else read_build_config(config)
    settings = settings.with_shapes(min_shapes, opt_shapes, max_shapes)
    return settings.without_fp16() if no_fp16 else settings
