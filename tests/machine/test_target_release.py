# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from setrange.errors import UnsupportedVersionError, UsageError
from setrange.machine import target_release
from setrange.machine.target_release import (
    installed_tensorrt,
    target_for_cache,
    target_for_names,
)
from setrange.versions import TrtVersion


def _without_tensorrt() -> list[str]:
    """The places of modules, but those where a TensorRT is installed."""
    return [
        place
        for place in sys.path
        if not any(Path(place or ".").glob("tensorrt[-_]*-info"))
        or not any(
            (found.metadata["Name"] or "").startswith("tensorrt")
            and "rtx" not in found.metadata["Name"]
            for found in metadata.distributions(path=[place])
        )
    ]


def install(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(target_release, "installed_tensorrt", lambda: TrtVersion.parse(version))


def test_the_option_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "10.3.0")
    given = TrtVersion.parse("7.2")
    assert target_for_names(given, "8.5").version == given
    assert target_for_cache(given).version == given


def test_then_the_files_own_version(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "10.3.0")
    assert str(target_for_names(None, "8.5").version) == "8.5"


def test_then_the_installed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "10.3.0")
    assert str(target_for_names(None).version) == "10.3.0"
    assert str(target_for_cache(None).version) == "10.3.0"


def test_names_of_an_installed_11_are_those_of_10_16(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "11.1.0")
    assert str(target_for_names(None).version) == "10.16"


def test_a_cache_is_never_for_a_guessed_version(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"--trt 8\.6") as error:
        target_for_cache(None)
    assert "[TensorRT v8601]" in str(error.value)
    install(monkeypatch, "11.1.0")
    with pytest.raises(UnsupportedVersionError, match=r"11\.1\.0, reads no caches"):
        target_for_cache(None)


@pytest.mark.parametrize(
    ("folder", "name", "text", "version"),
    [
        ("tensorrt-8.6.1.post1.dist-info", "tensorrt", "8.6.1.post1", "8.6.1"),
        ("tensorrt-10.13.3.9.dist-info", "tensorrt", "10.13.3.9", "10.13.3"),
        ("tensorrt_cu12-10.3.0.dist-info", "tensorrt-cu12", "10.3.0", "10.3.0"),
        ("tensorrt-8.5.2.egg-info", "tensorrt", "8.5.2", "8.5.2"),
        ("tensorrt-unknown.dist-info", "tensorrt", "unknown", None),
        ("tensorrt_rtx_cu12-1.7.1.dist-info", "tensorrt-rtx-cu12", "1.7.1", None),
        ("numpy-2.0.0.dist-info", "numpy", "2.0.0", None),
    ],
)
def test_the_installed_version_is_read_without_importing_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    folder: str,
    name: str,
    text: str,
    version: str | None,
) -> None:
    (tmp_path / folder).mkdir()
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {text}\n"
    for file in ("METADATA", "PKG-INFO"):
        (tmp_path / folder / file).write_text(about)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *_without_tensorrt()])
    found = installed_tensorrt()
    assert (None if found is None else str(found)) == version
    assert "tensorrt" not in sys.modules
