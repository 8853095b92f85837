# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusing models that have Q/DQ nodes already: ranges and those exclude each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import InputError, UnsupportedError
from setrange.model.qdq_nodes import has_qdq
from setrange.network import LayerKind
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from setrange.model.loading import Model
    from setrange.network import Network

__all__ = ["refuse_qdq", "refuse_qdq_model"]


def refuse_qdq(network: Network) -> None:
    """Refuse a network with Q/DQ layers: TensorRT takes ranges only without any.

    Raises:
        UnsupportedError: It has some; the message says what works.
    """
    kinds = (LayerKind.QUANTIZE, LayerKind.DEQUANTIZE)
    first = next((layer for layer in network.layers if layer.kind in kinds), None)
    if first is not None:
        raise UnsupportedError(
            f"{network.model} has Q/DQ nodes (the first is {first.name!r}), and TensorRT takes "
            f"no ranges for such a network. It needs none: build it as it is, with\n"
            f"  trtexec --onnx={network.model} --int8 --fp16 --saveEngine=model.engine\n"
            f"or take its ranges and its Q/DQ nodes out of it, with\n"
            f"  setrange convert {network.model} -o ranges.json --strip plain.onnx"
        )


def refuse_qdq_model(model: Model) -> None:
    """Refuse a model with Q/DQ nodes where a float one is to be quantized.

    Raises:
        InputError: It has some; the message says what works.
    """
    if has_qdq(model.proto):
        plain = str(model.path.with_name("plain.onnx"))
        command = [
            "setrange",
            "convert",
            str(model.path),
            "-o",
            "ranges.json",
            "--strip",
            plain,
        ]
        raise InputError(
            f"{model.path} has Q/DQ nodes already, and TensorRT takes no other ranges for such "
            f"a model. It can be built as it is (setrange check {model.path} says whether). To "
            f"get its ranges and the float model out of it:\n"
            f"  {command_line(command)}"
        )
