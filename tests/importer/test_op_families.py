# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The table by which the modules of an op are found without loading all of them."""

from __future__ import annotations

import json
import subprocess
import sys

from setrange.importer.registry import find_importer
from tests.importer.op_families import TABLE
from tests.importer.where import found_by_op


def test_the_table_is_what_the_modules_register() -> None:
    """`python -m tests.importer.op_families` writes it again."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.importer.op_families", "--print"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == TABLE.read_text(encoding="utf-8")


def test_only_what_a_model_needs_is_loaded() -> None:
    program = (
        "import sys\n"
        "from setrange.importer.registry import find_importer\n"
        "assert find_importer('Relu', '8.6') is not None\n"
        "print('setrange.importer.ops.recurrent' in sys.modules)\n"
        "assert find_importer('LSTM', '8.6') is not None\n"
        "print('setrange.importer.ops.recurrent' in sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["False", "True"]


def test_an_op_that_nothing_registers_has_no_importer() -> None:
    assert find_importer("NoSuchOp", "8.6") is None


def test_every_module_has_tests_that_are_found_by_its_ops() -> None:
    """`python -m tests.importer.where OP` lists them, as CONTRIBUTING says."""
    table: dict[str, list[str]] = json.loads(TABLE.read_text(encoding="utf-8"))
    found = found_by_op({op for ops in table.values() for op in ops})
    assert [m for m, ops in table.items() if not any(found[op] for op in ops)] == []
