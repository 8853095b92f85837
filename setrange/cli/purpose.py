# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--for``: the output that ranges are meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from setrange.cli.given_options import given_flags
from setrange.ranges.own_reader import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.plan.purpose import Purpose
    from setrange.versions import TrtVersion

__all__ = ["chosen_purpose", "purpose_option"]


def purpose_option(help: str) -> Callable[..., Any]:
    """Add ``--for``; the command gets it as ``purpose``."""
    return click.option("--for", "purpose", type=click.Choice(PURPOSES), help=help)


def chosen_purpose(
    name: str | None, *, trt: TrtVersion | None, target: str, in_file: str | None = None
) -> Purpose:
    """Return what ranges are for, as far as the command line and the file say it.

    Raises:
        UsageError: Options contradict each other.
    """
    from setrange.plan.purpose import purpose_of

    said = target if given_flags({"target"}) else None
    return purpose_of(name, trt=trt, target=said, in_file=in_file)
