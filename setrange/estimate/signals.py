# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Signals, tables of features and tokens made by rule, for models that take no pictures.

The same arguments always give the same numbers. Each kind has four families, as pictures
have, so that a model with inputs of several kinds is fed one family at a time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from setrange.estimate.noise import Chance, fractal

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["FAMILIES", "features", "signal", "tokens"]

#: How many families each kind has.
FAMILIES = 4

#: Families of other kinds than pictures have chances of their own.
_SIGNALS, _FEATURES, _TOKENS = 10, 20, 30

#: Byte values of English letters and spaces, the frequent ones more often.
_TEXT = b"etaoinshrdlu etaoinshr cmfwypvbgk etaoin jqxz ETAOINSHRDLU\n.,;0123456789  "
_BYTES = range(256, 260)


def signal(family: int, number: int, channels: int, length: int) -> npt.NDArray[np.float32]:
    """Make a signal: float32 of shape [channels, length], from 0 to 1, silence at 0.5.

    Args:
        family: 0: noise with 1/f power. 1: tones with overtones, as voices and music have.
            2: steps and clicks. 3: bursts that sweep through frequencies.
        number: Which of the family's signals, from 0.
        channels: They are alike, but not the same.
        length: Of each.
    """
    chance = Chance(_SIGNALS + family, number)
    rows = [_wave(family, chance, length)]
    shared, loudness = rows[0], chance.between(0.3, 1.0)
    for _ in range(1, channels):
        own = chance.between(0.2, 1.0)
        rows.append((1 - own) * shared + own * _wave(family, chance, length))
    made = np.stack(rows)
    peak = float(np.abs(made).max())
    made *= loudness / (peak if peak > 0 else 1.0)
    moved: npt.NDArray[np.float32] = (0.5 + 0.5 * made).astype(np.float32)
    return moved


def _wave(family: int, chance: Chance, length: int) -> npt.NDArray[np.float32]:
    time = np.arange(length, dtype=np.float32) / np.float32(max(length, 1))
    if family == 0:
        return fractal(chance, (length,), chance.between(0.3, 1.2))
    if family == 1:
        return _tones(chance, time)
    if family == 2:
        return _steps(chance, length)
    rate = chance.between(2.0, max(3.0, length / 6))
    sweep = np.sin(math.tau * (2.0 * time + 0.5 * rate * time * time))
    return np.asarray(sweep * _envelope(chance, time), dtype=np.float32)


def _tones(chance: Chance, time: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    pitch = chance.between(4.0, max(5.0, time.size / 40))
    tilt = chance.between(0.5, 1.5)
    made = np.zeros_like(time)
    for overtone in range(1, 13):
        if overtone * pitch * 2 > time.size:
            break
        phase = math.tau * (overtone * pitch * time + chance.between(0, 1))
        made += overtone**-tilt * chance.between(0.3, 1.0) * np.sin(phase).astype(np.float32)
    made *= _envelope(chance, time)
    return np.asarray(made + 0.02 * chance.normal(time.size), dtype=np.float32)


def _envelope(chance: Chance, time: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Loud and quiet parts in turn."""
    beat = chance.between(1.0, 5.0)
    wave = np.sin(math.tau * (beat * time + chance.between(0, 1)))
    return np.asarray(np.clip(wave + 0.5, 0.0, 1.0), dtype=np.float32)


def _steps(chance: Chance, length: int) -> npt.NDArray[np.float32]:
    made = np.zeros(length, dtype=np.float32)
    for _ in range(2 + chance.below(8)):
        start = chance.below(max(length, 1))
        size = 1 if chance.happens(0.5) else 1 + chance.below(max(1, length // 4))
        made[start : start + size] += chance.between(-1.0, 1.0)
    return made


def features(family: int, number: int, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Make numbers that stand for anything: float32 from 0 to 1.

    Args:
        family: 0: bell-shaped. 1: uniform. 2: few that are not in the middle. 3: columns that
            follow a few hidden ones.
        number: Which of the family's arrays, from 0.
        shape: Their shape.
    """
    chance = Chance(_FEATURES + family, number)
    if family == 0:
        made = chance.normal(*shape) / np.float32(6.0)
    elif family == 1:
        made = chance.numbers(*shape) - np.float32(0.5)
    elif family == 2:
        made = np.where(chance.numbers(*shape) < 0.8, 0.0, chance.normal(*shape) / 6.0)
    else:
        wide = shape[-1] if shape else 1
        rows = math.prod(shape) // max(wide, 1)
        made = (chance.normal(rows, 3) @ chance.normal(3, wide)).reshape(shape)
        made = made / np.float32(12.0)
    return np.asarray(np.clip(made + 0.5, 0.0, 1.0), dtype=np.float32)


def tokens(
    family: int, number: int, shape: tuple[int, ...], vocabulary: int
) -> npt.NDArray[np.int64]:
    """Make identifiers below ``vocabulary``: int64.

    Args:
        family: 0: all alike often. 1: small ones more often, as vocabularies are sorted.
            2: runs of the same, of any length, as zeros in files are. 3: letters, where the
            vocabulary is that of bytes, else the second family; then padding of one kind.
        number: Which of the family's arrays, from 0.
        shape: Their shape.
        vocabulary: How many identifiers there are, 1 or more.
    """
    chance = Chance(_TOKENS + family, number)
    uniform = chance.numbers(*shape).astype(np.float64)
    if family == 3 and vocabulary in _BYTES:
        letters = np.frombuffer(_TEXT, dtype=np.uint8).astype(np.int64)
        made = letters[np.minimum((uniform * letters.size).astype(np.int64), letters.size - 1)]
    elif family in (0, 2):
        made = (uniform * vocabulary).astype(np.int64)
    else:
        made = (np.exp(uniform * math.log(vocabulary + 1.0)) - 1.0).astype(np.int64)
    rows = made.reshape(-1, shape[-1] if shape else 1)
    for row in rows:
        if family == 2 and number % 3 == 2:  # one thing, and a few that differ
            others = chance.numbers(row.size) < 2.0 / row.size
            row[~others] = (0, vocabulary - 1, int(row[0]))[chance.below(3)]
        elif family == 2:
            _repeat(row, chance, vocabulary)
        elif family == 3 and number:  # zeros, or the last one, as padding is numbered
            filled = int(row.size * chance.between(0.02, 1.0))
            row[filled:] = 0 if number % 2 else vocabulary - 1
    return np.clip(made, 0, vocabulary - 1)


def _repeat(row: npt.NDArray[np.int64], chance: Chance, vocabulary: int) -> None:
    """Put runs into a row: of 1 to half of its length, short ones more often."""
    start = 0
    while start < row.size:
        size = int((row.size / 2 + 1) ** chance.between(0.0, 1.0))
        if chance.happens(0.7):
            usual = (0, vocabulary - 1, int(row[start]))[chance.below(3)]
            row[start : start + size] = usual
        start += size
