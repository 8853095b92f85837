# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every bad input: one clear error, the right exit status, no partial file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import pytest

from tests.e2e.conftest import setrange
from tests.e2e.models import cyclic_graph
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from tests.cli.material import Run

NVIDIA = ROOT / "tests" / "data" / "nvidia-resnet50" / "ranges-trt8.txt"


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    path.write_text('{"input": 1.0, "92": 2.0}')
    return path


def refused(done: Run, status: int, *parts: object) -> None:
    assert done.status == status, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert "bug in setrange" not in done.err
    errors = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.err
    for part in parts:
        assert str(part) in done.err


def test_missing_model(ranges: Path, tmp_path: Path) -> None:
    model, out = tmp_path / "nowhere.onnx", tmp_path / "x.cache"
    refused(
        setrange("apply", ranges, model, "--trt", "8.6", "-o", out), 2, model, "no such file"
    )
    assert not out.exists()


def test_missing_ranges(resnet18: Path, tmp_path: Path) -> None:
    (tmp_path / "ranges.json").write_text("{}")
    typo, out = tmp_path / "range.json", tmp_path / "x.cache"
    done = setrange("apply", typo, resnet18, "--trt", "8.6", "-o", out)
    refused(done, 2, typo, "did you mean", "ranges.json")
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b"this is a text\n" * 10, "not an ONNX model"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not an ONNX model"),
        (b'{"a": 1}', "not an ONNX model"),
    ],
)
def test_not_an_onnx_model(ranges: Path, tmp_path: Path, content: bytes, part: str) -> None:
    model, out = tmp_path / "model.onnx", tmp_path / "x.cache"
    model.write_bytes(content)
    refused(setrange("apply", ranges, model, "--trt", "8.6", "-o", out), 2, model, part)
    assert not out.exists()


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.999])
def test_truncated_model(resnet18: Path, ranges: Path, tmp_path: Path, kept: float) -> None:
    model, out = tmp_path / "model.onnx", tmp_path / "x.cache"
    data = resnet18.read_bytes()
    model.write_bytes(data[: int(len(data) * kept)])
    done = setrange("apply", ranges, model, "--trt", "8.6", "-o", out)
    refused(done, 2, model)
    assert not out.exists()


def test_missing_external_data(ranges: Path, tmp_path: Path, resnet18: Path) -> None:
    model, out = tmp_path / "model.onnx", tmp_path / "x.cache"
    onnx.save(
        onnx.load(resnet18),
        model,
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    (tmp_path / "weights.bin").unlink()
    done = setrange("apply", ranges, model, "--trt", "8.6", "-o", out, "--allow-missing")
    refused(done, 2, "weights.bin")
    assert not out.exists()


def test_cyclic_graph(ranges: Path, tmp_path: Path) -> None:
    model, out = tmp_path / "model.onnx", tmp_path / "x.cache"
    onnx.save(cyclic_graph(), model)
    refused(setrange("apply", ranges, model, "--trt", "8.6", "-o", out), 2, "cycle")
    assert not out.exists()


@pytest.mark.parametrize("content", ["", "{}", '{"setrange": 1, "tensors": {}}', "\n \n"])
def test_empty_ranges(resnet18: Path, tmp_path: Path, content: str) -> None:
    ranges, out = tmp_path / "ranges.json", tmp_path / "x.cache"
    ranges.write_text(content)
    refused(setrange("apply", ranges, resnet18, "--trt", "8.6", "-o", out), 2, ranges)
    assert not out.exists()


def test_ranges_of_another_model(resnet18: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.cache"
    done = setrange("apply", NVIDIA, resnet18, "--trt", "8.6", "-o", out)
    assert done.status == 2
    assert "error[SR114]" in done.err
    assert "Traceback" not in done.err
    assert f"{out} is not written" in done.err
    assert not out.exists()


def test_a_misspelt_name_gets_a_proposal(resnet50: Path, tmp_path: Path) -> None:
    ranges, out = tmp_path / "ranges.txt", tmp_path / "x.cache"
    ranges.write_text(NVIDIA.read_text().replace("gpu_0/pool1_1:", "gpu_0/pol1_1:"))
    done = setrange("apply", ranges, resnet50, "--trt", "8.6", "-o", out)
    assert done.status == 2
    assert "gpu_0/pol1_1" in done.err
    assert "did you mean" in done.err
    assert not out.exists()


def test_output_is_a_directory(resnet18: Path, ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.cache"
    out.mkdir()
    done = setrange("apply", ranges, resnet18, "--trt", "8.6", "-o", out, "--allow-missing")
    refused(done, 2, out, "is a directory")
    refused(setrange("template", resnet18, "-o", tmp_path), 2, "is a directory")
    assert list(out.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX permissions")
def test_output_cannot_be_written(resnet18: Path, ranges: Path, tmp_path: Path) -> None:
    missing = tmp_path / "no" / "x.cache"
    done = setrange("apply", ranges, resnet18, "--trt", "8.6", "-o", missing, "--allow-missing")
    refused(done, 2, missing, "there is no directory")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    out = Path("/proc/x.cache") if os.geteuid() == 0 else locked / "x.cache"
    done = setrange("apply", ranges, resnet18, "--trt", "8.6", "-o", out, "--allow-missing")
    refused(done, 2, out, "cannot be written")


def test_an_old_output_survives_a_failure(resnet18: Path, ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.cache"
    old = "TRT-8601-EntropyCalibration2\nx: 3c010204\n"
    out.write_text(old)
    done = setrange("apply", ranges, resnet18, "--trt", "8.6", "-o", out)
    refused(done, 1, "without a range")
    assert out.read_text() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ranges.json", "x.cache"]


def test_no_version_for_a_cache(resnet18: Path, ranges: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.cache"
    done = setrange("apply", ranges, resnet18, "-o", out)
    refused(done, 2, "--trt 8.6", "dpkg -l")
    done = setrange("apply", ranges, resnet18, "-o", out, "--trt", "11.0")
    refused(done, 2, "10.16")
    done = setrange("apply", ranges, resnet18, "-o", out, "--trt", "9.1", "--allow-missing")
    refused(done, 2, "--force")
    assert not out.exists()
