# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The file of expected outcomes fails both ways, and nothing excuses what does not build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.engine_layers.weighted import NodeVerdict, WeightedVerdict
from tests.builder.expected import compare, read_expected, write_expected
from tests.builder.outcome import LIBRARY, Outcome
from tests.builder.totals import share_of, totals

if TYPE_CHECKING:
    from pathlib import Path


def node(
    precision: str, *, op: str = "Conv", has_pairs: bool = True, reason: str = ""
) -> NodeVerdict:
    return NodeVerdict(
        node="/conv", op=op, precision=precision, has_pairs=has_pairs, reason=reason
    )


def built(*nodes: NodeVerdict) -> Outcome:
    verdict = WeightedVerdict(nodes=nodes, undone=(), rest={}, products=1)
    return Outcome(kind="built", verdict=verdict)


INT8, FLOAT = built(node("int8")), built(node("fp32", reason="lost"))


@pytest.mark.parametrize(("now", "before"), [(INT8, FLOAT), (FLOAT, INT8)])
def test_a_better_and_a_worse_outcome_are_wrong(now: Outcome, before: Outcome) -> None:
    assert compare({"m": {"float": now}}, {"m": {"float": before.text}})
    assert not compare({"m": {"float": now}}, {"m": {"float": now.text}})


@pytest.mark.parametrize("kind", ["refused", "unbuilt", "crashed"])
def test_what_does_not_build_is_wrong_even_if_the_file_says_so(kind: str) -> None:
    outcome = Outcome(kind=kind, detail="Error Code 10")
    assert compare({"m": {"float": outcome}}, {"m": {"float": outcome.text}})


def test_what_the_library_refuses_without_pairs_is_not_ours() -> None:
    outcome = Outcome(kind=LIBRARY, detail="no plugin NonZero")
    results = {"m": {"float": outcome}}
    assert not compare(results, {"m": {"float": outcome.text}})
    assert compare(results, {"m": {"float": "int8 1"}})
    assert "m (float): the library refuses the plain model, too: no plugin NonZero" in totals(
        results
    )


def test_models_that_came_and_went_are_wrong() -> None:
    assert compare({"m": {"float": INT8}}, {}) == ["m: is not in the file"]
    assert len(compare({}, {"m": {"float": "int8 1"}})) == 1


def test_the_file_keeps_what_was_not_run(tmp_path: Path) -> None:
    path = tmp_path / "expected.json"
    write_expected({"a": {"float": FLOAT, "fp16": INT8}, "b": {"float": INT8}}, path)
    write_expected({"a": {"fp16": FLOAT}, "c": {"float": INT8, "fp16": INT8}}, path)
    assert read_expected(path) == {
        "a": {"float": "fp32 1"},
        "b": {"float": "int8 1"},
        "c": {"float": "int8 1"},
    }
    assert not compare({"a": {"fp16": FLOAT}}, {"a": read_expected(path)["a"]})


def test_the_share_leaves_out_only_what_a_rule_leaves_float() -> None:
    share = share_of(
        [
            built(
                node("int8"),
                node("int8", op="Gemm"),
                node("fp32", reason="the builder made a float layer of it"),
                node("fp32", has_pairs=False, reason="no Q/DQ pair on 'x'"),
                node("fp32", has_pairs=False, reason="small: 8 input channels"),
                node("fp32", op="ConvTranspose", reason="float everywhere"),
                node("unknown"),
            )
        ]
    )
    assert (share.low, share.others, share.excluded) == (2, 2, 1)
    assert share.percent == 50.0
