# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A raised opset computes what the old one did: bit for bit, in ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnx.parser
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from setrange.errors import UnsupportedError
from setrange.model.loading import Model, load_model
from setrange.surgery.opset import raised
from tests.golden.data import own_models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Of the golden models: noise and dropout by design, which no two runs agree on.
_RANDOM = ("dropout_ident", "random")


def model_of(
    path: Path,
    op: str,
    opset: int,
    inputs: Mapping[str, Sequence[int]],
    *,
    constants: Sequence[onnx.TensorProto] = (),
    outputs: int = 1,
    **attributes: Any,
) -> Model:
    """Write a model of one node, whose inputs have these dimensions."""
    names = [*inputs, *(tensor.name for tensor in constants)]
    results = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, names, results, name="n", **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
            for name, dims in inputs.items()
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in results],
        initializer=list(constants),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 4
    onnx.save(model, path)
    return load_model(path)


def feeds(model: Model) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    held = {tensor.name for tensor in model.graph.initializer}
    return {
        value.name: random.standard_normal(
            [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        ).astype(np.float32)
        for value in model.graph.input
        if value.name not in held
    }


def outputs_in_ort(proto: onnx.ModelProto, fed: Mapping[str, np.ndarray]) -> list[Any]:
    ort = pytest.importorskip("onnxruntime")
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(proto.SerializeToString(), options)
    result: list[Any] = session.run(None, dict(fed))
    return result


def checked(model: Model) -> None:
    """Hold a model against ONNX's checker; it wants to be told the shapes of outputs."""
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    for value in proto.graph.output:
        value.type.tensor_type.shape.SetInParent()
    onnx.checker.check_model(proto)


def floats(name: str, *numbers: float) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(numbers, dtype=np.float32), name)


_SQUARE = {"x": (2, 3, 6, 4)}


@pytest.mark.parametrize("target", [13, 19])
@pytest.mark.parametrize(
    ("op", "opset", "inputs", "constants", "attributes"),
    [
        ("Upsample", 7, _SQUARE, [], {"scales": [1.0, 1.0, 2.0, 3.0]}),
        ("Upsample", 9, _SQUARE, [floats("s", 1, 1, 2, 2)], {"mode": "linear"}),
        ("Upsample", 9, _SQUARE, [floats("s", 1, 1, 1.5, 2)], {}),
        ("Resize", 10, _SQUARE, [floats("s", 1, 1, 2.6, 2)], {"mode": "nearest"}),
        ("Resize", 10, _SQUARE, [floats("s", 1, 1, 0.5, 0.5)], {"mode": "nearest"}),
        ("Resize", 10, _SQUARE, [floats("s", 1, 1, 0.7, 2)], {"mode": "linear"}),
        ("Hardmax", 11, {"x": (2, 3, 4)}, [], {}),
        ("Softmax", 11, {"x": (2, 3, 4)}, [], {}),
        ("Softmax", 12, {"x": (2, 3, 4)}, [], {"axis": 0}),
        ("LogSoftmax", 9, {"x": (2, 3, 4)}, [], {"axis": 2}),
        ("Clip", 8, _SQUARE, [], {"min": -0.5, "max": 0.25}),
        ("Clip", 10, _SQUARE, [], {"max": 0.25}),
        ("Pad", 8, _SQUARE, [], {"pads": [0, 0, 1, 2, 0, 0, 0, 1], "value": 2.5}),
        ("Pad", 10, _SQUARE, [], {"pads": [0, 0, 1, 2, 0, 0, 1, 1], "mode": "reflect"}),
        ("Slice", 9, _SQUARE, [], {"starts": [1], "ends": [-1], "axes": [2]}),
        ("Slice", 7, _SQUARE, [], {"starts": [0, 1], "ends": [2, 3]}),
        ("Squeeze", 9, {"x": (2, 1, 3, 1)}, [], {"axes": [1]}),
        ("Unsqueeze", 11, {"x": (2, 3)}, [], {"axes": [0, 3]}),
        ("ReduceSum", 11, _SQUARE, [], {"axes": [1, -1], "keepdims": 0}),
        ("ReduceMean", 11, _SQUARE, [], {"axes": [2]}),
        ("ReduceL2", 12, _SQUARE, [], {}),
        ("Dropout", 7, _SQUARE, [], {"ratio": 0.3}),
    ],
)
def test_ops_keep_their_function(
    tmp_path: Path,
    op: str,
    opset: int,
    inputs: dict[str, Sequence[int]],
    constants: list[onnx.TensorProto],
    attributes: dict[str, Any],
    target: int,
) -> None:
    model = model_of(tmp_path / "m.onnx", op, opset, inputs, constants=constants, **attributes)
    result = raised(model, target)
    checked(result)
    assert result.opset() == target
    fed = feeds(model)
    before, after = outputs_in_ort(model.proto, fed), outputs_in_ort(result.proto, fed)
    np.testing.assert_array_equal(before[0], after[0])


def test_a_slice_without_axes_names_them(tmp_path: Path) -> None:
    """TensorRT wants a start for every axis of the tensor where none are named."""
    model = model_of(tmp_path / "m.onnx", "Slice", 9, _SQUARE, starts=[0, 1], ends=[2, 3])
    result = raised(model, 13).proto.graph
    named = {t.name: onnx.numpy_helper.to_array(t).tolist() for t in result.initializer}
    (node,) = (node for node in result.node if node.op_type == "Slice")
    assert named[node.input[3]] == [0, 1]


@pytest.mark.parametrize("target", [13, 19])
def test_a_split_into_equal_and_into_given_parts(tmp_path: Path, target: int) -> None:
    for attributes in ({}, {"split": [1, 2]}):
        model = model_of(
            tmp_path / "m.onnx", "Split", 11, {"x": (3 - (not attributes), 4)}, outputs=2,
            **attributes,
        )  # fmt: skip
        fed, result = feeds(model), raised(model, target)
        pairs = zip(
            outputs_in_ort(model.proto, fed), outputs_in_ort(result.proto, fed), strict=True
        )
        for before, after in pairs:
            np.testing.assert_array_equal(before, after)


def test_broadcasting_along_an_axis_of_opset_6(tmp_path: Path) -> None:
    constant = floats("b", 1.0, 2.0, 3.0)
    model = model_of(
        tmp_path / "m.onnx", "Add", 6, _SQUARE, constants=[constant], broadcast=1, axis=1
    )
    fed = feeds(model)
    wanted = fed["x"] + np.array([1.0, 2.0, 3.0], np.float32).reshape(1, 3, 1, 1)
    got = ReferenceEvaluator(raised(model, 13).proto).run(None, fed)[0]
    np.testing.assert_array_equal(got, wanted)


def test_boxes_of_roi_align_are_not_moved(tmp_path: Path) -> None:
    rois = numpy_helper.from_array(np.array([[0, 0, 3, 3]], np.float32), "rois")
    batch = numpy_helper.from_array(np.array([0]), "batch")
    model = model_of(
        tmp_path / "m.onnx", "RoiAlign", 11, _SQUARE, constants=[rois, batch],
        output_height=2, output_width=2,
    )  # fmt: skip
    fed = feeds(model)
    before = outputs_in_ort(model.proto, fed)
    np.testing.assert_array_equal(before[0], outputs_in_ort(raised(model, 19).proto, fed)[0])


def test_bodies_are_raised_with_their_model(tmp_path: Path) -> None:
    text = """<ir_version: 7, opset_import: ["" : 11]> g (bool c, float[2, 4] x) => (y) {
        y = If (c) <then_branch = a () => (float[2, 1, 4] p) { p = Unsqueeze <axes = [1]> (x) },
                    else_branch = b () => (float[2, 1, 4] q) {
                        n = Neg (x)
                        q = Unsqueeze <axes = [1]> (n) }>
    }"""
    path = tmp_path / "m.onnx"
    onnx.save(onnx.parser.parse_model(text), path)
    model = load_model(path)
    result = raised(model, 13)
    fed = {"c": np.array(False), "x": np.ones((2, 4), np.float32)}
    np.testing.assert_array_equal(
        outputs_in_ort(model.proto, fed)[0], outputs_in_ort(result.proto, fed)[0]
    )


@pytest.mark.parametrize(
    ("op", "opset", "attributes", "constants", "why"),
    [
        ("Resize", 10, {}, [floats("s", 1, 1, 0.7, 2)], "shrinks by 0.7"),
        ("BatchNormalization", 7, {"spatial": 0}, [floats(n, 1, 1, 1) for n in "abcd"],
         "spatial = 0"),
        ("Upsample", 7, {}, [], "has no scales"),
    ],
)  # fmt: skip
def test_what_has_no_newer_form_is_refused(
    tmp_path: Path,
    op: str,
    opset: int,
    attributes: dict[str, Any],
    constants: list[onnx.TensorProto],
    why: str,
) -> None:
    model = model_of(tmp_path / "m.onnx", op, opset, _SQUARE, constants=constants, **attributes)
    with pytest.raises(UnsupportedError, match=f"{op} 'n' cannot be raised: .*{why}.*export"):
        raised(model, 13)


def test_an_attribute_of_a_wrong_type_does_not_end_the_process(tmp_path: Path) -> None:
    model = model_of(tmp_path / "m.onnx", "Clip", 6, _SQUARE)
    node = model.graph.node[0]
    node.attribute.add(name="min", type=onnx.AttributeProto.STRINGS).strings.append(b"x")
    node.attribute.add(name="max", type=onnx.AttributeProto.TENSOR).t.dims.append(-5)
    assert raised(model, 13).opset() == 13  # what the attributes mean is the parser's affair


def test_every_golden_model_of_an_old_opset_computes_the_same() -> None:
    """Initializers of IR 3 are inputs to ONNX Runtime, which adds up in another order then."""
    pytest.importorskip("onnxruntime")
    compared = 0
    for path in sorted(own_models().glob("*.onnx")):
        model = load_model(path)
        if not 7 <= model.opset() <= 12 or path.name.startswith(_RANDOM):
            continue
        result = raised(model, 13)
        held = {tensor.name for tensor in model.graph.initializer}
        for proto in (model.proto, result.proto):
            proto.ir_version = 8
            inputs = [value for value in proto.graph.input if value.name not in held]
            del proto.graph.input[:]
            proto.graph.input.extend(inputs)
        fed = _any_feeds(model)
        try:
            before = outputs_in_ort(model.proto, fed)
        except Exception:
            continue  # it cannot be compared
        after = outputs_in_ort(result.proto, fed)
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=path.name)
        compared += 1
    assert compared > 150


def _any_feeds(model: Model) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    fed = {}
    for value in model.graph.input:
        tensor = value.type.tensor_type
        dims = [dim.dim_value if dim.dim_value > 0 else 2 for dim in tensor.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        is_float = np.issubdtype(dtype, np.floating)
        drawn = random.standard_normal(dims) if is_float else random.integers(0, 2, dims)
        fed[value.name] = drawn.astype(dtype)
    return fed
