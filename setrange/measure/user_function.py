# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Functions of the user's own, given to an option as ``module:function``."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError
from setrange.files.roles import reads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["FAILURES", "is_function", "one_line", "user_function", "what_happened"]

#: What a user's code may raise that is its own fault: ``sys.exit`` must not end the program.
#: ^C and signals are not among them: they are the user's wish.
FAILURES = (Exception, SystemExit)

_FORM = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def is_function(text: str) -> bool:
    """True for a text of the form ``module:function``, whether there is one or not."""
    return _FORM.fullmatch(text) is not None


def user_function(
    place: str, *, option: str, what: str, instead: str = ""
) -> Callable[..., Any]:
    """Return the function that a place names; modules of this folder are found too.

    The files of the user's modules are declared as inputs, so that no output replaces them.

    Args:
        place: ``module:function``.
        option: To which option it was given.
        what: What is expected of the function: "a function that ...".
        instead: What else the option takes: "a file, or ".

    Raises:
        UsageError: There is no such module or function, or its file is an output as well.
    """
    module, name = place.split(":")
    before = frozenset(sys.modules)
    sys.path.insert(0, "")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"{option} {place}: {one_line(error)}; expected {instead}module:function that can "
            f"be imported from here"
        ) from error
    except FAILURES as error:  # in the user's own module
        raise UsageError(
            f"{option} {place}: importing {module} {what_happened(error)}"
        ) from error
    finally:
        with contextlib.suppress(ValueError):  # the user's module may have removed it
            sys.path.remove("")
    for file in _files(module, before):
        reads(file, option)
    if not callable(found):
        raise UsageError(f"{option} {place}: is not callable; expected {what}")
    function: Callable[..., Any] = found
    return function


def _files(module: str, before: Iterable[str]) -> list[str]:
    """Return the files of a module, of its packages, and of what it imports from their folder.

    Args:
        module: Its name; it is imported.
        before: Names of the modules that were imported before it was.
    """
    packages = module.split(".")
    named = [".".join(packages[: end + 1]) for end in range(len(packages))]
    files = [file for name in named if (file := _file(name)) is not None]
    folders = tuple({os.path.join(os.path.dirname(file), "") for file in files})
    others = sys.modules.keys() - set(before) - set(named)
    files += [
        file for name in sorted(others)
        if (file := _file(name)) is not None and file.startswith(folders)
    ]  # fmt: skip
    return files


def _file(module: str) -> str | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return os.path.abspath(file) if isinstance(file, str) else None


def what_happened(error: BaseException) -> str:
    """Say what a user's code did, after its name: that it raised something, or ended all."""
    if isinstance(error, SystemExit):
        return (
            f"ended the program (SystemExit: {one_line(error)}); remove the call of sys.exit "
            f"from what is called or imported here"
        )
    return f"raised {type(error).__name__}: {one_line(error)}"


def one_line(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split())
