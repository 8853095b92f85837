# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Rules on precision that say where they are from: read, refused, and kept by what writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from setrange import convert, read_ranges
from setrange.errors import SetrangeError

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, precision: Any) -> Path:
    path.write_text(json.dumps({"setrange": 1, "tensors": {"x": 1.0}, "precision": precision}))
    return path


def test_a_rule_may_say_where_it_is_from(tmp_path: Path) -> None:
    rules = {"a": {"type": "fp16", "source": "tuned: +2 dB"}, "b": {"type": "fp8"}, "c": "fp32"}
    ranges = read_ranges(written(tmp_path / "r.json", rules))
    assert ranges.precision == {"a": "fp16", "b": "fp8", "c": "fp32"}
    assert ranges.precision_sources == {"a": "tuned: +2 dB"}


@pytest.mark.parametrize("name", ["out.json", "out.yaml"])
def test_converting_keeps_it(tmp_path: Path, name: str) -> None:
    rules = {"a": {"type": "fp16", "source": "tuned: +2 dB"}, "c": "fp32"}
    source = written(tmp_path / "r.json", rules)
    convert(source, tmp_path / name)
    back = read_ranges(tmp_path / name)
    assert (back.precision, back.precision_sources) == (
        {"a": "fp16", "c": "fp32"},
        {"a": "tuned: +2 dB"},
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"type": "fp12"}, 'precision: "a" is the text "fp12"'),
        ({"source": "x"}, 'precision: "a" is null; expected "fp32"'),
        ({"type": "fp16", "source": 3}, 'precision: "a": "source" is 3; expected text'),
        ({"type": "fp16", "why": "x"}, 'precision: "a": unknown field "why"'),
        (["fp16"], 'precision: "a" is a list'),
    ],
)
def test_a_rule_that_is_none_is_refused(tmp_path: Path, rule: Any, said: str) -> None:
    with pytest.raises(SetrangeError) as found:
        read_ranges(written(tmp_path / "r.json", {"a": rule}))
    assert said in str(found.value)
