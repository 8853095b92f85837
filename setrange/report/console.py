# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What people read: plain lines on stderr, coloured on a terminal."""

from __future__ import annotations

import contextlib
import enum
import os
import sys
from typing import TYPE_CHECKING, TextIO

import click

from setrange.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Console",
    "Verbosity",
    "flush_product",
    "print_lines",
    "print_product",
    "product_stream",
    "silence",
]


class Verbosity(enum.IntEnum):
    """How much a command says."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class Console:
    """Writes to stderr; stdout belongs to the product.

    Attributes:
        verbosity: Lines above it are not written.
        is_product: What it writes is the report that was asked for, so it goes to stdout.
    """

    def __init__(
        self, verbosity: Verbosity = Verbosity.NORMAL, *, is_product: bool = False
    ) -> None:
        self.verbosity = verbosity
        self.is_product = is_product

    def for_report(self, *, as_json: bool) -> Console:
        """Return where the report of a command goes that does nothing but report.

        It is the product, so it goes to stdout; but not beside JSON, which is the product then,
        and not under ``-q``, which leaves errors only.

        Args:
            as_json: ``--json`` was given.
        """
        return Console(self.verbosity, is_product=not (as_json or self.is_quiet))

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
        return not self.is_quiet and _is_terminal(sys.stderr)

    def say(self, text: str = "") -> None:
        """Write a message, unless ``-q``: a line, or a few that belong together."""
        if not self.is_quiet:
            self._write(_several(text))

    def lines(self, lines: Iterable[str]) -> None:
        """Write lines, unless ``-q``; a line end within one is a name's, and escaped."""
        if not self.is_quiet:
            for line in lines:
                self._write(_line(line))

    def command(self, text: str) -> None:
        """Write a command to paste, unless ``-q``; it is never cut."""
        if not self.is_quiet:
            self._write(_line(text, is_whole=True))

    def next_step(self, arguments: Sequence[str], label: str = "next") -> None:
        """Write a command to run next, unless ``-q``, for each shell that needs its own."""
        from setrange.text.shell import command_lines

        for shell, line in command_lines(arguments).items():
            self.command(f"{label} ({shell}): {line}" if shell else f"{label}: {line}")

    def detail(self, text: str) -> None:
        """Write a message under ``-v`` only."""
        if self.is_verbose:
            self._write(_several(text))

    def always(self, text: str) -> None:
        """Write a message, whatever the verbosity."""
        self._write(_several(text))

    def error(self, text: str) -> None:
        """Write ``error: text``."""
        self.labelled("error:", "red", text)

    def labelled(self, label: str, colour: str, text: str) -> None:
        """Write a message behind a coloured word, whatever the verbosity."""
        head = click.style(label, fg=colour, bold=True)
        self._write(f"{head} {_several(text)}")

    def _write(self, text: str) -> None:
        """Write what has been made visible; nothing else in this class writes."""
        if self.is_product:
            with _blaming_stdout():
                stream = product_stream()
                click.echo(text, file=stream, color=_wants_colour(stream))
            return
        try:
            click.echo(text, err=True, color=_wants_colour(sys.stderr))
        except (OSError, ValueError):
            # Nobody listens (closed, a pipe whose reader left, a full disk): the work goes on.
            silence(sys.stderr)


def print_product(text: str) -> None:
    """Write the product of a command to stdout, as it is: JSON, or text without names."""
    with _blaming_stdout():
        click.echo(text, file=product_stream(), color=False)


def flush_product() -> None:
    """Bring the product to whoever reads it.

    Raises:
        InputError: There is no room for it.
        BrokenPipeError: Nobody reads it any more.
    """
    if sys.stdout is not None and not sys.stdout.closed:
        with _blaming_stdout():
            sys.stdout.flush()


@contextlib.contextmanager
def _blaming_stdout() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        silence(sys.stdout)  # what is left is not tried again at the end
        raise InputError(
            f"standard output: cannot be written: {error.strerror or error}"
        ) from error


def print_lines(lines: Iterable[str]) -> None:
    """Write text for people to stdout, line by line; names in it are made visible."""
    for line in lines:
        print_product(_line(line))


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


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _wants_colour(stream: TextIO | None) -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return _is_terminal(stream) and not plain


def _several(text: str) -> str:
    from setrange.text.visible import visible_lines  # --help shows no names

    return visible_lines(text)


def _line(text: str, *, is_whole: bool = False) -> str:
    from setrange.text.visible import MOST_SHOWN, visible

    return visible(text, None if is_whole else MOST_SHOWN)
