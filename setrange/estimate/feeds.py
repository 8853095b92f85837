# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a model is fed: one made array for each of its inputs, of sizes that fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.estimate.kinds import InputKind, role_of
from setrange.estimate.noise import Chance
from setrange.estimate.pictures import PICTURES, picture
from setrange.estimate.signals import FAMILIES, features, signal, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from setrange.estimate.kinds import Role
    from setrange.estimate.scales import Scale
    from setrange.measure.inputs import Arrays
    from setrange.measure.model_input import Input
    from setrange.model.loading import Model

__all__ = ["FAMILIES", "Feeder", "family_name"]

#: Sides of pictures whose height and width are both free: the first that the model takes.
_SIDES = (320, 224, 640, 512, 256, 299)
#: Lengths of what runs along a free dimension, the same.
_LENGTHS = {
    InputKind.SIGNAL: (16000, 512, 4096, 1536),
    InputKind.SERIES: (200, 128, 64, 512),
    InputKind.TOKENS: (128, 64, 32, 512),
    InputKind.MASK: (128, 64, 32, 512),
}
#: How wide a line of text is that has a fixed height.
_LINE = 5
#: A higher picture is no line of text.
_HIGHEST_LINE = 100

#: Numbers that go with other inputs, by their names: Paddle's detectors and voice models.
_SAMPLE_RATE = 16000


def family_name(roles: Sequence[Role], family: int) -> str:
    """Return what a family is called: after its pictures where the model takes some."""
    if any(role.kind is InputKind.PICTURE for role in roles):
        return PICTURES[family]
    return f"family {family + 1}"


class Feeder:
    """Makes what a model is fed.

    Args:
        model: The model.
        items: Its inputs.
        size: Height and width of pictures, where they are free; ``None``: the usual ones.

    Attributes:
        roles: What each input holds, in the model's order.
    """

    def __init__(
        self, model: Model, items: Sequence[Input], size: tuple[int, int] | None = None
    ) -> None:
        self.roles = [role_of(model, item) for item in items]
        self._size = size
        self.shapes = self.shapes_for(0)

    def shapes_for(self, attempt: int) -> dict[str, tuple[int, ...]]:
        """Return sizes for all dimensions, by input.

        Args:
            attempt: 0 for the usual sizes; more for others, if the model does not take those.
        """
        known: dict[str, int] = {}
        order = sorted(self.roles, key=lambda role: _PRIORITY.index(role.kind))
        return {role.input.name: self._shape(role, known, attempt) for role in order}

    @property
    def has_free_sizes(self) -> bool:
        """True where another attempt would try other sizes."""
        return self.shapes_for(0) != self.shapes_for(1)

    @property
    def has_pictures(self) -> bool:
        """True where pictures are among the inputs."""
        return any(role.kind is InputKind.PICTURE for role in self.roles)

    @property
    def is_of_tokens(self) -> bool:
        """True where identifiers are all that the model reads."""
        kinds = {role.kind for role in self.roles}
        return InputKind.TOKENS in kinds and not any(kind.has_scale for kind in kinds)

    @property
    def elements(self) -> int:
        """Numbers in one set of inputs."""
        return int(sum(np.prod(shape, dtype=np.int64) for shape in self.shapes.values()))

    def feeds(self, scales: Mapping[str, Scale], family: int, number: int) -> Arrays:
        """Make one set of inputs, a batch of one.

        Args:
            scales: By input, for those that have one.
            family: From 0 to ``FAMILIES`` - 1.
            number: Which of the family's sets, from 0.
        """
        made = {}
        for role in self.roles:
            item = role.input
            array = self._array(role, self.shapes[item.name], family, number)
            scale = scales.get(item.name)
            if scale is not None and item.dtype.kind == "f":
                array = scale.applied(array, role.channels)
            made[item.name] = np.ascontiguousarray(array, dtype=item.dtype)
        return made

    def _shape(self, role: Role, known: dict[str, int], attempt: int) -> tuple[int, ...]:
        sizes: list[int] = []
        sides = self._free_sides(role, attempt)
        for axis, size in enumerate(role.input.shape):
            if isinstance(size, int):
                sizes.append(size)
                continue
            chosen = sides.get(axis)
            if chosen is None:
                chosen = 1 if axis == 0 or role.kind is InputKind.STATE else 0
            if isinstance(size, str) and axis:
                chosen = known.setdefault(size, chosen or 1)
            sizes.append(chosen or 1)
        return tuple(sizes)

    def _free_sides(self, role: Role, attempt: int) -> dict[int, int]:
        """Sizes of free dimensions that are neither the batch nor channels, by dimension."""
        shape = role.input.shape
        if role.kind is not InputKind.PICTURE:
            lengths = _LENGTHS.get(role.kind, (1,))
            length = lengths[attempt % len(lengths)]
            free = [a for a, n in enumerate(shape) if a and not isinstance(n, int)]
            return dict.fromkeys(free, length)
        rank = len(shape)
        is_first = role.channels < rank - 1
        at = (rank - 2, rank - 1) if is_first else (rank - 3, rank - 2)
        height, width = (shape[axis] for axis in at)
        side = _SIDES[attempt % len(_SIDES)]
        if self._size is not None:
            high, wide = self._size
        elif isinstance(height, int):
            high, wide = height, height * _LINE if height < _HIGHEST_LINE else height
        elif isinstance(width, int):
            high, wide = width, width
        else:
            high, wide = side, side
        return {role.channels: 3, at[0]: high, at[1]: wide}

    def _array(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        if 0 in shape:
            return np.zeros(shape, dtype=np.float32)
        return _MAKERS[role.kind](self, role, shape, family, number)

    def _picture(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        # Channels first within a picture, frames before them: put in place at the end.
        at = role.channels
        outer = [size for axis, size in enumerate(shape[:-2]) if axis != at]
        height, width = shape[-2:]
        if at == len(shape) - 1:
            *outer, height, width = shape[:-1]
        rows = outer[0] if outer else 1
        frames = outer[1] if len(outer) > 1 else 1
        made = []
        for row in range(rows):
            one = picture(PICTURES[family], number * rows + row, shape[at], height, width)
            # The frames of a film are alike.
            made += [np.roll(one, 2 * frame, axis=-1) for frame in range(frames)]
        array = np.stack(made).reshape(*outer, shape[at], height, width)
        if role.input.dtype.kind != "f":
            array = array * 255
        return np.moveaxis(array, len(outer), at)

    def _signal(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        made = [
            signal(family, number * shape[0] + row, 1, shape[1])[0] for row in range(shape[0])
        ]
        return np.stack(made)

    def _series(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        is_last = role.channels == 1
        channels, length = (shape[1], shape[2]) if is_last else (shape[2], shape[1])
        made = np.stack(
            [
                signal(family, number * shape[0] + row, channels, length)
                for row in range(shape[0])
            ]
        )
        return made if is_last else made.transpose(0, 2, 1)

    def _features(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        return features(family, number, shape)

    def _tokens(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        name = role.input.name.lower()
        if "position" in name:
            return np.broadcast_to(np.arange(shape[-1]) % max(1, role.vocabulary), shape)
        return tokens(family, number, shape, max(1, role.vocabulary))

    def _mask(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        """Ones; in every other set the last quarter is padding."""
        made = np.ones(shape, dtype=np.float32)
        if number % 2 and shape:
            made[..., shape[-1] - shape[-1] // 4 :] = 0
        return made

    def _state(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        """Zeros, as at the start; in other sets, small numbers of both signs."""
        if number % 2 == 0:
            return np.zeros(shape, dtype=np.float32)
        return 0.5 * Chance(40 + family, number).normal(*shape)

    def _number(
        self, role: Role, shape: tuple[int, ...], family: int, number: int
    ) -> npt.NDArray[Any]:
        name = role.input.name.lower()
        sides = next(
            (
                self.shapes[other.input.name][-2:]
                for other in self.roles
                if other.kind is InputKind.PICTURE
            ),
            (1, 1),
        )
        if "shape" in name or "size" in name:
            return np.broadcast_to(np.resize(np.asarray(sides), shape[-1:] or (1,)), shape)
        if name in ("sr", "sample_rate", "sampling_rate"):
            return np.full(shape, _SAMPLE_RATE)
        if "len" in name:
            longest = max((max(s) for s in self.shapes.values() if s), default=1)
            return np.full(shape, longest)
        return np.ones(shape, dtype=np.float32)


#: Sizes of shared dimensions are decided in this order.
_PRIORITY = (
    InputKind.PICTURE,
    InputKind.SIGNAL,
    InputKind.TOKENS,
    InputKind.SERIES,
    InputKind.MASK,
    InputKind.FEATURES,
    InputKind.STATE,
    InputKind.NUMBER,
)

_MAKERS = {
    InputKind.PICTURE: Feeder._picture,
    InputKind.SIGNAL: Feeder._signal,
    InputKind.SERIES: Feeder._series,
    InputKind.FEATURES: Feeder._features,
    InputKind.TOKENS: Feeder._tokens,
    InputKind.MASK: Feeder._mask,
    InputKind.STATE: Feeder._state,
    InputKind.NUMBER: Feeder._number,
}
