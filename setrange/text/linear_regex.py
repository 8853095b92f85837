# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
r"""Regular expressions that take time linear in the text, whoever wrote them.

Python's ``re`` tries one way after the other, and ``(a+)+b`` sends it through millions of
them. This engine follows all ways at once, as Thompson described it (Regular Expression Search
Algorithm, 1968). It has what names need: literals, ``.``, ``[...]``, ``\d \w \s`` and their
opposites, groups, ``|``, and ``* + ? {m,n}``. There are no back references and no look-around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LinearRegex", "RegexError"]

#: States of one expression: counted repetitions multiply them.
_MOST_STATES = 2000

#: Remembered steps; beyond, memory is freed and filled anew.
_MOST_STEPS = 20_000

_MOST_DEPTH = 50


class RegexError(ValueError):
    """An expression cannot be read; the message says where and why."""


class LinearRegex:
    r"""A compiled expression.

    Raises:
        RegexError: It cannot be read, or is too large.

    >>> LinearRegex(r"/layer\d+/.*").fits("/layer3/conv1/Conv_output_0")
    True
    >>> LinearRegex("(a+)+b").fits("a" * 10_000)
    False
    """

    def __init__(self, pattern: str) -> None:
        compiler = _Compiler(pattern)
        start, self._accept = compiler.compile()
        self._tests, self._next = compiler.tests, compiler.following
        self._start = self._closure({start})
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def fits(self, text: str) -> bool:
        """True where the expression fits the whole text."""
        states = self._start
        for char in text:
            key = (states, char)
            after = self._steps.get(key)
            if after is None:
                after = self._step(states, char)
                if len(self._steps) >= _MOST_STEPS:
                    self._steps.clear()
                self._steps[key] = after
            states = after
            if not states:
                return False
        return self._accept in states

    def _step(self, states: frozenset[int], char: str) -> frozenset[int]:
        reached = set()
        for state in states:
            test = self._tests[state]
            if test is not None and test(char):
                reached.update(self._next[state])
        return self._closure(reached)

    def _closure(self, states: set[int]) -> frozenset[int]:
        """Add the states that are reached without a character."""
        pending, found = list(states), set(states)
        while pending:
            state = pending.pop()
            if self._tests[state] is None:
                new = [after for after in self._next[state] if after not in found]
                found.update(new)
                pending += new
        return frozenset(found)


#: What a part of an expression was compiled to: its first state and its last.
_Part = tuple[int, int]

_CLASSES: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "w": lambda char: char.isalnum() or char == "_",
    "s": str.isspace,
}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class _Compiler:
    """Reads an expression into states.

    Attributes:
        tests: For each state what its character must be; ``None`` takes no character.
        following: For each state the ones after it.
    """

    def __init__(self, pattern: str) -> None:
        # The whole text is meant anyway.
        self._text = pattern.removeprefix("^")
        self._at = 0
        self.tests: list[Callable[[str], bool] | None] = []
        self.following: list[list[int]] = []

    def compile(self) -> _Part:
        part = self._alternatives(0)
        if self._at < len(self._text):
            raise self._error("there is a ) without its (")
        return part

    # -- the grammar --------------------------------------------------------------------

    def _alternatives(self, depth: int) -> _Part:
        if depth > _MOST_DEPTH:
            raise self._error("groups are nested too deeply")
        first, last = self._state(), self._state()
        while True:
            begin, end = self._sequence(depth)
            self._join(first, begin)
            self._join(end, last)
            if self._peek() != "|":
                return first, last
            self._at += 1

    def _sequence(self, depth: int) -> _Part:
        first = last = self._state()
        while (char := self._peek()) and char not in "|)":
            begin, end = self._repeated(depth)
            self._join(last, begin)
            last = end
        return first, last

    def _repeated(self, depth: int) -> _Part:
        at = self._at
        part = self._atom(depth)
        counts = self._counts()
        if counts is None:
            return part
        behind = self._at
        if self._peek() == "?":  # lazy: the same texts fit
            behind += 1
        elif self._peek() and (self._peek() in _QUANTIFIERS):
            raise self._error(f"nothing to repeat before {self._peek()}")
        least, most = counts
        result = self._copies(part, at, depth, least, most)
        self._at = behind
        return result

    def _copies(self, part: _Part, at: int, depth: int, least: int, most: int | None) -> _Part:
        """A part so many times in a row; each copy is read again from the text."""
        first = last = self._state()
        copies = max(least, 1) if most is None else most
        ends = [] if least else [first]
        for count in range(1, copies + 1):
            if count > 1:
                self._at = at
                part = self._atom(depth)
            self._join(last, part[0])
            last = part[1]
            if count >= least:
                ends.append(last)
        if most is None:
            self._join(last, part[0])
        end = self._state()
        for each in ends or [first]:
            self._join(each, end)
        return first, end

    def _counts(self) -> tuple[int, int | None] | None:
        """How often the part before is repeated, or ``None`` where nothing says it."""
        char = self._peek()
        if char and char in _QUANTIFIERS:
            self._at += 1
            return _QUANTIFIERS[char]
        close = self._text.find("}", self._at)
        if char != "{" or close < 0:
            return None
        low, comma, high = self._text[self._at + 1 : close].partition(",")
        if not (low or comma) or not all(
            not n or (n.isdecimal() and n.isascii()) for n in (low, high)
        ):
            return None  # a brace is a character then
        if len(low) > 4 or len(high) > 4:
            raise self._error("so many repetitions are not supported")
        self._at = close + 1
        least = int(low or 0)
        most = (int(high) if high else None) if comma else least
        if most is not None and most < least:
            raise self._error("the least repetitions are more than the most")
        return least, most

    def _atom(self, depth: int) -> _Part:
        char = self._peek()
        if char in _QUANTIFIERS:
            raise self._error(f"nothing to repeat before {char}")
        self._at += 1
        if char == "(":
            return self._group(depth)
        if char == "[":
            return self._single(self._set())
        if char == ".":
            return self._single(lambda c: c != "\n")
        if char == "\\":
            return self._single(self._escaped())
        if char == "$":
            if self._at < len(self._text):
                raise self._error("$ means the end, and may only stand there")
            state = self._state()
            return state, state
        if char == "^":
            raise self._error("^ means the beginning, and may only stand there")
        return self._single(lambda c, char=char: c == char)  # type: ignore[misc]

    def _group(self, depth: int) -> _Part:
        opened = self._at - 1
        if self._text.startswith("?:", self._at):
            self._at += 2
        elif self._peek() == "?":
            raise self._error("(?...) is not supported, only groups ( ) and (?: )")
        part = self._alternatives(depth + 1)
        if self._peek() != ")":
            self._at = opened
            raise self._error("there is a ( without its )")
        self._at += 1
        return part

    def _set(self) -> Callable[[str], bool]:
        opened = self._at - 1
        is_negated = self._peek() == "^"
        self._at += is_negated
        tests: list[Callable[[str], bool]] = []
        is_first = True
        while is_first or self._peek() != "]":
            if not self._peek():
                self._at = opened
                raise self._error("there is a [ without its ]")
            is_first = False
            tests.append(self._member())
        self._at += 1
        if is_negated:
            return lambda char: not any(test(char) for test in tests)
        return lambda char: any(test(char) for test in tests)

    def _member(self) -> Callable[[str], bool]:
        """One character, range or class between brackets."""
        low = self._literal()
        if low is None:
            return self._escaped()
        if self._peek() != "-" or self._text[self._at + 1 : self._at + 2] in ("", "]"):
            return lambda char: char == low
        self._at += 1
        high = self._literal()
        if high is None or high < low:
            raise self._error("a range between brackets goes from the smaller to the larger")
        return lambda char: low <= char <= high

    def _literal(self) -> str | None:
        r"""One character that stands for itself; ``None`` before a class such as ``\d``."""
        char = self._peek()
        if char != "\\":
            self._at += 1
            return char
        escaped = self._text[self._at + 1 : self._at + 2]
        self._at += 1
        if escaped.lower() in _CLASSES:
            return None
        self._at += 1
        return self._one(escaped)

    def _escaped(self) -> Callable[[str], bool]:
        """What follows a backslash."""
        char = self._peek()
        self._at += 1
        test = _CLASSES.get(char.lower()) if char else None
        if test is None:
            one = self._one(char)
            return lambda c: c == one
        if char.isupper():
            return lambda c: not test(c)
        return test

    def _one(self, escaped: str) -> str:
        if not escaped:
            raise self._error("it ends with a backslash")
        if escaped in _CONTROL:
            return _CONTROL[escaped]
        if escaped.isalnum():
            raise self._error(f"\\{escaped} is not supported")
        return escaped

    # -- states -------------------------------------------------------------------------

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _state(self, test: Callable[[str], bool] | None = None) -> int:
        if len(self.tests) >= _MOST_STATES:
            raise RegexError("it is too large, or repeats too much")
        self.tests.append(test)
        self.following.append([])
        return len(self.tests) - 1

    def _single(self, test: Callable[[str], bool]) -> _Part:
        begin, end = self._state(test), self._state()
        self._join(begin, end)
        return begin, end

    def _join(self, before: int, after: int) -> None:
        self.following[before].append(after)

    def _error(self, why: str) -> RegexError:
        return RegexError(f"{why} (at character {min(self._at, len(self._text)) + 1})")
