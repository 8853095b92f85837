# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Temporary folders: removed at the end, and blamed for what they have no room for."""

from __future__ import annotations

import errno
import tempfile
from typing import TYPE_CHECKING

import pytest

from setrange.errors import InputError
from setrange.files.atomic import write_bytes
from setrange.files.folders import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_full_temporary_folder_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with (
        pytest.raises(InputError, match=r"folder for temporary files.*TMPDIR") as raised,
        scratch_folder() as folder,
    ):
        write_bytes(folder / "model.onnx", b"x")
    assert str(place) in str(raised.value)
    assert list(place.iterdir()) == []


def test_errors_of_other_files_stay_what_they_are(place: Path) -> None:
    with pytest.raises(FileNotFoundError), scratch_folder():
        (place / "missing").read_bytes()
    assert list(place.iterdir()) == []
