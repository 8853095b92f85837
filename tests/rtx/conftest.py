# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.machine.rtx_bindings import (
    has_rtx_wheels,
    is_rtx_installed,
    load_rtx,
    rtx_name,
    rtx_release,
)
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the real library where it is not, or not new enough.

    ``@pytest.mark.rtx(since=(1, 5))`` is for older releases than those with INT8 convolutions.
    """
    for item in items:
        marker = item.get_closest_marker("rtx")
        if marker is not None and (why := _why_not(marker.kwargs.get("since", (1, 7)))):
            item.add_marker(pytest.mark.skip(reason=why))


def _why_not(since: tuple[int, int]) -> str:
    if not is_rtx_installed():
        return (
            "TensorRT for RTX is not installed"
            if has_rtx_wheels()
            else "no wheel exists for it"
        )
    rtx = load_rtx()
    return "" if rtx_release(rtx) >= since else f"{rtx_name(rtx)} does not build this"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Two convolutions, a residual, a pooled vector product that stays float."""
    graph = """(float[1,16,16,16] x) => (float[1,10] y) {
        [c1] a = Conv<pads=[1,1,1,1]>(x, w1)
        [r1] b = Relu(a)
        [c2] c = Conv<pads=[1,1,1,1]>(b, w2)
        [add] s = Add(c, b)
        [gap] g = GlobalAveragePool(s)
        [flat] f = Flatten(g)
        [fc] y = Gemm<transB=1>(f, w3)
    }"""
    shapes = {"w1": (32, 16, 3, 3), "w2": (32, 32, 3, 3), "w3": (10, 32)}
    return save(tmp_path / "small.onnx", graph, shapes)


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "ranges.json"
    path.write_text('{"x": 1, "a": 3, "b": 3, "c": 5, "s": 6, "g": 2, "f": 2, "y": 4}')
    return path
