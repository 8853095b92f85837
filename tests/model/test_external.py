# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""External data: read where it lies, streamed where only the extremes matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import TensorProto

from setrange.errors import ModelError
from setrange.model.constants import weights_from_tensor
from setrange.model.external import CHUNK

if TYPE_CHECKING:
    from pathlib import Path


def external(values: np.ndarray, folder: Path, offset: int = 0, kind: int = 1) -> TensorProto:
    (folder / "w.bin").write_bytes(b"\xff" * offset + values.tobytes())
    tensor = TensorProto(name="w", data_type=kind, dims=values.shape, data_location=1)
    for key, value in (("location", "w.bin"), ("offset", str(offset))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def test_values_and_extremes_are_those_of_the_file(tmp_path: Path) -> None:
    values = np.linspace(-3, 7, CHUNK // 4 * 2 + 5, dtype=np.float32)
    weights = weights_from_tensor(external(values, tmp_path, offset=12), tmp_path)
    assert weights.extremes() == (-3.0, 7.0)
    assert weights.amax() == 7.0
    np.testing.assert_array_equal(weights.data(), values)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_show(tmp_path: Path, odd: float) -> None:
    values = np.zeros(CHUNK, dtype=np.float32)
    values[-1] = odd
    weights = weights_from_tensor(external(values, tmp_path), tmp_path)
    assert not np.isfinite(weights.amax())


def test_renaming_keeps_streaming(tmp_path: Path) -> None:
    values = np.array([-2.0, 1.0], dtype=np.float16)
    weights = weights_from_tensor(external(values, tmp_path, kind=10), tmp_path)
    assert weights.renamed("v").extremes() == (-2.0, 1.0)


def test_nothing_is_read_before_a_value_is_asked_for(tmp_path: Path) -> None:
    tensor = external(np.zeros(3, dtype=np.float32), tmp_path)
    (tmp_path / "w.bin").unlink()
    weights = weights_from_tensor(tensor, tmp_path)
    assert weights.shape == (3,)
    with pytest.raises(ModelError, match=r"'w' cannot be read from .*w\.bin"):
        weights.amax()


def test_a_short_file_says_how_many_bytes_are_missing(tmp_path: Path) -> None:
    tensor = external(np.zeros(3, dtype=np.float32), tmp_path)
    (tmp_path / "w.bin").write_bytes(b"\0" * 8)
    for read in ("data", "amax"):
        with pytest.raises(ModelError, match="ends 4 bytes too early"):
            getattr(weights_from_tensor(tensor, tmp_path), read)()


def test_an_offset_that_is_no_number_is_a_damaged_model(tmp_path: Path) -> None:
    tensor = external(np.zeros(3, dtype=np.float32), tmp_path)
    tensor.external_data[1].value = "twelve"
    with pytest.raises(ModelError, match="offset 'twelve' is not a number"):
        weights_from_tensor(tensor, tmp_path).data()
