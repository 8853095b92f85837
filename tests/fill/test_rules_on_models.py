# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every safe rule on models: what random inputs lead to lies within the derived range.

The values are those of ONNX's reference evaluator, and the graphs are as exporters write them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

from setrange.importer.model_at import ModelAt
from setrange.model.loading import load_model
from setrange.plan import Source, plan_network
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile
from setrange.versions import TrtVersion
from tests.exporters.quantizing import save

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


class Case(NamedTuple):
    """A graph from x (and z) to y; ``least`` = how small x may be."""

    body: str
    opset: int = 17
    weights: tuple[tuple[str, tuple[int, ...]], ...] = ()
    trt: tuple[str, ...] = ("8.6", "10.16")
    least: float = -8.0


_NEW = ("10.16", "11.4")
_ONE = "<float one = {1.0}, float three = {3.0}, float six = {6.0}, float zero = {0.0}, "
_ONE += "float half = {0.5}, float two = {2.0}, float root = {1.4142135}, "
_ONE += "float cube = {0.044715}, float gain = {0.7978846}>"

CASES = {
    "SiLU": Case("s = Sigmoid(x) y = Mul(x, s)"),
    "Swish": Case("y = Swish(x)", opset=24, trt=("11.4",)),
    "GELU": Case("y = Gelu(x)", opset=20, trt=_NEW),
    "GELU by tanh": Case('y = Gelu<approximate="tanh">(x)', opset=20, trt=_NEW),
    "GELU by Erf": Case(
        "d = Div(x, root) e = Erf(d) s = Add(e, one) m = Mul(x, s) y = Mul(m, half)"
    ),
    "GELU of single steps": Case(
        "p = Pow(x, three) q = Mul(p, cube) r = Add(x, q) t = Mul(r, gain) u = Tanh(t) "
        "v = Add(u, one) w = Mul(x, v) y = Mul(w, half)"
    ),
    "HardSwish": Case("y = HardSwish(x)"),
    "HardSwish by HardSigmoid": Case("s = HardSigmoid<alpha=0.16666667>(x) y = Mul(x, s)"),
    "HardSwish by Clip": Case(
        "a = Add(x, three) c = Clip(a, zero, six) m = Mul(x, c) y = Div(m, six)"
    ),
    "Mish": Case("y = Mish(x)", opset=18, trt=_NEW),
    "Mish by Softplus": Case("s = Softplus(x) t = Tanh(s) y = Mul(x, t)"),
    "Softplus": Case("y = Softplus(x)"),
    "HardSigmoid": Case("y = HardSigmoid<alpha=0.3, beta=0.4>(x)"),
    "Elu": Case("y = Elu<alpha=0.7>(x)"),
    "Selu": Case("y = Selu(x)"),
    "LeakyRelu": Case("y = LeakyRelu<alpha=0.1>(x)"),
    "Sqrt": Case("y = Sqrt(x)", least=0.0),
    "Exp": Case("y = Exp(x)"),
    "Log": Case("y = Log(x)", least=0.05),
    "Abs": Case("y = Abs(x)"),
    "Neg": Case("y = Neg(x)"),
    "Pow of 2": Case("y = Pow(x, two)"),
    "Pow of 3": Case("y = Pow(x, three)"),
    "Pow of 0.5": Case("y = Pow(x, half)", least=0.0),
    "square": Case("y = Mul(x, x)"),
    "Reciprocal": Case("y = Reciprocal(x)", least=0.1),
    "quotient of a number": Case("y = Div(one, x)", least=0.1),
    "sums and products with numbers": Case(
        "a = Mul(x, three) b = Sub(half, a) y = Div(b, six)"
    ),
    "Min": Case("y = Min(x, z)"),
    "Max": Case("y = Max(x, z)"),
    "Where": Case("b = Less(x, z) y = Where(b, x, z)"),
    "Concat": Case("y = Concat<axis=1>(x, z)"),
    "Clip": Case("y = Clip(x, zero, six)"),
    "ReduceMean": Case("y = ReduceMean<axes=[1]>(x)", opset=13),
    "ReduceMax": Case("y = ReduceMax<axes=[1]>(x)", opset=13),
    "LayerNormalization": Case(
        "y = LayerNormalization(x, g, b)", weights=(("g", (6,)), ("b", (6,)))
    ),
    "LayerNorm of single steps": Case(
        "m = ReduceMean<axes=[-1]>(x) d = Sub(x, m) q = Pow(d, two) "
        "v = ReduceMean<axes=[-1]>(q) e = Add(v, cube) r = Sqrt(e) n = Div(d, r) "
        "s = Mul(n, g) y = Add(s, b)",
        opset=13,
        weights=(("g", (6,)), ("b", (6,))),
    ),
    "Softmax": Case("y = Softmax(x)"),
}


class Subject:
    """A model, its networks, and its values."""

    def __init__(self, case: Case, folder: Path) -> None:
        graph = f"(float[4,6] x, float[4,6] z) => (float[?,?] y) {_ONE} {{ {case.body} }}"
        self.case = case
        self.path = save(folder / "m.onnx", graph, dict(case.weights), opset=case.opset)
        proto = onnx.load(self.path)
        made = [name for node in proto.graph.node for name in node.output]
        model = onnx.load(self.path)
        del model.graph.output[:]
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in made)
        self.made = made
        self.run = ReferenceEvaluator(model)
        self.models = ModelAt(load_model(self.path))
        self.networks = [self.models.network(TrtVersion.parse(v)) for v in case.trt]


@pytest.fixture(params=CASES, scope="module")
def subject(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Subject:
    return Subject(CASES[request.param], tmp_path_factory.mktemp("rules"))


def _inputs(seed: int, least: float) -> dict[str, npt.NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    low = random.uniform(least, least + 4)
    high = low + random.uniform(0.5, 9)
    x, z = random.uniform(low, high, (2, 4, 6)).astype(np.float32)
    return {"x": x, "z": z}


@pytest.mark.property
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_what_inputs_lead_to_is_within_the_range(subject: Subject, seed: int) -> None:
    inputs = _inputs(seed, subject.case.least)
    ranges = RangeFile(
        entries={
            name: RangeEntry(
                name=name, range=DynamicRange(float(values.min()), float(values.max()))
            )
            for name, values in inputs.items()
        }
    )
    values = dict(zip(subject.made, subject.run.run(None, inputs), strict=True))
    rounding = 2e-6 * float(np.abs(inputs["x"]).max())
    for network in subject.networks:
        plan = plan_network(network, subject.models, ranges)
        known = {planned.tensor.name: planned for planned in plan.tensors}
        # A result of zeros is no proof that all results are: no range follows then.
        vanished = np.abs(values["y"]).max() < 1e-6
        assert vanished or known["y"].source is Source.DERIVED
        for name, value in values.items():
            planned = known.get(name)
            if planned is None or planned.range is None or planned.source is Source.BOUND:
                continue
            # The evaluator computes in float32: 1 + erf(-4) has few digits left.
            slack = 1e-4 * max(planned.range.amax, 1e-3) + rounding
            assert planned.range.min - slack <= value.min(), name
            assert value.max() <= planned.range.max + slack, name


@pytest.mark.parametrize(
    "attributes", ["alpha=0.5", "beta=2.0", "alpha=-0.5, beta=2.0, transB=1"]
)
def test_inside_a_gemm_all_follows_from_its_output(tmp_path: Path, attributes: str) -> None:
    graph = f"(float[64,8] x) => (float[64,8] y) {{ y = Gemm<{attributes}>(x, w, b) }}"
    path = save(tmp_path / "gemm.onnx", graph, {"w": (8, 8), "b": (8,)})
    proto = onnx.load(path)
    w, b = (onnx.numpy_helper.to_array(tensor) for tensor in proto.graph.initializer)
    settings = dict(item.split("=") for item in attributes.replace(" ", "").split(","))
    alpha, beta = float(settings.get("alpha", 1)), float(settings.get("beta", 1))
    x = np.random.default_rng(3).normal(size=(64, 8)).astype(np.float32)
    product = x @ (w.T if "transB" in settings else w)
    y = alpha * product + beta * b
    inner = [product] if alpha == 1 else [product, alpha * product]
    models = ModelAt(load_model(path))
    ranges = RangeFile(
        entries={
            name: RangeEntry(name=name, range=DynamicRange(float(v.min()), float(v.max())))
            for name, v in {"x": x, "y": y}.items()
        }
    )
    for trt in ("8.6", "10.16"):
        plan = plan_network(models.network(TrtVersion.parse(trt)), models, ranges)
        assert not plan.missing()
        made = [
            planned.range
            for planned in plan.tensors
            if planned.source is Source.DERIVED
            and planned.range is not None
            and planned.tensor.shape == (64, 8)
            and planned.tensor.name != "y"
        ]
        assert len(made) == len(inner)
        for found, values in zip(made, inner, strict=True):
            assert found.amax >= np.abs(values).max()
