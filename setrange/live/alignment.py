# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The network TensorRT made against the one the importer predicts.

The live network wins. What it does not know, the ONNX nodes behind its layers, comes from
the prediction, layer by layer where both agree.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from setrange.findings import Finding
from setrange.network.naming import is_parser_made_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from setrange.network import Layer, Network, Tensor

__all__ = ["adopt_origins", "first_difference"]


def adopt_origins(live: Network, predicted: Network) -> None:
    """Give the live network the ONNX nodes and values of the prediction.

    Where the two differ, a finding (SR304) with the first difference is added, and layers are
    matched by kind and names.
    """
    twins: dict[Tensor, Tensor] = dict(zip(predicted.inputs, live.inputs, strict=False))
    difference = first_difference(live, predicted)
    pairs = (
        zip(live.layers, predicted.layers, strict=True)
        if difference is None
        else _matching(live, predicted)
    )
    for layer, twin in pairs:
        layer.kind = twin.kind
        layer.origin, layer.position = twin.origin, twin.position
        weights, known = layer.params.get("weights"), twin.params.get("weights")
        if weights is not None and known is not None:
            weights.name, weights.initializer = known.name, known.initializer
        layer.params = {**twin.params, **layer.params}
        twins.update(zip(twin.outputs, layer.outputs, strict=False))
    for theirs, ours in twins.items():
        ours.onnx_value = theirs.onnx_value
    live.aliases = {
        name: twins[tensor] for name, tensor in predicted.aliases.items() if tensor in twins
    }
    if difference is not None:
        live.findings.append(_about(live, difference))


def first_difference(live: Network, predicted: Network) -> str | None:
    """Return the first difference in layers, names, connections and types, in words."""
    for i, (layer, twin) in enumerate(zip(live.layers, predicted.layers, strict=False)):
        for what, made, expected in _compared(layer, twin):
            if made != expected:
                return f"layer {i}: {what} is {made}, and {expected} was predicted"
    if len(live.layers) != len(predicted.layers):
        return f"it has {len(live.layers)} layers, and {len(predicted.layers)} were predicted"
    ends = [
        ("inputs", live.inputs, predicted.inputs),
        ("outputs", live.outputs, predicted.outputs),
    ]
    for what, tensors, twins in ends:
        names, others = [t.name for t in tensors], [t.name for t in twins]
        if names != others:
            return f"its {what} are {names}, and {others} were predicted"
    return None


def _compared(layer: Layer, twin: Layer) -> Iterator[tuple[str, str, str]]:
    yield "the kind", _kind(layer), _kind(twin)
    yield "the name", repr(layer.name), repr(twin.name)
    yield "the inputs' names", str(_names(layer.inputs)), str(_names(twin.inputs))
    yield "the outputs' names", str(_names(layer.outputs)), str(_names(twin.outputs))
    for ours, theirs in zip(layer.outputs, twin.outputs, strict=False):
        yield f"the type of {ours.name!r}", ours.dtype, theirs.dtype


def _kind(layer: Layer) -> str:
    # The bindings tell a plugin's API generation only in part.
    return "Plugin" if layer.kind.is_plugin else layer.kind.value


def _names(tensors: Sequence[Tensor | None]) -> list[str]:
    names = ["" if tensor is None else tensor.name for tensor in tensors]
    while names and not names[-1]:
        names.pop()
    return names


def _matching(live: Network, predicted: Network) -> Iterator[tuple[Layer, Layer]]:
    ours = [_token(layer) for layer in live.layers]
    theirs = [_token(layer) for layer in predicted.layers]
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for i, j, length in matcher.get_matching_blocks():
        yield from zip(
            live.layers[i : i + length], predicted.layers[j : j + length], strict=True
        )


def _token(layer: Layer) -> tuple[str, tuple[str, ...]]:
    """What makes two layers the same: kind, and names that numbers do not shift."""
    names = tuple("" if is_parser_made_name(t.name) else t.name for t in layer.outputs)
    return _kind(layer), names


def _about(live: Network, difference: str) -> Finding:
    return Finding(
        code="SR304",
        message=f"TensorRT {live.trt} made another network than the importer predicts: "
        f"{difference}; what TensorRT made is used",
        help="a cache written for this model and release without TensorRT would differ: "
        "please report it with the model",
    )
