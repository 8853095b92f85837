# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The rest in FP16: what is cast, what stays float32 and why, and that it computes the same."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from setrange.exporters.qdq import Verdict, make_qdq
from setrange.formats.reading import read_ranges
from setrange.model.loading import load_model
from setrange.model.streamed import StreamedTensor
from setrange.model.writing import skeleton_of, write_model
from setrange.surgery.half import to_half
from setrange.surgery.strip import strip_model
from tests.exporters.quantizing import Shapes, plan_of, quantized, save
from tests.support.running import GRAPH, WEIGHTS, run, sqnr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from setrange.surgery.half import HalfModel

MATMUL: Shapes = {"w": (16, 16)}


def halved(
    path: Path,
    amax: Mapping[str, float] | None = None,
    keep: Mapping[str, str] | None = None,
) -> tuple[HalfModel, onnx.ModelProto]:
    """Cast a model, write it, check it, and read it back with its types."""
    model = load_model(path)
    made = to_half(
        skeleton_of(model.proto),
        list(model.graph.initializer),
        base=model.base,
        amax=amax or {},
        keep=keep or {},
    )
    out = path.with_name("half.onnx")
    write_model(out, made.skeleton, made.initializers, base=model.base)
    onnx.checker.check_model(out, full_check=True)
    return made, onnx.shape_inference.infer_shapes(onnx.load(out), strict_mode=True)


def types(model: onnx.ModelProto) -> dict[str, int]:
    graph = model.graph
    found = {t.name: t.data_type for t in graph.initializer}
    for value in (*graph.input, *graph.output, *graph.value_info):
        found[value.name] = value.type.tensor_type.elem_type
    return found


def type_of(model: onnx.ModelProto, op: str) -> int:
    """Type of what the one node of an op takes first."""
    (node,) = (n for n in model.graph.node if n.op_type == op)
    return types(model)[node.input[0]]


def reasons(made: HalfModel) -> dict[str, str]:
    return {kept.node.op: kept.reason for kept in made.kept}


def evaluate(path: Path, feeds: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """By ONNX's own evaluator: ONNX Runtime quantizes biases of FP16 models in FP16."""
    (result,) = ReferenceEvaluator(str(path)).run(None, dict(feeds))  # type: ignore[no-untyped-call]
    return np.asarray(result)


def test_weights_and_values_are_cast_inputs_and_outputs_are_not(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", GRAPH, WEIGHTS)
    made, model = halved(path)
    assert not made.kept
    found = types(model)
    assert {found[name] for name in ("x", "y")} == {TensorProto.FLOAT}
    assert {found[name] for name in ("w", "b", "v", "c", "r")} == {TensorProto.FLOAT16}
    x = {"x": np.random.default_rng(0).standard_normal((1, 16, 8, 8)).astype(np.float32)}
    assert sqnr(evaluate(path, x), evaluate(path.with_name("half.onnx"), x)) > 50


@pytest.mark.parametrize(
    ("op", "reason"),
    [
        ("s = Sin(a)", "Sin needs more digits"),
        ("s = Exp(a)", "Exp may exceed FP16, and no range says that it does not"),
        ("s = Celu(a)", "Celu has no FP16 form in ONNX"),
        ("s = CumSum(a, axis)", "CumSum needs more digits"),
    ],
)
def test_ops_that_stay_float32(tmp_path: Path, op: str, reason: str) -> None:
    graph = f"""(float[4,16] x) => (float[4,16] y) <int64 axis = {{1}}> {{
        a = MatMul(x, w)
        {op}
        y = MatMul(s, w)
    }}"""
    made, model = halved(save(tmp_path / "m.onnx", graph, MATMUL))
    (kept,) = made.kept
    assert kept.reason.startswith(reason)
    assert type_of(model, kept.node.op) == TensorProto.FLOAT
    assert types(model)["w"] == TensorProto.FLOAT16


@pytest.mark.parametrize(("amax", "is_cast"), [(100.0, True), (70000.0, False), (None, False)])
def test_a_range_decides_whether_a_value_fits(
    tmp_path: Path, amax: float | None, is_cast: bool
) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        a = MatMul(x, w)
        e = Exp(a)
        y = MatMul(e, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL)
    _, model = halved(path, {} if amax is None else {"e": amax})
    assert (type_of(model, "Exp") == TensorProto.FLOAT16) == is_cast


def test_angles_of_positions_stay_float32_up_to_the_sine(tmp_path: Path) -> None:
    graph = """(int64[16,1] position, float[16,16] x) => (float[16,16] y) {
        p = Cast<to = 1>(position)
        angle = MatMul(p, frequency)
        s = Sin(angle)
        y = Mul(x, s)
    }"""
    path = save(tmp_path / "m.onnx", graph, {"frequency": (1, 16)})
    made, model = halved(path)
    assert set(reasons(made)) == {"Cast", "MatMul", "Sin"}
    assert type_of(model, "Mul") == TensorProto.FLOAT16
    feeds = {"position": np.arange(5000, 5016).reshape(16, 1), "x": np.ones((16, 16), "f4")}
    assert sqnr(evaluate(path, feeds), evaluate(path.with_name("half.onnx"), feeds)) > 50


def test_boxes_of_a_suppression_stay_float32(tmp_path: Path) -> None:
    graph = """(float[1,8,4] x, float[1,1,8] s) => (int64[N,3] y, float[1,8,4] z)
    <float k = {640.0}, int64 n = {3}> {
        r = Relu(x)
        b = Mul(r, k)
        y = NonMaxSuppression(b, s, n)
        z = Sqrt(r)
    }"""
    made, _ = halved(save(tmp_path / "m.onnx", graph))
    assert set(reasons(made)) == {"NonMaxSuppression", "Mul"}


def test_sizes_of_a_resize_stay_float32(tmp_path: Path) -> None:
    graph = """(float[1,1,2,2] x) => (float[1,1,4,4] y) <float[4] scales = {1, 1, 2, 2}> {
        y = Resize(x, , scales)
    }"""
    made, model = halved(save(tmp_path / "m.onnx", graph))
    assert not made.kept
    assert types(model)["scales"] == TensorProto.FLOAT


def test_bodies_stay_float32_and_so_does_what_they_take(tmp_path: Path) -> None:
    graph = """(float[4,16] x, bool c) => (float[4,16] y) {
        a = MatMul(x, w)
        t = If(c) <
            then_branch = f () => (float[4,16] u) { u = MatMul(a, w) },
            else_branch = g () => (float[4,16] v) { v = Relu(a) }
        >
        y = MatMul(t, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL)
    made, model = halved(path)
    assert reasons(made) == {"If": "its bodies stay FP32"}
    assert types(model)["w"] == TensorProto.FLOAT
    assert types(model)["w_fp16"] == TensorProto.FLOAT16
    feeds = {"x": np.ones((4, 16), "f4"), "c": np.array(True)}
    assert sqnr(evaluate(path, feeds), evaluate(path.with_name("half.onnx"), feeds)) > 50


@pytest.mark.parametrize("is_known", [True, False])
def test_ops_onnx_does_not_know_stay_as_they_are(tmp_path: Path, is_known: bool) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        a = MatMul(x, w)
        p = my.Plugin(a)
        y = MatMul(p, w)
    }"""
    model = onnx.load(save(tmp_path / "m.onnx", graph, MATMUL))
    model.opset_import.add(domain="my", version=1)
    made = to_half(
        skeleton_of(model),
        list(model.graph.initializer),
        base=tmp_path,
        amax={},
        floats={"p"} if is_known else (),
        keep={},
    )
    assert reasons(made)["Plugin"] == "ONNX does not define its types"
    # Where the plugin's type is known, what takes its result is cast.
    before = ["Cast", "MatMul", "Cast", "Plugin"]
    after = ["Cast", "MatMul", "Cast"] if is_known else ["MatMul"]
    assert [n.op_type for n in made.skeleton.graph.node] == before + after


def test_a_plugin_leaves_the_rest_of_the_model_fp16(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        a = MatMul(x, w)
        [plugin] p = my.Plugin(a)
        y = MatMul(p, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL)
    model = onnx.load(path)
    model.opset_import.add(domain="my", version=1)
    model.graph.value_info.append(
        onnx.helper.make_tensor_value_info("p", TensorProto.FLOAT, [4, 16])
    )
    onnx.save(model, path)
    made = make_qdq(plan_of(path, plugins=["Plugin"]), path, fp16=True)
    assert [d.node for d in made.decisions if d.verdict is Verdict.FP32] == ["plugin"]


def test_weights_stored_in_fp16_do_not_make_a_model_fp16(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        v = Cast<to = 1>(w)
        y = MatMul(x, v)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL, dtype=np.float16)
    made = make_qdq(plan_of(path), path, fp16=True)
    assert not [f for f in made.findings if f.code == "SR610"]
    made.write(tmp_path / "q.onnx")
    onnx.checker.check_model(tmp_path / "q.onnx", full_check=True)


@pytest.mark.parametrize(
    ("op", "number", "expected"),
    [
        ("Add", -3.4e38, -32768.0),  # a mask: a score can be added to it
        ("Min", 3.4e38, 65504.0),  # a bound that bounds nothing
        ("Min", 70000.0, 65504.0),
        ("Add", -np.inf, -np.inf),
        ("Add", 70000.0, None),
        ("Add", 1e-9, None),  # an epsilon
        ("Add", 1e-6, 1e-6),
    ],
)
def test_numbers_beyond_float16(
    tmp_path: Path, op: str, number: float, expected: float | None
) -> None:
    constant = numpy_helper.from_array(np.float32([number]), "k")
    graph = f"""(float[4] x) => (float[4] y) {{
        a = Relu(x)
        b = {op}(a, k)
        y = Relu(b)
    }}"""
    made, model = halved(save(tmp_path / "m.onnx", graph, initializers=[constant]))
    (tensor,) = model.graph.initializer
    if expected is None:
        assert list(reasons(made)) == [op]
        assert tensor.data_type == TensorProto.FLOAT
    else:
        assert not made.kept
        np.testing.assert_allclose(numpy_helper.to_array(tensor), [expected], rtol=0.05)
        assert made.clamped == (("k",) if abs(expected) == 32768 else ())


def test_a_division_by_an_epsilon_stays_float32_to_the_end(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) <float tiny = {1e-12}> {
        c = Relu(x)
        s = Mul(c, c)
        v = ReduceMean<axes = [1]>(s)
        e = Add(v, tiny)
        d = Sqrt(e)
        y = Div(c, d)
    }"""
    made, _ = halved(save(tmp_path / "m.onnx", graph))
    assert list(reasons(made)) == ["Add", "Sqrt", "Div"]
    zeros = {"x": np.zeros((4, 16), "f4")}
    assert (evaluate(tmp_path / "half.onnx", zeros) == 0).all()


def test_constants_of_shapes_are_cast_where_they_are_made(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) <int64[2] s = {4, 16}> {
        z = ConstantOfShape<value = float[1] {2.0}>(s)
        k = Constant<value = float[1] {3.0}>()
        a = Mul(x, z)
        y = Mul(a, k)
    }"""
    made, model = halved(save(tmp_path / "m.onnx", graph))
    assert not made.kept
    assert {n.op_type for n in model.graph.node} == {"Cast", "ConstantOfShape", "Mul"}
    feeds = {"x": np.ones((4, 16), "f4")}
    assert (evaluate(tmp_path / "half.onnx", feeds) == 6).all()


def test_a_value_that_is_an_output_and_goes_on_has_both_types(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] a, float[4,16] y) {
        a = MatMul(x, w)
        y = Relu(a)
    }"""
    _, model = halved(save(tmp_path / "m.onnx", graph, MATMUL))
    assert types(model)["a"] == TensorProto.FLOAT
    assert type_of(model, "Relu") == TensorProto.FLOAT16


# -- with pairs -------------------------------------------------------------------------


def test_ranges_come_back_under_the_float_models_names(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] a, float[4,16] y) {
        a = MatMul(x, w)
        s = Sin(a)
        y = MatMul(s, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL)
    plan = plan_of(path, {"x": 3.3, "a": 0.7})
    for placement in ("gpu", "all"):
        made = make_qdq(plan, path, placement=placement, fp16=True)
        made.write(tmp_path / "q.onnx")
        read = read_ranges(tmp_path / "q.onnx").entries
        assert {name: entry.scale for name, entry in read.items()} == dict(made.scales)
        assert made.scales["x"] == float(np.float16(np.float32(3.3 / 127)))
        strip_model(tmp_path / "q.onnx", tmp_path / "p.onnx")
        onnx.checker.check_model(tmp_path / "p.onnx", full_check=True)


def test_both_nodes_of_a_pair_have_one_type(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        a = MatMul(x, w)
        s = Sin(a)
        y = MatMul(s, w)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL)
    make_qdq(plan_of(path), path, placement="all", fp16=True).write(tmp_path / "q.onnx")
    model = onnx.load(tmp_path / "q.onnx")
    made_by = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear":
            assert node.input[1] == made_by[node.input[0]].input[1]


def test_decisions_say_what_stays_float32(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,16] y) {
        a = MatMul(x, w)
        [sine] s = Sin(a)
        y = Relu(s)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL)
    made = make_qdq(plan_of(path), path, fp16=True)
    (line,) = (str(d) for d in made.decisions if d.verdict is Verdict.FP32)
    assert line == "Sin sine: stays FP32: Sin needs more digits than FP16 has"
    assert [f.code for f in made.findings if f.code == "SR610"] == ["SR610"]


def test_a_model_that_is_fp16_already_is_left_alone(tmp_path: Path) -> None:
    graph = "(float16[4,16] x) => (float16[4,16] y) { y = MatMul(x, w) }"
    path = save(tmp_path / "m.onnx", graph, MATMUL, dtype=np.float16)
    made = make_qdq(plan_of(path), path, fp16=True)
    assert "holds FP16 values already" in made.findings[-1].message


def test_a_concat_between_half_pairs_is_named(tmp_path: Path) -> None:
    graph = """(float[4,16] x) => (float[4,32] y) {
        a = MatMul(x, w)
        k = Concat<axis = 1>(a, x)
        y = Relu(k)
    }"""
    path = save(tmp_path / "m.onnx", graph, MATMUL)
    plan = plan_of(path)
    codes = {
        placement: {
            f.code for f in make_qdq(plan, path, placement=placement, fp16=True).findings
        }
        for placement in ("gpu", "all")
    }
    assert "SR612" in codes["all"] - codes["gpu"]


def test_onnx_runtime_runs_it(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", GRAPH, WEIGHTS)
    x = {"x": np.random.default_rng(0).uniform(-1, 1, (1, 16, 8, 8)).astype(np.float32)}
    quantized(path, {"r": 40.0}).write(tmp_path / "f.onnx")
    make_qdq(plan_of(path, {"r": 40.0}), path, fp16=True).write(tmp_path / "h.onnx")
    (full,), (half,) = run(tmp_path / "f.onnx", x), run(tmp_path / "h.onnx", x)
    assert half.dtype == np.float32
    assert sqnr(full, half) > 20


def test_memory_does_not_follow_the_weights(tmp_path: Path) -> None:
    graph = "(float[4,1024] x) => (float[4,1024] y) {" + "".join(
        f"a{i + 1} = MatMul({'x' if i == 0 else f'a{i}'}, w{i}) " for i in range(10)
    )
    path = save(
        tmp_path / "m.onnx",
        graph + "y = Relu(a10) }",
        {f"w{i}": (1024, 1024) for i in range(10)},
    )
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="m.bin", size_threshold=64)
    del model
    plan = plan_of(path)
    tracemalloc.start()
    made = make_qdq(plan, path, fp16=True)
    made.write(tmp_path / "q.onnx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert all(
        isinstance(tensor, StreamedTensor) or tensor.ByteSize() < 20000
        for tensor in made.initializers
    )
    # One weight has 4 MB; temporaries of one, not all ten.
    assert peak < 30e6
