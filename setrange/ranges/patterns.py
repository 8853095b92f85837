# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Patterns over names: globs, and regular expressions behind ``re:``.

The same for tensors and for the ``precision`` of nodes: a name that is exactly a pattern's text
fits it, and of several patterns that fit the last in the file counts.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from typing import TYPE_CHECKING

from setrange.text.linear_regex import LinearRegex, RegexError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REGEX", "fits", "is_bracketed", "is_pattern", "why_unreadable"]

#: How a regular expression begins; what follows must fit a name as a whole.
REGEX = "re:"


def is_pattern(text: str) -> bool:
    """True for what may mean several names.

    >>> [is_pattern(t) for t in ("/backbone/*", "re:conv[0-9]+", "/conv1/Conv_output_0")]
    [True, True, False]
    """
    return text.startswith(REGEX) or any(char in text for char in "*?[")


def is_bracketed(text: str) -> bool:
    """True for a pattern that names look like as well: brackets, and neither star nor ``?``.

    >>> [is_bracketed(t) for t in ("block[0].conv", "block[01]/*", "re:conv[0-9]")]
    [True, False, False]
    """
    return "[" in text and not text.startswith(REGEX) and "*" not in text and "?" not in text


def fits(text: str, name: str) -> bool:
    """True where a pattern fits a name; case counts.

    >>> fits("/backbone/*", "/backbone/conv1/Conv_output_0"), fits("re:conv[0-9]", "conv12")
    (True, False)

    Raises:
        RegexError: The expression behind ``re:`` cannot be read.
    """
    # A name counts even where a glob reads its brackets otherwise.
    return name == text or _test(text)(name)


def why_unreadable(text: str) -> str | None:
    """Return why a pattern cannot be read, or ``None`` where it can."""
    try:
        _test(text)
    except RegexError as error:
        return str(error)
    return None


@functools.lru_cache(maxsize=1024)
def _test(text: str) -> Callable[[str], bool]:
    if text.startswith(REGEX):
        return LinearRegex(text.removeprefix(REGEX)).fits
    match = re.compile(fnmatch.translate(text)).match
    return lambda name: match(name) is not None
