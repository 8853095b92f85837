# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Tiny models in ONNX's text form, with weights, planned and quantized."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnx.parser
from onnx import numpy_helper

from setrange.exporters.qdq import make_qdq
from setrange.importer.model_at import ModelAt
from setrange.importer.parser import ParserOptions, import_model
from setrange.model.loading import load_model
from setrange.plan import Plan, make_plan
from setrange.versions import TrtVersion
from tests.networks import ranges_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from setrange.exporters.qdq import QdqModel

#: Weight name -> dimensions; ONNX's text form is unhandy for many values.
Shapes = dict[str, tuple[int, ...]]


def save(
    path: Path,
    graph: str,
    weights: Shapes | None = None,
    *,
    opset: int = 17,
    dtype: type = np.float32,
    initializers: Sequence[onnx.TensorProto] = (),
) -> Path:
    """Write a graph as an ONNX file; weights are random, from a fixed seed."""
    text = f'<ir_version: 8, opset_import: ["" : {opset}]> g {graph}'
    model = onnx.parser.parse_model(text)
    random = np.random.default_rng(0)
    for name, shape in (weights or {}).items():
        values = random.standard_normal(shape).astype(dtype)
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    model.graph.initializer.extend(initializers)
    onnx.save(model, path)
    return path


def plan_of(
    path: Path,
    ranges: Mapping[str, float] | None = None,
    *,
    default: float | None = 1.0,
    precision: Mapping[str, str] | None = None,
    trt: str = "10.16",
    fill: str = "none",
    plugins: Sequence[str] = (),
    target: str = "gpu",
) -> Plan:
    """Plan a model: ``ranges`` by ONNX value, ``default`` for every other one."""
    model = load_model(path)
    options = ParserOptions(plugins=frozenset(plugins))
    network = import_model(model, TrtVersion.parse(trt), options)
    amax: dict[str, float] = {}
    if default is not None:
        for tensor in network.float_tensors():
            if tensor.onnx_value is not None and tensor.constant is None:
                amax[tensor.onnx_value] = default
    amax.update(ranges or {})
    file = ranges_of(amax, precision=dict(precision or {}))
    return make_plan(network, file, fill=fill, target=target, model=ModelAt(model))


def full_plan(path: Path, trt: str) -> Plan:
    """Plan a model with a range of its own for every tensor, parser-made ones included."""
    model = load_model(path)
    network = import_model(model, TrtVersion.parse(trt))
    amax = {t.name: 1 + i / 64 for i, t in enumerate(network.float_tensors())}
    return make_plan(network, ranges_of(amax), model=ModelAt(model))


def quantized(
    path: Path,
    ranges: Mapping[str, float] | None = None,
    *,
    default: float | None = 1.0,
    precision: Mapping[str, str] | None = None,
    placement: str = "gpu",
    weights: str = "float",
    quantize_small: bool = True,
    **how: Any,
) -> QdqModel:
    """Plan and quantize a model."""
    plan = plan_of(path, ranges, default=default, precision=precision)
    return make_qdq(
        plan, path, placement=placement, weights=weights, quantize_small=quantize_small, **how
    )


def reasons(made: QdqModel, node: str) -> list[str]:
    """What was decided about a node that stays float."""
    return [d.reason for d in made.decisions if d.node == node and d.value is None]
