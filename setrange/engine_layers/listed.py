# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layers that are listed in text: a verbose log, or the inspector's output line by line.

Three forms of one line a layer (source: public logs of TensorRT 7 to 10, and the inspector)::

    Layer(CaskConvolution): conv + relu, Tactic: 0x9d, x[Int8(1,8,16,16)] -> a[Int8(1,8,16,16)]
    Layer(CaskConvolution): conv + relu, Tactic: 0x9d, x (Int8[1,8,16,16]) -> a (Int8[...])
    Name: conv + relu, LayerType: CaskConvolution, Inputs: [ { Name: x, Location: Device,
    Dimensions: [1,8,16,16], Format/Datatype: ... Int8 format }], Outputs: [...], ...

The first two are of verbose logs and of ``LayerInformationFormat.ONELINE``; the third is what
``--dumpLayerInfo`` prints with detailed profiling. ``builder_log`` reads 11's form of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from setrange.engine_layers.builder_log import LogListing

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["layers_of_text"]

#: Before the layers of an engine; of several builds the last counts.
_HEADS = ("Engine Layer Information:", "Layer Information:", "Layers:")

_ONE_LINE = re.compile(r"Layer\((?P<kind>[^()]*)\): (?P<name>.*), Tactic: (?P<tactic>[^,\s]*)")
_ARROW = re.compile(r"(?:^|(?<=[\])])|(?<=,)) *-> ")
#: The end of each tensor: its type and sizes; its name is what stands before.
_TENSORS = (
    re.compile(r"\[(?P<dtype>[A-Z]\w*)\((?P<dims>[-0-9,: ]*)\)\](?:, |$)"),
    re.compile(r" \((?P<dtype>[A-Z]\w*)\[(?P<dims>[-0-9,: ]*)\]\)(?:, |$)"),
)

_DETAILED = "Name: "
_KIND = re.compile(r", LayerType: (?P<kind>\w*), Inputs: \[")
_INPUTS_END = re.compile(r"\], (?:Constants|Outputs): \[")
_OUTPUTS = re.compile(r"Outputs: \[")
_OUTPUTS_END = re.compile(r"\](?:, |$)")
_TENSOR_START = "{ Name: "
_DETAILED_TENSOR = re.compile(
    r"(?P<name>.*?)(?:, Location: \w+)?, Dimensions: \[(?P<dims>[^\]]*)\]"
)
_DTYPE = re.compile(r"(?:Format/)?Datatype: (?P<words>[^}]*)")
_TACTIC = re.compile(r", TacticName: (?P<tactic>[^,]*)")
_METADATA = re.compile(r", Metadata: (?P<metadata>.*)\Z")


def layers_of_text(lines: Iterable[str]) -> dict[str, Any] | None:
    """Return the layers that a text lists, in the form of the inspector's JSON.

    Args:
        lines: Of the text.

    Returns:
        ``Layers`` and ``Bindings``; ``None`` where no layers are listed.
    """
    log = LogListing()
    layers: list[dict[str, Any]] = []
    for line in lines:  # once: a log may be larger than the memory
        log.add(line)
        layer = _one_line(line) or _detailed(line)
        if layer is not None:
            layers.append(layer)
        elif line.rstrip().endswith(_HEADS):
            layers = []
    told = log.told()
    if told is None and layers:
        return {"Layers": layers, "Bindings": []}
    return told


def _one_line(line: str) -> dict[str, Any] | None:
    # Only the first place is tried, so that lines made of such beginnings cost no more.
    start = line.find("Layer(")
    match = None if start < 0 else _ONE_LINE.match(line, start)
    if match is None:
        return None
    rest = line[match.end() :].lstrip(", ").rstrip()
    arrow = _ARROW.search(rest)
    if arrow is None:
        inputs, outputs = rest, ""
    else:
        inputs, outputs = rest[: arrow.start()], rest[arrow.end() :]
    return {
        "Name": match["name"],
        "LayerType": match["kind"],
        "Inputs": _tensors(inputs),
        "Outputs": _tensors(outputs),
    }


def _tensors(text: str) -> list[dict[str, Any]]:
    for form in _TENSORS:
        found, start = [], 0
        for match in form.finditer(text):
            name = text[start : match.start()].strip()
            found.append(_tensor(name, match["dims"], match["dtype"]))
            start = match.end()
        if found:
            return found
    return []


def _detailed(line: str) -> dict[str, Any] | None:
    start = line.find(_DETAILED) + len(_DETAILED)
    kind = _KIND.search(line, start)
    if start < len(_DETAILED) or kind is None:
        return None
    inputs_end = _INPUTS_END.search(line, kind.end() - 1)
    outputs = _OUTPUTS.search(line, kind.end())
    if inputs_end is None or outputs is None:
        return None
    outputs_end = _end_of_list(line, outputs.end())
    tactic, metadata = _TACTIC.search(line, outputs_end), _METADATA.search(line, outputs_end)
    return {
        "Name": line[start : kind.start()],
        "LayerType": kind["kind"],
        "Inputs": _detailed_tensors(line[kind.end() : inputs_end.start()]),
        "Outputs": _detailed_tensors(line[outputs.end() : outputs_end]),
        "TacticName": "" if tactic is None else tactic["tactic"],
        "Metadata": "" if metadata is None else metadata["metadata"].strip(),
    }


def _end_of_list(line: str, start: int) -> int:
    """Return where a list of tensors ends: they hold lists of sizes themselves."""
    depth = 1
    for match in re.compile(r"[\[\]]").finditer(line, start):
        depth += 1 if match.group() == "[" else -1
        if depth == 0:
            return match.start()
    return len(line)


def _detailed_tensors(text: str) -> list[dict[str, Any]]:
    found = []
    for part in text.split(_TENSOR_START)[1:]:
        match = _DETAILED_TENSOR.match(part)
        if match is None:
            continue
        dtype = _DTYPE.search(part, match.end())
        words = "" if dtype is None else dtype["words"]
        found.append(_tensor(match["name"], match["dims"], words))
    return found


def _tensor(name: str, dims: str, words: str) -> dict[str, Any]:
    sizes = [size.strip().partition(":")[0] for size in dims.split(",")]
    return {
        "Name": name,
        "Dimensions": [int(s) if s.isdecimal() and len(s) < 20 else -1 for s in sizes if s],
        "Datatype": words.strip(),
    }
