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

Which TensorRT release each parser profile stands for, how well the predictions agree with the
real parser, what still differs, and which ops are known. Made by `make parser-versions`.

## Releases and profiles

| profile | releases | remark |
| --- | --- | --- |
| 6.0 | 6.0, 5.1 | implicit batch: shapes lack the batch dimension; 5.1 is assumed |
| 7.0 | 7.0 | |
| 7.1 | 7.1 | |
| 7.2 | 7.2 | |
| 8.0 | 8.0, 8.1 | 8.1 is assumed |
| 8.2 | 8.2, 8.3 | 8.3 is assumed |
| 8.4 | 8.4 | |
| 8.5 | 8.5 | |
| 8.6 | 8.6 | |
| 10.1 | 10.0, 10.1, 10.2, 9.x | 9.x is assumed |
| 10.3 | 10.3 - 10.6 | |
| 10.7 | 10.7 - 10.9 | |
| 10.10 | 10.10 - 10.16 | from 10.11 on the parser's source is not public: static \
models agree with real caches, dynamic shapes are assumed |
"""

PROOF = """
## Agreement with the real parser

Whole layer lists (index, kind, layer name, input and output tensors, shapes, element types) and
verdicts (accepted or refused) of the real ONNX parser, built from its public sources; `own` are
475 models made for this project, `wheel` 951 models of the onnx package. `make golden-report`
prints this table, a test holds it.

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
