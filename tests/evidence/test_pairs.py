# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Real calibration caches: every name in them is a tensor of the predicted network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.formats.reading import read_ranges
from setrange.importer import import_network
from setrange.resolver.in_cache import appears_in_cache
from tests.evidence.pairs import PAIRS, REORDERED, need_evidence, pair_folder

if TYPE_CHECKING:
    from pathlib import Path

need_evidence("pairs")

#: Nodes that the rebuilt yolo11n has and the original lacked.
ADDED = {"/model.9/cv1/act/Sigmoid_output_0", "/model.9/cv1/act/Mul_output_0"}


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Path:
    return pair_folder(request.param)


def test_every_cache_name_is_a_predicted_tensor(pair: Path) -> None:
    cache = read_ranges(pair / "calibration.cache")
    network = import_network(pair / "model.onnx", trt=PAIRS[pair.name])
    predicted = {tensor.name for tensor in network.tensors()}
    unexplained = {name for name in cache.entries if name not in predicted}
    assert unexplained == REORDERED.get(pair.name, set())


def test_no_cache_name_is_an_integer_tensor(pair: Path) -> None:
    cache = read_ranges(pair / "calibration.cache")
    network = import_network(pair / "model.onnx", trt=PAIRS[pair.name])
    dtypes = {tensor.name: tensor.dtype for tensor in network.tensors()}
    assert {dtypes[name] for name in cache.entries if name in dtypes} <= {"float32", "float16"}


def test_caches_hold_what_is_expected(pair: Path) -> None:
    cache = read_ranges(pair / "calibration.cache")
    network = import_network(pair / "model.onnx", trt=PAIRS[pair.name])
    expected = {tensor.name for tensor in network.tensors() if appears_in_cache(tensor)} - ADDED
    missing = expected - set(cache.entries)
    # A suffix differs by one: see REORDERED.
    assert len(missing) == len(REORDERED.get(pair.name, ()))
    assert set(cache.entries) - expected == REORDERED.get(pair.name, set())
