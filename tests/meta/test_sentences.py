# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every sentence of the documents and of ``--help`` has a verb."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

from setrange.cli.group import COMMANDS, load_command
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
#: Fewer words are a label, such as "**Example.**".
FEWEST_WORDS = 5

_FENCED = re.compile(r"^ *```.*?^ *```[^\n]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")
#: What a paragraph or an item is headed by.
_LABEL = re.compile(r"\A\*\*[^*]*\*\*")
_END_OF_SENTENCE = re.compile(r"(?<=[.?!])\)?\s+(?=[A-Z\"(])")


def _forms(verb: str) -> set[str]:
    """The forms of a regular verb that can make a sentence.

    >>> sorted(_forms("copy"))
    ['copied', 'copies', 'copy']
    """
    if re.search(r"[^aeiou]y\Z", verb):
        return {verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied"}
    if re.search(r"(?:s|x|ch|sh|o|z)\Z", verb):
        return {verb, f"{verb}es", f"{verb}ed"}
    if verb.endswith("e"):
        return {verb, f"{verb}s", f"{verb}d"}
    return {verb, f"{verb}s", f"{verb}ed", f"{verb}{verb[-1]}ed"}


def _known_verbs() -> frozenset[str]:
    """Read verbs.txt: regular verbs, an empty line, and forms of all others."""
    text = (ROOT / "tests" / "meta" / "verbs.txt").read_text(encoding="utf-8")
    regular, forms = (part.split() for part in text.split("\n\n"))
    return frozenset(forms).union(*map(_forms, regular))


KNOWN_VERBS = _known_verbs()


def _blocks(text: str) -> Iterator[str]:
    """Yield the paragraphs and items of a page, without its code, tables and headings."""
    block: list[str] = []
    for raw in _FENCED.sub("", text).splitlines():
        line = raw.strip().removeprefix("> ")
        ends = not line or line.startswith(("#", "|", "<!--"))
        if (ends or _ITEM.match(line)) and block:
            yield " ".join(block)
            block = []
        if not ends:
            block.append(_ITEM.sub("", line, count=1))
    if block:
        yield " ".join(block)


def sentences(text: str) -> Iterator[str]:
    """Yield what ends like a sentence; X stands for code."""
    for block in _blocks(text):
        plain = _LINK.sub(r"\1", _CODE.sub("X", _LABEL.sub("", block))).replace("*", "")
        for sentence in _END_OF_SENTENCE.split(plain.replace("e.g. ", "e.g ")):
            if sentence.endswith((".", "?", "!")):
                yield sentence


def lacks_verb(sentence: str) -> bool:
    """True where no word of a sentence of some length is a known verb."""
    words = re.findall(r"[a-z']+", sentence.lower())
    return len(words) >= FEWEST_WORDS and KNOWN_VERBS.isdisjoint(words)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_sentences_have_verbs(path: Path) -> None:
    found = list(filter(lacks_verb, sentences(path.read_text(encoding="utf-8"))))
    assert not found, "\n".join([*found, "give each a verb, or add its verb to verbs.txt"])


def test_fragments_are_noticed() -> None:
    text = "# Title\n\n- Encodings on an 8-bit grid.\n- It holds `x.y`. See [a page](b.md).\n"
    assert list(sentences(text)) == [
        "Encodings on an 8-bit grid.",
        "It holds X.",
        "See a page.",
    ]
    assert [lacks_verb(sentence) for sentence in sentences(text)] == [True, False, False]


#: Verbs that a help text may begin with, and that are nouns in the documents.
_IMPERATIVES = ("plan", "resize")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_in_sentences(name: str) -> None:
    command = load_command(name)
    helps = [option.help for option in command.params if isinstance(option, click.Option)]
    assert command.help
    for text in [COMMANDS[name], *command.help.split("\n\n"), *filter(None, helps)]:
        plain = " ".join(text.split())
        first = re.split(r"(?<=[.:;]) ", re.sub(r"^With --[a-z]+(?: [a-z]+)?: ", "", plain))[0]
        words = re.findall(r"[a-z']+", first.lower())
        assert words[0] in _IMPERATIVES or not KNOWN_VERBS.isdisjoint(words), plain
        assert re.sub(r"\s*\[[^]]*\]\Z", "", plain).endswith((".", "-")), plain
