# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Functions of the user's own, given to an option as ``module:function``."""

from __future__ import annotations

import importlib
import re
import sys
from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_function", "one_line", "user_function"]

_FORM = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def is_function(text: str) -> bool:
    """True for a text of the form ``module:function``, whether there is one or not."""
    return _FORM.fullmatch(text) is not None


def user_function(
    place: str, *, option: str, what: str, instead: str = ""
) -> Callable[..., Any]:
    """Return the function that a place names; modules of this folder are found too.

    Args:
        place: ``module:function``.
        option: To which option it was given.
        what: What is expected of the function: "a function that ...".
        instead: What else the option takes: "a file, or ".

    Raises:
        UsageError: There is no such module or function.
    """
    module, name = place.split(":")
    sys.path.insert(0, "")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"{option} {place}: {one_line(error)}; expected {instead}module:function that can "
            f"be imported from here"
        ) from error
    except Exception as error:  # in the user's own module
        raise UsageError(
            f"{option} {place}: importing {module} raised {type(error).__name__}: "
            f"{one_line(error)}"
        ) from error
    finally:
        sys.path.remove("")
    if not callable(found):
        raise UsageError(f"{option} {place}: is not callable; expected {what}")
    function: Callable[..., Any] = found
    return function


def one_line(error: Exception) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split())
