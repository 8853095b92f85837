# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What each input of a model holds: told by its type, its shape, its name and who reads it."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setrange.measure.model_input import Input
    from setrange.model.loading import Model

__all__ = ["InputKind", "Role", "role_of"]


class InputKind(str, enum.Enum):
    """What is fed to an input. The values are the words of findings."""

    PICTURE = "pictures"
    SIGNAL = "signals"
    SERIES = "time series"
    FEATURES = "features"
    TOKENS = "tokens"
    MASK = "a mask"
    STATE = "a state"
    NUMBER = "a number"

    @property
    def is_weak(self) -> bool:
        """True where made inputs resemble real ones little: measured on few models or none."""
        return self in _WEAK

    @property
    def has_scale(self) -> bool:
        """True where the values' scale must be known."""
        return self in _SCALED


_WEAK = frozenset(
    {
        InputKind.SIGNAL,
        InputKind.SERIES,
        InputKind.FEATURES,
        InputKind.TOKENS,
        InputKind.STATE,
    }
)
_SCALED = frozenset({InputKind.PICTURE, InputKind.SIGNAL, InputKind.SERIES, InputKind.FEATURES})

#: Channels that a picture has: gray, gray and alpha, colours, colours and alpha.
_CHANNELS = (1, 3, 4)
#: A picture has no fewer rows or columns.
_LEAST_SIDE = 8
#: Dimensions of a film: its frames come before or after its channels.
_FILM = 5
#: A row of so many numbers is a signal rather than a table's row.
_LONG = 400

_MASK = re.compile(r"(^|[_.])(mask|masks|attention_mask|pad|padding)($|[_.\d])")
_STATE = re.compile(
    r"^(h|c|hx|cx|hn|cn|h0|c0|h_0|c_0|sr_state)$|state|hidden|(^|_)cell|cache|past|memory"
)

#: Nodes that hand identifiers on as they are.
_ID_CARRIERS = frozenset(
    {"Cast", "Concat", "Flatten", "Identity", "Reshape", "Slice", "Squeeze", "Transpose"}
    | {"Unsqueeze", "Clip", "Split", "Expand"}
)
_MOST_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one input holds.

    Attributes:
        input: The input.
        kind: What it holds.
        channels: The dimension of its channels, for pictures and series; else -1.
        vocabulary: How many identifiers there are, for tokens; else 0.
    """

    input: Input
    kind: InputKind
    channels: int = -1
    vocabulary: int = 0


def role_of(model: Model, item: Input) -> Role:
    """Tell what an input of a model holds."""
    name = item.name.lower()
    if item.dtype.kind == "b":
        return Role(input=item, kind=InputKind.MASK)
    if _STATE.search(name):
        return Role(input=item, kind=InputKind.STATE)
    if item.dtype.kind != "f":
        return _of_integers(model, item, name)
    if _MASK.search(name) and len(item.shape) < 4:
        return Role(input=item, kind=InputKind.MASK)
    return _of_floats(item)


def _of_integers(model: Model, item: Input, name: str) -> Role:
    picture = _picture_channels(item)
    if picture >= 0 and item.dtype.itemsize == 1:
        return Role(input=item, kind=InputKind.PICTURE, channels=picture)
    vocabulary = _vocabulary(model, item.name)
    if _MASK.search(name):
        return Role(input=item, kind=InputKind.MASK)
    if vocabulary:
        return Role(input=item, kind=InputKind.TOKENS, vocabulary=vocabulary)
    if not item.shape or all(size == 1 for size in item.shape) or len(item.shape) == 1:
        return Role(input=item, kind=InputKind.NUMBER)
    return Role(input=item, kind=InputKind.TOKENS, vocabulary=2)


def _of_floats(item: Input) -> Role:
    shape = item.shape
    channels = _picture_channels(item)
    if channels >= 0:
        return Role(input=item, kind=InputKind.PICTURE, channels=channels)
    rank = len(shape)
    if rank == 0 or (rank <= 2 and all(size in (1, 2) for size in shape)):
        return Role(input=item, kind=InputKind.NUMBER)
    if rank == 3:
        last, middle = shape[2], shape[1]
        # The longer dimension, or the free one, is time.
        time_is_last = not isinstance(last, int) or (isinstance(middle, int) and last >= middle)
        return Role(input=item, kind=InputKind.SERIES, channels=1 if time_is_last else 2)
    if rank == 2 and (not isinstance(shape[1], int) or shape[1] >= _LONG):
        return Role(input=item, kind=InputKind.SIGNAL)
    return Role(input=item, kind=InputKind.FEATURES)


def _picture_channels(item: Input) -> int:
    """The dimension of a picture's channels; -1 where the input is none."""
    shape = item.shape
    first = len(shape) - 3
    if first not in (0, 1, 2):  # with a batch, and perhaps frames
        return -1
    if not first and not (
        3 in (shape[0], shape[2]) and all(_is_side(n, 32) for n in shape[1:2])
    ):
        return -1  # [1, 80, 300] is a batch of one spectrum, no gray picture
    for channels, sides in ((first, (-2, -1)), (len(shape) - 1, (-3, -2))):
        if shape[channels] in _CHANNELS and all(_is_side(shape[side]) for side in sides):
            return channels
    if len(shape) == _FILM and shape[1] in _CHANNELS and all(map(_is_side, shape[3:])):
        return 1
    all_free = len(shape) == 4 and not any(isinstance(size, int) for size in shape[1:])
    return 1 if all_free else -1


def _is_side(size: int | str | None, least: int = _LEAST_SIDE) -> bool:
    return not isinstance(size, int) or size >= least


def _vocabulary(model: Model, name: str) -> int:
    """Rows of the table that an input is looked up in; 0 where there is none."""
    tables = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    readers: dict[str, list[int]] = {}
    nodes = model.graph.node
    for index, node in enumerate(nodes):
        for value in node.input:
            readers.setdefault(value, []).append(index)
    found = 0
    frontier = {name}
    for _ in range(_MOST_STEPS):
        reached: set[str] = set()
        for index in (i for value in frontier for i in readers.get(value, ())):
            node = nodes[index]
            if node.op_type == "Gather" and node.input[1] in frontier:
                rows = tables.get(node.input[0])
                axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
                if rows and axis == 0:
                    found = min(found or int(rows[0]), int(rows[0]))
            elif node.op_type == "OneHot":
                found = found or _one_hot_depth(model, node.input[1])
            elif node.op_type in _ID_CARRIERS:
                reached.update(node.output)
        if found or not reached:
            break
        frontier = reached
    return found


def _one_hot_depth(model: Model, name: str) -> int:
    from onnx import numpy_helper

    for tensor in model.graph.initializer:
        if tensor.name == name:
            return max(0, int(numpy_helper.to_array(tensor).reshape(-1)[0]))
    for node in model.graph.node:
        if node.op_type == "Constant" and name in node.output:
            values = [a.t for a in node.attribute if a.name == "value"]
            if values:
                return max(0, int(numpy_helper.to_array(values[0]).reshape(-1)[0]))
    return 0
