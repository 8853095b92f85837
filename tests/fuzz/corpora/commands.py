# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Damaged ranges files and models through the commands, as the entry point runs them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from setrange.errors import SetrangeError
from setrange.formats.registry import FORMATS
from tests.formats.samples import SAMPLES
from tests.fuzz.command_line import run_command, run_on_model
from tests.fuzz.corpora.models import changed_model
from tests.fuzz.corpus import Corpus, edit

if TYPE_CHECKING:
    import random
    from pathlib import Path

_ALL = [data for samples in SAMPLES.values() for data in samples]
_WRITERS = [entry.id for entry in FORMATS if entry.write is not None]


def _edited(rng: random.Random) -> bytes:
    data = bytearray(rng.choice(_ALL))
    for _ in range(rng.choice((0, 1, 1, 2, 8))):
        edit(data, rng, _ALL)
    return bytes(data)


def _ranges(rng: random.Random, folder: Path) -> None:
    """Read, write and compare files of all formats."""
    first, second, out = folder / "a", folder / "b", folder / "out"
    first.write_bytes(_edited(rng))
    second.write_bytes(_edited(rng))
    to = ["--to", rng.choice(_WRITERS)] if rng.random() < 0.8 else []
    with contextlib.suppress(SetrangeError):
        run_command(["convert", str(first), "-o", str(out), *to])
    if out.exists():
        run_command(["diff", str(first), str(out)])
    if rng.random() < 0.3:
        run_command(["merge", str(first), str(second), "-o", str(folder / "merged.json")])


def _models(rng: random.Random, folder: Path) -> None:
    path = folder / "m.onnx"
    path.write_bytes(changed_model(rng))
    run_on_model(rng, path)


CORPORA = [
    Corpus(name="commands/ranges", attack=_ranges, weight=0.3),
    Corpus(name="commands/models", attack=_models, weight=0.3),
]
