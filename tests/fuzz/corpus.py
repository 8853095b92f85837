# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a corpus is, and the random edits that most of them make."""

from __future__ import annotations

import importlib
import pkgutil
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fuzz import corpora

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["TOKENS", "Corpus", "all_corpora", "edit", "random_of"]

#: Bytes that mean something to some format.
TOKENS: tuple[bytes, ...] = (
    b'"', b"'", b"{", b"}", b"[", b"]", b",", b":", b": ", b"\n", b"\r\n", b"\t", b" ", b"-",
    b"\\", b"\\u", b"\\ud800", b"#", b"&a", b"*a", b"!!binary ", b"? ", b"%YAML 1.1\n---\n",
    b"NaN", b"-Infinity", b"null", b"true", b"0", b"-1", b"1e999", b"9" * 400, b"1e-46",
    b"3.5e38", b"inf", b"nan", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xa9",
    b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"TRT-", b"TRT-8601-EntropyCalibration2\n",
    b"7f800000", b"setrange", b"tensors", b'{"a": 1}', b"[" * 150, b"PK\x03\x04",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Cases of one kind.

    Attributes:
        name: What ``-c`` takes, e.g. ``readers/csv``.
        attack: Makes a case from a generator, in an empty folder, and runs the product on it.
            It raises ``SetrangeError`` where the product refuses the case, as it should.
        weight: Its share of the cases, against 1 for the others.
        seconds: Processor time that one case may take.
        megabytes: Memory that one case may take.
    """

    name: str
    attack: Callable[[random.Random, Path], None]
    weight: float = 1.0
    seconds: float = 10.0
    megabytes: int = 1024


def all_corpora() -> list[Corpus]:
    """Return what the modules of ``tests.fuzz.corpora`` define, in the order of their names."""
    found: list[Corpus] = []
    for module in sorted(pkgutil.iter_modules(corpora.__path__), key=lambda m: m.name):
        found += importlib.import_module(f"{corpora.__name__}.{module.name}").CORPORA
    return found


def random_of(corpus: str, seed: int, number: int) -> random.Random:
    """Return the generator of one case: its number alone says what it is."""
    return random.Random(f"{seed} {corpus} {number}")


def edit(
    data: bytearray,
    rng: random.Random,
    foreign: Sequence[bytes],
    tokens: Sequence[bytes] = TOKENS,
) -> None:
    """Change some bytes in place: a token, a piece of another file, a cut, a copy."""
    at = rng.randint(0, len(data))
    end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 64)))
    match rng.randrange(7):
        case 0:
            data[at:at] = rng.choice(tokens)
        case 1:
            data[at:end] = rng.choice(tokens)
        case 2:
            del data[at:end]
        case 3:
            data[at:at] = data[at:end]
        case 4 if at < len(data):
            data[at] = rng.randrange(256)
        case 5:
            del data[at:]
        case _:
            other = rng.choice(foreign)
            start = rng.randrange(len(other))
            data[at:end] = other[start : start + rng.choice((4, 16, 64))]
