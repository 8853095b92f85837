# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A trtexec that is none, and what a fake builder was told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.fake_tensorrt.classes import MAGIC

#: What takes the place of trtexec.
STAND_IN = Path(__file__).with_name("trtexec_stand_in.py")


class StandIn:
    """A folder with a trtexec."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.path = folder, folder / "trtexec"
        self.path.write_text(f"#!{sys.executable}\n{STAND_IN.read_text(encoding='utf-8')}")
        self.path.chmod(0o755)
        self.set(number="8601")

    def set(self, **settings: Any) -> None:
        (self.folder / "stand-in.json").write_text(json.dumps(settings), encoding="utf-8")

    def calls(self) -> list[list[str]]:
        path = self.folder / "calls.jsonl"
        return (
            [json.loads(line) for line in path.read_text().splitlines()]
            if path.exists()
            else []
        )


#: Releases that the fake module stands for and that take ranges.
IMPLICIT = ("8.6", "10.1", "10.16")


def told(path: Path) -> dict[str, Any]:
    """What the fake builder was told."""
    value: dict[str, Any] = json.loads(path.read_bytes().removeprefix(MAGIC))
    return value
