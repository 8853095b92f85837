# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Build settings that no TensorRT takes are refused with one message, before any build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.build_settings.config import parse_shapes, read_build_config
from setrange.errors import InputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = "profiles:\n- x: {min: 1x3, opt: 1x3, max: %s}\n"


@pytest.mark.parametrize(
    "text",
    [
        "workspace_mib: 17592186044416",
        "workspace_mib: 1e300",
        "workspace_mib: .nan",
        "workspace_mib: " + "9" * 5000,
        "timing_cache: 2024-99-99",
        "dla_core: 99999999999",
        "plugins: " + "[" * 500 + "]" * 500,
        "plugins: " + "{a: " * 500,
        "- " * 3000 + "1",
        PROFILE % "2147483648x3",
        PROFILE % "99999999999999999999x3",
        PROFILE % ("9" * 5000),
        PROFILE % "1x-2147483649",
    ],
)
def test_a_config_that_nothing_takes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "build.yaml"
    path.write_text(f"setrange_build: 1\n{text}\n")
    with pytest.raises(InputError) as caught:
        read_build_config(path)
    assert str(path) in str(caught.value)


def test_integers_that_json_writes_with_a_point(tmp_path: Path) -> None:
    path = tmp_path / "build.yaml"
    path.write_text("setrange_build: 1\nworkspace_mib: 1024.0\n")
    workspace = read_build_config(path).workspace_mib
    assert workspace == 1024
    assert isinstance(workspace, int)


@pytest.mark.parametrize("shape", ["99999999999999999999x4", "2147483648", "1x" + "9" * 5000])
def test_shapes_beyond_int32(shape: str) -> None:
    with pytest.raises(UsageError, match="2147483647"):
        parse_shapes([f"x:{shape}"], "--max")
    assert parse_shapes(["x:2147483647x1"], "--max") == {"x": (2147483647, 1)}
