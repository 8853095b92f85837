# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``main``: runs a command and turns whatever happens into one message and an exit status."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from typing import TYPE_CHECKING

import click

from setrange import __version__
from setrange.cli.group import CommandGroup
from setrange.errors import SetrangeError
from setrange.report.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEBUG", "main"]

#: Environment variable that lets exceptions through with their traceback.
DEBUG = "SETRANGE_DEBUG"

_BAD_INPUT = 2
_BUG = 70
_INTERRUPTED = 130
_BROKEN_PIPE = 141


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 findings that block, 2 bad usage or input, "
    "3 a backend is missing or failed.",
)
@click.version_option(__version__, message="setrange %(version)s")
@click.pass_context
def setrange(context: click.Context) -> None:
    """Your INT8 ranges, any TensorRT, no calibrator."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(_BAD_INPUT)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program name; ``None`` takes ``sys.argv``.

    Returns:
        The exit status: 0 done, 1 findings that block, 2 bad usage or input, 3 a backend is
        missing or failed, 70 a bug, 130 interrupted, 141 the reader of stdout went away.
    """
    _keep_going_on_odd_characters()
    console = Console()
    try:
        return _run(argv)
    except SetrangeError as error:
        if _debugging():
            raise
        console.error(str(error))
        return error.exit_code
    except click.ClickException as error:
        console.error(_with_help(error))
        return _BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        console.error("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        _discard_stdout()
        return _BROKEN_PIPE
    except MemoryError:
        if _debugging():
            raise
        console.error("out of memory")
        return _BAD_INPUT
    except OSError as error:
        if _debugging():
            raise
        where = f"{error.filename}: " if error.filename else ""
        console.error(f"{where}{error.strerror or error}")
        return _BAD_INPUT
    except Exception as error:  # the last resort: a bug, said in one line
        if _debugging():
            raise
        console.error(_bug(error))
        return _BUG


def _run(argv: Sequence[str] | None) -> int:
    # A command is short-lived: looking for garbage often costs a tenth of its time, and looking
    # through everything at its end costs as much again.
    gc.set_threshold(100_000, 50, 50)
    atexit.register(gc.freeze)
    # Not click's own main(): it turns a broken pipe into a plain exit 1.
    args = sys.argv[1:] if argv is None else list(argv)
    if "_SETRANGE_COMPLETE" in os.environ:
        setrange.main(args, prog_name="setrange")
    try:
        with setrange.make_context("setrange", args) as context:
            status = setrange.invoke(context)
    except click.exceptions.Exit as leave:
        status = leave.exit_code
    sys.stdout.flush()
    return status or 0


def _with_help(error: click.ClickException) -> str:
    text = error.format_message()
    context = getattr(error, "ctx", None)
    return f"{text}\ntry: {context.command_path} --help" if context is not None else text


def _bug(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return (
        f"this is a bug in setrange {__version__}: {type(error).__name__}: {error}{where}; "
        f"please report it with the command you ran (with {DEBUG}=1 it shows the traceback)"
    )


def _debugging() -> bool:
    return bool(os.environ.get(DEBUG))


def _keep_going_on_odd_characters() -> None:
    """Escape what the console's encoding lacks (tensor names may be in any script)."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _discard_stdout() -> None:
    """Point stdout nowhere, so that the interpreter's last flush does not complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
