# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/formats.md: its table is the registry's.

python -m tests.formats.test_docs     # write the table anew
"""

from __future__ import annotations

import re

from setrange.formats.registry import FORMATS
from setrange.formats.table import formats_table
from tests.meta.source_tree import ROOT

DOCS = ROOT / "docs" / "formats.md"
TABLE = re.compile(r"(<!-- formats: begin -->\n).*?(<!-- formats: end -->)", re.DOTALL)


def with_table(text: str) -> str:
    return TABLE.sub(lambda match: match.group(1) + formats_table() + match.group(2), text)


def test_the_table_is_the_registrys() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert TABLE.search(text)
    assert text == with_table(text), "run: python -m tests.formats.test_docs"


def test_every_format_is_described() -> None:
    text = TABLE.sub("", DOCS.read_text(encoding="utf-8"))
    for entry in FORMATS:
        assert f"`{entry.id}`" in text, entry.id


if __name__ == "__main__":
    DOCS.write_text(
        with_table(DOCS.read_text(encoding="utf-8")), encoding="utf-8", newline="\n"
    )
