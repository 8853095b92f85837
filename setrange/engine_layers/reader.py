# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading engine layer JSON: of the engine inspector and ``trtexec --exportLayerInfo``.

8.x and 10.x: ``Layers`` and ``Bindings``, tensors with ``Format/Datatype`` in words. 11.x:
``Datatype`` and ``Format`` apart, ``I/O Tensors``. Where shapes are dynamic the words are
missing, and weights or the tactic's name tell.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from setrange.engine_layers.compiled import COMPILED, compiled_layer, is_stream_marker
from setrange.engine_layers.listed import layers_of_text
from setrange.engine_layers.model import (
    INT8,
    UNKNOWN,
    EngineLayer,
    EngineLayers,
    EngineTensor,
)
from setrange.errors import FormatError, InputError
from setrange.files.text_encoding import encoding_of, text_lines
from setrange.files.windows import long_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["parse_layers", "read_layers"]

#: Words for element types, longest first where one is part of another.
_TYPES = (
    ("bf16", ("bf16", "bfloat16")),
    ("fp16", ("fp16", "half", "float16")),
    ("fp8", ("fp8", "e4m3")),
    ("fp4", ("fp4", "e2m1")),
    ("fp32", ("fp32", "float32", "float")),
    ("int8", ("int8",)),
    ("int32", ("int32",)),
    ("int64", ("int64",)),
    ("int4", ("int4",)),
    ("uint8", ("uint8",)),
    ("bool", ("bool",)),
)
_WORD = {word: name for name, words in _TYPES for word in words}
_TYPE = re.compile(rf"\b({'|'.join(_WORD)})\b", re.IGNORECASE)

#: A tactic's name holds the types of its operands: i8i8, f16f16, s8s8s32, h884.
_TACTIC = (
    (INT8, re.compile(r"(?:^|_)(?:i8(?:i8|f16|f32|)|s8s8|int8x?\d*)(?:_|$)", re.IGNORECASE)),
    ("fp16", re.compile(r"(?:^|_)(?:f16f16|h\d{3,4}|fp16)", re.IGNORECASE)),
    ("fp32", re.compile(r"(?:^|_)(?:f32f32|tf32tf32|s\d{3,4}|fp32)", re.IGNORECASE)),
)
#: Between two nodes of a layer's metadata; a node's name may hold brackets itself.
_METADATA = re.compile(r"\]\s*\[ONNX Layer: ")
_COPY_KINDS = frozenset({"reformat", "reformatting", "copy", "noop", "no op"})
_CONSTANTS = frozenset({"constant"})


#: Bytes at the start of a file that tell whether it is JSON.
_HEAD = 4096

#: The metadata of one layer may name hundreds of nodes.
_LONGEST_LINE = 1_000_000


def read_layers(path: str | Path) -> EngineLayers:
    """Read a layer JSON file.

    Raises:
        InputError: It cannot be read.
        FormatError: It is not the JSON of an engine's layers.
    """
    try:
        with long_path(path).open("rb") as raw:
            start = raw.peek(_HEAD)[:_HEAD]
            encoding = encoding_of(start)
            if _is_json(start.decode(encoding, errors="replace")):
                return parse_layers(raw.read().decode(encoding, errors="replace"))
            return _parse_lines(text_lines(raw, _LONGEST_LINE))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def parse_text(text: str) -> EngineLayers:
    """Read the layers of an engine from JSON, or from a text that lists them.

    Raises:
        FormatError: There are none.
    """
    return parse_layers(text) if _is_json(text) else _parse_lines(text.splitlines())


def _parse_lines(lines: Iterable[str]) -> EngineLayers:
    told = layers_of_text(lines)
    if told is None:
        raise FormatError(
            f"lists no layers; {_EXPECTED}, or a log with 'Engine Layer Information' (build "
            f"with --verbose, or with --dumpLayerInfo --profilingVerbosity=detailed)"
        )
    return parse_layers(json.dumps(told))


def _is_json(text: str) -> bool:
    """True for JSON; a log may begin with ``[`` as well: ``[I] ...``, ``[01/02/...``."""
    if text.lstrip()[:1] in ("{", '"'):
        return True
    return re.match(r'\s*\[\s*(?:[{"\]]|\Z)', text) is not None


def parse_layers(text: str) -> EngineLayers:
    """Read the layers of an engine from JSON.

    Raises:
        FormatError: It is not JSON, or has no ``Layers``.
    """
    try:
        value = _loaded(text)
    except ValueError as error:
        raise FormatError(f"is not JSON: {error}; {_EXPECTED}") from error
    except RecursionError as error:
        raise FormatError(f"is nested too deeply to be layers; {_EXPECTED}") from error
    layers = value.get("Layers") if isinstance(value, dict) else value
    if isinstance(value, dict) and "Layers" not in value and _holds_ranges(value):
        raise FormatError(
            'has no list "Layers", but ranges; to see what they mean for a model: '
            "setrange check RANGES MODEL"
        )
    if not isinstance(layers, list):
        raise FormatError(f'has no list "Layers"; {_EXPECTED}')
    bindings = [] if value is layers else value.get("Bindings", value.get("I/O Tensors"))
    named = [entry for entry in layers if isinstance(entry, str)]
    if named:
        return EngineLayers(
            layers=tuple(EngineLayer(name=name, kind="") for name in named), names_only=True
        )
    if not all(isinstance(entry, dict) for entry in layers):
        raise FormatError(f'"Layers" holds something that is no layer; {_EXPECTED}')
    _refuse_neighbours(layers)
    return EngineLayers(
        layers=tuple(_layer(entry) for entry in layers if not is_stream_marker(entry)),
        bindings=tuple(_binding(entry) for entry in _items(bindings)),
    )


def _holds_ranges(value: dict[str, Any]) -> bool:
    return "setrange" in value or (
        bool(value) and all(isinstance(item, int | float | list) for item in value.values())
    )


def _loaded(text: str) -> Any:
    """Return the JSON of a text: one value, or one a layer as a list.

    Names may hold control characters.
    """
    decoder = json.JSONDecoder(strict=False)
    between = re.compile(r"[\s,]*")
    found: list[Any] = []
    position = between.match(text).end()  # type: ignore[union-attr]
    while position < len(text) or not found:
        value, position = decoder.raw_decode(text, position)
        found.append(value)
        position = between.match(text, position).end()  # type: ignore[union-attr]
    is_one = len(found) == 1 and not (isinstance(found[0], dict) and "LayerType" in found[0])
    return found[0] if is_one else found


#: What trtexec writes beside the layers, by a key that each entry but the first has.
_NEIGHBOURS = {
    "timeMs": ("--exportProfile", "times"),
    "averageMs": ("--exportProfile", "times"),
    "computeMs": ("--exportTimes", "times"),
    "startInMs": ("--exportTimes", "times"),
    "values": ("--exportOutput", "outputs"),
}


def _refuse_neighbours(layers: list[dict[str, Any]]) -> None:
    """Refuse lists of something else.

    Raises:
        FormatError: The entries are no layers.
    """
    for entry in layers[:2]:
        for key, (option, what) in _NEIGHBOURS.items():
            if key in entry and "LayerType" not in entry:
                raise FormatError(
                    f"holds {what}, as trtexec {option} writes them, not layers; give the file "
                    f"of --exportLayerInfo=FILE (with --profilingVerbosity=detailed)"
                )
    if layers and not any("Name" in entry or "LayerType" in entry for entry in layers):
        raise FormatError(f'"Layers" holds something that is no layer; {_EXPECTED}')


_EXPECTED = (
    "expected what the engine inspector or trtexec --exportLayerInfo=FILE writes (with "
    "--profilingVerbosity=detailed)"
)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _binding(entry: Any) -> str:
    return str(entry.get("Name", "")) if isinstance(entry, dict) else str(entry)


def _layer(entry: dict[str, Any]) -> EngineLayer:
    name, kind = str(entry.get("Name", "")), str(entry.get("LayerType", ""))
    inputs = tuple(_tensor(t) for t in _items(entry.get("Inputs")))
    outputs = tuple(_tensor(t) for t in _items(entry.get("Outputs")))
    if kind in COMPILED:
        constants = tuple(_tensor(t) for t in _items(entry.get("Constants")))
        return compiled_layer(name, kind, inputs, constants, outputs, _nodes(entry, name))
    return EngineLayer(
        name=name,
        kind=kind,
        inputs=inputs,
        outputs=outputs,
        nodes=_nodes(entry, name),
        precision=_precision(entry, inputs, outputs),
        role=_role(entry, kind, inputs, outputs),
    )


def _tensor(entry: Any) -> EngineTensor:
    if not isinstance(entry, dict):
        return EngineTensor(name=str(entry), dtype=UNKNOWN)
    words = entry.get("Datatype") or entry.get("Format/Datatype") or ""
    return EngineTensor(
        name=str(entry.get("Name", "")),
        dtype=_type(str(words)),
        shape=tuple(size for size in _items(entry.get("Dimensions")) if isinstance(size, int)),
    )


def _type(words: str) -> str:
    match = _TYPE.search(words)
    return _WORD[match.group(1).lower()] if match else UNKNOWN


def _nodes(entry: dict[str, Any], name: str) -> tuple[str, ...]:
    metadata = entry.get("Metadata")
    if isinstance(metadata, str) and "[ONNX Layer: " in metadata:
        start = metadata.index("[ONNX Layer: ") + len("[ONNX Layer: ")
        found = _METADATA.split(metadata[start:].strip().removesuffix("]"))
        return tuple(dict.fromkeys(found))
    return tuple(part for part in name.split(" + ") if part)


def _precision(
    entry: dict[str, Any],
    inputs: tuple[EngineTensor, ...],
    outputs: tuple[EngineTensor, ...],
) -> str:
    """What the arithmetic is done in: the weights tell best, then inputs, then the tactic."""
    stored = [
        _type(str(weights.get("Type", "")))
        for weights in (entry.get("Weights"), entry.get("ConvWeights"))
        if isinstance(weights, dict)
    ]
    if INT8 in stored:
        return INT8
    for tensors in (inputs, outputs):
        known = [t.dtype for t in tensors if t.dtype not in (UNKNOWN, "bool", "int32", "int64")]
        if known:
            return known[0]
    for dtype in stored:
        if dtype != UNKNOWN:
            return dtype
    tactic = str(entry.get("TacticName", ""))
    for name, pattern in _TACTIC:
        if pattern.search(tactic):
            return name
    known = [t.dtype for t in (*inputs, *outputs) if t.dtype != UNKNOWN]
    return known[0] if known else UNKNOWN


def _role(
    entry: dict[str, Any],
    kind: str,
    inputs: tuple[EngineTensor, ...],
    outputs: tuple[EngineTensor, ...],
) -> str:
    if kind.lower() in _CONSTANTS:
        return "constant"
    if not inputs and not outputs:  # such as TrainStation: it orders streams
        return "control"
    is_quantize = str(entry.get("Origin", "")).upper() == "QDQ"
    if not is_quantize and kind.lower() not in _COPY_KINDS and "quantize" not in kind.lower():
        return "compute"
    types = {tensor.dtype for tensor in (*inputs, *outputs)}
    return "quantize" if is_quantize or (INT8 in types and len(types) > 1) else "reformat"
