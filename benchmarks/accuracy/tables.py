# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables that documents show, made of the results of ``bench_accuracy``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from documents import with_table

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("results.json")

#: Our switches, as the command has them; the first is none of them. Those of ``BY_DATA`` take
#: the samples that the ranges are measured on besides.
SWITCHES: dict[str, dict[str, Any]] = {
    "default": {},
    "--asymmetric": {"asymmetric": True},
    "--correct-bias": {},
    "both of these": {"asymmetric": True},
    "--residual float": {"residual": "float"},
    "--residual int8": {"residual": "int8"},
    "--weight-scales mse": {"weight_scales": "mse"},
    "--scales own": {"scaling": "own"},
}
BY_DATA = ("--correct-bias", "both of these")
PEERS = ("quantize_static", "ModelOpt")

#: Worse than the best peer by no more than this, in dB.
MARGIN = 0.1

#: Document -> the tables in it, by the name in the comments around them.
DOCUMENTS = {"docs/qdq.md": ("peers",), "docs/accuracy.md": ("switches",)}

#: Model -> tool or switch -> ``sqnr`` in dB (``None`` where it failed) and ``pairs``.
Results = dict[str, dict[str, dict[str, float | None]]]


def read_results(path: Path = RESULTS) -> Results:
    """Read what the benchmark found."""
    results: Results = json.loads(path.read_text(encoding="utf-8"))["models"]
    return results


def table(name: str, results: Results) -> str:
    """Return one table as Markdown."""
    return {"peers": _peers, "switches": _switches}[name](results)


def with_tables(text: str, results: Results, names: Sequence[str]) -> str:
    """Return a document with these tables made anew."""
    for name in names:
        text = with_table(text, name, table(name, results))
    return text


def write_documents(results: Results) -> None:
    """Write the tables into the documents."""
    for document, names in DOCUMENTS.items():
        path = ROOT / document
        text = with_tables(path.read_text("utf-8"), results, names)
        path.write_text(text, encoding="utf-8")


def best_peer(row: dict[str, dict[str, float | None]]) -> float | None:
    """The highest SQNR of another tool."""
    levels = [row[peer]["sqnr"] for peer in PEERS if peer in row]
    return max((level for level in levels if level is not None), default=None)


def gains(results: Results, switch: str) -> dict[str, float]:
    """Model -> dB more than the best peer, where there is one."""
    found = {}
    for model, row in results.items():
        ours, peer = row[switch]["sqnr"], best_peer(row)
        if ours is not None and peer is not None:
            found[model] = ours - peer
    return found


def _peers(results: Results) -> str:
    ours = ("default", "--asymmetric", *BY_DATA)
    tools = (*ours, *PEERS)
    names = " | ".join(map(_named, ours[1:]))
    rows = [
        f"| model | setrange | {names} | quantize_static | ModelOpt | pairs of all |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for model, row in results.items():
        levels = " | ".join(_level(row, tool) for tool in tools)
        pairs = ", ".join(_pairs(row, tool) for tool in ("default", *PEERS))
        rows.append(f"| {model} | {levels} | {pairs} |")
    more = [gains(results, tool).values() for tool in ours]
    middle = " | ".join(f"{median(found):+.1f}" for found in more)
    rows.append(f"| median difference to the best other tool | {middle} | | | |")
    enough = " | ".join(str(sum(gain >= -MARGIN for gain in found)) for found in more)
    rows.append(f"| as good as it, or at most {MARGIN} dB worse | {enough} | | | |")
    return "\n".join(rows)


def _switches(results: Results) -> str:
    names = " | ".join(map(_named, list(SWITCHES)[1:]))
    rows = [f"| model | default | {names} |", "|---|" + "---|" * len(SWITCHES)]
    rows += [
        f"| {model} | {' | '.join(_level(row, name) for name in SWITCHES)} |"
        for model, row in results.items()
    ]
    return "\n".join(rows)


def _named(switch: str) -> str:
    return f"`{switch}`" if switch.startswith("-") else switch


def _level(row: dict[str, dict[str, float | None]], tool: str) -> str:
    level = row[tool]["sqnr"] if tool in row else None
    return "-" if level is None else f"{level:.1f}"


def _pairs(row: dict[str, dict[str, float | None]], tool: str) -> str:
    count = row[tool]["pairs"] if tool in row else None
    return "-" if count is None else f"{count:.0f}"
