# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Two tensors of one name: TensorRT 7.0 makes them where a model has a name as its own are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange import plan_model, read_ranges
from setrange.exporters.cache import write_cache
from setrange.exporters.ranged import write_ranged
from setrange.importer import import_network
from setrange.plan.template import make_template
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile
from tests.golden.data import own_models

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "(Unnamed Layer* 1) [Constant]_output"


def test_a_template_asks_for_the_one_that_nothing_tells() -> None:
    path = own_models() / "h_names_like_trt.onnx"
    plan = plan_model(path, None, trt="7.0")
    assert [item.tensor.name for item in plan.tensors].count(_NAME) == 2
    assert [item.tensor.name for item in plan.missing()].count(_NAME) == 1
    template = make_template(plan, path, "0" * 64)
    assert template.entries[_NAME].range is None
    assert template.entries[_NAME].need


@pytest.mark.parametrize("amax", [1.0, 9.0])
def test_a_cache_has_the_wider_range_and_a_ranged_model_has_both(
    tmp_path: Path, amax: float
) -> None:
    path = own_models() / "h_names_like_trt.onnx"
    names = ("x", _NAME, "(Unnamed Layer* 2) [ElementWise]_output")
    entries = {
        name: RangeEntry(name=name, range=DynamicRange.symmetric(amax)) for name in names
    }
    plan = plan_model(path, RangeFile(entries=entries), trt="7.0")
    found = {
        item.tensor.onnx_value: item.range.amax
        for item in plan.tensors
        if item.tensor.name == _NAME and item.range is not None
    }
    assert found == {_NAME: amax, None: pytest.approx(2.65913, rel=1e-5)}
    write_cache(plan, tmp_path / "m.cache", trt="7.0")
    cached = read_ranges(tmp_path / "m.cache").entries[_NAME].range
    assert cached is not None
    assert cached.amax == pytest.approx(max(found.values()), rel=1e-6)
    out = tmp_path / "m.ranged.onnx"
    write_ranged(plan, path, out)
    assert import_network(out, "7.0").annotations[_NAME] == (-amax, amax)
