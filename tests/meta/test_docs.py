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
    from pathlib import Path

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PARTS = ("What it means.", "Why it matters.", "Example.", "What to do.")

_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


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
