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


def need_evidence(*parts: str) -> Path:
    """Folder of what TensorRT wrote; where it is absent the module that asks is skipped.

    The material is other people's and does not ship with the project.
    """
    folder = shared().joinpath("evidence", *parts)
    if not folder.is_dir():
        reason = f"what TensorRT wrote is not here (shared/evidence/{'/'.join(parts)})"
        pytest.skip(reason, allow_module_level=True)
    return folder


def pair_folder(name: str) -> Path:
    """Folder of a cache and its model."""
    return shared() / "evidence" / "pairs" / name
