# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The histories of ops: what their rows say holds, and each names its source."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from setrange.importer import registry
from setrange.importer.arguments import arguments
from setrange.importer.registry import (
    TAGS,
    history,
    registered_checks,
    registered_ops,
    removed,
    since,
)
from setrange.versions import PROFILES
from tests.importer.graphs import refused

if TYPE_CHECKING:
    from setrange.importer.registry import Entry

ENTRIES = [
    entry
    for table in (registered_ops(), registered_checks())
    for entries in table.values()
    for entry in entries
]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Entry]]:
    """A registry of importers that holds nothing yet."""
    importers: dict[str, list[Entry]] = {}
    monkeypatch.setattr(registry, "_IMPORTERS", importers)
    return importers


def _old(x: Any, *, size: int, name: str = "") -> None: ...


def _new(x: Any) -> None: ...


def test_a_row_holds_until_the_next_and_changes_what_it_names(
    table: dict[str, list[Entry]],
) -> None:
    history(
        "Op",
        since("7.0", _old, size=1, name="a"),
        since("8.0", size=2, symbol="opHelper"),
        since("8.6", _new),
        since("10.1", removed),
    )
    assert [(e.since, e.handler, e.arguments, e.source) for e in table["Op"]] == [
        ("7.0", _old, {"size": 1, "name": "a"}, "7.0:importOp"),
        ("8.0", _old, {"size": 2, "name": "a"}, "8.0-GA:opHelper"),
        ("8.6", _new, {}, "8.6-GA:opHelper"),
        ("10.1", None, {}, "10.1-GA:opHelper"),
    ]


def test_histories_that_cannot_be_are_refused(table: dict[str, list[Entry]]) -> None:
    with pytest.raises(ValueError, match=r"'8\.1' is not a parser profile"):
        history("Op", since("8.1", _new))
    with pytest.raises(ValueError, match=r"Same: 8\.0 does not come after 8\.0"):
        history("Same", since("8.0", _new), since("8.0", _new))
    with pytest.raises(ValueError, match=r"Back: 7\.0 does not come after 8\.0"):
        history("Back", since("8.0", _new), since("7.0", _new))
    with pytest.raises(ValueError, match=r"Op: 7\.0 has no function"):
        history("Op", since("7.0", size=1))
    history("Twice", since("7.0", _new))
    with pytest.raises(ValueError, match=r"Twice has two rows for 7\.0"):
        history("Twice", since("7.0", _new))


def test_each_row_fits_its_function() -> None:
    """A function gets by name just what it asks for; the type checker does not see that."""
    wrong = []
    for entry in ENTRIES:
        if entry.handler is None:
            continue
        named = {
            parameter.name: parameter.default
            for parameter in inspect.signature(entry.handler).parameters.values()
            if parameter.kind is parameter.KEYWORD_ONLY
        }
        needed = {name for name, default in named.items() if default is inspect.Parameter.empty}
        given = set(entry.arguments)
        if not needed <= given <= set(named):
            wrong.append(f"{entry.op} {entry.since}: {given ^ set(named)}")
    assert wrong == []


def test_tags_follow_from_releases() -> None:
    assert set(TAGS) <= set(PROFILES)
    for entry in ENTRIES:
        if entry.read_at:
            assert entry.why, (
                f"{entry.op} {entry.since}: say why it was read at {entry.read_at}"
            )
            assert entry.read_at != TAGS.get(entry.since, entry.since)
        else:
            assert not entry.why, f"{entry.op} {entry.since}: a reason for nothing"


def test_a_function_takes_inputs_by_the_types_of_its_parameters() -> None:
    graph = "(float[2,3] x, float[3] w) => (float[2,3] y) {{ y = {} }}"
    assert "no input 1" in refused(graph.format("TRT_FullyConnected <channels=1> (x)"), "8.6")
    fully = graph.format("TRT_FullyConnected <channels=1> (x, w)")
    assert "input 1 must be an initializer" in refused(fully, "8.6")


def test_a_parameter_of_no_known_type_is_an_error() -> None:
    def handler(ctx: Any, x: complex) -> None: ...

    nothing: Any = None
    with pytest.raises(KeyError, match="complex"):
        arguments(handler, nothing)
