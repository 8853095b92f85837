# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Logs, engine JSON and build settings; and long repeats for every reader of ranges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from setrange.build_settings.config import parse_shapes, read_build_config
from setrange.engine_layers.builder_log import layers_of_log
from setrange.engine_layers.reader import read_layers
from setrange.explain import MEANINGS, explain_lines, read_log
from setrange.files.resources import resource_text
from setrange.formats.registry import FORMATS, read_source
from setrange.ranges.source import SourceFile
from tests.fuzz.corpus import TOKENS, Corpus, edit
from tests.fuzz.samples_of_texts import LAYERS, LISTING, LOG

if TYPE_CHECKING:
    import random
    from pathlib import Path

_LOG_TOKENS = (*TOKENS, *(meaning.lead.encode() for meaning in MEANINGS if meaning.lead))
_LAYER_TOKENS = (
    *TOKENS,
    b'"Layers": ',
    b'"Metadata": "[ONNX Layer: ',
    b'"Name": ',
    b"[ONNX Layer: ",
)
_CONFIG_TOKENS = (
    *TOKENS, b"setrange_build: 1\n", b"workspace_mib: ", b"2024-99-99", b"17592186044416",
    b"profiles:\n- x: {min: 1x3, opt: 1x3, max: 9x3}\n", b"99999999999999999999x4", b"0x",
)  # fmt: skip


def _edited(rng: random.Random, samples: tuple[bytes, ...], tokens: tuple[bytes, ...]) -> bytes:
    data = bytearray(rng.choice(samples))
    for _ in range(rng.choice((1, 1, 2, 3, 8, 20))):
        edit(data, rng, samples, tokens)
    return bytes(data)


def _log(rng: random.Random, folder: Path) -> None:
    path = folder / "build.log"
    path.write_bytes(_edited(rng, (LOG,), _LOG_TOKENS))
    lines = list(read_log(path))
    explain_lines(lines)
    layers_of_log([LISTING.decode(), *lines])


def _listing(rng: random.Random, folder: Path) -> None:
    text = _edited(rng, (LISTING, LOG), _LOG_TOKENS).decode("utf-8", "replace")
    layers_of_log(["Layers:", text, "Layers:\n" + text])


def _layers(rng: random.Random, folder: Path) -> None:
    path = folder / "e.layers.json"
    path.write_bytes(_edited(rng, (LAYERS,), _LAYER_TOKENS))
    json.dumps(read_layers(path).counts())


def _config(rng: random.Random, folder: Path) -> None:
    path = folder / "build.yaml"
    sample = resource_text("configs/default.yaml").encode()
    path.write_bytes(_edited(rng, (sample, b"setrange_build: 1\n"), _CONFIG_TOKENS))
    read_build_config(path)


def _shapes(rng: random.Random, _folder: Path) -> None:
    text = _edited(rng, (b"x:1x3x224x224,mask:1x64",), _CONFIG_TOKENS)
    parse_shapes([text.decode("utf-8", "replace")], "--max")


_REPEATED = (b"a:", b"1.", b"a ", b"._amax", b"quantizer", b"\na:1", b"@a[")
_STARTS = (b"", b'{"a": ', b"a: 1\n", b"TRT-8601-EntropyCalibration2\n", b"name,min\n")


def _repeats(rng: random.Random, _folder: Path) -> None:
    """A long run of one token behind the start of a real file: what patterns are slow on."""
    token = rng.choice(
        [*TOKENS, b"a:", b"1.", b"a ", b"._amax", b"quantizer", b"\na:1", b"@a["]
    )
    start = rng.choice(
        (b"", b'{"a": ', b"a: 1\n", b"TRT-8601-EntropyCalibration2\n", b"name,min\n")
    )
    data = start + token * (200_000 // len(token)) + rng.choice((b"", b"x", b"\n", b"}"))
    format_id = rng.choice([None, *(entry.id for entry in FORMATS)])
    read_source(SourceFile("case", data), format_id)


CORPORA = [
    Corpus(name="texts/log", attack=_log),
    Corpus(name="texts/builder-listing", attack=_listing),
    Corpus(name="texts/engine-layers", attack=_layers),
    Corpus(name="texts/build-settings", attack=_config, weight=0.3),
    Corpus(name="texts/shapes", attack=_shapes),
    Corpus(name="texts/repeats", attack=_repeats, weight=0.02),
]
