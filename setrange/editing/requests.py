# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The fields of a request from the page; what is not as it should be is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["choice", "flag", "names", "tensors", "text"]


def text(request: Mapping[str, Any], name: str) -> str:
    """Return a field that is text.

    Raises:
        UsageError: It is missing, or something else.
    """
    value = request.get(name)
    if not isinstance(value, str):
        raise UsageError(f"the request has no text as {name!r}")
    return value


def choice(request: Mapping[str, Any], name: str, known: Collection[str]) -> str:
    """Return a field that is one of some words.

    Raises:
        UsageError: It is none of them.
    """
    value = text(request, name)
    if value not in known:
        raise UsageError(f"{name!r} is {value[:40]!r}; expected {', '.join(known)}")
    return value


def flag(request: Mapping[str, Any], name: str) -> bool:
    """Return a field that is true or false; false where it is missing.

    Raises:
        UsageError: It is something else.
    """
    value = request.get(name, False)
    if not isinstance(value, bool):
        raise UsageError(f"{name!r} is neither true nor false")
    return value


def tensors(request: Mapping[str, Any], name: str, count: int) -> list[int]:
    """Return a field that lists tensors by their number, each once, in the order given.

    Args:
        request: The request.
        name: The field.
        count: How many tensors there are.

    Raises:
        UsageError: It is no such list.
    """
    value = request.get(name)
    if not isinstance(value, list) or any(type(item) is not int for item in value):
        raise UsageError(f"the request has no list of numbers as {name!r}")
    if any(not 0 <= item < count for item in value):
        raise UsageError(f"{name!r} has the number of a tensor that is not there")
    return list(dict.fromkeys(value))


def names(request: Mapping[str, Any], name: str) -> list[str]:
    """Return a field that is a list of texts.

    Raises:
        UsageError: It is none.
    """
    value = request.get(name)
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        raise UsageError(f"the request has no list of names as {name!r}")
    return value
