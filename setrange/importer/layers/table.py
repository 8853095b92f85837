# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One row per kind of layer: how its outputs follow from its inputs and parameters.

What a kind is called, and which of its inputs are dimensions, ``network.kinds`` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.importer.layers import arithmetic, computing, reshaping, selecting
from setrange.importer.layers.values import input_tensor, input_values
from setrange.network.kinds import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from setrange.importer.layers.values import Array
    from setrange.network.graph import Layer, Shape


def infer_same(layer: Layer) -> list[Shape]:
    """Every output has the first input's shape."""
    return [input_tensor(layer).shape] * len(layer.outputs)


class LayerSpec(NamedTuple):
    """What is known of a kind of layer."""

    #: Shapes of the outputs; -1 is unknown.
    infer: Callable[[Layer], Sequence[Shape]] = infer_same
    #: Element values of the first output; ``None``: they are not computed.
    fold: Callable[[Layer], Array] | None = None
    #: Element types of the outputs; ``None``: one output of the first input's type, unless
    #: whoever adds the layer says else.
    dtypes: tuple[str, ...] | None = None


_NO_OUTPUT = LayerSpec(lambda _: [], dtypes=())

LAYERS: Mapping[LayerKind, LayerSpec] = {
    # Most have their first input's shape, or each layer brings its own, and nobody computes
    # their values.
    **dict.fromkeys(LayerKind, LayerSpec()),
    LayerKind.ACTIVATION: LayerSpec(fold=arithmetic.fold_activation),
    LayerKind.ASSERTION: _NO_OUTPUT,
    LayerKind.ATTENTION_INPUT: LayerSpec(computing.infer_attention),
    LayerKind.CAST: LayerSpec(fold=arithmetic.fold_cast),
    LayerKind.CONCATENATION: LayerSpec(
        selecting.infer_concatenation, selecting.fold_concatenation
    ),
    LayerKind.CONDITION: _NO_OUTPUT,
    LayerKind.CONDITIONAL_INPUT: LayerSpec(fold=input_values),
    LayerKind.CONDITIONAL_OUTPUT: LayerSpec(
        computing.infer_conditional_output, computing.fold_conditional_output
    ),
    LayerKind.CONSTANT: LayerSpec(fold=selecting.fold_constant),  # each brings its shape
    LayerKind.CONVOLUTION: LayerSpec(computing.infer_convolution),
    LayerKind.DECONVOLUTION: LayerSpec(computing.infer_deconvolution),
    LayerKind.DYNAMIC_QUANTIZE: LayerSpec(computing.infer_dynamic_quantize),
    LayerKind.EINSUM: LayerSpec(computing.infer_einsum),
    LayerKind.ELEMENTWISE: LayerSpec(arithmetic.infer_elementwise, arithmetic.fold_elementwise),
    LayerKind.FILL: LayerSpec(selecting.infer_fill, selecting.fold_fill, ("float32",)),
    LayerKind.FULLY_CONNECTED: LayerSpec(computing.infer_fully_connected),
    LayerKind.GATHER: LayerSpec(selecting.infer_gather, selecting.fold_gather),
    LayerKind.GRID_SAMPLE: LayerSpec(selecting.infer_grid_sample),
    LayerKind.IDENTITY: LayerSpec(fold=arithmetic.fold_cast),
    LayerKind.ITERATOR: LayerSpec(computing.infer_iterator),
    LayerKind.LOOP_OUTPUT: LayerSpec(computing.infer_loop_output),
    LayerKind.MATRIX_MULTIPLY: LayerSpec(computing.infer_matrix_multiply),
    LayerKind.NMS: LayerSpec(lambda _: [(-1, 3), ()], dtypes=("int32", "int32")),
    LayerKind.NON_ZERO: LayerSpec(lambda x: [(input_tensor(x).rank, -1)], dtypes=("int32",)),
    LayerKind.NORMALIZATION: LayerSpec(computing.infer_normalization),
    LayerKind.ONE_HOT: LayerSpec(selecting.infer_one_hot, selecting.fold_one_hot),
    LayerKind.PADDING: LayerSpec(computing.infer_padding),
    LayerKind.POOLING: LayerSpec(computing.infer_pooling),
    LayerKind.REDUCE: LayerSpec(arithmetic.infer_reduce, arithmetic.fold_reduce),
    LayerKind.RESIZE: LayerSpec(selecting.infer_resize),
    LayerKind.SCALE: LayerSpec(computing.infer_scale),
    LayerKind.SELECT: LayerSpec(arithmetic.infer_elementwise, selecting.fold_select),
    LayerKind.SHAPE: LayerSpec(lambda x: [(input_tensor(x).rank,)], reshaping.fold_shape),
    LayerKind.SHUFFLE: LayerSpec(reshaping.infer_shuffle, reshaping.fold_shuffle),
    LayerKind.SLICE: LayerSpec(selecting.infer_slice, selecting.fold_slice),
    LayerKind.SQUEEZE: LayerSpec(reshaping.infer_squeeze, input_values),
    LayerKind.TOPK: LayerSpec(selecting.infer_topk),
    LayerKind.TRIP_LIMIT: _NO_OUTPUT,
    LayerKind.UNARY: LayerSpec(fold=arithmetic.fold_unary),
    LayerKind.UNSQUEEZE: LayerSpec(reshaping.infer_unsqueeze, input_values),
}
