# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Caches that TensorRT wrote, with their model: followed to other versions."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import pytest

from setrange.formats.reading import read_ranges
from setrange.importer import import_network
from setrange.resolver.entries import resolve_entries
from tests.evidence.pairs import PAIRS, REORDERED, need_evidence, pair_folder
from tests.support.same_model import SameModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.network import Network
    from setrange.ranges import RangeFile
    from setrange.resolver.result import Resolution

    Importer = Callable[[str], Network]

need_evidence("pairs")


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> tuple[RangeFile, Importer, str]:
    folder = pair_folder(request.param)

    @functools.cache
    def import_at(version: str) -> Network:
        return import_network(folder / "model.onnx", version)

    cache = read_ranges(folder / "calibration.cache")
    strays = REORDERED.get(folder.name, ())
    entries = {name: entry for name, entry in cache.entries.items() if name not in strays}
    return dataclasses.replace(cache, entries=entries), import_at, PAIRS[folder.name]


def meaning(resolution: Resolution) -> dict[str, str]:
    return {item.entry: tensor.name for tensor, item in resolution.by_tensor.items()}


def test_without_its_header_a_cache_is_recognized(
    pair: tuple[RangeFile, Importer, str],
) -> None:
    cache, import_at, version = pair
    nameless = dataclasses.replace(cache, named_by=None)
    resolution = resolve_entries(import_at(version), nameless, model=SameModel(import_at))
    assert meaning(resolution) == {name: name for name in cache.entries}
    assert resolution.findings == ()


@pytest.mark.parametrize("trt", ["8.6", "10.10"])
def test_inference_follows_a_cache_as_its_header_does(
    pair: tuple[RangeFile, Importer, str], trt: str
) -> None:
    cache, import_at, _ = pair
    nameless = dataclasses.replace(cache, named_by=None)
    said = resolve_entries(import_at(trt), cache, model=SameModel(import_at))
    inferred = resolve_entries(import_at(trt), nameless, model=SameModel(import_at))
    assert meaning(inferred) == meaning(said)
    assert len(meaning(said)) >= len(cache.entries) - 6
