# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a template asks for is enough: on the project's own models."""

from __future__ import annotations

import dataclasses

import pytest

import setrange
from setrange.errors import SetrangeError
from setrange.exporters.qdq import QdqDraft, make_qdq
from setrange.plan.needs import plan_for_output
from setrange.ranges.model import DynamicRange, RangeFile
from tests.golden.data import own_models

#: One model of so many; all of them take minutes.
_STEP = 12
MODELS = sorted(path.name for path in own_models().glob("*.onnx"))[::_STEP]


def _filled_in(template: RangeFile) -> RangeFile:
    """Give every range that is asked for."""
    entries = {
        name: dataclasses.replace(entry, range=DynamicRange(-3.0, 3.0))
        if (entry.need or "").startswith("needed")
        else entry
        for name, entry in template.entries.items()
    }
    return dataclasses.replace(template, entries=entries, model=None)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("purpose", ["qdq", "cache"])
def test_nothing_lacks_once_it_is_filled_in(name: str, purpose: str) -> None:
    path = own_models() / name
    try:
        template = setrange.template(path, purpose=purpose)
    except SetrangeError:
        return  # the parser refuses it, or no tensor of it has a range
    needed = [n for n, e in template.entries.items() if (e.need or "").startswith("needed")]
    plan = setrange.plan_model(path, _filled_in(template), trt=template.named_by)
    if purpose == "cache":
        assert plan.missing() == []
        return
    if not needed:
        return
    assert make_qdq(plan, path).missing() == ()
    assert plan_for_output(plan, QdqDraft.of(plan, path).needs()).missing() == []
