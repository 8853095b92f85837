# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's two range lists: numbered by versions nobody models, so aligned, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.resolver.entries import resolve_entries
from setrange.resolver.result import MatchKind
from tests.networks import ranges_of
from tests.resolver.networks import resnet50_tail, resnet50_tail_7
from tests.support.resnet_tail import import_at
from tests.support.same_model import SameModel

if TYPE_CHECKING:
    from setrange.resolver.result import Resolution

FIRST = {
    "pool5_1": 22.2284438759,
    "pred_1": 6.46343339607,
    "(Unnamed Layer* 174) [Shuffle]_output": 6.46343339607,
    "(Unnamed Layer* 175) [Softmax]_output": 0.0303731018212,
    "softmax_1": 0.0303731018212,
}
SECOND = {
    "pool5_1": 22.2284438759,
    "OC2_DUMMY_0": 6.08994,
    "(Unnamed Layer* 175) [Shuffle]_output": 6.08994,
    "(Unnamed Layer* 176) [Matrix Multiply]_output": 6.4001,
    "(Unnamed Layer* 177) [Constant]_output": 0.0365279,
    "(Unnamed Layer* 178) [Shuffle]_output": 0.0365279,
    "pred_1": 6.46343339607,
    "(Unnamed Layer* 181) [Shuffle]_output": 6.46343,
    "(Unnamed Layer* 182) [Softmax]_output": 0.0303731,
    "softmax_1": 0.0303731018212,
}


def aligned(resolution: Resolution) -> dict[str, str]:
    return {
        item.entry: tensor.name
        for tensor, item in resolution.by_tensor.items()
        if item.how is MatchKind.ALIGNED
    }


def reported(resolution: Resolution) -> dict[str, str]:
    return {item.entry: item.code for item in resolution.unresolved}


def test_first_list_on_8_6() -> None:
    resolution = resolve_entries(resnet50_tail(), ranges_of(FIRST), model=SameModel(import_at))
    assert aligned(resolution) == {
        "(Unnamed Layer* 174) [Shuffle]_output": "(Unnamed Layer* 179) [Shuffle]_output",
        "(Unnamed Layer* 175) [Softmax]_output": "(Unnamed Layer* 180) [Softmax]_output",
    }
    assert reported(resolution) == {}
    assert resolution.named_by is None


def test_second_list_on_8_6() -> None:
    resolution = resolve_entries(resnet50_tail(), ranges_of(SECOND), model=SameModel(import_at))
    assert aligned(resolution) == {
        "(Unnamed Layer* 176) [Matrix Multiply]_output": (
            "(Unnamed Layer* 175) [Matrix Multiply]_output"
        ),
        "(Unnamed Layer* 177) [Constant]_output": "(Unnamed Layer* 176) [Constant]_output",
        "(Unnamed Layer* 178) [Shuffle]_output": "(Unnamed Layer* 177) [Shuffle]_output",
        "(Unnamed Layer* 181) [Shuffle]_output": "(Unnamed Layer* 179) [Shuffle]_output",
        "(Unnamed Layer* 182) [Softmax]_output": "(Unnamed Layer* 180) [Softmax]_output",
    }
    assert reported(resolution) == {"(Unnamed Layer* 175) [Shuffle]_output": "SR102"}


@pytest.mark.parametrize("with_importer", [True, False])
def test_every_alignment_is_a_finding(with_importer: bool) -> None:
    model = SameModel(import_at) if with_importer else None
    resolution = resolve_entries(resnet50_tail(), ranges_of(SECOND), model=model)
    codes = [finding.code for finding in resolution.findings]
    assert codes == ["SR104"] * 5 + ["SR102"]
    first = resolution.findings[0]
    message = first.message
    assert "'(Unnamed Layer* 176) [Matrix Multiply]_output'" in message
    assert "'(Unnamed Layer* 175) [Matrix Multiply]_output'" in message
    assert "between 'OC2_DUMMY_0' and 'pred_1'" in (first.help or "")


def test_second_list_on_10_3() -> None:
    resolution = resolve_entries(
        resnet50_tail("10.3"), ranges_of(SECOND), model=SameModel(import_at)
    )
    assert aligned(resolution) == {
        "(Unnamed Layer* 176) [Matrix Multiply]_output": "fc_output",
        "(Unnamed Layer* 177) [Constant]_output": "pred_b_0_output",
        "(Unnamed Layer* 178) [Shuffle]_output": "ONNXTRT_Broadcast_output",
        "(Unnamed Layer* 181) [Shuffle]_output": "ONNXTRT_flattenTensor_output",
        "(Unnamed Layer* 182) [Softmax]_output": "softmax_output",
    }
    assert reported(resolution) == {"(Unnamed Layer* 175) [Shuffle]_output": "SR102"}


def test_first_list_on_7_2_does_not_go_by_number() -> None:
    """174 [Shuffle] exists on 7.2 too: it is the FC's input, not the logits."""
    resolution = resolve_entries(
        resnet50_tail_7(), ranges_of(FIRST), model=SameModel(import_at)
    )
    assert aligned(resolution) == {
        "(Unnamed Layer* 174) [Shuffle]_output": "(Unnamed Layer* 177) [Shuffle]_output",
        "(Unnamed Layer* 175) [Softmax]_output": "(Unnamed Layer* 178) [Softmax]_output",
    }


def test_what_may_be_two_things_is_not_taken() -> None:
    """On 7.2 one of the two Shuffle layers around the product remains: it is not said which."""
    resolution = resolve_entries(
        resnet50_tail_7(), ranges_of(SECOND), model=SameModel(import_at)
    )
    assert aligned(resolution) == {
        "(Unnamed Layer* 181) [Shuffle]_output": "(Unnamed Layer* 177) [Shuffle]_output",
        "(Unnamed Layer* 182) [Softmax]_output": "(Unnamed Layer* 178) [Softmax]_output",
    }
    assert set(reported(resolution)) == {
        "(Unnamed Layer* 175) [Shuffle]_output",
        "(Unnamed Layer* 176) [Matrix Multiply]_output",
        "(Unnamed Layer* 177) [Constant]_output",
        "(Unnamed Layer* 178) [Shuffle]_output",
    }
    assert set(reported(resolution).values()) == {"SR102"}


def test_a_file_out_of_network_order_is_not_aligned() -> None:
    names = dict.fromkeys(f"r{i}" for i in range(100, 0, -1))
    values = {**names, **FIRST}
    resolution = resolve_entries(resnet50_tail(), ranges_of(values), model=SameModel(import_at))
    assert aligned(resolution) == {}
    assert len(reported(resolution)) == 2
    assert "the order of the file does not say which tensor" in resolution.unresolved[0].why
