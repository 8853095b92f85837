# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The end of NVIDIA's ResNet-50 as two TensorRT versions make it, with their real numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.network import LayerKind
from tests.networks import Maker

if TYPE_CHECKING:
    from setrange.network import Network, Tensor

__all__ = ["resnet50_tail", "resnet50_tail_7"]

BEFORE_TAIL = 172


def _body(trt: str) -> tuple[Maker, Tensor]:
    """172 layers with names of their own, then pool5_1 (172) and OC2_DUMMY_0 (173)."""
    make = Maker(trt)
    tensor = make.input("data_0")
    for i in range(BEFORE_TAIL):
        make.node("Relu", f"r{i}", name=f"n{i}")
        tensor = make.add(LayerKind.ACTIVATION, [tensor], f"r{i}", op="relu")
    make.node("AveragePool", "pool5_1", name="pool5")
    tensor = make.add(LayerKind.POOLING, [tensor], "pool5_1", op="average")
    make.node("Reshape", "OC2_DUMMY_0", name="reshape")
    return make, make.add(LayerKind.SHUFFLE, [tensor], "OC2_DUMMY_0")


def resnet50_tail(trt: str = "8.6") -> Network:
    """8.5 to 8.6; 10.x makes the same layers but names them."""
    make, tensor = _body(trt)
    make.node("Gemm", "pred_1", name="fc")
    weight = make.constant([[0.5, 0.25]], "pred_w_0")
    product = make.add(
        LayerKind.MATRIX_MULTIPLY, [tensor, weight], layer_name="fc", op0="none", op1="none"
    )
    bias = make.constant([0.03125], "pred_b_0")
    reshaped = make.add(LayerKind.SHUFFLE, [bias], layer_name="ONNXTRT_Broadcast")
    pred = make.add(LayerKind.ELEMENTWISE, [product, reshaped], "pred_1", op="sum")
    make.node("Softmax", "softmax_1", name="softmax")
    flat = make.add(LayerKind.SHUFFLE, [pred], layer_name="ONNXTRT_flattenTensor")
    probability = make.add(LayerKind.SOFTMAX, [flat], layer_name="softmax")
    return make.output(make.add(LayerKind.SHUFFLE, [probability], "softmax_1"))


def resnet50_tail_7(trt: str = "7.2") -> Network:
    """7.2: a Fully Connected layer, and number 174 is the Shuffle in front of it."""
    make, tensor = _body(trt)
    make.node("Gemm", "pred_1", name="fc")
    expanded = make.add(LayerKind.SHUFFLE, [tensor])
    product = make.add(LayerKind.FULLY_CONNECTED, [expanded])
    pred = make.add(LayerKind.SHUFFLE, [product], "pred_1")
    make.node("Softmax", "softmax_1", name="softmax")
    flat = make.add(LayerKind.SHUFFLE, [pred])
    probability = make.add(LayerKind.SOFTMAX, [flat])
    return make.output(make.add(LayerKind.SHUFFLE, [probability], "softmax_1"))
