# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Casting what stays float to FP16, for strongly typed builds; inputs and outputs stay FP32.

ONNX Runtime's converter knows which ops have no FP16 form and puts casts around them.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from setrange.errors import BackendUnavailableError, UnsupportedError
from setrange.model.node import Node
from setrange.model.toposort import parse_order
from setrange.model.writing import MAX_BYTES, StreamedTensor, skeleton_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from onnx import ModelProto, TensorProto

__all__ = ["to_half"]

_EXTERNAL = 1


def to_half(
    skeleton: ModelProto,
    initializers: Sequence[TensorProto | StreamedTensor],
    *,
    base: Path,
    keep: Collection[str],
) -> tuple[ModelProto, list[TensorProto | StreamedTensor]]:
    """Return a model with its float32 parts in float16, as skeleton and initializers.

    Args:
        skeleton: The model without initializers; opset 19 or later if it has Q/DQ nodes.
        initializers: Its initializers. All of them are brought into memory.
        base: Directory of external data.
        keep: Names of nodes that stay float32.

    Raises:
        BackendUnavailableError: ONNX Runtime is not installed.
        UnsupportedError: The model is larger than 2 GB.
    """
    try:
        from onnxruntime.transformers.float16 import convert_float_to_float16
    except ImportError as e:
        raise BackendUnavailableError(
            "--fp16 casts with ONNX Runtime's converter, which is not installed: "
            'pip install "setrange[ort]"; or export the model in FP16'
        ) from e
    model = _whole(skeleton, initializers, base)
    with warnings.catch_warnings():
        # Of each constant that has values too small or too large for float16.
        warnings.simplefilter("ignore")
        half = convert_float_to_float16(model, keep_io_types=True, node_block_list=list(keep))
    _sort(half)
    return skeleton_of(half), list(half.graph.initializer)


def _whole(
    skeleton: ModelProto, initializers: Sequence[TensorProto | StreamedTensor], base: Path
) -> ModelProto:
    import onnx
    from onnx.external_data_helper import load_external_data_for_tensor

    model = onnx.ModelProto()
    model.CopyFrom(skeleton)
    for tensor in initializers:
        added = model.graph.initializer.add()
        if isinstance(tensor, StreamedTensor):
            added.CopyFrom(tensor.head)
            added.raw_data = b"".join(tensor.parts())
            continue
        added.CopyFrom(tensor)
        if tensor.data_location == _EXTERNAL:
            load_external_data_for_tensor(added, str(base))
            added.data_location = onnx.TensorProto.DEFAULT
            del added.external_data[:]
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) > MAX_BYTES:
        raise UnsupportedError(
            "--fp16 casts models of up to 2 GB; export this one in FP16, its pairs then get "
            "FP16 scales"
        )
    return model


def _sort(model: ModelProto) -> None:
    """The converter appends its casts; ONNX wants each node after what it takes."""
    nodes = list(model.graph.node)
    order = parse_order([Node(n, i) for i, n in enumerate(nodes)], skip_empty_outputs=True)
    del model.graph.node[:]
    model.graph.node.extend(nodes[i] for i in order)
