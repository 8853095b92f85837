# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Sizes of dimensions that share a name, as NVIDIA's builder (RTX 1.7.1) takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.build_settings.config import BuildConfig, ShapeRange
from setrange.errors import UsageError
from setrange.importer.parser import import_network
from setrange.live.profiles import check_profiles
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

#: Sizes (min, opt, max) of the dimension N of two inputs, and whether they can be one.
CASES = [
    ((2, 2, 2), (2, 2, 2), True),
    ((1, 2, 4), (1, 2, 4), True),
    ((1, 3, 4), (2, 3, 8), True),
    ((1, 2, 4), (4, 6, 8), True),  # 4
    ((1, 2, 4), (1, 3, 4), False),
    ((1, 2, 4), (5, 6, 8), False),
    ((2, 2, 2), (3, 3, 3), False),
]


@pytest.mark.parametrize(("first", "second", "fits"), CASES)
def test_sizes_of_one_name(
    first: tuple[int, ...], second: tuple[int, ...], tmp_path: Path, *, fits: bool
) -> None:
    path = save(
        tmp_path / "m.onnx", "(float[N] x, float[N] y) => (float[N] z) { z = Add(x, y) }"
    )
    sizes = (ShapeRange(*((size,) for size in given)) for given in (first, second))
    settings = BuildConfig(profiles=(dict(zip("xy", sizes, strict=True)),))
    check_profiles(import_network(path, trt="8.0"), settings)  # names mean nothing there yet
    network = import_network(path, trt="10.3")
    if fits:
        check_profiles(network, settings)
        return
    with pytest.raises(UsageError, match="2 dimensions 'N'"):
        check_profiles(network, settings)
