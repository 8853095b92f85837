# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages of the documentation, which are installed with setrange."""

from __future__ import annotations

import re

from setrange.files.resources import resource_names, resource_text

__all__ = ["page_names", "page_of", "page_text"]

_PAGE = re.compile(r"(?:docs/)?([\w-]+?)(?:\.md)?\Z")


def page_of(text: str) -> str | None:
    """Return the page that a text names: ``rtx``, ``rtx.md`` or ``docs/rtx.md``."""
    found = _PAGE.match(text.replace("\\", "/"))
    return found[1] if found is not None and found[1] in page_names() else None


def page_names() -> list[str]:
    """Return the names of all pages."""
    return resource_names("docs", ".md")


def page_text(name: str) -> str:
    """Return a page in Markdown."""
    return resource_text(f"docs/{name}.md")
