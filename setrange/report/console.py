# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What people read: plain lines on stderr, coloured on a terminal."""

from __future__ import annotations

import contextlib
import enum
import os
import sys
from typing import TextIO

import click

from setrange.errors import InputError

__all__ = ["Console", "Verbosity", "print_product", "product_stream", "silence"]


class Verbosity(enum.IntEnum):
    """How much a command says."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class Console:
    """Writes to stderr; stdout belongs to the product.

    Attributes:
        verbosity: Lines above it are not written.
    """

    def __init__(self, verbosity: Verbosity = Verbosity.NORMAL) -> None:
        self.verbosity = verbosity

    @property
    def is_verbose(self) -> bool:
        """True under ``-v``."""
        return self.verbosity >= Verbosity.VERBOSE

    @property
    def is_quiet(self) -> bool:
        """True under ``-q``."""
        return self.verbosity <= Verbosity.QUIET

    @property
    def is_watched(self) -> bool:
        """True where what moves may be shown: on a terminal, not under ``-q``."""
        return not self.is_quiet and _is_terminal()

    def say(self, text: str = "") -> None:
        """Write a line, unless ``-q``."""
        if not self.is_quiet:
            self._write(text)

    def detail(self, text: str) -> None:
        """Write a line under ``-v`` only."""
        if self.is_verbose:
            self._write(text)

    def always(self, text: str) -> None:
        """Write a line, whatever the verbosity."""
        self._write(text)

    def error(self, text: str) -> None:
        """Write ``error: text``."""
        self._write(f"{self.style('error:', fg='red', bold=True)} {text}")

    @staticmethod
    def style(text: str, *, fg: str | None = None, bold: bool = False) -> str:
        """Return the text in a colour; ``_write`` takes it off where colours do not belong."""
        return click.style(text, fg=fg, bold=bold)

    @staticmethod
    def _write(text: str) -> None:
        try:
            click.echo(text, err=True, color=_wants_colour())
        except (OSError, ValueError):
            # Nobody listens (closed, a pipe whose reader left, a full disk): the work goes on.
            silence(sys.stderr)


def print_product(text: str) -> None:
    """Write the product of a command to stdout, as it is."""
    click.echo(text, file=product_stream(), color=False)


def product_stream() -> TextIO:
    """Return where the product goes.

    Raises:
        InputError: stdout is closed: the product would be lost.
    """
    if sys.stdout is None or sys.stdout.closed:
        raise InputError("standard output is closed, and it is where the result goes")
    return sys.stdout


def silence(stream: TextIO | None) -> None:
    """Point a stream nowhere, so that nothing more is said about it, not even at the end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)
        stream.flush()  # type: ignore[union-attr]


def _is_terminal() -> bool:
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def _wants_colour() -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return _is_terminal() and not plain
