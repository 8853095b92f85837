# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Cast to FP16, a model leaves NVIDIA's parser no float constant of another type to add.

The parser makes constants of its own, in FP32: for alpha and beta of a Gemm, the epsilon of a
MeanVarianceNormalization, the initial state of a recurrent layer. A strongly typed network
takes no two types in one sum or product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from setrange.errors import InputError, ParserRefusedError, UnsupportedError
from setrange.exporters.qdq import make_qdq
from setrange.exporters.rtx import parsed_by_rtx
from setrange.machine.rtx_bindings import is_rtx_installed, load_rtx
from setrange.model.loading import load_model
from setrange.rtx.session import RtxModel
from tests.builder.models import golden_models
from tests.exporters.quantizing import plan_of, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.rtx,
    pytest.mark.skipif(not is_rtx_installed(), reason="TensorRT for RTX is not installed"),
]

#: Layers whose float inputs must be of one type.
_ONE_TYPE = ("ELEMENTWISE", "MATRIX_MULTIPLY", "CONCATENATION", "SELECT", "SCATTER")
_FLOATS = ("FLOAT", "HALF", "BF16")

#: What each op makes the parser add.
GRAPHS = {
    "alpha and beta": """(float[4,16] x) => (float[4,24] y)
        { y = Gemm<alpha = 0.5, beta = 2.0>(x, gemm_w, gemm_b) }""",
    "MeanVarianceNormalization": """(float[1,4,8,8] x) => (float[1,4,8,8] y)
        { y = MeanVarianceNormalization<axes = [0, 2, 3]>(x) }""",
    "LSTM without a state": """(float[3,1,16] x) => (float[3,1,1,8] y)
        { y = LSTM<hidden_size = 8>(x, lstm_w, lstm_r) }""",
    "RNN without a state": """(float[3,1,16] x) => (float[3,1,1,8] y)
        { y = RNN<hidden_size = 8>(x, rnn_w, rnn_r) }""",
    "GRU without a state": """(float[3,1,16] x) => (float[3,1,1,8] y)
        { y = GRU<hidden_size = 8>(x, gru_w, gru_r) }""",
    "activations with numbers": """(float[4,16] x) => (float[4,16] y)
        { a = HardSigmoid<alpha = 0.3>(x)
          c = Selu(a)
          d = ThresholdedRelu<alpha = 0.2>(c)
          e = LeakyRelu<alpha = 0.1>(d)
          y = Celu<alpha = 0.7>(e) }""",
    "norms": """(float[1,4,8,8] x) => (float[1,4,8,8] y)
        { a = LpNormalization<axis = 1>(x)
          b = InstanceNormalization(a, norm_s, norm_s)
          y = LRN<size = 3>(b) }""",
    "reductions": """(float[4,16] x) => (float[4,1] y)
        { a = ReduceLogSumExp<axes = [1]>(x)
          b = ReduceL2<axes = [1]>(x)
          y = Add(a, b) }""",
}
WEIGHTS = {
    "gemm_w": (16, 24),
    "gemm_b": (24,),
    "lstm_w": (1, 32, 16),
    "lstm_r": (1, 32, 8),
    "rnn_w": (1, 8, 16),
    "rnn_r": (1, 8, 8),
    "gru_w": (1, 24, 16),
    "gru_r": (1, 24, 8),
    "norm_s": (4,),
}


def mixed_layers(live: RtxModel) -> Iterator[str]:
    """Layers of the parsed network that take two float types."""
    network: Any = live._definition
    for index in range(network.num_layers):
        layer = network.get_layer(index)
        if layer.type.name not in _ONE_TYPE:
            continue
        inputs = filter(None, map(layer.get_input, range(layer.num_inputs)))
        types = {tensor.dtype.name for tensor in inputs}
        if len(types.intersection(_FLOATS)) > 1:
            yield f"{layer.type.name} {layer.name!r}: {sorted(types)}"


def mixed_in(path: Path) -> list[str] | None:
    """Mixed layers of a model cast to FP16; ``None`` where there is no such model."""
    try:
        model = load_model(path)
        made = make_qdq(plan_of(path), model, fp16=True, placement="all")
    except (InputError, UnsupportedError):
        return None
    try:
        with parsed_by_rtx(load_rtx(), made, model) as live:
            return list(mixed_layers(live))
    except ParserRefusedError as error:
        try:
            RtxModel(load_rtx(), path)
        except ParserRefusedError:
            return None  # not even the plain model
        return [str(error)]


@pytest.mark.parametrize("name", GRAPHS)
def test_constants_the_parser_adds(name: str, tmp_path: Path) -> None:
    used = {key: shape for key, shape in WEIGHTS.items() if key in GRAPHS[name]}
    path = save(tmp_path / "m.onnx", GRAPHS[name], used)
    assert mixed_in(path) == []


@pytest.mark.parametrize("name", ["bilstm_bf_op17", "rnn_tanh_op17", "gpt_op14", "vit_op17"])
def test_own_models(name: str) -> None:
    models = golden_models()
    if name not in models:
        pytest.skip(f"there is no model {name}")
    assert mixed_in(models[name]) == []
