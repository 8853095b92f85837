# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of other kinds, given where a model or ranges are expected, are named."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from setrange.files.kinds import kind_of_file, kind_of_folder
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from pathlib import Path


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return stream.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 102530333\n"
SAFETENSORS = (40).to_bytes(8, "little") + b'{"w": {"dtype": "F32", "shape": [1]}}   '
KINDS = [
    (LFS, "Git LFS pointer", "git lfs pull"),
    (b"ftrt\x00\x01", "TensorRT engine", "give the model"),
    (b"ptrt\xed\x00", "TensorRT engine", "give the model"),
    (archive("net/data.pkl", "net/data/0"), "PyTorch checkpoint", "torch.onnx.export"),
    (archive("net/data.pkl", "net/constants.pkl"), "PyTorch checkpoint", "torch.onnx.export"),
    (
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
        "old PyTorch checkpoint",
        "torch.onnx.export",
    ),
    (archive("config.json", "model.weights.h5"), "Keras model", "tf2onnx"),
    (b"\x89HDF\r\n\x1a\n\x00\x00", "Keras model", "tf2onnx"),
    (b"\x1c\x00\x00\x00TFL3\x14\x00", "TensorFlow Lite", "tf2onnx"),
    (b"\x1c\x00\x00\x00ORTM\x14\x00", "ORT-format", "it was made from"),
    (b'<?xml version="1.0"?>\n<net name="a" version="11">', "OpenVINO", "it was made from"),
    (b'name: "ResNet"\nlayer {\n  name: "data"\n}\n', "Caffe", "convert it to ONNX"),
    (b"# a net\nlayer {\n", "Caffe", "convert it to ONNX"),
    (b"7767517\n75 83\nInput data 0 1 data\n", "ncnn model", "it was made from"),
    (SAFETENSORS, "safetensors", "torch.onnx.export"),
    (b"<!DOCTYPE html>\n<html><body>404</body></html>", "web page", "download the file itself"),
    (b"\x1f\x8b\x08\x00", "gzip", "unpack it"),
    (archive("model.onnx"), "an ONNX model in it", "unpack it"),
    (b"TRT-8601-EntropyCalibration2\nx: 3c010204\n", "calibration cache", "ranges come first"),
    (b'{"x": 1.0}', "JSON file", "ranges come first"),
    (b"&&&& RUNNING TensorRT.trtexec [TensorRT v8601]\n", "a log", "setrange explain"),
]


@pytest.mark.parametrize(("data", "kind", "way"), KINDS, ids=[kind for _, kind, _ in KINDS])
def test_as_a_model(tmp_path: Path, data: bytes, kind: str, way: str) -> None:
    path = tmp_path / "model.onnx"  # whatever it is called
    path.write_bytes(data)
    result = run("template", path, "--trt", "8.6")
    assert result.status == 2
    assert result.err.count("\n") == 1
    assert result.err.startswith(f"error: {path} is not an ONNX model but ")
    assert kind in result.err
    assert way in result.err


@pytest.mark.parametrize(("data", "kind"), [(d, k) for d, k, _ in KINDS[:-3] if d != b"\n"])
def test_as_ranges(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "ranges.json"
    path.write_bytes(data)
    result = run("check", path, small_cnn(tmp_path / "net.onnx"))
    assert result.status == 2
    assert f"{path}: is " in result.err
    assert kind in result.err
    assert len(result.err) < 500


def test_an_engine_by_its_name(tmp_path: Path) -> None:
    for ending in ("engine", "plan", "trt"):
        path = tmp_path / f"model.{ending}"
        path.write_bytes(b"\x7f\x00\x13 what no one knows")
        result = run("check", tmp_path / "none.json", path)
        assert result.status == 2
    path.write_bytes(b"\x7f\x00\x13 what no one knows")
    assert "by its name, a TensorRT engine" in run("template", path).err


def test_folders(tmp_path: Path) -> None:
    saved, hugging, models = (tmp_path / name for name in ("saved", "hf", "models"))
    for folder, name in (
        (saved, "saved_model.pb"),
        (hugging, "model.safetensors"),
        (models, "net.onnx"),
    ):
        folder.mkdir()
        (folder / name).write_bytes(b"")
    assert "a TensorFlow SavedModel; convert it with tf2onnx" in run("inspect", saved).err
    assert "optimum-cli" in run("inspect", hugging).err
    assert str(models / "net.onnx") in run("inspect", models).err
    assert "is a directory" in run("inspect", tmp_path).err
    assert kind_of_folder(tmp_path / "none") is None


def test_a_cut_off_model_is_still_called_that(tmp_path: Path) -> None:
    path = small_cnn(tmp_path / "net.onnx")
    path.write_bytes(path.read_bytes()[:-100])
    assert kind_of_file(path) is None
    assert "is not an ONNX model or is truncated" in run("inspect", path).err


def test_json_of_a_log_is_no_kind_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([1, 2]))
    assert str(kind_of_file(path)).startswith("a JSON file")
