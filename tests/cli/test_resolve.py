# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

BIAS = "(Unnamed Layer* 7) [Shuffle]_output"


@pytest.mark.parametrize("name", [BIAS, "out@Shuffle[0]"])
def test_a_parser_made_tensor_in_words(model: Path, name: str) -> None:
    result = run("resolve", name, model, "--trt", "8.6")
    assert result.status == 0
    lines = result.out.splitlines()
    assert lines[0] == BIAS
    assert "bias fc.bias of Gemm Gemm_0" in lines[1]
    assert any(line.endswith("layer 7 [Shuffle] of Gemm Gemm_0") for line in lines)
    assert any(line.endswith("layer 8 [ElementWise]") for line in lines)
    assert any(line.endswith("out@Shuffle[0]") for line in lines)


def test_json(model: Path) -> None:
    result = run("resolve", "relu", model, "--trt", "8.6", "--json", "-q")
    assert result.err == ""
    product = json.loads(result.out)
    assert product["name"] == "relu"
    assert product["how"] == "TensorRT name"
    assert product["tensor"]["layer"] == 1
    assert product["tensor"]["needs_range"] is True
    assert product["tensor"]["shape"] == [1, 16, 8, 8]


def test_a_name_of_another_release(model: Path) -> None:
    """7.2 makes a Fully Connected layer of the Gemm; 10.3 calls the tensors otherwise."""
    result = run("resolve", BIAS, model, "--trt", "10.3", "--json", "-q")
    product = json.loads(result.out)
    assert product["tensor"]["name"] == "ONNXTRT_Broadcast_output"
    assert any(other["trt"] == "8.6" for other in product["elsewhere"])
    gone = run("resolve", "(Unnamed Layer* 5) [Fully Connected]_output", model, "--trt", "8.6")
    assert gone.status == 2
    assert "on 7." in gone.out


def test_an_unknown_name_gets_proposals(model: Path) -> None:
    result = run("resolve", "poool", model, "--trt", "8.6")
    assert result.status == 2
    assert "did you mean 'pool'" in result.out
