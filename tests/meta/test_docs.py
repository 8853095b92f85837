# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The documents keep up with the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from setrange.cli.group import COMMANDS, load_command
from setrange.findings import CODES
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PARTS = ("What it means.", "Why it matters.", "Example.", "What to do.")

_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
_BLOCKS = re.MULTILINE | re.DOTALL
#: A call of setrange where a command line may begin, up to what ends it.
_COMMAND = re.compile(r"(?:^\s*|\$ |[\\/]|\| |&& )setrange ([a-z][\w-]*)([^|;&#]*)")
_OPTION = re.compile(r"(?<=\s)-{1,2}[A-Za-z][\w-]*")


def _sections() -> dict[str, str]:
    """Heading -> text of docs/findings.md."""
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_finding_has_a_section_and_every_section_a_finding() -> None:
    expected = [f"{code}: {meaning}" for code, (_, meaning) in CODES.items()]
    assert list(_sections()) == expected
    assert list(CODES) == sorted(CODES)


@pytest.mark.parametrize("heading", _sections(), ids=lambda heading: heading[:5])
def test_a_section_says_what_why_and_what_to_do(heading: str) -> None:
    text = _sections()[heading]
    assert all(f"**{part}**" in text for part in PARTS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented(name: str) -> None:
    assert f"setrange {name}" in (ROOT / "README.md").read_text(encoding="utf-8")
    command = load_command(name)
    assert command.name == name
    assert command.help
    assert all(option.help for option in command.params if option.param_type_name == "option")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (path.parent / target).exists(), target


def test_the_index_lists_every_page_once() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[([\w-]+\.md)\]\(\1\): ", index, re.MULTILINE)
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert sorted(listed) == sorted(pages)


def _spans(text: str) -> Iterator[str]:
    """Yield each command line of a page: lines of code blocks, and code within sentences."""
    for language, block in re.findall(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", text, _BLOCKS):
        if language in ("", "powershell"):
            yield from re.sub(r"\\\n\s*", " ", block).splitlines()
    for span in re.findall(r"`([^`]+)`", re.sub(r"^ *```.*?^ *```$", "", text, flags=_BLOCKS)):
        yield " ".join(span.split())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_documents_exist_with_their_options(path: Path) -> None:
    wrong = []
    for span in _spans(path.read_text(encoding="utf-8")):
        for name, arguments in _COMMAND.findall(span):
            if name not in COMMANDS:
                wrong.append(f"there is no command {name}: {span}")
                continue
            options = {"-h", "--help"}.union(*(p.opts for p in load_command(name).params))
            wrong += [
                f"{name} has no option {option}: {span}"
                for option in _OPTION.findall(arguments)
                if option not in options
            ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name
)
def test_links_of_pages_lead_to_what_the_wheel_carries(path: Path) -> None:
    carried = re.findall(r'^"([\w.]+)" = "setrange/_resources/\1"$', _PYPROJECT, re.MULTILINE)
    assert "docs" in carried
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            place = (path.parent / target).resolve().relative_to(ROOT)
            assert place.parts[0] in carried, target


def _anchors(path: Path) -> set[str]:
    """What `#...` may name in a page, as GitHub makes it of headings."""
    text = re.sub(r"^ *```.*?^ *```$", "", path.read_text(encoding="utf-8"), flags=_BLOCKS)
    headings = re.findall(r"^#+ (.*?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_anchors_of_links_are_headings(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for target, anchor in links:
        page = path.parent / target if target else path
        assert anchor in _anchors(page), f"{target}#{anchor}"


def test_targets_of_the_makefile_in_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {
        name
        for line in re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE)
        for name in line.split()
    }
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", text, re.MULTILINE):
            assert (name[0] or name[1]) in targets, f"{path.name}: make {name}"
