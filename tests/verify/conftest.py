# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.verify.material import RANGES, samples, two_products, write_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return two_products(tmp_path / "two.onnx")


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    return write_ranges(tmp_path / "ranges.json", RANGES)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return samples(tmp_path / "data.npy", 24, 32)


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever happens, no temporary file stays."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr("setrange.machine.target_release.installed_tensorrt", lambda: None)
    yield
    assert list(folder.iterdir()) == []
