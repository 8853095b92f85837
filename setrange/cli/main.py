# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``main``: runs a command and turns whatever happens into one message and an exit status."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from setrange import __version__
from setrange.cli.ending import with_signals
from setrange.cli.group import CommandGroup
from setrange.errors import SetrangeError
from setrange.files.interrupts import Terminated
from setrange.files.roles import one_task
from setrange.report.console import Console, flush_product, product_stream, silence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.cli.ending import Ending

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
    epilog="Exit status: 0 the work is done, 1 findings stop it, 2 the command line or a file "
    "is wrong, 3 a backend is missing or failed.",
)
@click.version_option(__version__, message="setrange %(version)s")
@click.pass_context
def setrange(context: click.Context) -> None:
    """Turn an ONNX model and a file of min/max ranges into what TensorRT builds INT8 from.

    `setrange COMMAND --help` lists the options of a command; `setrange explain index` lists
    the pages of the documentation, which are installed too.
    """
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

    Raises:
        SystemExit: A signal such as SIGTERM asked the program to end (143).
    """
    _occupy_closed_streams()
    _keep_going_on_odd_characters()
    with with_signals() as ending, one_task():
        status = _status_of(argv, ending)
    _leave_before_native_code(status if isinstance(status, int) else ending.status)
    if isinstance(status, Terminated):
        # As a shell counts it; whoever calls this function is to end as well.
        raise SystemExit(ending.status)
    return status


def _leave_before_native_code(status: int) -> None:
    """End the program at once where TensorRT for RTX is loaded: everything is put in order.

    Its own end takes time, and crashes now and then after a build that was stopped.
    """
    if "tensorrt_rtx" not in sys.modules:
        return
    from setrange.files.early_interrupt import is_program

    if is_program(sys.argv, sys.orig_argv):
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(status)


def _status_of(argv: Sequence[str] | None, ending: Ending) -> int | Terminated:
    """Run the command; say what went wrong."""
    console = Console()
    try:
        return _run(argv)
    except Terminated as end:
        console.error(f"ended by {signal.Signals(end.number).name}")
        return end
    except (click.Abort, KeyboardInterrupt):
        console.error("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        silence(sys.stdout)
        return _BROKEN_PIPE
    except Exception as error:
        if ending.number is not None:  # a library made something else of it
            console.error("interrupted")
            return ending.status
        if _debugging() and not isinstance(error, click.ClickException):
            raise
        status, text = _explained(error)
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except (OSError, ValueError):
            silence(sys.stdout)  # it is what has no room: say it once
        console.error(text)
        return status


def _explained(error: Exception) -> tuple[int, str]:
    """Return the exit status and the message of what went wrong."""
    if isinstance(error, SetrangeError):
        return error.exit_code, str(error)
    if isinstance(error, click.ClickException):
        return _BAD_INPUT, _with_help(error)
    if isinstance(error, MemoryError):
        return _BAD_INPUT, "out of memory"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return _BAD_INPUT, f"{where}{error.strerror or error}"
    return _BUG, _bug(error)  # the last resort: a bug, said in one line


def _run(argv: Sequence[str] | None) -> int:
    # A command is short-lived: looking for garbage often costs a tenth of its time, and looking
    # through everything at its end costs as much again.
    gc.set_threshold(100_000, 50, 50)
    gc.enable()
    atexit.register(gc.freeze)
    # Threads that hash, quantize or load a library need the interpreter for microseconds
    # between long calls; they should not wait five milliseconds for it each time.
    sys.setswitchinterval(0.0001)
    if argv is None:
        # numpy's library of matrix products starts a thread for each processor when it is
        # loaded, and they spin for a while; no command multiplies matrices.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Not click's own main(): it turns a broken pipe into a plain exit 1.
    args = sys.argv[1:] if argv is None else list(argv)
    if "_SETRANGE_COMPLETE" in os.environ:
        setrange.main(args, prog_name="setrange")
    try:
        with setrange.make_context("setrange", args) as context:
            status = setrange.invoke(context)
    except click.exceptions.Exit as leave:
        if not leave.exit_code:
            product_stream()  # --help and --version print by themselves, or not at all
        status = leave.exit_code
    flush_product()
    return status or 0


def _with_help(error: click.ClickException) -> str:
    from setrange.cli.wrong_calls import meant_option, whole_call

    text = error.format_message()
    call, option = whole_call(error), meant_option(error)
    if call is not None:
        text = f"{text.rstrip('.')}: {call}"
    elif option is not None:
        text = f"{text.partition('(')[0].rstrip(' .')}: {option}"
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


def _occupy_closed_streams() -> None:
    """Give closed standard streams (``>&-``) a place, lest the next file gets their number.

    Whatever native code then writes to them would end up in that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
