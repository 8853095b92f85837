# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/migrate.md shows what really happens, and it does what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest

from setrange import import_network, read_ranges
from setrange.resolver.in_cache import appears_in_cache
from tests.e2e.migration import PAGE, prepare, with_transcripts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page as its commands say; they have been run in ``tmp_path``."""
    monkeypatch.setattr("setrange.machine.target_release.installed_tensorrt", lambda: None)
    prepare(tmp_path)
    return with_transcripts(PAGE.read_text(encoding="utf-8"), tmp_path)


def test_transcripts_are_real(page: str) -> None:
    assert page == PAGE.read_text(encoding="utf-8"), "run: python -m tests.e2e.migration"


@pytest.mark.usefixtures("page")
def test_the_files_are_what_the_page_says(tmp_path: Path) -> None:
    network = import_network(tmp_path / "model.onnx", "10.3")
    wanted = {tensor.name for tensor in network.tensors() if appears_in_cache(tensor)}
    old = read_ranges(tmp_path / "calib.cache")
    for name in ("new.cache", "model-10.3.cache"):
        new = read_ranges(tmp_path / name)
        assert new.named_by == "10.3.0"
        assert new.entries.keys() == wanted
        assert sorted(e.scale or 0 for e in new.entries.values()) == sorted(
            e.scale or 0 for e in old.entries.values()
        )
    ops = {node.op_type for node in onnx.load(tmp_path / "model.qdq.onnx").graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= ops
    assert onnx.load(tmp_path / "plain.onnx") == onnx.load(tmp_path / "model.onnx")
    from_qdq = read_ranges(tmp_path / "from-qdq.json")
    assert from_qdq.entries["input"].scale == old.entries["input"].scale
    ranged = read_ranges(tmp_path / "model.ranged.onnx")
    assert ranged.entries["/relu1/Relu_output_0"].amax == 9.5
    assert (tmp_path / "again.cache").read_bytes() == (tmp_path / "calib.cache").read_bytes()
