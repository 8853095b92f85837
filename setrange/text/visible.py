# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Text from files as it may be shown: nothing in it moves a cursor, hides or forges a line."""

from __future__ import annotations

import re

__all__ = ["MOST_SHOWN", "visible", "visible_lines"]

#: Letters of one line that are shown; names of files may have millions.
MOST_SHOWN = 4000

#: Continuation lines of a message must not look like messages of their own.
_OWN_WORDS = re.compile(r"(?:error|warning|note|wrote|would write|next|usage|help)\b")

# Controls but tab (C0, DEL, C1), line and paragraph separators, marks that change the direction
# of text or show nothing (a blank name would look like another), tags, lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str, most: int | None = MOST_SHOWN) -> str:
    r"""Return text for one line: what a terminal would act on is escaped, what is long is cut.

    Args:
        text: A name, a path or a sentence that holds some.
        most: Letters of it that are shown; ``None`` shows all, for commands to paste.

    >>> visible("a\x1b]0;owned\x07b\nerror: no")
    'a\\x1b]0;owned\\x07b\\nerror: no'
    """
    if most is not None and len(text) > most:
        text = f"{text[:most]}… ({len(text)} letters)"
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_escaped, text)


def visible_lines(text: str) -> str:
    """Return a message of several lines; none of them looks like a message of its own."""
    first, *rest = text.split("\n")
    shown = [visible(first)]
    for line in rest:
        lead = "  " if _OWN_WORDS.match(line) else ""
        shown.append(lead + visible(line))
    return "\n".join(shown)


def _escaped(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape", "surrogatepass").decode("ascii")
