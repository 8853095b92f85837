# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models that carry their ranges: what the parser makes of them, and that results stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from setrange.errors import UnsupportedError, UnsupportedVersionError
from setrange.exporters.ranged import RangedModel, make_ranged, write_ranged
from setrange.formats.reading import read_ranges
from setrange.importer.parser import import_network
from setrange.ranges.precision import precision_of
from setrange.surgery.strip import strip_model
from setrange.versions import RANGED_PROFILES
from tests.exporters.quantizing import Shapes, plan_of, save
from tests.golden.data import own_models
from tests.support.ranged import bare
from tests.support.running import run

if TYPE_CHECKING:
    from pathlib import Path


WITH_RANGES = RANGED_PROFILES[1:]

RESIDUAL = """(float[1,16,8,8] x) => (float[1,10] y) {
    c = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w)
    s = Add(c, x)
    r = Relu(s)
    m = Mul(r, factor)
    p = GlobalAveragePool(m)
    f = Flatten(p)
    y = Gemm<alpha = 2.0, beta = 0.5, transB = 1>(f, fw, fb)
}"""
WEIGHTS: Shapes = {"w": (16, 16, 3, 3), "factor": (16, 1, 1), "fw": (10, 16), "fb": (10,)}


def ranged(path: Path, trt: str = "8.6", **options: object) -> tuple[RangedModel, Path]:
    out = path.with_name("r.onnx")
    return write_ranged(
        plan_of(path, fill="safe", trt=trt, **options), path, out, allow_missing=True
    ), out  # type: ignore[arg-type]


@pytest.mark.parametrize("trt", WITH_RANGES)
def test_every_tensor_but_the_input_has_a_range(tmp_path: Path, trt: str) -> None:
    made, out = ranged(save(tmp_path / "m.onnx", RESIDUAL, WEIGHTS, opset=11), trt)
    network = import_network(out, trt)
    assert bare(network) == []
    assert set(network.annotations) == made.annotated
    assert made.findings == ()
    assert [item.tensor.name for item in made.rest().tensors] == ["x"]


@pytest.mark.parametrize("trt", WITH_RANGES)
@pytest.mark.parametrize(
    "model", ["resnet18_op13", "vgg_op17", "densenet_op17", "unet_deconv_op17"]
)
def test_real_networks_are_ranged_in_full(tmp_path: Path, model: str, trt: str) -> None:
    out = tmp_path / "r.onnx"
    source = own_models() / f"{model}.onnx"
    write_ranged(plan_of(source, fill="safe", trt=trt), source, out, allow_missing=True)
    assert bare(import_network(out, trt)) == []


@pytest.mark.parametrize("trt", WITH_RANGES[2:])
def test_resnet18_has_53_ranges(tmp_path: Path, trt: str) -> None:
    """As counted on the real parser's sources."""
    source, out = own_models() / "resnet18_op13.onnx", tmp_path / "r.onnx"
    made = write_ranged(plan_of(source, fill="safe", trt=trt), source, out, allow_missing=True)
    network = import_network(out, trt)
    assert len(made.annotated) == len(network.annotations) == 53
    assert bare(network) == []
    added = [node.op_type for node in made.proto.graph.node]
    assert added[0] == "Identity"
    assert added[-4:] == ["Constant", "MatMul", "Constant", "Add"]
    assert "Gemm" not in added


@pytest.mark.parametrize("trt", ["7.2", "8.6", "10.10"])
def test_ranges_arrive_as_planned(tmp_path: Path, trt: str) -> None:
    path = save(tmp_path / "m.onnx", RESIDUAL, WEIGHTS)
    _, out = ranged(path, trt, ranges={"x": 3.3, "r": 0.77, "y": 9.1})
    annotations = import_network(out, trt).annotations
    for value, amax in (("x_in", 3.3), ("r", 0.77), ("y", 9.1)):
        assert annotations[value] == (-np.float32(amax), np.float32(amax))
    read = read_ranges(out)
    assert read.format == "ranged-onnx"
    assert read.entries["r"].amax == float(np.float32(0.77))


def test_the_rewriting_keeps_the_results(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", RESIDUAL, WEIGHTS)
    _, out = ranged(path)
    done = strip_model(out, tmp_path / "p.onnx")
    assert done.attributes > 0
    onnx.checker.check_model(tmp_path / "p.onnx", full_check=True)
    x = {"x": np.random.default_rng(2).standard_normal((1, 16, 8, 8)).astype(np.float32)}
    assert np.allclose(run(tmp_path / "p.onnx", x)[0], run(path, x)[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", ["8", "N"])
@pytest.mark.parametrize(("trt", "opset"), [("7.0", 11), ("8.6", 13), ("10.10", 17)])
def test_activations_of_lower_rank_get_dimensions(
    tmp_path: Path, size: str, trt: str, opset: int
) -> None:
    graph = f"""(float[1,16,8,8] x, float[{size},8] z) => (float[1,16,8,8] y) {{
        s = Relu(z)
        y = Add(x, s)
    }}"""
    path = save(tmp_path / "m.onnx", graph, opset=opset)
    _, out = ranged(path, trt)
    assert bare(import_network(out, trt)) == []
    strip_model(out, tmp_path / "p.onnx")
    feeds = {"x": np.ones((1, 16, 8, 8), np.float32), "z": np.ones((8, 8), np.float32)}
    assert (run(tmp_path / "p.onnx", feeds)[0] == 2).all()


def test_scalar_constants_stay_scalars_where_ranks_are_not_brought_together(
    tmp_path: Path,
) -> None:
    graph = """(float[4] x) => (float[4] y)
    <float start = {0.0}, float limit = {4.0}, float step = {1.0}> {
        r = Range(start, limit, step)
        y = Add(x, r)
    }"""
    path = save(tmp_path / "m.onnx", graph)
    _, out = ranged(path)
    import_network(out, "8.6")
    strip_model(out, tmp_path / "p.onnx")
    feeds = {"x": np.zeros(4, np.float32)}
    assert run(tmp_path / "p.onnx", feeds)[0].tolist() == [0, 1, 2, 3]


def test_slopes_and_scalars_become_constants_of_full_rank(tmp_path: Path) -> None:
    graph = """(float[1,16,8,8] x) => (float[1,16,8,8] y) <float half = {0.5}> {
        p = PRelu(x, slope)
        y = Mul(p, half)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"slope": (16, 1, 1)})
    made, out = ranged(path, "8.6")
    network = import_network(out, "8.6")
    assert bare(network) == []
    assert {"slope_constant", "half_constant"} <= made.annotated
    strip_model(out, tmp_path / "p.onnx")
    x = {"x": np.random.default_rng(2).standard_normal((1, 16, 8, 8)).astype(np.float32)}
    assert np.allclose(run(tmp_path / "p.onnx", x)[0], run(path, x)[0])


def test_a_product_without_bias_and_a_transposed_operand(tmp_path: Path) -> None:
    graph = "(float[16,4] x) => (float[4,10] y) { y = Gemm<transA = 1>(x, w) }"
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 10)})
    _, out = ranged(path)
    assert bare(import_network(out, "8.6")) == []
    strip_model(out, tmp_path / "p.onnx")
    x = {"x": np.random.default_rng(2).standard_normal((16, 4)).astype(np.float32)}
    assert np.allclose(run(tmp_path / "p.onnx", x)[0], run(path, x)[0], rtol=1e-5)


def test_an_inner_value_without_a_range_is_told(tmp_path: Path) -> None:
    graph = "(float[2,4,8] x) => (float[2,4,8] y) { y = Mish(x) }"
    path, out = save(tmp_path / "m.onnx", graph, opset=18), tmp_path / "r.onnx"
    plan = plan_of(path, fill="none", trt="10.3")
    made = write_ranged(plan, path, out, allow_missing=True)
    assert bare(import_network(out, "10.3")) == ["y_softplus", "y_gate"]
    expected = [("SR406", "y_softplus"), ("SR406", "y_gate")]
    assert [(f.code, f.tensor) for f in made.findings] == expected
    assert "has no range" in made.findings[0].message


def test_precisions_go_on_nodes_that_make_a_layer_of_their_name(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        [head] a = Relu(x)
        [body_act] y = Sigmoid(a)
    }"""
    path = save(tmp_path / "m.onnx", graph)
    made, out = ranged(path, precision={"body_*": "int8", "*": "fp32", "body_a*": "fp16"})
    assert set(made.layers) >= {"head", "body_act"}
    import_network(out, "8.6")  # an unmatched name would fail the whole parse
    attributes = {
        node.name: attr.i
        for node in onnx.load(out).graph.node
        for attr in node.attribute
        if attr.name == "trt_layer_precision"
    }
    # Element types of ONNX, which the parser converts: FLOAT and FLOAT16.
    assert (attributes["head"], attributes["body_act"]) == (1, 10)
    again = read_ranges(out).precision
    assert (precision_of("head", again), precision_of("body_act", again)) == ("fp32", "fp16")


@pytest.mark.parametrize("trt", WITH_RANGES)
def test_precisions_on_nodes_without_a_name_and_on_what_is_made_of_one(
    tmp_path: Path, trt: str
) -> None:
    graph = """(float[4,16] x) => (float[4,1] y) {
        s = Shape(x)
        r = Reshape(x, s)
        [fc] g = Gemm(r, fw, fb)
        [norm] y = ReduceL2<axes = [1]>(g)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"fw": (16, 10), "fb": (10,)}, opset=11)
    _, out = ranged(path, trt, precision={"*": "fp16"})
    import_network(out, trt)
    precise = {n.op_type for n in onnx.load(out).graph.node if has(n, "trt_layer_precision")}
    assert "Shape" not in precise  # integers
    assert precise >= {"MatMul", "Add", "Mul", "ReduceSum", "Sqrt"}
    _, out = ranged(path, trt, precision={"norm": "fp32"})
    precise = {n.op_type for n in onnx.load(out).graph.node if has(n, "trt_layer_precision")}
    assert precise == {"Mul", "ReduceSum", "Sqrt"}


def has(node: onnx.NodeProto, name: str) -> bool:
    return any(attr.name == name for attr in node.attribute)


@pytest.mark.parametrize("trt", ["7.2", "8.6", "10.10"])
def test_nodes_of_one_name(tmp_path: Path, trt: str) -> None:
    graph = """(float[4,16] x) => (float[4,10] y) {
        [n] a = Relu(x)
        [n] b = Gemm(a, w, c)
        [n] y = Sigmoid(b)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 10), "c": (10,)})
    made, out = ranged(path, trt, precision={"n": "fp32"})
    assert bare(import_network(out, trt)) == []
    assert made.layers.count("n") == 3


@pytest.mark.parametrize("elsewhere", [False, True])
def test_external_data_stays_external(tmp_path: Path, elsewhere: bool) -> None:
    graph = """(float[1,64,9] x) => (float[1,64,7] y) {
        c = Conv<kernel_shape = [3]>(x, w)
        m = MatMul(c, v)
        y = Mul(m, s)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (64, 64, 3), "v": (7, 7), "s": (7,)})
    onnx.save(
        onnx.load(path), path, save_as_external_data=True, location="m.data", size_threshold=0
    )
    folder = tmp_path / "other" if elsewhere else tmp_path
    folder.mkdir(exist_ok=True)
    out = folder / "r.onnx"
    write_ranged(plan_of(path, fill="safe", trt="8.6"), path, out, allow_missing=True)
    assert out.stat().st_size < 4096 < (tmp_path / "m.data").stat().st_size
    assert bare(import_network(out, "8.6")) == []
    strip_model(out, tmp_path / "p.onnx")
    x = {"x": np.random.default_rng(2).standard_normal((1, 64, 9)).astype(np.float32)}
    assert np.allclose(run(tmp_path / "p.onnx", x)[0], run(path, x)[0], rtol=1e-5, atol=1e-4)


def test_quantized_models_are_refused_with_what_works(tmp_path: Path) -> None:
    graph = """(float[1,4] x) => (float[1,4] y) <float s = {0.1}, int8 z = {0}> {
        q = QuantizeLinear(x, s, z)
        y = DequantizeLinear(q, s, z)
    }"""
    path = save(tmp_path / "m.onnx", graph)
    with pytest.raises(UnsupportedError, match="has Q/DQ nodes"):
        make_ranged(plan_of(path, fill="safe", trt="8.6"), path)


def test_a_ranged_model_is_not_ranged_again(tmp_path: Path) -> None:
    _, out = ranged(save(tmp_path / "m.onnx", RESIDUAL, WEIGHTS))
    with pytest.raises(UnsupportedError, match=r"carries ranges already.*--strip plain\.onnx"):
        make_ranged(plan_of(out, fill="safe", trt="8.6"), out)


def test_the_file_says_who_it_is_for(tmp_path: Path) -> None:
    _, out = ranged(save(tmp_path / "m.onnx", RESIDUAL, WEIGHTS))
    model = onnx.load(out)
    assert model.producer_name == "TensorRT"
    assert "ONNX Runtime and onnx.checker refuse this file" in model.doc_string


def test_versions_without_the_attributes_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", "(float[1,4,8,8] x) => (float[1,4,8,8] y) { y = Relu(x) }")
    with pytest.raises(UnsupportedVersionError, match=r"6\.0 reads no ranges from the model"):
        make_ranged(plan_of(path, fill="safe", trt="6.0"), path)
