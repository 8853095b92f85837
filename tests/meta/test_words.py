# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages and documents use the words of docs/glossary.md."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.meta.source_tree import ROOT, module_paths

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *_PAGES]

#: What was said once -> what the glossary says.
INSTEAD = {
    r"takers?": "consumer",
    r"makers?": "producer",
    r"holes?": "missing range",
    r"leaves? INT8": "run in FP16 or FP32",
    r"without a word": "and reports nothing",
    r"anew": "again, or new",
    r"TensorRT(?:'s)? versions?\b(?!:)": "TensorRT release",  # not "TensorRT version:" of logs
    r"version of TensorRT": "TensorRT release",
    r"parser versions?": "profile",
    r"range files?": "ranges file",
    r"(?:inferred|propagated) ranges?": "derived range",
    r"calibration files?\b(?! not specified)": "calibration cache",
    r"garbage": "wrong values",
    r"mend(?:ed|s)?": "correct",
}
_ADVICE = "say instead: " + "; ".join(f"{old} -> {new}" for old, new in INSTEAD.items())
_WORDS = re.compile(rf"\b(?:{'|'.join(INSTEAD)})\b")


def _texts(path: Path) -> list[tuple[int, str]]:
    """Line -> text of the messages and docstrings of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_use_the_words_of_the_glossary(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [f"{n}: {line}" for n, line in enumerate(lines, 1) if _WORDS.search(line)]
    assert not found, "\n".join([*found, _ADVICE])


def test_messages_and_docstrings_use_the_words_of_the_glossary() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text.strip()[:90]}"
        for path in module_paths()
        for line, text in _texts(path)
        if _WORDS.search(text)
    ]
    assert not found, "\n".join([*found, _ADVICE])
