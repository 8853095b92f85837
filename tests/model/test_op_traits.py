# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import onnx

from setrange.model.op_traits import COMMUTING, KEEPS_SIGN, MOVES_VALUES, WEIGHTED


def test_each_trait_follows_from_the_one_before() -> None:
    assert MOVES_VALUES < COMMUTING < KEEPS_SIGN
    assert not WEIGHTED & KEEPS_SIGN


def test_the_table_holds_ops_of_onnx() -> None:
    known = {schema.name for schema in onnx.defs.get_all_schemas_with_history()}
    assert known >= WEIGHTED | KEEPS_SIGN
