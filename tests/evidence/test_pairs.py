# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Real calibration caches: every name in them is a tensor of the predicted network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.importer import import_network
from setrange.ranges import read_ranges
from tests.evidence.pairs import PAIRS, REORDERED, pair_folder

if TYPE_CHECKING:
    from pathlib import Path


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
