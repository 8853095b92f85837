# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is written: numbers, types, opsets, files; run by ONNX Runtime where it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from setrange.errors import InputError, ModelError, UnsupportedError, UsageError
from setrange.exporters.qdq import make_qdq, write_qdq
from setrange.model.writing import skeleton_of, write_model
from tests.exporters.quantizing import plan_of, quantized, save
from tests.support.running import GRAPH, WEIGHTS, axis, nodes, run, sqnr, values

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.exporters.qdq import QdqModel


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save(tmp_path / "m.onnx", GRAPH, WEIGHTS)


def written(made: QdqModel, path: Path) -> onnx.ModelProto:
    made.write(path)
    onnx.checker.check_model(path, full_check=True)
    return onnx.load(path)


def test_activation_scales_are_amax_by_127_with_zero_point_0(path: Path) -> None:
    model = written(quantized(path, {"x": 3.0, "r": 0.7}), path.with_name("q.onnx"))
    data, pairs = values(model), nodes(model, "QuantizeLinear")
    for value, amax in (("x", 3.0), ("r", 0.7)):
        scale, zero = (data[name] for name in pairs[value].input[1:])
        assert (scale.dtype, scale.shape) == (np.float32, ())
        assert scale == np.float32(amax / 127)
        assert (zero.dtype, zero.shape, zero.item()) == (np.int8, (), 0)


def test_weights_have_a_scale_per_output_channel(path: Path) -> None:
    model = written(quantized(path), path.with_name("q.onnx"))
    data, pairs = values(model), nodes(model, "QuantizeLinear")
    expected = np.abs(data["w"].astype(np.float64)).max(axis=(1, 2, 3)) / 127
    assert (data[pairs["w"].input[1]] == expected.astype(np.float32)).all()
    assert axis(pairs["w"]) == 0
    dequantize = nodes(model, "DequantizeLinear")[pairs["w"].output[0]]
    assert (axis(dequantize), list(dequantize.input[1:])) == (0, list(pairs["w"].input[1:]))


def test_the_bias_stays_as_it_is(path: Path) -> None:
    model = written(quantized(path), path.with_name("q.onnx"))
    assert nodes(model, "Conv")["x_dequantized"].input[2] == "b"
    assert (values(model)["b"] == values(onnx.load(path))["b"]).all()


@pytest.mark.parametrize(
    ("graph", "shape", "expected"),
    [
        ("ConvTranspose(x, w)", (16, 24, 3, 3), 1),
        ("ConvTranspose<group = 2>(x, w)", (16, 8, 3, 3), 0),  # per tensor
        ("Conv<group = 2>(x, w)", (24, 8, 3, 3), 0),
    ],
)
def test_axis_of_convolutions(
    tmp_path: Path, graph: str, shape: tuple[int, ...], expected: int
) -> None:
    text = f"(float[1,16,8,8] x) => (float[a,b,c,d] y) {{ y = {graph} }}"
    path = save(tmp_path / "m.onnx", text, {"w": shape})
    model = written(quantized(path, precision={"*": "int8"}), tmp_path / "q.onnx")
    pair = nodes(model, "QuantizeLinear")["w"]
    assert axis(pair) == expected
    per_tensor = "ConvTranspose<" in graph
    assert values(model)[pair.input[1]].shape == (() if per_tensor else (shape[expected],))


@pytest.mark.parametrize(
    ("op", "shape", "expected"),
    [
        ("Gemm<transB = 1>", (24, 16), 0),
        ("Gemm", (16, 24), 1),
        ("MatMul", (16, 24), 1),
    ],
)
def test_axis_of_products(
    tmp_path: Path, op: str, shape: tuple[int, ...], expected: int
) -> None:
    text = f"(float[4,16] x) => (float[4,24] y) {{ y = {op}(x, w) }}"
    path = save(tmp_path / "m.onnx", text, {"w": shape})
    model = written(quantized(path), tmp_path / "q.onnx")
    assert axis(nodes(model, "QuantizeLinear")["w"]) == expected


def test_a_channel_of_zeros_has_a_positive_scale(tmp_path: Path) -> None:
    weights = np.zeros((16, 16, 1, 1), dtype=np.float32)
    weights[1:] = 12.7
    text = "(float[1,16,8,8] x) => (float[1,16,8,8] y) { y = Conv(x, w) }"
    tensor = numpy_helper.from_array(weights, "w")
    path = save(tmp_path / "m.onnx", text, initializers=[tensor])
    data = values(written(quantized(path), tmp_path / "q.onnx"))
    assert (data["w_scale"] == np.float32(0.1)).all()


def test_a_constant_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    weights = np.full((16, 16, 1, 1), np.inf, dtype=np.float32)
    text = "(float[1,16,8,8] x) => (float[1,16,8,8] y) { y = Conv(x, w) }"
    tensor = numpy_helper.from_array(weights, "w")
    path = save(tmp_path / "m.onnx", text, initializers=[tensor])
    with pytest.raises(ModelError, match="constant 'w' holds values that are not finite"):
        quantized(path)


def test_int8_weights_replace_the_float_ones(path: Path) -> None:
    as_float = written(quantized(path), path.with_name("f.onnx"))
    as_int8 = written(quantized(path, weights="int8"), path.with_name("i.onnx"))
    data = values(as_int8)
    assert "w" not in data
    assert data["w_quantized"].dtype == np.int8
    steps = np.rint(values(as_float)["w"] / data["w_scale"].reshape(-1, 1, 1, 1))
    assert (data["w_quantized"] == steps).all()
    assert abs(data["w_quantized"]).max() == 127
    assert axis(nodes(as_int8, "DequantizeLinear")["w_quantized"]) == 0
    assert path.with_name("i.onnx").stat().st_size < path.with_name("f.onnx").stat().st_size / 2


@pytest.mark.parametrize("weights", ["float", "int8"])
def test_onnx_runtime_agrees_within_the_noise_of_int8(path: Path, weights: str) -> None:
    x = np.random.default_rng(1).standard_normal((1, 16, 8, 8)).astype(np.float32)
    model = onnx.load(path)
    model.graph.output.append(onnx.ValueInfoProto(name="r"))
    onnx.save(model, path.with_name("taps.onnx"))
    wanted, inner = run(path.with_name("taps.onnx"), {"x": x})
    ranges = {"x": float(abs(x).max()), "r": float(inner.max())}
    made = quantized(path, ranges, weights=weights)
    made.write(path.with_name("q.onnx"))
    (got,) = run(path.with_name("q.onnx"), {"x": x})
    assert sqnr(wanted, got) > 30


def test_an_older_opset_is_raised_to_13_only(tmp_path: Path) -> None:
    graph = """(float[1,16,8,8] x) => (float[1,16] z) {
        y = Conv<kernel_shape = [8, 8]>(x, w)
        z = Squeeze<axes = [2, 3]>(y)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 8, 8)}, opset=11)
    made = quantized(path)
    assert made.findings[0].code == "SR601"
    assert written(made, tmp_path / "q.onnx").opset_import[0].version == 13


def test_values_keep_their_names_when_the_opset_is_raised(tmp_path: Path) -> None:
    graph = """(float[1,16,4,4] x) => (float[1,16,8,8] y)
    <float[4] scales = {1.0, 1.0, 2.0, 2.0}> {
        u = Upsample<mode = "nearest">(x, scales)
        y = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(u, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 3, 3)}, opset=9)
    made = quantized(path)
    assert set(made.scales) == {"u"}
    written(made, tmp_path / "q.onnx")


def test_a_model_whose_opset_cannot_be_raised_is_refused(tmp_path: Path) -> None:
    graph = """(float[1,16,4,4] x) => (float[1,16,3,3] y) {
        s = Resize(x, scales)
        y = Conv<kernel_shape = [1, 1]>(s, w)
    }"""
    scales = numpy_helper.from_array(np.array([1, 1, 0.75, 0.75], np.float32), "scales")
    path = save(
        tmp_path / "m.onnx", graph, {"w": (16, 16, 1, 1)}, opset=10, initializers=[scales]
    )
    with pytest.raises(UnsupportedError, match=r"opset 10, Q/DQ needs 13.*export the model"):
        quantized(path)


@pytest.mark.parametrize("opset", [20, 21, 23])
def test_how_onnx_runtime_takes_opset_21_is_said(tmp_path: Path, opset: int) -> None:
    ort = pytest.importorskip("onnxruntime")
    graph = """(float[4,16,8,8] x) => (float[4,24] y) <int64[2] shape = {4, 16}> {
        p = GlobalAveragePool(x)
        f = Reshape(p, shape)
        y = MatMul(f, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 24)}, opset=opset)
    made = quantized(path, default=None, ranges={"x": 1.0, "f": 1.0})
    assert ("SR613" in {f.code for f in made.findings}) == (opset >= 21)
    model = written(made, tmp_path / "q.onnx")
    assert model.opset_import[0].version == opset
    if opset > 20 and tuple(map(int, ort.__version__.split(".")[:2])) < (1, 32):
        pytest.skip(f"ONNX Runtime {ort.__version__} may not know opset {opset}")
    options = ort.SessionOptions()
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    ort.InferenceSession(str(tmp_path / "q.onnx"), options, providers=["CPUExecutionProvider"])


def test_float16_models_have_float16_scales_at_opset_19(tmp_path: Path) -> None:
    graph = """(float16[1,16,8,8] x) => (float16[1,16,8,8] y) {
        y = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 3, 3)}, dtype=np.float16)
    model = written(quantized(path, {"x": 4.0}), tmp_path / "q.onnx")
    assert model.opset_import[0].version == 19
    data = values(model)
    assert data["x_scale"] == np.float16(4 / 127)
    assert {data["x_scale"].dtype, data["w_scale"].dtype} == {np.dtype(np.float16)}
    (got,) = run(tmp_path / "q.onnx", {"x": np.ones((1, 16, 8, 8), dtype=np.float16)})
    assert got.dtype == np.float16


@pytest.mark.parametrize("weights", ["float", "int8"])
def test_fp16_casts_the_rest_and_keeps_inputs_and_outputs(path: Path, weights: str) -> None:
    pytest.importorskip("onnxruntime")
    x = {"x": np.random.default_rng(1).uniform(-1, 1, (1, 16, 8, 8)).astype(np.float32)}
    plan = plan_of(path, {"r": 40.0})
    made = make_qdq(plan, path, weights=weights, fp16=True)
    model = written(made, path.with_name("h.onnx"))
    assert model.opset_import[0].version == 19
    data = values(model)
    assert {data[name].dtype for name in ("b", "x_scale", "w_scale")} == {np.dtype(np.float16)}
    inputs, outputs = model.graph.input[0], model.graph.output[0]
    assert {v.type.tensor_type.elem_type for v in (inputs, outputs)} == {onnx.TensorProto.FLOAT}
    make_qdq(plan, path, weights=weights).write(path.with_name("f.onnx"))
    (full,) = run(path.with_name("f.onnx"), x)
    # ONNX Runtime 1.23 computes QuantizeLinear on float16 less exactly than the standard says.
    half = ReferenceEvaluator(str(path.with_name("h.onnx")))
    (halved,) = half.run(None, x)  # type: ignore[no-untyped-call]
    assert sqnr(full, np.asarray(halved)) > 30


def test_fp16_keeps_nodes_of_precision_fp32(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    graph = """(float[4,16] x) => (float[4,16] y) {
        a = MatMul(x, w)
        [exact] e = Exp(a)
        y = Relu(e)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    made = make_qdq(plan_of(path, precision={"exact": "fp32"}), path, fp16=True)
    model = onnx.shape_inference.infer_shapes(written(made, tmp_path / "q.onnx"))
    (node,) = (n for n in model.graph.node if n.op_type == "Exp")
    types = {v.name: v.type.tensor_type.elem_type for v in model.graph.value_info}
    assert types[node.input[0]] == onnx.TensorProto.FLOAT


def test_names_that_are_taken_are_avoided(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        x_scale = Relu(x)
        x_dequantized = MatMul(x_scale, w)
        s = Add(x_dequantized, x)
        y = MatMul(x, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16)})
    model = written(quantized(path), tmp_path / "q.onnx")
    names = [name for node in model.graph.node for name in node.output]
    assert len(set(names)) == len(names)


def test_nothing_to_quantize_is_an_error(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", "(float[4] x) => (float[4] y) { y = Relu(x) }")
    with pytest.raises(
        InputError, match="no place for a Q/DQ pair: no node of it runs in INT8"
    ):
        quantized(path)


def test_no_range_where_a_pair_would_go_is_an_error_that_says_where(path: Path) -> None:
    with pytest.raises(InputError, match="node_of_c: stays float: 'x' has no range"):
        quantized(path, default=None)


def test_a_model_with_pairs_is_refused_with_the_way_out(path: Path) -> None:
    out = path.with_name("q.onnx")
    quantized(path).write(out)
    with pytest.raises(
        InputError, match=r"(?s)Q/DQ nodes already.*setrange convert .* --strip"
    ):
        make_qdq(plan_of(out), out)


def test_a_model_that_imports_no_onnx_is_refused(path: Path) -> None:
    model = onnx.load(path)
    plan = plan_of(path)
    del model.opset_import[:]
    model.opset_import.add(domain="my", version=1)
    onnx.save(model, path)
    with pytest.raises(UnsupportedError, match=r"has opset 1, Q/DQ needs 13"):
        make_qdq(plan, path)


def test_unknown_options_are_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="placement 'dla' is not known; expected gpu or all"):
        quantized(path, placement="dla")


# -- files ------------------------------------------------------------------------------


@pytest.fixture
def external(path: Path) -> Path:
    """The model with its large weights in a file of their own."""
    model = onnx.load(path)
    target = path.with_name("e.onnx")
    onnx.save(model, target, save_as_external_data=True, location="e.bin", size_threshold=256)
    return target


@pytest.mark.parametrize("weights", ["float", "int8"])
def test_external_data_stays_where_it_is(external: Path, weights: str) -> None:
    before = external.with_name("e.bin").read_bytes()
    out = external.with_name("q.onnx")
    write_qdq(plan_of(external), external, out, weights=weights, quantize_small=True)
    assert external.with_name("e.bin").read_bytes() == before
    assert sorted(p.name for p in external.parent.glob("*")) == [
        "e.bin",
        "e.onnx",
        "m.onnx",
        "q.onnx",
    ]
    run(out, {"x": np.ones((1, 16, 8, 8), dtype=np.float32)})


def test_external_data_is_copied_to_another_directory(external: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "q.onnx"
    out.parent.mkdir()
    write_qdq(plan_of(external), external, out)
    copied = out.with_name("q.onnx.0.data")
    assert copied.read_bytes() == external.with_name("e.bin").read_bytes()
    run(out, {"x": np.ones((1, 16, 8, 8), dtype=np.float32)})


def test_missing_external_data_is_named(external: Path) -> None:
    plan = plan_of(external)
    external.with_name("e.bin").unlink()
    with pytest.raises(ModelError, match=r"external data .*e\.bin"):
        make_qdq(plan, external)


@pytest.mark.parametrize("weights", ["float", "int8"])
def test_a_model_over_the_limit_gets_a_data_file(path: Path, weights: str) -> None:
    made = quantized(path, weights=weights)
    out, whole = path.with_name("q.onnx"), path.with_name("whole.onnx")
    files = write_model(out, made.skeleton, made.initializers, base=path.parent, max_bytes=4000)
    assert files == (out.with_name("q.onnx.data"),)
    assert out.stat().st_size < 4000
    made.write(whole)
    split, one = values(onnx.load(out)), values(onnx.load(whole))
    assert split.keys() == one.keys()
    assert all((split[name] == one[name]).all() for name in one)
    x = {"x": np.ones((1, 16, 8, 8), dtype=np.float32)}
    assert (run(out, x)[0] == run(whole, x)[0]).all()


def test_a_model_is_written_as_protobuf_would(path: Path) -> None:
    model = onnx.load(path)
    out = path.with_name("copy.onnx")
    write_model(out, skeleton_of(model), list(model.graph.initializer), base=path.parent)
    assert onnx.load(out) == model


def test_the_same_input_gives_the_same_bytes(path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        quantized(path).write(path.with_name(name))
    assert path.with_name("a.onnx").read_bytes() == path.with_name("b.onnx").read_bytes()


def test_the_model_given_is_not_changed(path: Path) -> None:
    before = path.read_bytes()
    quantized(path, weights="int8").write(path.with_name("q.onnx"))
    assert path.read_bytes() == before


def test_a_range_that_others_follow_from_is_not_left_out(tmp_path: Path) -> None:
    """The convolution's range has no pair, but the pair behind its ReLU rests on it."""
    graph = "(float[1,16,8,8] x) => (float[1,16,8,8] y) "
    graph += "{ a = Conv(x, w) b = Relu(a) y = Conv(b, v) }"
    path = save(tmp_path / "m.onnx", graph, {"w": (16, 16, 1, 1), "v": (16, 16, 1, 1)})
    plan = plan_of(path, {"x": 1.0, "a": 2.0, "y": 3.0}, default=None, fill="safe")
    made = make_qdq(plan, path)
    left = [finding.message for finding in made.findings if finding.code == "SR609"]
    assert left == ["the file does not hold the ranges of 'y': no pair belongs there"]
