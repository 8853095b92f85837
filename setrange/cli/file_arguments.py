# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Arguments that name files: what a command reads, and what it writes.

An argument of type ``InputFile`` or ``OutputFile`` declares its file when the command line is
parsed (``setrange.files.roles``), so no command can take one file for both. A test holds that
every argument that names a file has one of these types.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import click

from setrange.errors import UsageError
from setrange.files.atomic import real_output
from setrange.files.roles import STDOUT, allow_overwriting, reads, writes
from setrange.files.windows import check_name

if TYPE_CHECKING:
    from collections.abc import Callable

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType

__all__ = [
    "InputFile",
    "InputFiles",
    "ModelFile",
    "OutputFile",
    "is_stdout",
    "not_to_stdout",
    "output_option",
    "overwrite_option",
    "shown_output",
]


class InputFile(_ParamType):
    """A file (or place of files) that the command reads; the value stays as it was written."""

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Declare the file."""
        if isinstance(value, str):
            if not value:
                raise UsageError(f"{_shown(param)}: the name is empty; give the file to read")
            _refuse_device(value)
            reads(value, _shown(param))
        return value


class ModelFile(InputFile):
    """A model that the command reads: from a file, since its weights stay there."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Declare the file."""
        if isinstance(value, str) and value and stat.S_ISFIFO(_mode_of(value)):
            raise UsageError(f"{value}: is a pipe; expected a file: a model is read in place")
        return super().convert(value, param, ctx)


def _refuse_device(path: str) -> None:
    """Refuse what may never end; the standard streams have names among the devices, too."""
    is_stream = path.startswith(("/dev/fd/", "/proc/")) or path in ("/dev/stdin", "/dev/null")
    if not is_stream and stat.S_IFMT(_mode_of(path)) in (stat.S_IFCHR, stat.S_IFBLK):
        raise UsageError(f"{path}: is a device, which may never end; expected a file")


def _mode_of(path: str) -> int:
    """What kind of file a path is; 0 where it is none, which the reader says better."""
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return 0


class InputFiles(InputFile):
    """Files that the command reads: one, or all that fit a pattern; the value is their list.

    Shells on Windows leave patterns to the program.
    """

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Declare the files."""
        if not isinstance(value, str):
            return value
        return [super(InputFiles, self).convert(path, param, ctx) for path in _fitting(value)]


def _fitting(text: str) -> list[str]:
    """Return the files that a pattern fits, by name; a file of exactly that name wins."""
    import glob

    if not glob.has_magic(text) or os.path.lexists(text):
        return [text]
    found = sorted(glob.glob(text))
    if not found:
        raise UsageError(f"{text}: no file fits this pattern")
    return found


class OutputFile(_ParamType):
    """A file that the command writes; ``-`` is standard output.

    A symbolic link is followed here, so that what is written beside the file goes to the
    folder that the file is in.
    """

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Declare the file."""
        if not isinstance(value, str) or value == STDOUT:
            return value
        if not value:
            raise UsageError(f"{_shown(param)}: the name is empty; give the file to write")
        check_name(value)
        writes(value, _shown(param))
        real = real_output(value)
        return value if str(real) == value else str(real)


def _shown(param: click.Parameter | None) -> str:
    if isinstance(param, click.Option):
        return min(param.opts, key=len)
    named = "the file" if param is None else param.metavar or param.human_readable_name
    return named.strip("[]")  # an argument that may be left out


def output_option(
    *, required: bool = True, name: str = "out", metavar: str = "OUT", help: str
) -> Callable[..., Any]:
    """Add ``-o`` and ``--overwrite``.

    Args:
        required: The command cannot do without.
        name: Of the function's parameter.
        metavar: What the help calls it.
        help: What is written.
    """

    def with_output(function: Callable[..., Any]) -> Callable[..., Any]:
        overwrite = overwrite_option(metavar)
        output = click.option(
            "-o",
            "--output",
            name,
            required=required,
            metavar=metavar,
            type=OutputFile(),
            help=help,
        )
        return output(overwrite(function))

    return with_output


def overwrite_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--overwrite``.

    Args:
        what: What the help calls the output.
    """
    return click.option(
        "--overwrite",
        is_flag=True,
        is_eager=True,  # other options ask whether it is set
        expose_value=False,
        callback=_overwrite,
        help=f"Replace {what} though it is of another kind, such as a model.",
    )


def _overwrite(_context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        allow_overwriting()


def is_stdout(out: str | None) -> bool:
    """True for ``-o -``."""
    return out == STDOUT


def shown_output(out: str) -> str:
    """Return what to call an output in messages."""
    return "standard output" if is_stdout(out) else out


def not_to_stdout(out: str, why: str, *, flag: str = "-o") -> None:
    """Refuse ``-o -`` where it cannot be.

    Args:
        out: The output.
        why: Why it cannot be.
        flag: The option.

    Raises:
        UsageError: It was asked for; the message says why it cannot be.
    """
    if is_stdout(out):
        raise UsageError(f"{flag} -: {why}; give the name of a file")
