# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures made by rule: they have what makes a network's inner values large, and need no data.

White noise does not excite a trained network: its filters look for structure. These pictures
have that of photographs and pages: power that falls with frequency, things in front of things,
edges and gratings, and strokes. The same arguments always give the same pixels.

Source: J. Lee, D. Mumford and J. Huang, "Occlusion models for natural images", IJCV 41, 2001
(dead leaves); M. Baradad et al., "Learning to see by looking at noise", NeurIPS 2021.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.estimate.noise import Chance, color_noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    #: Float32 of shape [channels, height, width], from 0 to 1.
    Picture = npt.NDArray[np.float32]

__all__ = ["PICTURES", "picture"]

#: The families, in the order in which they are run.
PICTURES = ("1/f noise", "dead leaves", "edges", "strokes")

_COLORS = 3


def picture(family: str, number: int, channels: int, height: int, width: int) -> Picture:
    """Make one picture.

    Args:
        family: One of ``PICTURES``.
        number: Which of the family's pictures, from 0.
        channels: 1 gives gray, 3 gives colours; any other number repeats the colours.
        height: In pixels.
        width: In pixels.
    """
    chance = Chance(PICTURES.index(family), number)
    made = _MAKERS[family](chance, height, width)
    if channels == 1:
        return np.asarray(made.mean(axis=0, keepdims=True), dtype=np.float32)
    return made if channels == _COLORS else np.resize(made, (channels, height, width))


def _noise(chance: Chance, height: int, width: int) -> Picture:
    """Noise whose power falls as 1/f^2b, stretched to some contrast."""
    made = color_noise(chance, (height, width), beta=chance.between(0.7, 1.6))
    contrast = chance.between(0.3, 1.0)
    middle = chance.between(contrast / 2, 1 - contrast / 2)
    return np.asarray(np.clip(middle + contrast * (made - 0.5), 0.0, 1.0), dtype=np.float32)


def _leaves(chance: Chance, height: int, width: int) -> Picture:
    """Discs, rectangles and ellipses in front of each other, small ones more often."""
    canvas = np.empty((_COLORS, height, width), dtype=np.float32)
    palette = _palette(chance, 6)
    canvas[:] = palette[0][:, None, None]
    # The longer side decides: a line of text is 48 pixels high, and has room for many leaves.
    least, most = max(height, width) / 40, max(height, width) / 2
    sizes = _cubic_sizes(chance.numbers(220), least, most)
    if chance.happens(0.5):  # largest first: the small ones stay visible
        sizes = np.sort(sizes)[::-1]
    for size in sizes:
        _put_leaf(canvas, chance, float(size), palette[chance.below(len(palette))])
    texture = color_noise(chance, (height, width), beta=1.0)
    canvas = _softened(canvas, chance.below(3))
    canvas += np.float32(0.08) * (texture - np.float32(0.5))
    canvas += np.float32(chance.between(0.0, 0.02)) * chance.normal(_COLORS, height, width)
    return np.clip(canvas, 0.0, 1.0)


def _palette(chance: Chance, count: int) -> npt.NDArray[np.float32]:
    """Colours as things have them: their channels differ less than their lightness does."""
    light, color = chance.numbers(count, 1), chance.numbers(count, _COLORS)
    own = np.float32(chance.between(0.05, 0.5))
    return np.asarray(light + own * (color - light), dtype=np.float32)


def _softened(made: Picture, times: int) -> Picture:
    """Spread each pixel over its neighbours, as a lens and resizing do."""
    for _ in range(times):
        wide = np.pad(made, ((0, 0), (1, 1), (1, 1)), mode="edge")
        tall = np.float32(0.5) * wide[:, 1:-1] + np.float32(0.25) * (wide[:, :-2] + wide[:, 2:])
        made = np.float32(0.5) * tall[..., 1:-1] + np.float32(0.25) * (
            tall[..., :-2] + tall[..., 2:]
        )
    return made


def _cubic_sizes(uniform: npt.NDArray[Any], least: float, most: float) -> npt.NDArray[Any]:
    """Radii with a density of r^-3, which is what objects at all distances have."""
    low, high = least**-2, most**-2
    return (low + uniform * (high - low)) ** -0.5


def _put_leaf(
    canvas: Picture, chance: Chance, size: float, color: npt.NDArray[np.float32]
) -> None:
    _, height, width = canvas.shape
    y, x = chance.between(0, height), chance.between(0, width)
    kind, aspect = chance.below(3), chance.between(0.4, 1.0)
    turn, tilt, shade = (
        chance.between(0, math.pi),
        chance.between(0, math.tau),
        chance.between(0, 0.2),
    )
    box = _box(y, x, size * (1.5 if kind == 1 else 1.0), height, width)
    if box is None:
        return
    rows, columns = box
    dy = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(y)
    dx = np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] - np.float32(x)
    along = (dx * math.cos(turn) + dy * math.sin(turn)) / size
    across = (dy * math.cos(turn) - dx * math.sin(turn)) / (size * aspect)
    if kind == 0:
        inside = dx * dx + dy * dy <= size * size
    elif kind == 1:
        inside = (abs(along) <= 1) & (abs(across) <= 1)
    else:
        inside = along * along + across * across <= 1
    light = 1 + shade * (dx * math.cos(tilt) + dy * math.sin(tilt)) / size
    part = canvas[:, rows, columns]
    np.copyto(part, color[:, None, None] * light.astype(np.float32), where=inside)


def _box(y: float, x: float, size: float, height: int, width: int) -> Any:
    """The rows and columns that a thing of that radius can touch."""
    rows = slice(max(0, math.floor(y - size)), min(height, math.ceil(y + size) + 1))
    columns = slice(max(0, math.floor(x - size)), min(width, math.ceil(x + size) + 1))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns


def _edges(chance: Chance, height: int, width: int) -> Picture:
    """A ramp, a step, a grating or a checkerboard, at any angle."""
    turn = chance.between(0, math.pi)
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    side = max(height, width)
    along = x * math.cos(turn) + y * math.sin(turn)
    across = y * math.cos(turn) - x * math.sin(turn)
    kind = chance.number % 4  # each kind is among any four pictures in a row
    if kind == 2:
        wave = (along - along.min()) / max(float(np.ptp(along)), 1e-6)
    elif kind == 3:
        low, high = float(along.min()), float(along.max())
        wave = along > low + chance.between(0.2, 0.8) * (high - low)
    elif kind == 0:
        wave = 0.5 + 0.5 * np.sin(along * (math.tau * chance.between(2, 60) / side))
    else:
        step = chance.between(2, min(32, max(3, side // 2)))
        wave = (np.floor(along / step) + np.floor(across / step)) % 2
    first, second = chance.numbers(2, _COLORS)
    if chance.happens(0.4):  # black and white
        first, second = np.zeros(_COLORS, np.float32), np.ones(_COLORS, np.float32)
    weight = np.broadcast_to(np.asarray(wave, dtype=np.float32), (height, width))
    weight = _softened(weight[np.newaxis], chance.below(3))[0]
    made = first[:, None, None] + weight * (second - first)[:, None, None]
    return np.asarray(made, dtype=np.float32)


def _strokes(chance: Chance, height: int, width: int) -> Picture:
    """Rows of bars, arcs and diagonals, as text and line drawings have them."""
    ground = np.full((_COLORS, height, width), chance.between(0.75, 1.0), dtype=np.float32)
    if chance.happens(0.4):
        ground -= np.float32(0.4) * color_noise(chance, (height, width), beta=1.2)
    ink = np.zeros((height, width), dtype=bool)
    for top, tall in _lines(chance, height):
        _write_line(ink, chance, top, tall)
    color = chance.numbers(_COLORS) * np.float32(0.35)
    cover = _softened(ink[np.newaxis].astype(np.float32), chance.below(3))
    made = np.clip(ground, 0.0, 1.0)
    made += cover * (color[:, None, None] - made)
    return (1 - made if chance.happens(0.25) else made).astype(np.float32)


def _lines(chance: Chance, height: int) -> Iterator[tuple[int, int]]:
    """Tops and heights of the rows; a low picture is one row."""
    if height < 100:
        tall = max(3, int(height * chance.between(0.5, 0.9)))
        yield max(0, (height - tall) // 2), tall
        return
    top = chance.between(0, height / 16)
    while top < height - 8:
        tall = int(chance.between(8, max(9, height / 8)))
        yield int(top), tall
        top += tall * chance.between(1.2, 2.0)


def _write_line(ink: npt.NDArray[np.bool_], chance: Chance, top: int, tall: int) -> None:
    width = ink.shape[1]
    thick = max(1.0, tall * chance.between(0.07, 0.18))
    left = chance.between(0, tall)
    while left < width - 2:
        wide = tall * chance.between(0.3, 0.8)
        if chance.happens(0.85):  # else a space between words
            for _ in range(1 + chance.below(4)):
                _put_stroke(ink, chance, (top, left, tall, wide), thick)
        left += wide + 1.5 * thick


def _put_stroke(
    ink: npt.NDArray[np.bool_],
    chance: Chance,
    glyph: tuple[float, float, float, float],
    thick: float,
) -> None:
    """One stroke within a glyph's box (top, left, height, width)."""
    top, left, tall, wide = glyph
    height, width = ink.shape
    rows = slice(int(top), min(height, math.ceil(top + tall)))
    columns = slice(max(0, int(left)), min(width, math.ceil(left + wide)))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(top)
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] - np.float32(left)
    kind, place = chance.below(4), chance.between(0, 1)
    if kind == 0:
        hit = abs(x - place * (wide - thick) - thick / 2) <= thick / 2
    elif kind == 1:
        hit = abs(y - place * (tall - thick) - thick / 2) <= thick / 2
    elif kind == 2:
        radius = 0.5 * min(tall, wide) * (0.6 + 0.4 * place)
        middle = radius + place * (tall - 2 * radius)
        hit = abs(np.hypot(y - middle, x - wide / 2) - radius + thick / 2) <= thick / 2
    else:
        slope = 1 if place < 0.5 else -1
        offset = y / tall * wide if slope > 0 else wide - y / tall * wide
        hit = abs(x - offset) * tall <= 0.5 * thick * math.hypot(tall, wide)
    ink[rows, columns] |= np.broadcast_to(hit, ink[rows, columns].shape)


_MAKERS = dict(zip(PICTURES, (_noise, _leaves, _edges, _strokes), strict=True))
