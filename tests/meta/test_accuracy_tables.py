# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables in the documents are those that the benchmarks make of their results."""

from __future__ import annotations

import sys

import pytest

from tests.meta.source_tree import ROOT

sys.path.insert(0, str(ROOT / "benchmarks" / "qdq"))
sys.path.insert(0, str(ROOT / "benchmarks" / "accuracy"))
import speed_table
from real_models import CASES
from tables import DOCUMENTS, PEERS, SWITCHES, read_results, table, with_tables


def test_the_table_of_speed_is_that_of_its_results() -> None:
    results = speed_table.read_results()
    assert list(results["models"]) == ["resnet18", "transformer"]
    text = speed_table.DOCUMENT.read_text("utf-8")
    assert f"<!-- table: {speed_table.NAME} -->\n\n{speed_table.table(results)}\n\n<!--" in text


def test_a_model_is_named_once_in_the_table_of_speed() -> None:
    tool = {"seconds": 1.234, "mb": 61.6, "pairs": 17, "sqnr": 36.06}
    row = {"nodes": 1177, "mb": 46.7, "tools": {"setrange": tool, "ort": tool}}
    assert speed_table.table({"models": {"net": row}}).splitlines()[2:] == [
        "| net, 1,177 nodes, 46.7 MB | setrange | 1.23 | 62 | 17 | 36.1 |",
        "|  | ONNX Runtime | 1.23 | 62 | 17 | 36.1 |",
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_tables_are_those_of_the_results(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    for name in DOCUMENTS[document]:
        assert f"<!-- table: {name} -->" in text
        assert table(name, read_results()) in text
    assert with_tables(text, read_results(), DOCUMENTS[document]) == text


def test_every_model_every_switch_and_every_peer_is_in_the_results() -> None:
    results = read_results()
    assert list(results) == [case.name for case in CASES]
    for row in results.values():
        assert set(row) == {*SWITCHES, *PEERS}


def test_a_table_has_a_line_for_each_model_and_marks_what_failed() -> None:
    row = {tool: {"sqnr": 20.0, "pairs": 3.0} for tool in (*SWITCHES, *PEERS)}
    row["ModelOpt"] = {"sqnr": None, "pairs": None}
    row["--asymmetric"] = {"sqnr": 26.04, "pairs": 3.0}
    row["--correct-bias"] = {"sqnr": 19.85, "pairs": 3.0}
    lines = table("peers", {"net": row}).splitlines()
    assert lines[2] == "| net | 20.0 | 26.0 | 19.9 | 20.0 | 20.0 | - | 3, 3, - |"
    assert lines[3].endswith("| +0.0 | +6.0 | -0.1 | +0.0 | | | |")
    assert lines[4].endswith("| 1 | 1 | 0 | 1 | | | |")
