# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Caches that TensorRT wrote, re-keyed to other versions and back through files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange import convert, read_ranges
from setrange.errors import InputError
from setrange.ranges import LossKind
from tests.evidence.pairs import need_evidence, pair_folder

if TYPE_CHECKING:
    from pathlib import Path
need_evidence("pairs")


#: Pair -> entries that TensorRT 10.x has no counterpart of.
LOST = {"mnist-case1-8510": 0, "vgg16-7201": 6, "zoo-resnet50-6001": 0}


@pytest.mark.parametrize("version", ["8.6", "10.3", "10.16"])
@pytest.mark.parametrize("name", LOST)
def test_there_and_back_is_the_identity(name: str, version: str, tmp_path: Path) -> None:
    folder, there, back = pair_folder(name), tmp_path / "there.cache", tmp_path / "back.cache"
    cache, model = folder / "calibration.cache", folder / "model.onnx"
    before = read_ranges(cache)
    first = convert(cache, there, model=model, trt=version)
    lost = {loss.name for loss in first.losses if loss.kind is LossKind.COUNTERPART}
    assert len(lost) == LOST[name]
    assert first.entries == len(before.entries)
    second = convert(there, back, model=model, trt=before.named_by)
    assert second.losses == ()
    after = read_ranges(back)
    assert after.named_by == before.named_by
    assert after.entries.keys() == before.entries.keys() - lost
    for key, entry in after.entries.items():
        assert (entry.range, entry.scale) == (
            before.entries[key].range,
            before.entries[key].scale,
        )


def test_8_5_to_10_3_and_back_byte_for_byte(tmp_path: Path) -> None:
    folder = pair_folder("mnist-case1-8510")
    there, back = tmp_path / "a.cache", tmp_path / "b.cache"
    cache, model = folder / "calibration.cache", folder / "model.onnx"
    report = convert(cache, there, model=model, trt="10.3")
    assert report.renamed["(Unnamed Layer* 9) [Matrix Multiply]_output"] == "/fc1/Gemm_output"
    assert there.read_text().startswith("TRT-100300-EntropyCalibration2\nx: 4000890a\n")
    convert(there, back, model=model, trt="8.5.10")
    assert back.read_bytes() == cache.read_bytes()


def test_a_cache_of_another_model_is_refused(tmp_path: Path) -> None:
    cache = pair_folder("mnist-case1-8510") / "calibration.cache"
    out = tmp_path / "out.cache"
    with pytest.raises(InputError, match="22 of 22 names are no tensor of the model"):
        convert(cache, out, model=pair_folder("vgg16-7201") / "model.onnx", trt="10.3")
    assert not out.exists()


def test_a_model_that_differs_by_two_nodes_is_noticed(tmp_path: Path) -> None:
    folder = pair_folder("yolo11n-100300")
    arguments = (folder / "calibration.cache", tmp_path / "out.json")
    with pytest.raises(InputError, match="1 of 343 names is no tensor of the model"):
        convert(*arguments, model=folder / "model.onnx", trt="8.6")
    report = convert(*arguments, model=folder / "model.onnx", trt="8.6", partial=True)
    assert "ONNXTRT_flattenTensor_43_output" in {loss.name for loss in report.losses}
