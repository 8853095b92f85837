# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that mean something for one choice only, refused by name where another was made.

What counts is whether the user wrote the option, not its value: an option that was given with
its default value is refused too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["given_flags", "refuse_given"]


def given_flags(names: Collection[str] | None = None) -> dict[str, str]:
    """Return the options that the user wrote for the command that is being run.

    Args:
        names: Parameter names to look for; ``None`` takes all of the command.

    Returns:
        Parameter name -> flag (``min_shapes`` -> ``--min``), in the order of ``--help``.
    """
    context = click.get_current_context(silent=True)
    if context is None:
        return {}
    return {
        parameter.name: max(parameter.opts, key=len)
        for parameter in context.command.params
        if isinstance(parameter, click.Option)
        and (names is None or parameter.name in names)
        and context.get_parameter_source(parameter.name)
        in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    }


def refuse_given(names: Collection[str], reason: str) -> None:
    """Refuse options if the user wrote them.

    Args:
        names: Parameter names of options that mean nothing here.
        reason: What they are for, and what they are not for; it goes on after "is" or "are".

    Raises:
        UsageError: One of them was given; the message names all that were.
    """
    flags = list(given_flags(names).values())
    if flags:
        verb = "is" if len(flags) == 1 else "are"
        raise UsageError(f"{' and '.join(flags)} {verb} {reason}")
