# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusing models that have Q/DQ nodes already: ranges and those exclude each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import InputError, UnsupportedError
from setrange.model.quantizer_ops import has_qdq
from setrange.network import LayerKind
from setrange.plan.build_command import qdq_flags
from setrange.text.shell import command_line
from setrange.versions import TrtVersion

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
            f"  {command_line(_build(network))}\n"
            f"or take its ranges and its Q/DQ nodes out of it, with\n"
            f"  {command_line(_strip(str(network.model), 'plain.onnx'))}"
        )


def refuse_qdq_model(model: Model) -> None:
    """Refuse a model with Q/DQ nodes where a float one is to be quantized.

    Raises:
        InputError: It has some; the message says what works.
    """
    if has_qdq(model.proto):
        path = str(model.path)
        command = _strip(path, str(model.path.with_name("plain.onnx")))
        raise InputError(
            f"{model.path} has Q/DQ nodes already, and TensorRT takes no other ranges for such "
            f"a model. It can be built as it is, if this finds nothing:\n"
            f"  {command_line(['setrange', 'check', path])}\n"
            f"To get its ranges and the float model out of it:\n"
            f"  {command_line(command)}"
        )


def _strip(model: str, plain: str) -> list[str]:
    return ["setrange", "convert", model, "-o", "ranges.json", "--strip", plain]


def _build(network: Network) -> list[str]:
    flags = qdq_flags(TrtVersion.parse(network.trt))
    return ["trtexec", f"--onnx={network.model}", *flags, "--saveEngine=model.engine"]
