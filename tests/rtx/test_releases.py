# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What older releases of TensorRT for RTX do not build is refused before they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import setrange
from setrange.machine.rtx_bindings import load_rtx, rtx_release
from tests.cli.material import run
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.rtx(since=(1, 4))

WORDS = "does not build INT8 convolutions, and the model has 'c1' and 1 more; 1.7 and later do"


@pytest.fixture
def products(tmp_path: Path) -> tuple[Path, Path]:
    """A model of two matrix products, and its ranges."""
    graph = """(float[1,16,64] x) => (float[1,16,64] y) {
        [m1] a = MatMul(x, w1)
        [r1] b = Relu(a)
        [m2] y = MatMul(b, w2)
    }"""
    model = save(tmp_path / "products.onnx", graph, {"w1": (64, 64), "w2": (64, 64)})
    ranges = tmp_path / "products.json"
    ranges.write_text('{"x": 1, "a": 3, "b": 3, "y": 5}')
    return ranges, model


def test_the_release_is_read() -> None:
    assert (1, 4) <= rtx_release(load_rtx()) < (100, 0)


@pytest.mark.parametrize("version", ["1.4.0.76", "1.5.0.114", "1.6.1.120"])
def test_int8_convolutions(
    version: str, ranges: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensorrt_rtx.__version__", version)
    out = tmp_path / "net.engine"
    for more in ([], ["--dry-run"]):
        result = run("apply", ranges, model, "-o", out, "--via", "rtx", *more)
        assert result.status == 3, result.err
        assert f"{version[:5]} {WORDS}" in result.err
    qdq = tmp_path / "small.qdq.onnx"
    assert run("apply", ranges, model, "-o", qdq).status == 0
    for arguments in ((ranges, model), (qdq,)):
        result = run("check", *arguments, "--build")
        assert result.status == 3, result.err
        assert WORDS in result.err
    plan = setrange.plan_model(model, ranges)
    with pytest.raises(setrange.SetrangeError, match="does not build INT8 convolutions"):
        setrange.build_engine(plan, model, out, via="rtx")
    assert not list(tmp_path.glob("net.engine*"))


@pytest.mark.rtx(since=(1, 5))
def test_a_convolution_that_stays_fp16(
    ranges: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tensorrt_rtx.__version__", "1.6.1.120")
    ranges.write_text(
        '{"setrange": 1, "tensors": {"x": 1, "a": 3, "b": 3, "c": 5, "s": 6, "g": 2, "f": 2, '
        '"y": 4}, "precision": {"c1": "fp16", "c2": "fp16", "fc": "int8"}}'
    )
    result = run("check", ranges, model, "--build")
    assert result.status == 0, result.err
    assert "1 of 3 weighted" in result.out


@pytest.mark.parametrize("more", [[], ["--type", "fp8", "--gpu", "rtx40"]])
def test_1_4_wants_a_gpu(
    more: list[str],
    products: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tensorrt_rtx.__version__", "1.4.0.76")
    monkeypatch.setattr("setrange.exporters.rtx.has_driver", lambda: False)
    out = tmp_path / "net.engine"
    result = run("apply", *products, "-o", out, *more, "--via", "rtx")
    assert result.status == 3, result.err
    assert "does not build quantized layers without a GPU" in result.err
    assert "1.5 and later do" in result.err
    assert not list(tmp_path.glob("net.engine*"))


@pytest.mark.rtx(since=(1, 5))
def test_matrix_products(products: tuple[Path, Path]) -> None:
    result = run("check", *products, "--build")
    assert result.status == 0, result.err
    assert "2 of 2 weighted" in result.out
