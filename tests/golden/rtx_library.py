# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's own library, asked about one model: TensorRT for RTX with its ONNX parser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.machine.rtx_bindings import load_rtx
from tests.golden.corpus import RTX

if TYPE_CHECKING:
    import onnx

__all__ = ["ask", "installed_profile"]

_DTYPES = {
    "FLOAT": "float32", "HALF": "float16", "BF16": "bf16", "BOOL": "bool", "INT8": "int8",
    "UINT8": "uint8", "INT32": "int32", "INT64": "int64", "FP8": "fp8",
    "INT4": "int4",
}  # fmt: skip


def installed_profile() -> str | None:
    """The parser profile of the library that is installed here; ``None`` for a newer one."""
    release = ".".join(load_rtx().__version__.split(".")[:2])
    return {rtx: profile for profile, rtx in RTX.items()}.get(release)


def ask(model: onnx.ModelProto) -> dict[str, Any]:
    """Return the network that the library's parser makes, in the form of the golden lists.

    ``ok`` is False and ``error`` says why where it refuses. The kinds of the layers are left
    out: the library's words for them are not TensorRT's.
    """
    trt = load_rtx()
    log = trt.Logger(trt.Logger.INTERNAL_ERROR)
    network = trt.Builder(log).create_network(0)
    parser = trt.OnnxParser(network, log)
    if not parser.parse(model.SerializeToString()):
        errors = [parser.get_error(i) for i in range(parser.num_errors)]
        return {"ok": False, "error": "; ".join(error.desc() for error in errors)}
    layers = [network.get_layer(i) for i in range(network.num_layers)]
    return {
        "ok": True,
        "inputs": [_tensor(network.get_input(i)) for i in range(network.num_inputs)],
        "outputs": [network.get_output(i).name for i in range(network.num_outputs)],
        "layers": [
            {
                "index": i,
                "name": layer.name,
                "inputs": [_name(layer.get_input(k)) for k in range(layer.num_inputs)],
                "outputs": [_tensor(layer.get_output(k)) for k in range(layer.num_outputs)],
            }
            for i, layer in enumerate(layers)
        ],
    }


def _name(tensor: Any) -> str:
    return "" if tensor is None else str(tensor.name)


def _tensor(tensor: Any) -> dict[str, Any]:
    try:
        shape: list[int] | None = list(tensor.shape)
    except ValueError:  # the library could not infer a rank
        shape = None
    return {
        "name": tensor.name,
        "shape": shape,
        "dtype": _DTYPES.get(tensor.dtype.name, tensor.dtype.name),
    }
