# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading a log: known lines with their meaning, the rest counted."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from setrange.errors import InputError
from setrange.explain.meanings import MEANINGS, Meaning, Severity
from setrange.files.text_encoding import text_lines
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator

__all__ = ["STDIN", "Explanation", "LogReport", "explain_lines", "read_log", "why_failed"]

#: What stands for standard input where a command takes a log.
STDIN = "-"

#: The release, from TensorRT's own first line.
_VERSION = re.compile(r"TensorRT version: (\d+\.\d+(?:\.\d+)?)")
#: A log may be of any size; its lines and names are kept up to here.
_LONGEST_LINE = 20_000
_MOST_NAMES = 20_000

_LOUD = re.compile(
    r"\[[EWF]\]|\b(?:ERROR|WARNING|Error\[\d+\])|Assertion `?.{0,200}failed|"
    r"^(?:Aborted|Segmentation fault|terminate called|Traceback)|^\s*what\(\):"
)

#: What a line that tells of a layer of the engine holds: all of one of these.
_LAYER = (("Layer(", "): ", ", Tactic: "), ("Name: ", ", LayerType: ", ", Inputs: ["))

#: Meanings by what their lines hold, which is quicker to look for than their patterns.
_BY_NEED = tuple((needed, meaning) for meaning in MEANINGS for needed in meaning.needs)

#: What tells lines of one kind apart: numbers, names in quotes, and when they were written.
_VARYING = re.compile(r"^(?:\[\d[^]]*\] ?)+|'[^']*'|\"[^\"]*\"|\d+")


@dataclass(slots=True, kw_only=True)
class Explanation:
    """All lines of a log that have the same meaning.

    Attributes:
        meaning: What they mean.
        line: Number of the first such line, from 1.
        text: That line.
        count: How many such lines there are.
        tensors: Tensors they name, in order, each once.
        layers: Layers they name.
    """

    meaning: Meaning
    line: int
    text: str
    count: int = 0
    tensors: dict[str, None] = field(default_factory=dict)
    layers: dict[str, None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "key": self.meaning.key,
            "weight": self.meaning.weight.value,
            "meaning": self.meaning.meaning,
            "help": self.meaning.help,
            "line": self.line,
            "text": self.text,
            "count": self.count,
            "tensors": list(self.tensors),
            "layers": list(self.layers),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """The known and unknown lines of a log.

    Attributes:
        explanations: By meaning, in the order of their first lines.
        lines: Lines of the log.
        unknown: Warnings and errors nothing is known of; of very many, the first.
        unknown_count: How many there are.
        commonest: The first line of each kind of those, and how many it has, the most first.
        version: Release of TensorRT, where the log names it: ``8.6.1``.
        lists_layers: It lists the engine's layers, which ``setrange inspect`` reads.
    """

    explanations: tuple[Explanation, ...]
    lines: int
    unknown: tuple[str, ...]
    unknown_count: int
    commonest: tuple[tuple[str, int], ...] = ()
    version: str | None
    lists_layers: bool = False

    @property
    def known(self) -> int:
        """Number of lines that are explained."""
        return sum(explanation.count for explanation in self.explanations)


def read_log(path: str | Path) -> Iterator[str]:
    """Yield the lines of a log, one after the other; longer ones than any message are cut.

    The log is UTF-8, UTF-16 (what ``>`` writes in Windows PowerShell), or of a code page.

    Raises:
        InputError: It cannot be read.
    """
    try:
        if str(path) == STDIN:
            path = "standard input"
            if sys.stdin is None:  # closed by whoever started the process
                raise InputError("standard input is closed; expected a log on it")
            yield from text_lines(cast("io.BufferedReader", sys.stdin.buffer), _LONGEST_LINE)
            return
        with Path(path).open("rb") as raw:
            yield from text_lines(raw, _LONGEST_LINE)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}); expected a log of trtexec or "
            f"TensorRT, e.g. trtexec ... > build.log 2>&1"
        ) from error


def explain_lines(lines: Iterable[str]) -> LogReport:
    """Explain the lines of a log."""
    found: dict[str, Explanation] = {}
    unknown: list[str] = []
    kinds: dict[str, list[Any]] = {}
    version, number, others, lists_layers = None, 0, 0, False
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip()
        if not line:
            continue
        version = version or _version(line)
        lists_layers = lists_layers or _is_of_layer(line)
        for needed, meaning in _BY_NEED:
            match = meaning.find(line) if needed in line else None
            if match is None:
                continue
            explanation = found.setdefault(
                meaning.key, Explanation(meaning=meaning, line=number, text=line.strip())
            )
            explanation.count += 1
            groups = match.groupdict()
            for names, group in (
                (explanation.tensors, "tensor"),
                (explanation.layers, "layer"),
            ):
                if groups.get(group) and len(names) < _MOST_NAMES:
                    names[groups[group]] = None
            break
        else:
            if _LOUD.search(line):
                others += 1
                if len(unknown) < _MOST_NAMES:
                    unknown.append(line.strip())
                kind = _VARYING.sub("#", line.strip())
                if kind in kinds or len(kinds) < _MOST_NAMES:
                    kinds.setdefault(kind, [line.strip(), 0])[1] += 1
    return LogReport(
        explanations=tuple(found.values()),
        lines=number,
        unknown=tuple(unknown),
        unknown_count=others,
        commonest=tuple(sorted(map(tuple, kinds.values()), key=lambda item: -item[1])),
        version=version,
        lists_layers=lists_layers,
    )


def _is_of_layer(line: str) -> bool:
    return any(all(part in line for part in parts) for parts in _LAYER)


def why_failed(lines: Iterable[str]) -> str:
    """Return what the errors of a failed build mean and what to do, each on a new line."""
    return "".join(
        f"\n  this means: {e.meaning.meaning}"
        + (f"; {e.meaning.help}" if e.meaning.help else "")
        for e in explain_lines(lines).explanations
        if e.meaning.weight is Severity.ERROR
    )


def _version(line: str) -> str | None:
    match = _VERSION.search(line)
    if match is not None:
        return match.group(1)
    version = TrtVersion.of_banner(line)
    return None if version is None else str(version)
