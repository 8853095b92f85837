# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make proven-ops`: which ops golden layer lists prove, per parser version.

An op is proven at a version if a model that contains it is accepted there and predicted in
full. Writes setrange/importer/proven_ops.json, which `setrange ops` shows.
"""

from __future__ import annotations

import json

from setrange.versions import PROFILES
from tests.golden.corpus import CORPORA, compare, has_lists, records
from tests.golden.report import model_ops
from tests.meta.source_tree import PACKAGE

TARGET = PACKAGE / "importer" / "proven_ops.json"


def proven(version: str) -> list[str]:
    ops: set[str] = set()
    for corpus in CORPORA:
        for record in records(corpus, version):
            found = model_ops(corpus, record["model"])
            new = record["ok"] and not found <= ops
            if new and compare(corpus, version, record).outcome == "equal":
                ops |= found
    return sorted(ops)


def main() -> None:
    table = {version: proven(version) for version in PROFILES if has_lists(version)}
    lines = [f"  {json.dumps(v)}: {json.dumps(ops)}" for v, ops in table.items()]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
