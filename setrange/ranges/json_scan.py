# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""JSON with line numbers and duplicate keys, which ``json`` does not give.

The result is plain Python values, except that objects are ``JsonObject``: dictionaries that
know the line of every key and which keys came twice. NaN and Infinity, which Python writes
although JSON has no such numbers, come out as floats: readers reject them where they stand,
with the name of the tensor.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

__all__ = ["JsonObject", "JsonSyntaxError", "scan_json"]

_MAX_DEPTH = 100
_MAX_INT_DIGITS = 400  # beyond any float; Python refuses to read very long integers
_EXCERPT = 76

_SPACE = re.compile(r"[ \t\n\r]*")
_SIMPLE_STRING = re.compile(r'"([^"\\\x00-\x1f]*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_FLAT_ARRAY = re.compile(r"\[[-+.0-9eE, \t\n\r]*\]")
_WORD = re.compile(r"[-+]?[A-Za-z_][A-Za-z_0-9]*")
_CONSTANTS: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_DECODER = json.JSONDecoder()


class JsonObject(dict[str, Any]):
    """An object of the file.

    Attributes:
        line: Line of its opening brace, from 1.
        lines: Line of each key.
        duplicates: (key, line of the first, line of the later one) of each repeated key.
    """

    __slots__ = ("duplicates", "line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.duplicates: list[tuple[str, int, int]] = []

    def put(self, key: str, value: Any, line: int) -> None:
        """Add a key; of a repeated one the first value stays."""
        if key in self:
            self.duplicates.append((key, self.lines[key], line))
            return
        self[key] = value
        self.lines[key] = line


class JsonSyntaxError(ValueError):
    """The text is not JSON.

    Attributes:
        line: Where, from 1.
        column: Where in the line, from 1.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        start = text.rfind("\n", 0, position) + 1
        end = text.find("\n", position)
        self.line = text.count("\n", 0, position) + 1
        self.column = position - start + 1
        first = max(start, position - _EXCERPT // 2)
        shown = text[first : len(text) if end < 0 else end][:_EXCERPT]
        printable = "".join(char if char.isprintable() else " " for char in shown)
        super().__init__(f"{message}\n    {printable}\n    {' ' * (position - first)}^")


def scan_json(text: str) -> Any:
    """Read one JSON value.

    Raises:
        JsonSyntaxError: With line, column, the line itself and a caret under the place.
    """
    scanner = _Scanner(text)
    value, position = scanner.value(scanner.skip(0), 0)
    position = scanner.skip(position)
    if position < len(text):
        scanner.fail("expected the end of the file after the value", position)
    return value


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self._counted = 0
        self._line = 1

    def fail(self, message: str, position: int) -> NoReturn:
        raise JsonSyntaxError(message, self.text, position)

    def skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def line_at(self, position: int) -> int:
        """Line of a position; positions are asked for in rising order."""
        self._line += self.text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def value(self, position: int, depth: int) -> tuple[Any, int]:
        char = self.text[position : position + 1]
        if char == '"':
            return self.string(position)
        if char == "{":
            return self.object(position, depth + 1)
        if char == "[":
            return self.array(position, depth + 1)
        match = _NUMBER.match(self.text, position)
        if match:
            return _number(match), match.end()
        return self.constant(position)

    def constant(self, position: int) -> tuple[Any, int]:
        match = _WORD.match(self.text, position)
        word = match.group() if match else ""
        if match and word in _CONSTANTS:
            return _CONSTANTS[word], match.end()
        if position >= len(self.text):
            self.fail("the file ends where a value is expected; it may be cut off", position)
        near = {"none": "null", "nan": "NaN", "true": "true", "false": "false"}.get(
            word.lower()
        )
        if near:
            self.fail(f"{word} is not JSON; did you mean {near}?", position)
        if self.text.startswith(("//", "/*", "#"), position):
            self.fail("JSON has no comments", position)
        if self.text[position] == "'":
            self.fail("JSON strings take double quotes", position)
        return self.fail("expected a value", position)

    def string(self, position: int) -> tuple[str, int]:
        match = _SIMPLE_STRING.match(self.text, position)
        if match:
            return match.group(1), match.end()
        try:
            value, end = _DECODER.raw_decode(self.text, position)
            value.encode()
        except json.JSONDecodeError as error:
            self.fail(_string_problem(error.msg), min(error.pos, len(self.text)))
        except UnicodeEncodeError:
            self.fail("the string holds half of a surrogate pair", position)
        return value, end

    def object(self, position: int, depth: int) -> tuple[JsonObject, int]:
        self.check_depth(position, depth)
        result = JsonObject(self.line_at(position))
        text = self.text
        position = self.skip(position + 1)
        if text[position : position + 1] == "}":
            return result, position + 1
        while True:
            if text[position : position + 1] != '"':
                self.fail(self.no_key(position), position)
            line = self.line_at(position)
            key, position = self.string(position)
            position = self.skip(position)
            if text[position : position + 1] != ":":
                self.fail('expected ":" after the name', position)
            value, position = self.value(self.skip(position + 1), depth)
            result.put(key, value, line)
            position = self.skip(position)
            char = text[position : position + 1]
            if char == "}":
                return result, position + 1
            if char != ",":
                self.fail('expected "," or "}" after the value', position)
            position = self.skip(position + 1)

    def no_key(self, position: int) -> str:
        text = self.text
        if text[position : position + 1] == "}":
            return 'a comma before "}" is not JSON; delete it'
        if text[position : position + 1] == "'":
            return "JSON strings take double quotes"
        if text.startswith(("//", "/*", "#"), position):
            return "JSON has no comments"
        before = text[max(position - 2, 0) : position]
        if text[position : position + 1].isdecimal() and before[:1].isdecimal():
            return "expected a name in double quotes; a number has a decimal point, no comma"
        return "expected a name in double quotes"

    def array(self, position: int, depth: int) -> tuple[list[Any], int]:
        self.check_depth(position, depth)
        text = self.text
        flat = _FLAT_ARRAY.match(text, position)
        if flat and flat.end() - position > 64:  # histograms: long, and of no other use
            try:
                return json.loads(flat.group()), flat.end()
            except ValueError:
                pass  # the walk below finds the place
        result: list[Any] = []
        position = self.skip(position + 1)
        if text[position : position + 1] == "]":
            return result, position + 1
        while True:
            if text[position : position + 1] == "]":
                self.fail('a comma before "]" is not JSON; delete it', position)
            value, position = self.value(position, depth)
            result.append(value)
            position = self.skip(position)
            char = text[position : position + 1]
            if char == "]":
                return result, position + 1
            if char != ",":
                self.fail('expected "," or "]" after the value', position)
            position = self.skip(position + 1)

    def check_depth(self, position: int, depth: int) -> None:
        if depth > _MAX_DEPTH:
            self.fail(f"nested more than {_MAX_DEPTH} levels deep", position)


def _number(match: re.Match[str]) -> int | float:
    text = match.group()
    if match.group(1) or match.group(2) or len(text) > _MAX_INT_DIGITS:
        return float(text)
    return int(text)


def _string_problem(message: str) -> str:
    if message.startswith("Unterminated"):
        return "the string has no closing quote"
    if message.startswith("Invalid control"):
        return "the string does not end on its line, or holds a control character"
    return "not an escape that JSON has"
