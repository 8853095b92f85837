# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which function imports which op, from which parser version on."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from setrange.versions import PROFILES, profile_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from setrange.importer.context import ImporterContext
    from setrange.importer.value import Value
    from setrange.model.node import Node

    Importer: TypeAlias = Callable[[ImporterContext, Node, list[Value]], Sequence[Value]]
    Checker: TypeAlias = Callable[[ImporterContext, Node], None]

__all__ = [
    "Entry",
    "checker",
    "find_checker",
    "find_importer",
    "importer",
    "registered_ops",
    "removed",
]

F = TypeVar("F", bound="Importer")
C = TypeVar("C", bound="Checker")
E = TypeVar("E", "Entry", "CheckerEntry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One registration, in force from ``since`` until the op's next one.

    Attributes:
        op: ONNX op type.
        since: First parser profile it holds for.
        importer: The handler; ``None`` = that parser has no importer for the op.
        source: Where the behaviour was read: ``<tag>:<symbol>``.
    """

    op: str
    since: str
    importer: Importer | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerEntry:
    """One static check, in force from ``since`` until the op's next one.

    Attributes:
        op: ONNX op type.
        since: First parser profile it holds for.
        check: Refuses what the parser refuses from the node alone, before importing it.
        source: Where the behaviour was read: ``<tag>:<symbol>``.
    """

    op: str
    since: str
    check: Checker
    source: str


_ENTRIES: dict[str, list[Entry]] = {}
_CHECKERS: dict[str, list[CheckerEntry]] = {}


def importer(*ops: str, since: str, source: str) -> Callable[[F], F]:
    """Register a handler for one or more ops.

    Args:
        ops: ONNX op types.
        since: First parser profile (member of ``versions.PROFILES``) it holds for.
        source: ``<tag>:<symbol>`` of onnx/onnx-tensorrt.

    Raises:
        ValueError: The op has an entry with the same ``since`` already, or no such profile.
    """

    def register(handler: F) -> F:
        for op in ops:
            entry = Entry(op=op, since=since, importer=handler, source=source)
            _add(_ENTRIES, entry, "importers")
        return handler

    return register


def checker(*ops: str, since: str, source: str) -> Callable[[C], C]:
    """Register a static check (10.x: onnxOpCheckers.cpp), run before the op's importer.

    Raises:
        ValueError: The op has a check with the same ``since`` already, or no such profile.
    """

    def register(check: C) -> C:
        for op in ops:
            entry = CheckerEntry(op=op, since=since, check=check, source=source)
            _add(_CHECKERS, entry, "checkers")
        return check

    return register


def removed(*ops: str, since: str, source: str) -> None:
    """Record that parsers from ``since`` on have no importer for these ops."""
    for op in ops:
        entry = Entry(op=op, since=since, importer=None, source=source)
        _add(_ENTRIES, entry, "importers")


def _add(registered: dict[str, list[E]], entry: E, what: str) -> None:
    if entry.since not in PROFILES:
        raise ValueError(f"{entry.op}: since={entry.since!r} is not a parser profile")
    entries = registered.setdefault(entry.op, [])
    if any(other.since == entry.since for other in entries):
        raise ValueError(f"{entry.op} has two {what} since {entry.since}")
    entries.append(entry)
    entries.sort(key=lambda e: profile_rank(e.since))


def find_importer(op: str, profile: str) -> Entry | None:
    """Return the latest entry that is not newer than ``profile``, or ``None``."""
    return _table(profile).get(op)


def find_checker(op: str, profile: str) -> CheckerEntry | None:
    """Return the latest static check that is not newer than ``profile``, or ``None``."""
    return _checker_table(profile).get(op)


def registered_ops() -> dict[str, list[Entry]]:
    """All registrations by op, each list oldest first."""
    _load_ops()
    return dict(sorted(_ENTRIES.items()))


@functools.cache
def _table(profile: str) -> dict[str, Entry]:
    table = _in_force(_ENTRIES, profile)
    return {op: entry for op, entry in table.items() if entry.importer is not None}


@functools.cache
def _checker_table(profile: str) -> dict[str, CheckerEntry]:
    return _in_force(_CHECKERS, profile)


def _in_force(registered: dict[str, list[E]], profile: str) -> dict[str, E]:
    """The latest registration of each op that is not newer than ``profile``."""
    _load_ops()
    rank = profile_rank(profile)
    return {
        op: entry
        for op, entries in registered.items()
        for entry in entries  # oldest first: the last one stays
        if profile_rank(entry.since) <= rank
    }


@functools.cache
def _load_ops() -> None:
    from setrange.importer import implicit, ops

    for package in (ops, implicit):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
