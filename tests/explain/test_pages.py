# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange explain` prints pages of the documentation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.material import run
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
@pytest.mark.parametrize("form", ["{}", "{}.md", "docs/{}.md"])
def test_each_page_is_printed(page: Path, form: str) -> None:
    shown = run("explain", form.format(page.stem))
    assert shown.status == 0
    assert shown.out == page.read_text(encoding="utf-8")


def test_json() -> None:
    shown = json.loads(run("explain", "glossary", "--json").out)
    assert (shown["setrange"], shown["page"]) == (1, "glossary")
    assert shown["text"].startswith("# Glossary")


def test_a_log_of_such_a_name_is_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rtx").mkdir()
    (tmp_path / "jetson").write_text("[W] a line that nobody knows\n")
    assert run("explain", "rtx").out.startswith("# ")
    assert "1 line: 0 known" in run("explain", "jetson").err
    assert run("explain", "docs/jetson.md").out.startswith("# ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rtx", "--trt", "8.6"], "--trt is for the log of a build, not for a page"),
        (["no-such-page"], "'setrange explain index' lists the pages"),
        (["formts"], "did you mean 'formats'?"),
        (["no-such-page.log"], "no-such-page.log: cannot be read"),
    ],
)
def test_what_cannot_be_explained(arguments: list[str], message: str) -> None:
    shown = run("explain", *arguments)
    assert (shown.status, shown.out) == (2, "")
    assert message in shown.err


def test_the_index_lists_every_page() -> None:
    index = run("explain", "index").out
    assert [page.name for page in PAGES if f"]({page.name})" not in index] == ["index.md"]
