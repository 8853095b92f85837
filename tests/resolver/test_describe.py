# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tensors in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.importer import import_network
from setrange.network import LayerKind
from setrange.resolver.describe import describe_kind, describe_tensor
from tests.networks import Maker
from tests.resolver.networks import resnet50_tail, resnet50_tail_7

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("data_0", "network input"),
        ("pool5_1", "output of AveragePool pool5"),
        (
            "(Unnamed Layer* 174) [Constant]_output",
            "weights pred_w_0 of Gemm fc as a Constant layer",
        ),
        (
            "(Unnamed Layer* 175) [Matrix Multiply]_output",
            "product of Gemm fc before its bias is added (Matrix Multiply)",
        ),
        (
            "(Unnamed Layer* 176) [Constant]_output",
            "bias pred_b_0 of Gemm fc as a Constant layer",
        ),
        (
            "(Unnamed Layer* 177) [Shuffle]_output",
            "bias pred_b_0 of Gemm fc, reshaped for broadcasting (Shuffle)",
        ),
        (
            "(Unnamed Layer* 179) [Shuffle]_output",
            "input of Softmax softmax, flattened (Shuffle)",
        ),
        (
            "(Unnamed Layer* 180) [Softmax]_output",
            "result of Softmax softmax before it is reshaped back (Softmax)",
        ),
    ],
)
def test_the_tail_of_resnet50(name: str, words: str) -> None:
    tensors = {t.name: t for t in resnet50_tail().tensors()}
    assert describe_tensor(tensors[name]) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "(Unnamed Layer* 174) [Shuffle]_output",
            "input of Gemm fc, reshaped for the Fully Connected layer (Shuffle)",
        ),
        (
            "(Unnamed Layer* 175) [Fully Connected]_output",
            "result of Gemm fc before it is reshaped back (Fully Connected)",
        ),
    ],
)
def test_a_fully_connected_layer(name: str, words: str) -> None:
    tensors = {t.name: t for t in resnet50_tail_7().tensors()}
    assert describe_tensor(tensors[name]) == words


def test_the_seed_threads_three_tensors(resnet18: Path) -> None:
    words = {
        t.name: describe_tensor(t)
        for t in import_network(resnet18, "6.0").tensors()
        if t.onnx_value is None
    }
    assert words == {
        "(Unnamed Layer* 48) [Constant]_output": "weights 89 of MatMul 90 as a Constant layer",
        "(Unnamed Layer* 50) [Shuffle]_output": (
            "inner tensor of the bias Add 92: input flattened (Shuffle)"
        ),
        "(Unnamed Layer* 51) [Scale]_output": (
            "inner tensor of the bias Add 92: after the bias (Scale)"
        ),
    }


def test_constants_nobody_named() -> None:
    make = Maker()
    make.node("Clip", "y", name="clip")
    limit = make.constant(6.0)
    make.add(LayerKind.ELEMENTWISE, [make.input("x"), limit], "y", op="min")
    assert describe_tensor(limit) == "constant operand of Clip clip as a Constant layer"


def test_anything_else_is_named_by_its_node_and_kind() -> None:
    make = Maker()
    make.node("HardSwish", "y", name="act")
    inner = make.add(LayerKind.ACTIVATION, [make.input("x")], op="hard_sigmoid")
    make.add(LayerKind.ELEMENTWISE, [inner], "y", op="prod")
    assert describe_tensor(inner) == (
        "inner tensor of HardSwish act: hard_sigmoid (Activation)"
    )


@pytest.mark.parametrize("kind", LayerKind)
def test_every_kind_has_words(kind: LayerKind) -> None:
    assert describe_kind(kind).startswith(("a ", "an ", "the "))
