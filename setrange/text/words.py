# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Things in words: how many there are, the first few of them, the one that may be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["and_more", "did_you_mean", "left_out", "near_names", "plural"]


def plural(number: int, thing: str) -> str:
    """Return a number with its thing, in the plural but for one.

    >>> plural(1, "layer"), plural(2, "layer")
    ('1 layer', '2 layers')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def and_more(
    items: Sequence[str],
    most: int = 3,
    *,
    total: int | None = None,
    quote: Callable[[str], str] = repr,
) -> str:
    """Return the first few of many, and how many there are more.

    Args:
        items: All of them, or as many as are known.
        most: How many are named.
        total: How many there are, if ``items`` are not all.
        quote: What names are put into; ``str`` leaves them as they are.

    >>> and_more(["a", "b", "c", "d", "e"])
    "'a', 'b', 'c' and 2 more"
    >>> and_more(["a", "b"], quote=str)
    'a, b'
    """
    named = ", ".join(quote(item) for item in items[:most])
    rest = max(len(items) if total is None else total, len(items)) - len(items[:most])
    return f"{named} and {rest} more" if rest else named


def left_out(number: int, what: str = "more") -> str:
    """Return the line below a list that was cut.

    >>> left_out(12, "more tensors")
    '12 more tensors; -v shows them all'
    """
    return f"{number} {what}; -v shows them all"


def near_names(
    name: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6
) -> list[str]:
    """Return the names that look most like one that is not known, the nearest first.

    Args:
        name: What was written.
        known: What may be meant.
        most: How many at most.
        cutoff: How alike they must be, from 0 to 1.
    """
    import difflib  # loaded for a mistake only

    return difflib.get_close_matches(name, list(known), n=most, cutoff=cutoff)


def did_you_mean(
    name: str,
    known: Iterable[str],
    *,
    otherwise: str = "",
    most: int = 1,
    cutoff: float = 0.6,
    quote: Callable[[str], str] = repr,
    end: str = "",
) -> str:
    """Return the question for a name that is not known.

    Args:
        name: What was written.
        known: What may be meant.
        otherwise: What is said where nothing is near.
        most: How many names are proposed at most.
        cutoff: How alike they must be, from 0 to 1.
        quote: What names are put into.
        end: What follows a question, such as a space before more words.

    >>> did_you_mean("chec", ["check", "apply"])
    "did you mean 'check'?"
    >>> did_you_mean("x", ["check"], otherwise="expected check")
    'expected check'
    """
    near = near_names(name, known, most=most, cutoff=cutoff)
    return f"did you mean {' or '.join(map(quote, near))}?{end}" if near else otherwise
