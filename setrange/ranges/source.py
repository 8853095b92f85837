# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The bytes of a ranges file, decoded and parsed once, for every reader."""

from __future__ import annotations

import codecs
import functools
from pathlib import Path
from typing import Any

from setrange.errors import RangeFileError
from setrange.files.windows import long_path
from setrange.ranges.json_scan import JsonSyntaxError, scan_json
from setrange.text.words import did_you_mean

__all__ = ["SourceFile"]

_BOMS: tuple[tuple[bytes, str, str], ...] = (
    # The four-byte marks begin like the two-byte ones: longest first.
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


class SourceFile:
    """The bytes and the text of a ranges file that is being read.

    Attributes:
        path: As the user wrote it, for messages.
        data: The bytes.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data

    @classmethod
    def open(cls, path: str | Path) -> SourceFile:
        """Read a file.

        Raises:
            RangeFileError: It is missing, a directory, or cannot be read.
        """
        shown = str(path)
        try:
            return cls(shown, long_path(path).read_bytes())
        except FileNotFoundError as error:
            raise RangeFileError(f"{shown}: no such file{_near(Path(path))}") from error
        except (OSError, ValueError) as error:
            if Path(path).is_dir():  # Windows calls that a permission problem
                raise RangeFileError(
                    f"{shown}: is a directory; expected a ranges file"
                ) from error
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise RangeFileError(f"{shown}: cannot be read: {reason}") from error

    @functools.cached_property
    def _decoded(self) -> tuple[str, tuple[str, ...]]:
        encoding, title = _encoding(self.data)
        try:
            text = self.data.decode(encoding)
        except UnicodeDecodeError as error:
            likely = (
                '. It may be in Windows-1252 ("ANSI"): save it as UTF-8 in your editor'
                if _is_ansi(self.data)
                else ""
            )
            raise RangeFileError(
                f"{self.path}: byte {error.start} is not valid {title}; expected a text file "
                f"in UTF-8 (or UTF-16 with a byte order mark){likely}"
            ) from error
        notes = [] if encoding == "utf-8" else [f"{self.path}: read as {title}"]
        if "\r" in text:
            notes.append(f"{self.path}: has Windows line ends (CRLF)")
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text, tuple(notes)

    @property
    def text(self) -> str:
        """The text, with LF line ends.

        Raises:
            RangeFileError: The bytes are no text.
        """
        return self._decoded[0]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was converted while decoding."""
        return self._decoded[1]

    @functools.cached_property
    def is_binary(self) -> bool:
        """True where the bytes are no text in any encoding that is read."""
        try:
            return "\0" in self.text
        except RangeFileError:
            return True

    @functools.cached_property
    def is_json(self) -> bool:
        """True where the text begins as JSON of this kind does."""
        return not self.is_binary and self.text.lstrip()[:1] in {"{", "["}

    @functools.cached_property
    def json(self) -> Any:
        """The JSON value; objects are ``JsonObject``.

        Raises:
            RangeFileError: Line, column, the source line and a caret.
        """
        try:
            return scan_json(self.text)
        except JsonSyntaxError as error:
            raise RangeFileError(
                f"{self.path}:{error.line}:{error.column}: not valid JSON: {error}"
            ) from error


def _is_ansi(data: bytes) -> bool:
    """True for what reads as text in Windows' western code page, as old editors save it."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return all(sign >= " " or sign in "\t\r\n" for sign in text)


def _encoding(data: bytes) -> tuple[str, str]:
    for mark, encoding, title in _BOMS:
        if data.startswith(mark):
            return encoding, title
    # Without a mark: the first two characters of every text format are ASCII.
    if len(data) >= 4 and data[0] and not data[1] and data[2] and not data[3]:
        return "utf-16-le", "UTF-16"
    if len(data) >= 4 and not data[0] and data[1] and not data[2] and data[3]:
        return "utf-16-be", "UTF-16"
    return "utf-8", "UTF-8"


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    hint = did_you_mean(
        path.name, names, cutoff=0.75, quote=lambda name: str(path.with_name(name))
    )
    return f"; {hint}" if hint else ""
