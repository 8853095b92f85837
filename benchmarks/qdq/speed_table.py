# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/qdq.md that is made of the results of ``bench_qdq``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from documents import with_table

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("results.json")
DOCUMENT = ROOT / "docs" / "qdq.md"
NAME = "speed"

#: Tool -> what it is called.
TOOLS = {"setrange": "setrange", "ort": "ONNX Runtime", "modelopt": "ModelOpt"}


def read_results(path: Path = RESULTS) -> dict[str, Any]:
    """Read what the benchmark found: ``runs``, and ``models`` by name."""
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return results


def table(results: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    rows = [
        "| model | tool | seconds | peak MB | activation pairs | output SQNR, dB |",
        "|---|---|---|---|---|---|",
    ]
    for name, model in results["models"].items():
        called = f"{name}, {model['nodes']:,} nodes, {model['mb']:.1f} MB"
        for tool, label in TOOLS.items():
            if tool in model["tools"]:
                found = model["tools"][tool]
                rows.append(
                    f"| {called} | {label} | {found['seconds']:.2f} | {found['mb']:.0f} "
                    f"| {found['pairs']} | {found['sqnr']:.1f} |"
                )
                called = ""
    return "\n".join(rows)


def write_document() -> None:
    """Write the table into the document."""
    text = with_table(DOCUMENT.read_text("utf-8"), NAME, table(read_results()))
    DOCUMENT.write_text(text, encoding="utf-8")
