# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Real calibration caches: every name in them is a tensor of the predicted network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.importer import import_network
from setrange.ranges import read_ranges
from tests.golden.corpus import shared

if TYPE_CHECKING:
    from pathlib import Path

#: Folder -> TensorRT version of the cache.
PAIRS = {
    "mnist-case1-8510": "8.5.10",
    "vgg16-7201": "7.2.1",
    "zoo-resnet50-6001": "6.0.1",
    "yolo11n-100300": "10.3.0",
}

#: Names that the rebuilt model cannot give. The cache lists Reshape_5 after the softmax: in the
#: original file that node came later, and the ShapeShuffle it registers took its number after
#: flattenTensor's (44 here); all later suffixes agree again.
REORDERED = {"yolo11n-100300": {"ONNXTRT_flattenTensor_43_output"}}


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Path:
    folder = shared() / "evidence" / "pairs" / request.param
    if not folder.is_dir():
        pytest.skip(f"needs the shared evidence folder ({folder.name})")
    return folder


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
