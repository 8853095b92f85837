# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the format tests share: sources from text, real files, ranges to convert."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.ranges.source import SourceFile
from tests.golden.corpus import shared

if TYPE_CHECKING:
    from setrange.ranges import RangeFile

DATA = Path(__file__).parents[1] / "data"


def real_caches() -> list[Path]:
    """Calibration caches that TensorRT wrote; empty where the material is absent."""
    evidence = shared() / "evidence"
    return sorted([*evidence.glob("caches/*.cache"), *evidence.glob("pairs/*/*.cache")])


def source(content: str | bytes, path: str = "file") -> SourceFile:
    return SourceFile(path, content.encode() if isinstance(content, str) else content)


def amaxes(ranges: RangeFile) -> dict[str, float | None]:
    return {name: entry.amax for name, entry in ranges.entries.items()}
