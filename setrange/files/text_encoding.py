# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The encoding of a text file that a person, an editor or PowerShell wrote."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["decoded", "encoding_of", "text_lines"]


def encoding_of(start: bytes) -> str:
    """Return the encoding that the first two bytes of a text tell.

    PowerShell 5.1 writes UTF-16 with a mark where output is redirected (``> build.yaml``).

    Args:
        start: The first bytes of the file, at least two of them.
    """
    is_wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if is_wide else "utf-8-sig"


def decoded(data: bytes) -> str:
    """Return the text of a file, with LF line ends.

    Raises:
        UnicodeDecodeError: It is neither UTF-8 nor UTF-16 with a byte order mark.
    """
    text = data.decode(encoding_of(data))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_lines(raw: io.BufferedReader, longest: int) -> Iterator[str]:
    """Yield the lines of a stream, which may be a pipe and of any length, without their ends.

    Args:
        raw: UTF-8, UTF-16 with a mark, or of a code page (what is neither is replaced).
        longest: Letters after which a line is cut; the rest of it is left out.
    """
    stream = io.TextIOWrapper(raw, encoding=encoding_of(raw.peek(2)[:2]), errors="replace")
    try:
        while line := stream.readline(longest):
            yield line.rstrip("\n")
            while line and not line.endswith("\n"):
                line = stream.readline(longest)
    finally:
        stream.detach()  # whoever opened it closes it
