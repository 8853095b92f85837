# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges files of every format after a few edits: by name, and through the sniffer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from setrange.errors import SetrangeError
from setrange.formats.registry import FORMATS, read_source
from setrange.ranges.source import SourceFile
from tests.formats.samples import SAMPLES
from tests.fuzz.corpus import Corpus, edit, random_of

if TYPE_CHECKING:
    import random
    from pathlib import Path

_ALL = [data for samples in SAMPLES.values() for data in samples]


def fuzz(format_id: str, count: int, seed: int = 0) -> tuple[int, int]:
    """Run cases of one format; return how many were read and how many refused.

    Raises:
        AssertionError: A reader raised something else; the case is in the message.
    """
    outcomes = [
        outcome
        for number in range(count)
        for outcome in _outcomes(format_id, random_of(format_id, seed, number))
    ]
    return outcomes.count(None), len(outcomes) - outcomes.count(None)


def _outcomes(format_id: str, rng: random.Random) -> list[SetrangeError | None]:
    data = bytearray(rng.choice(SAMPLES[format_id] if rng.random() < 0.9 else _ALL))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 8))):
        edit(data, rng, _ALL)
    outcomes: list[SetrangeError | None] = []
    for fmt in (format_id, None):
        try:
            read_source(SourceFile("case", bytes(data)), fmt)
            outcomes.append(None)
        except SetrangeError as error:
            outcomes.append(error)
        except Exception as error:
            raise AssertionError(f"{fmt or 'sniffer'}: {error!r} on {bytes(data)!r}") from error
    return outcomes


def _attack(format_id: str, rng: random.Random, folder: Path) -> None:
    for error in _outcomes(format_id, rng):
        if error is not None:
            raise error


CORPORA = [
    Corpus(name=f"readers/{entry.id}", attack=partial(_attack, entry.id)) for entry in FORMATS
]
