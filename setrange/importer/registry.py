# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which function imports which op: per op a history, one row for each release that changed it.

    history(
        "OneHot",
        since("8.5", one_hot, known_depth=True),
        since("8.6", known_depth=False),
    )

A row holds until the next one. A row with a function replaces the row before; a row without
one changes arguments of the row before.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import json
import pkgutil
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.importer.arguments import arguments
from setrange.versions import PROFILES, profile_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from setrange.importer.arguments import NodeContext
    from setrange.importer.op_types import Outputs, Value
    from setrange.model.node import Node

    Handler: TypeAlias = Callable[..., Outputs]
    Checker: TypeAlias = Callable[..., None]

#: Git tag of onnx/onnx-tensorrt by release, where it is not the release's own name.
TAGS = {
    "7.2": "7.2.1",
    "8.0": "8.0-GA",
    "8.2": "8.2-GA",
    "8.4": "8.4-GA",
    "8.5": "8.5-GA",
    "8.6": "8.6-GA",
    "10.1": "10.1-GA",
}

#: Reasons for rows that were not read at their release's tag.
LATER = "only a later source was read"
CHANGELOG = "the changelog of that source names the release"

#: Of a release whose source is not public: layer lists show what it does.
LISTS_OF_RTX_17 = {
    "read_at": "TensorRT for RTX 1.7",
    "symbol": "layer lists",
    "why": "no source of that release is public",
}


class Row(NamedTuple):
    """What changed for an op in one release; see ``since``."""

    release: str
    handler: Callable[..., Any] | None
    rules: Any
    symbol: str
    read_at: str
    why: str
    refuses: str | None
    changes: Mapping[str, Any]


class Entry(NamedTuple):
    """What imports (or checks) an op, from ``since`` until the op's next entry."""

    op: str  #: ONNX op type.
    since: str  #: First parser profile it holds for.
    handler: Callable[..., Any] | None  #: ``None``: the parser lacks the op.
    arguments: Mapping[str, Any]  #: What the function is given by name.
    symbol: str  #: The parser's function in which the behaviour was read.
    read_at: str  #: Where it was read, if not at the tag of ``since``.
    why: str  #: The reason for ``read_at``.
    refuses: tuple[str, ...] = ()  #: Element types that the first input must not have.

    @property
    def source(self) -> str:
        """Where the behaviour was read: ``<tag>:<symbol>`` of onnx/onnx-tensorrt."""
        return f"{self.read_at or TAGS.get(self.since, self.since)}:{self.symbol}"

    def run(self, ctx: NodeContext) -> list[Value]:
        """Import the context's node and return its outputs."""
        if self.handler is None:
            return []
        if self.refuses:
            ctx.refuse_types(ctx.optional(0), *self.refuses)
        outputs = self.handler(ctx, *arguments(self.handler, ctx), **self.arguments)
        return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]

    def check(self, ctx: NodeContext, node: Node) -> None:
        """Check a node, which is not the context's inside a function that is called."""
        if self.handler is not None:
            self.handler(ctx, node, **self.arguments)


_IMPORTERS: dict[str, list[Entry]] = {}
_CHECKERS: dict[str, list[Entry]] = {}


def since(
    release: str,  # first parser profile it holds for (member of ``versions.PROFILES``)
    handler: Handler | Checker | None = None,  # the one of the row before if not given
    rules: Any = None,  # a dataclass that the function takes; ``changes`` are its fields
    /,
    *,
    symbol: str = "",  # the parser's function, if not ``import<Op>``; for later rows as well
    read_at: str = "",  # where the behaviour was read, if not at the release's tag
    why: str = "",  # the reason for ``read_at``
    refuses: str | None = None,  # types the first input must not have (``"BOOL UINT8"``)
    **changes: Any,  # what the function is given by name, where it differs from the row before
) -> Row:
    """Say what an op does from a release on; what is not said is as in the row before."""
    return Row(release, handler, rules, symbol, read_at, why, refuses, changes)


def removed() -> None:
    """Stands for the function in the row of a release that no longer imports the op."""


def history(ops: str | tuple[str, ...], *rows: Row) -> None:
    """Register the importers of an op (or of several alike), oldest first.

    Raises:
        ValueError: No such profile, rows out of order or without a function, or two rows of
            one op for a release.
    """
    _register(_IMPORTERS, "import", ops, rows)


def checks(ops: str | tuple[str, ...], *rows: Row) -> None:
    """Register static checks (10.x: onnxOpCheckers.cpp), which run before the importers.

    Raises:
        ValueError: As ``history``.
    """
    _register(_CHECKERS, "check", ops, rows)


def _register(
    table: dict[str, list[Entry]], verb: str, ops: str | tuple[str, ...], rows: tuple[Row, ...]
) -> None:
    names = (ops,) if isinstance(ops, str) else ops
    handler: Callable[..., Any] | None = None
    given: dict[str, Any] = {}
    symbol, last, refuses = verb + names[0], "", ""
    for row in rows:
        if row.release not in PROFILES:
            raise ValueError(f"{names[0]}: {row.release!r} is not a parser profile")
        if last and profile_rank(row.release) <= profile_rank(last):
            raise ValueError(f"{names[0]}: {row.release} does not come after {last}")
        if row.handler is not None:
            handler, given = row.handler, {}
        elif handler is None:
            raise ValueError(f"{names[0]}: {row.release} has no function")
        rules = given.get("rules") if row.rules is None else row.rules
        if rules is not None:
            given = {"rules": dataclasses.replace(rules, **row.changes)}
        else:
            given = {**given, **row.changes}
        symbol, last = row.symbol or symbol, row.release
        refuses = refuses if row.refuses is None else row.refuses
        for op in names:
            entry = Entry(
                op=op,
                since=row.release,
                handler=None if handler is removed else handler,
                arguments=given,
                symbol=symbol,
                read_at=row.read_at,
                why=row.why,
                refuses=tuple(refuses.split()),
            )
            _add(table.setdefault(op, []), entry)


def _add(entries: list[Entry], entry: Entry) -> None:
    if any(other.since == entry.since for other in entries):
        raise ValueError(f"{entry.op} has two rows for {entry.since}")
    entries.append(entry)
    entries.sort(key=lambda e: profile_rank(e.since))


@functools.cache
def find_importer(op: str, profile: str) -> Entry | None:
    """Return the latest entry that is not newer than ``profile``, or ``None``."""
    return _in_force(_IMPORTERS, op, profile)


@functools.cache
def find_checker(op: str, profile: str) -> Entry | None:
    """Return the latest static check that is not newer than ``profile``, or ``None``."""
    return _in_force(_CHECKERS, op, profile)


def registered_ops() -> dict[str, list[Entry]]:
    """All importers by op, each list oldest first."""
    _load_ops()
    return dict(sorted(_IMPORTERS.items()))


def registered_checks() -> dict[str, list[Entry]]:
    """All static checks by op, each list oldest first."""
    _load_ops()
    return dict(sorted(_CHECKERS.items()))


def _in_force(registered: dict[str, list[Entry]], op: str, profile: str) -> Entry | None:
    for module in _families().get(op, ()):
        importlib.import_module(module)
    rank = profile_rank(profile)
    # Oldest first: the last one that is not newer counts.
    held = [e for e in registered.get(op, ()) if profile_rank(e.since) <= rank]
    return held[-1] if held and held[-1].handler is not None else None


@functools.cache
def _families() -> dict[str, list[str]]:
    """Op -> the modules that register it; a model needs few of them.

    ``python -m tests.importer.op_families`` writes the table; a test holds it to the modules.
    """
    data = pkgutil.get_data("setrange.importer", "op_families.json")
    found: dict[str, list[str]] = {}
    for module, ops in json.loads(data or b"{}").items():
        for op in ops:
            found.setdefault(op, []).append(f"setrange.importer.{module}")
    return found


def _load_ops() -> None:
    for modules in _families().values():
        for module in modules:
            importlib.import_module(module)
