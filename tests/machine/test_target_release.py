# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from importlib import metadata

import pytest

from setrange.errors import UnsupportedVersionError, UsageError
from setrange.machine import target_release
from setrange.machine.target_release import (
    installed_tensorrt,
    target_for_cache,
    target_for_names,
)
from setrange.versions import TrtVersion


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
    ("distribution", "text", "version"),
    [
        ("tensorrt", "8.6.1.post1", "8.6.1"),
        ("tensorrt", "10.13.3.9", "10.13.3"),
        ("tensorrt-cu12", "10.3.0", "10.3.0"),
        ("tensorrt", "unknown", None),
        ("numpy", "2.0.0", None),
    ],
)
def test_the_installed_version_is_read_without_importing_it(
    monkeypatch: pytest.MonkeyPatch, distribution: str, text: str, version: str | None
) -> None:
    def version_of(name: str) -> str:
        if name != distribution:
            raise metadata.PackageNotFoundError(name)
        return text

    monkeypatch.setattr(metadata, "version", version_of)
    found = installed_tensorrt()
    assert (None if found is None else str(found)) == version
    assert "tensorrt" not in sys.modules
