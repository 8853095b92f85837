# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibration caches that TensorRT wrote, each with its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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


def pair_folder(name: str) -> Path:
    """Folder of a cache and its model; the test is skipped where it is absent."""
    folder = shared() / "evidence" / "pairs" / name
    if not folder.is_dir():
        pytest.skip(f"needs the shared evidence folder ({name})")
    return folder
