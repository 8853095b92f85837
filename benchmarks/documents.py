# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables that benchmarks make, put into the documents between two comments."""

from __future__ import annotations

__all__ = ["with_table"]

_END = "<!-- end of the table -->"


def with_table(text: str, name: str, table: str) -> str:
    """Return a document with one of its tables made anew.

    Args:
        text: The document; before the table stands ``<!-- table: NAME -->``.
        name: That name.
        table: Markdown.
    """
    start = f"<!-- table: {name} -->\n"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(_END)
    return f"{before}{start}\n{table}\n\n{_END}{after}"
