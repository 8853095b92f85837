# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The layer list that TensorRT's builder prints, as the engine inspector's JSON.

At VERBOSE, with detailed profiling, the builder ends with a message of one line a layer::

    Layers:
    Name: c1_myl0_1, LayerType: correlation, Inputs: [ { Name: x, Dimensions: [1,16,32,32],
    ..., Datatype: Int8, Format: (NHWC) ... }], Constants: [...], Outputs: [...],
    TacticName: ..., StreamId: 0, Metadata: [ONNX Layer: c1][ONNX Layer: ...]
    ...
    I/O Tensors:
     Name: x, IOMode: Input, DataType: Float, ...

It needs no GPU, where the inspector has to load the engine. Source: logs of TensorRT for RTX
1.4 to 1.7.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LogListing", "layers_of_log"]

#: Layer names and metadata hold what ONNX node names hold: anything. So a field ends at the
#: first text that can only follow it. The fields are looked for one after the other, never
#: back again, so that a name made of such texts costs no more than its length.
_START = re.compile(r"(?:^|\] )Name: ")
_FIELDS = (
    ("name", re.compile(r", LayerType: (?=\w+, Inputs: \[)")),
    ("kind", re.compile(r", Inputs: \[")),
    ("inputs", re.compile(r"\], Constants: \[")),
    ("constants", re.compile(r"\], Outputs: \[")),
    ("outputs", re.compile(r"\], TacticName: ")),
    ("tactic", re.compile(r", StreamId: (?=-?\d)")),
    ("stream", re.compile(r", Metadata: ")),
)
_STREAM = re.compile(r"-?[0-9]{1,18}")
_TENSOR_FIELDS = (
    ("name", re.compile(r", Dimensions: \[")),
    ("dims", re.compile(r"\], ")),
    ("", re.compile(r"Datatype: (?=\w+, Format: )")),
    ("dtype", re.compile(r", Format: ")),
)
_TENSOR_START = "{ Name: "
_BINDING = re.compile(r"^(?:.*?\])? ?Name: (?P<name>.*?), IOMode: (?:Input|Output), ")


class LogListing:
    """The layers that a builder's log lists, found line by line; of several builds the last."""

    def __init__(self) -> None:
        self._layers: list[dict[str, Any]] = []
        self._bindings: list[str] = []
        self._is_listing = False

    def add(self, line: str) -> None:
        """Look at the next line."""
        if line.endswith("Layers:"):
            self._layers, self._bindings, self._is_listing = [], [], True
        elif self._is_listing and (fields := _fields(line)):
            self._layers.append(_layer(fields))
        elif self._layers and (match := _BINDING.match(line)):
            self._bindings.append(match["name"])
            self._is_listing = False

    def told(self) -> dict[str, Any] | None:
        """Return ``Layers`` and ``Bindings`` as the inspector does; ``None`` for no layers."""
        if not self._layers:
            return None
        return {"Layers": self._layers, "Bindings": self._bindings}


def layers_of_log(messages: Iterable[str]) -> dict[str, Any] | None:
    """Return the layers that a builder's log lists, in the form of the inspector's JSON.

    Args:
        messages: Of the log; a message may hold several lines.

    Returns:
        ``Layers`` and ``Bindings``; ``None`` where the log lists no layers. Of a log of several
        builds, the last.
    """
    listing = LogListing()
    for message in messages:
        for line in message.split("\n"):
            listing.add(line)
    return listing.told()


def _fields(line: str) -> dict[str, str] | None:
    """Return the fields of a layer's line, or ``None`` for another line."""
    start = _START.search(line)
    return None if start is None else _cut(line, start.end(), _FIELDS, last="metadata")


def _cut(
    text: str, start: int, marks: Iterable[tuple[str, re.Pattern[str]]], *, last: str
) -> dict[str, str] | None:
    """Cut a text at marks that follow each other; ``None`` where one is missing."""
    found: dict[str, str] = {}
    for name, mark in marks:
        match = mark.search(text, start)
        if match is None:
            return None
        found[name] = text[start : match.start()]
        start = match.end()
    found[last] = text[start:]
    return found


def _layer(match: Mapping[str, str]) -> dict[str, Any]:
    stream = _STREAM.match(match["stream"])
    return {
        "Name": match["name"],
        "LayerType": match["kind"],
        "Inputs": _tensors(match["inputs"]),
        "Constants": _tensors(match["constants"]),
        "Outputs": _tensors(match["outputs"]),
        "TacticName": match["tactic"],
        "StreamId": 0 if stream is None else int(stream.group()),
        "Metadata": match["metadata"].strip(),
    }


def _tensors(text: str) -> list[dict[str, Any]]:
    tensors = []
    for part in text.split(_TENSOR_START)[1:]:
        fields = _cut(part, 0, _TENSOR_FIELDS, last="format")
        if fields is None:
            continue
        tensors.append(
            {
                "Name": fields["name"],
                "Dimensions": [_size(size) for size in fields["dims"].split(",") if size],
                "Datatype": fields["dtype"],
                "Format": fields["format"].partition("}")[0].rstrip(),
            }
        )
    return tensors


def _size(text: str) -> int:
    """A size; one that is known only when the engine runs is a name."""
    digits = text.strip()
    is_size = digits.lstrip("-").isdecimal() and digits.isascii() and len(digits) < 20
    return int(digits) if is_size and digits.count("-") <= 1 else -1
