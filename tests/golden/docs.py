# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make parser-versions`: writes docs/parser-versions.md from the code and the golden lists."""

from __future__ import annotations

import collections
import json

from setrange.importer.support import op_support
from setrange.report.ops import LEGEND, ops_markdown
from setrange.versions import PROFILES
from tests.golden.corpus import CORPORA, KNOWN, has_lists
from tests.golden.report import OUTCOMES, run
from tests.meta.source_tree import ROOT

TARGET = ROOT / "docs" / "parser-versions.md"

INTRO = """\
# Parser versions

This page says which TensorRT releases each parser profile stands for, how well the
predictions agree with the real parser, what still differs, and which ops are known. `make
parser-versions` writes it.

## Releases and profiles

The evidence is one of three. *Lists*: the real parser on an emulated network library makes
the same layer lists. *NVIDIA*: NVIDIA's own library does (TensorRT for RTX has TensorRT's
parser and network library: 1.4 has those of 10.16, 1.5 of 11.0, 1.6 of 11.2, 1.7 of 11.4).
*Source*: the parser's public source and its changelog were read, and no list shows it.

| profile | releases | evidence | remark |
| --- | --- | --- | --- |
| 6.0 | 6.0, 5.1 | lists | implicit batch: shapes lack the batch dimension; 5.1 is assumed |
| 7.0 | 7.0 | lists | |
| 7.1 | 7.1 | lists | |
| 7.2 | 7.2 | lists | |
| 8.0 | 8.0, 8.1 | lists | 8.1 is assumed |
| 8.2 | 8.2, 8.3 | lists | 8.3 is assumed |
| 8.4 | 8.4 | lists | |
| 8.5 | 8.5 | lists | |
| 8.6 | 8.6 | lists | |
| 10.1 | 10.0, 10.1, 10.2, 9.x | lists | 9.x is assumed |
| 10.3 | 10.3 | lists | |
| 10.4 | 10.4 | source | |
| 10.5 | 10.5 | source | |
| 10.6 | 10.6 | source | |
| 10.7 | 10.7 - 10.9 | lists | |
| 10.10 | 10.10 - 10.13 | lists; source from 10.11 on | |
| 10.14 | 10.14 | source | |
| 10.15 | 10.15 | source | |
| 10.16 | 10.16 | NVIDIA | strongly typed, as that library makes networks |
| 11.0 | 11.0, 11.1 | NVIDIA | no ranges, no caches from here on |
| 11.2 | 11.2, 11.3 | NVIDIA | |
| 11.4 | 11.4, 11.5 | NVIDIA | 11.5 is assumed |
"""

PROOF = """
## Agreement with the real parser

The table compares whole layer lists (index, kind, layer name, input and output tensors,
shapes, element types) and verdicts (accepted or refused) with the real ONNX parser. Up to
10.10 it was built from its public sources; from 10.16 on it is the one in NVIDIA's library.
`own` are 475 models made for this project, `wheel` 951 models of the onnx package. `make
golden-report` prints this table, and a test holds it.

"""


def proof_table() -> str:
    lines = [
        "| version | corpus | models | " + " | ".join(OUTCOMES[:3]) + " |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for version in filter(has_lists, PROFILES):
        for corpus in CORPORA:
            results = run(corpus, version, "*", frozenset())
            counts = collections.Counter(result.outcome for result in results)
            cells = " | ".join(str(counts[outcome]) for outcome in OUTCOMES[:3])
            lines.append(f"| {version} | {corpus} | {len(results)} | {cells} |")
    return "\n".join(lines) + "\n"


def differences() -> str:
    lines = ["", "## What still differs, and why", ""]
    for group in json.loads(KNOWN.read_text(encoding="utf-8")):
        models = ", ".join(f"`{model}`" for model in group["models"])
        lines.append(f"- {', '.join(group['versions'])}: {group['cause']} ({models}).")
    return "\n".join(lines) + "\n"


def ops_section() -> str:
    return (
        f"\n## Ops\n\n{LEGEND}. `setrange ops` prints the same.\n\n{ops_markdown(op_support())}"
    )


def main() -> None:
    text = INTRO + PROOF + proof_table() + differences() + ops_section()
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
