# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Local functions in place of their calls: the same numbers, and pairs inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import numpy_helper

from setrange.errors import ModelError, UnsupportedError
from setrange.exporters.qdq import make_qdq
from setrange.importer.model_at import ModelAt
from setrange.model.loading import Model, load_model
from setrange.plan import make_plan
from setrange.surgery import inlining
from setrange.surgery.inlining import inlined
from setrange.versions import TrtVersion
from tests.networks import ranges_of

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = """<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
g (float[1,16,8,8] x) => (float[1,16,8,8] y) {
    a = my.block<slope = 0.5>(x, w)
    b = my.block(a, w)
    y = my.twice(b, w)
}
<domain: "my", opset_import: ["" : 17]> block <slope: float = 0.25> (i, v) => (o) {
    [conv] c = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(i, v)
    r = LeakyRelu<alpha: float = @slope>(c)
    o = Conv<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(r, v)
}
<domain: "my", opset_import: ["" : 17, "my" : 1]> twice (i, v) => (o) {
    c = my.block(i, v)
    o = my.block(c, v)
}"""


def loaded(path: Path, text: str = BLOCKS, **shapes: tuple[int, ...]) -> Model:
    model = onnx.parser.parse_model(text.replace("[conv] ", ""))
    for name, shape in (shapes or {"w": (16, 16, 3, 3)}).items():
        values = np.random.default_rng(0).standard_normal(shape).astype(np.float32) / 12
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    onnx.save(model, path)
    return load_model(path)


def ran(proto: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    ort = pytest.importorskip("onnxruntime")
    result: np.ndarray = ort.InferenceSession(proto.SerializeToString()).run(None, {"x": x})[0]
    return result


def test_functions_compute_the_same_in_place(tmp_path: Path) -> None:
    model = loaded(tmp_path / "m.onnx")
    flat = inlined(model).model
    onnx.checker.check_model(flat.proto)
    assert not flat.proto.functions
    assert [node.op_type for node in flat.graph.node] == ["Conv", "LeakyRelu", "Conv"] * 4
    x = np.random.default_rng(1).standard_normal((1, 16, 8, 8)).astype(np.float32)
    np.testing.assert_array_equal(ran(model.proto, x), ran(flat.proto, x))


def test_each_call_has_the_ranges_of_its_own_tensors(tmp_path: Path) -> None:
    model = loaded(tmp_path / "m.onnx")
    network = ModelAt(model).network(TrtVersion.parse("10.16"))
    tensors = list(network.float_tensors())
    file = ranges_of({t.name: 127 * (i + 1.0) for i, t in enumerate(tensors)})
    made = make_qdq(make_plan(network, file, model=ModelAt(model)), model)
    # x, r, a, r_3, b, ...: what each convolution takes, in order.
    taken = [layer.inputs[0] for layer in network.layers if layer.kind.name == "CONVOLUTION"]
    wanted = [tensors.index(t) + 1.0 for t in taken]
    assert sorted(made.scales.values()) == wanted


def test_a_parameter_that_is_handed_on_is_copied(tmp_path: Path) -> None:
    text = """<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
    g (float[2,3] x) => (float[2,3] y) { a, y = my.both(x) }
    <domain: "my", opset_import: ["" : 17]> both (i) => (i, n) { n = Neg(i) }"""
    flat = inlined(loaded(tmp_path / "m.onnx", text, w=(1,))).model
    assert [n.op_type for n in flat.graph.node] == ["Neg", "Identity"]
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(ran(flat.proto, x), -x)


def test_bodies_inside_functions(tmp_path: Path) -> None:
    text = """<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
    g (float[2,3] x) => (float[2,3] y) { a = my.f(x)  y = my.f(a) }
    <domain: "my", opset_import: ["" : 17]> f (i) => (o) {
        s = ReduceSum<keepdims = 0>(i)
        z = Sub(s, s)
        c = Greater(s, z)
        o = If(c) <then_branch = t () => (p) { n = Neg(i)  p = Add(n, z) },
                   else_branch = e () => (q) { q = Abs(i) }>
    }"""
    model = loaded(tmp_path / "m.onnx", text, w=(1,))
    flat = inlined(model).model
    names = [name for node in flat.graph.node for name in node.output]
    assert len(names) == len(set(names))
    x = np.array([[1, 2, 3], [-1, 4, 5]], np.float32)
    np.testing.assert_array_equal(ran(flat.proto, x), ran(model.proto, x))


def test_functions_that_never_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inlining, "MOST_NODES", 2000)
    recursive = """<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
    g (float[2,3] x) => (float[2,3] y) { y = my.f(x) }
    <domain: "my", opset_import: ["" : 17, "my" : 1]> f (i) => (o) { o = my.f(i) }"""
    with pytest.raises(ModelError, match=r"'f' (calls itself|is called by itself)"):
        inlined(loaded(tmp_path / "m.onnx", recursive, w=(1,)))
    text = """<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
    g (float[2,3] x) => (float[2,3] y) { y = my.f0(x) }"""
    for i in range(40):
        inner = f"my.f{i + 1}" if i < 39 else "Neg"
        text += f"""
        <domain: "my", opset_import: ["" : 17, "my" : 1]> f{i} (i) => (o) {{
            a = {inner}(i)  o = {inner}(a) }}"""
    with pytest.raises(ModelError, match=r"functions (stand|make)"):
        inlined(loaded(tmp_path / "m.onnx", text, w=(1,)))


def test_a_function_of_another_opset(tmp_path: Path) -> None:
    text = """<ir_version: 8, opset_import: ["" : 17, "my" : 1]>
    g (float[2,3] x) => (float[2,3] y) { y = my.f(x) }
    <domain: "my", opset_import: ["" : 11]> f (i) => (o) { o = OP(i) }"""
    flat = inlined(loaded(tmp_path / "m.onnx", text.replace("OP", "Neg"), w=(1,)))
    assert flat.model.graph.node[0].op_type == "Neg"
    with pytest.raises(UnsupportedError, match="function 'f' has opset 11, the model 17"):
        inlined(loaded(tmp_path / "m.onnx", text.replace("OP", "Hardmax"), w=(1,)))
