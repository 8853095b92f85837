# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``bench_tune`` found, and the table of it in docs/tune.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
DOCUMENT = Path(__file__).parents[2] / "docs" / "tune.md"

#: The other tools, by their names in ``results.json``.
PEERS = ("ort", "modelopt", "inc")

HEAD = (
    "| model | as measured | target | tuned | multiply-adds in INT8 | nodes in FP16 | minutes, "
    "of one processor | quantize_static | ModelOpt | Neural Compressor |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)

_START, _END = "<!-- table: tune -->\n", "<!-- end of the table -->"


def line(name: str, row: dict[str, Any]) -> str:
    """Return a model's line of the table."""
    is_reached = row["after"] >= row["target"]
    tuned = (
        f"{row['after']:.1f} dB" if is_reached else f"{row['after']:.1f} dB, **not reached**"
    )
    peers = [f"{row[peer]:.1f} dB" if peer in row else "-" for peer in PEERS]
    before, after = (f"{100 * share:.1f} %" for share in row["int8"])
    time = f"{row['minutes']:.1f}, {row['processor_minutes']:.1f}"
    cells = [
        name, f"{row['before']:.1f} dB", f"{row['target']:.1f} dB", tuned,
        f"{before} → {after}", str(row["nodes"]), time, *peers,
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def store(name: str, row: dict[str, Any], order: list[str]) -> None:
    """Put one model's results into the file; those of others stay."""
    models = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    models[name] = {
        key: [round(x, 4) for x in value] if isinstance(value, list) else round(value, 3)
        for key, value in row.items()
    }
    kept = {key: models[key] for key in sorted(models, key=order.index)}
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def write_documents() -> None:
    """Write the table into the document."""
    models = json.loads(RESULTS.read_text(encoding="utf-8"))
    text = DOCUMENT.read_text(encoding="utf-8")
    before, start, rest = text.partition(_START)
    _, end, after = rest.partition(_END)
    if not (start and end):
        raise SystemExit(f"{DOCUMENT}: has no place for the table ({_START.strip()})")
    table = "\n".join([HEAD, *(line(name, row) for name, row in models.items())])
    DOCUMENT.write_text(f"{before}{start}\n{table}\n\n{end}{after}", encoding="utf-8")
