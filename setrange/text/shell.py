# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands to paste into a shell, quoted for the system they are shown on."""

from __future__ import annotations

import enum
import os
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Shell", "command_line", "command_lines"]


class Shell(enum.Enum):
    """A shell that a command is quoted for; the value is its name for people."""

    SH = "sh"
    POWERSHELL = "PowerShell"
    CMD = "cmd"


# A comma makes a list in PowerShell, and an @ at the beginning a splat, so they are quoted too.
_PLAIN = re.compile(r"[\w+=:./\\-][\w@+=:./\\-]*\Z", re.ASCII)

#: PowerShell takes typographic quotes for plain ones.
_POWERSHELL_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")

#: Backslashes before a double quote, as the programs themselves read their arguments.
_BEFORE_QUOTE = re.compile(r'(\\*)"')
_AT_THE_END = re.compile(r"(\\+)\Z")

#: What means something to cmd outside of quotes.
_CMD_SIGNS = re.compile(r'[()%!^"<>&|]')

#: What double quotes do not keep as it is, in PowerShell or in cmd.
_NOT_IN_DOUBLE_QUOTES = re.compile('["%$`\u201c\u201d\u201e]|\\\\\\Z')


def command_line(
    arguments: Iterable[str], shell: Shell | None = None, *, windows: bool = os.name == "nt"
) -> str:
    """Return a command to paste into a shell.

    Args:
        arguments: The program and its arguments.
        shell: The shell; ``None``: sh, and on Windows what both PowerShell and cmd take, or
            PowerShell alone where nothing is good for both.
        windows: The system is Windows, where ``shell`` is ``None``.

    >>> command_line(["trtexec", "--onnx=my model.onnx"], Shell.SH)
    "trtexec '--onnx=my model.onnx'"
    >>> command_line(["trtexec", "--onnx=my model.onnx"], windows=True)
    'trtexec "--onnx=my model.onnx"'
    """
    given = list(arguments)
    if shell is None and not windows:
        shell = Shell.SH
    if shell is Shell.SH:
        return shlex.join(given)
    if shell is None:
        shell = Shell.POWERSHELL
        if _is_good_for_both(given):
            return " ".join(a if _PLAIN.match(a) else f'"{a}"' for a in given)
    if shell is Shell.CMD:
        return " ".join(map(_cmd_quoted, given))
    quoted = [_powershell_quoted(argument) for argument in given]
    # A program in quotes would only be printed.
    return " ".join(["&", *quoted] if quoted[0].startswith("'") else quoted)


def command_lines(
    arguments: Iterable[str], *, windows: bool = os.name == "nt"
) -> dict[str, str]:
    """Return a command for each shell of the system, by the shell's name.

    One line, named ``""``, where it is the same for all.

    >>> command_lines(["setrange", "check", "$a.json"], windows=True)
    {'PowerShell': "setrange check '$a.json'", 'cmd': 'setrange check "$a.json"'}
    """
    given = list(arguments)
    if not windows or _is_good_for_both(given):
        return {"": command_line(given, windows=windows)}
    return {shell.value: command_line(given, shell) for shell in (Shell.POWERSHELL, Shell.CMD)}


def _is_good_for_both(arguments: list[str]) -> bool:
    """True where double quotes do for PowerShell as well as for cmd."""
    return bool(_PLAIN.match(arguments[0])) and not any(
        _NOT_IN_DOUBLE_QUOTES.search(argument) for argument in arguments
    )


def _powershell_quoted(argument: str) -> str:
    if _PLAIN.match(argument):
        return argument
    return "'" + _POWERSHELL_QUOTES.sub(lambda match: match.group() * 2, argument) + "'"


def _cmd_quoted(argument: str) -> str:
    if _PLAIN.match(argument):
        return argument
    text = _BEFORE_QUOTE.sub(lambda match: match.group(1) * 2 + '\\"', argument)
    text = '"' + _AT_THE_END.sub(lambda match: match.group(1) * 2, text) + '"'
    # cmd puts a variable's value for %NAME% in quotes as well, and an escaped quote ends its
    # quotes; with a caret before each sign there are neither quotes nor variables for it.
    needs_carets = "%" in argument or '"' in argument
    return _CMD_SIGNS.sub(lambda match: "^" + match.group(), text) if needs_carets else text
