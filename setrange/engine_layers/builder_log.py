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
    from collections.abc import Iterable

__all__ = ["layers_of_log"]

#: Layer names and metadata hold what ONNX node names hold: anything. So the name ends at the
#: first field that can only follow it.
_LAYER = re.compile(
    r"^(?:.*?\] )?Name: (?P<name>.*?), LayerType: (?P<kind>\w+), Inputs: \[(?P<inputs>.*?)\], "
    r"Constants: \[(?P<constants>.*?)\], Outputs: \[(?P<outputs>.*?)\], "
    r"TacticName: (?P<tactic>.*?), StreamId: (?P<stream>-?\d+).*?, Metadata: (?P<metadata>.*)$"
)
_TENSOR = re.compile(
    r"\{ Name: (?P<name>.*?), Dimensions: \[(?P<dims>[^\]]*)\], .*?"
    r"Datatype: (?P<dtype>\w+), Format: (?P<format>.*?) ?\}"
)
_BINDING = re.compile(r"^(?:.*?\])? ?Name: (?P<name>.*?), IOMode: (?:Input|Output), ")


def layers_of_log(lines: Iterable[str]) -> dict[str, Any] | None:
    """Return the layers that a builder's log lists, in the form of the inspector's JSON.

    Args:
        lines: Messages or lines of the log; a message may hold several lines.

    Returns:
        ``Layers`` and ``Bindings``; ``None`` where the log lists no layers. Of a log of several
        builds, the last.
    """
    layers: list[dict[str, Any]] = []
    bindings: list[str] = []
    is_listing = False
    for line in (part for text in lines for part in text.split("\n")):
        if line.endswith("Layers:"):
            layers, bindings, is_listing = [], [], True
        elif is_listing and (match := _LAYER.match(line)):
            layers.append(_layer(match))
        elif layers and (match := _BINDING.match(line)):
            bindings.append(match["name"])
            is_listing = False
    return {"Layers": layers, "Bindings": bindings} if layers else None


def _layer(match: re.Match[str]) -> dict[str, Any]:
    return {
        "Name": match["name"],
        "LayerType": match["kind"],
        "Inputs": _tensors(match["inputs"]),
        "Constants": _tensors(match["constants"]),
        "Outputs": _tensors(match["outputs"]),
        "TacticName": match["tactic"],
        "StreamId": int(match["stream"]),
        "Metadata": match["metadata"].strip(),
    }


def _tensors(text: str) -> list[dict[str, Any]]:
    return [
        {
            "Name": match["name"],
            "Dimensions": [_size(part) for part in match["dims"].split(",") if part],
            "Datatype": match["dtype"],
            "Format": match["format"],
        }
        for match in _TENSOR.finditer(text)
    ]


def _size(text: str) -> int:
    """A size; one that is known only when the engine runs is a name."""
    return int(text) if text.strip().lstrip("-").isdigit() else -1
