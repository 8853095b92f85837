# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models of a few hundred bytes that ask for much: time and memory stay small."""

from __future__ import annotations

import contextlib
import math
import tracemalloc

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from setrange.errors import ParserRefusedError, SetrangeError
from setrange.importer.parser import import_model
from setrange.plan import make_plan
from setrange.versions import PROFILES, TrtVersion
from tests.importer.graphs import imported, model_of
from tests.networks import ranges_of

_N = helper.make_node


def _value(name: str, shape: list[int], dtype: int = TensorProto.FLOAT) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def _ints(name: str, *values: int) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def _chain(
    op: str, count: int, second: str | None = None, **attributes: int
) -> list[NodeProto]:
    return [
        _N(op, [f"t{i}", second or f"t{i}"], [f"t{i + 1}"], **attributes) for i in range(count)
    ]


_FILL = _N("ConstantOfShape", ["s"], ["c"], value=_ints("", 1))
_SHAPE = _N("Shape", ["x"], ["t0"])
_HUGE = _value("s", [3 * 10**8], TensorProto.INT64)


def _reshape(shape: str) -> NodeProto:
    return _N("Reshape", ["x", shape], ["y"])


#: Nodes, initializers, further inputs.
_BOMBS: dict[str, tuple[list[NodeProto], list[TensorProto], list[ValueInfoProto]]] = {
    "a filled shape": ([_FILL, _reshape("c")], [_ints("s", 10**12)], []),
    "a computed filled shape": (
        [_SHAPE, _N("Mul", ["t0", "k"], ["s"]), _FILL, _reshape("c")],
        [_ints("k", 10**10, 1)],
        [],
    ),
    "an expanded shape": (
        [_N("Expand", ["k", "s"], ["c"]), _reshape("c")],
        [_ints("k", 1), _ints("s", 10**9)],
        [],
    ),
    "a long shape input": ([_reshape("s")], [], [_HUGE]),
    "expanding to a long input": ([_N("Expand", ["x", "s"], ["y"])], [], [_HUGE]),
    "tiling by a long input": ([_N("Tile", ["x", "s"], ["y"])], [], [_HUGE]),
    "two long inputs": (
        [_N("Concat", ["s", "s"], ["c"], axis=0), _reshape("c")],
        [],
        [_HUGE],
    ),
    "doubling": ([*_chain("Concat", 34, axis=0), _reshape("t34")], [_ints("t0", 1)], []),
    "squaring": ([_SHAPE, *_chain("Mul", 40), _reshape("t40")], [], []),
    "squaring a constant": ([*_chain("Mul", 40), _reshape("t40")], [_ints("t0", 2**62, 3)], []),
    "a long sum": ([_SHAPE, *_chain("Add", 1500, "k"), _reshape("t1500")], [_ints("k", 1)], []),
    "many parts": ([_N("Concat", ["x"] * 20_000, ["y"], axis=0)], [], []),
    "a scale that is no number": (
        [_N("Resize", ["x", "", "f"], ["y"])],
        [numpy_helper.from_array(np.array([1, np.nan], np.float32), "f")],
        [],
    ),
    "a scale beyond all sizes": (
        [_N("Resize", ["x", "", "f"], ["y"])],
        [numpy_helper.from_array(np.array([1, 1e38], np.float32), "f")],
        [],
    ),
    "an endless range": (
        [_N("Range", ["a", "b", "one"], ["c"]), _N("Cast", ["c"], ["i"], to=7), _reshape("i")],
        [
            numpy_helper.from_array(np.float32(np.nan), "a"),
            numpy_helper.from_array(np.float32(np.inf), "b"),
            numpy_helper.from_array(np.float32(1), "one"),
        ],
        [],
    ),
    "indices of a huge tensor": (
        [_N("GatherElements", ["h", "s"], ["y"], axis=0)],
        [],
        [_value("h", [10**5] * 3), _value("s", [10**5] * 3, TensorProto.INT64)],
    ),
    "last indices of a huge tensor": (
        [_N("ArgMax", ["h"], ["y"], select_last_index=1, axis=0)],
        [],
        [_value("h", [10**4] * 3)],
    ),
}


@pytest.mark.parametrize("name", _BOMBS)
def test_no_bomb_takes_much_memory_at_any_version(name: str) -> None:
    nodes, initializers, inputs = _BOMBS[name]
    graph = helper.make_graph(
        nodes, "g", [_value("x", [7, 4]), *inputs], [_value("y", [])], initializer=initializers
    )
    graph.output[0].type.tensor_type.ClearField("shape")
    model = model_of(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]))
    # In a long chain it is the chain that counts: three releases show it.
    profiles = PROFILES if len(nodes) < 100 else (PROFILES[0], "8.6", PROFILES[-1])
    tracemalloc.start()
    try:
        for profile in profiles:
            with contextlib.suppress(ParserRefusedError):
                import_model(model, TrtVersion.parse(profile))
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


def test_a_value_beyond_64_bits_is_no_known_dimension() -> None:
    graph = helper.make_graph(
        [_N("Mul", ["t0", "t0"], ["t1"]), _N("Add", ["t1", "k"], ["s"]), _reshape("s")],
        "g",
        [_value("x", [7, 4])],
        [_value("y", [28])],
        initializer=[_ints("t0", 2**32), _ints("k", 28)],
    )
    model = model_of(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]))
    # 2^64 does not fit: nobody can rely on the value, so the dimension is not known.
    assert import_model(model, TrtVersion.parse("10.10")).outputs[0].shape == (-1,)


@pytest.mark.parametrize("value", [1e38, math.inf, math.nan])
@pytest.mark.parametrize("op", ["Tile", "Reshape", "Expand", "Unsqueeze", "Slice"])
def test_a_shape_of_floats_that_are_no_size_is_refused_at_once(op: str, value: float) -> None:
    constant = helper.make_tensor("c", TensorProto.FLOAT, [1], [value])
    inputs = ["x", "c", "c"] if op == "Slice" else ["x", "c"]
    graph = helper.make_graph(
        [helper.make_node(op, inputs, ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [constant],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for release in ("7.2", "8.6", "10.16"):
        with contextlib.suppress(SetrangeError):
            import_model(model_of(model), TrtVersion.parse(release))


def test_a_permutation_that_does_not_fit_weights_is_refused() -> None:
    weights = numpy_helper.from_array(np.ones((2, 3), np.float32), "w")
    graph = helper.make_graph(
        [
            helper.make_node("Transpose", ["w"], ["t"], perm=[5, 0]),
            helper.make_node("MatMul", ["x", "t"], ["y"]),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=4)
    with pytest.raises(SetrangeError):
        import_model(model_of(model), TrtVersion.parse("6.0"))


def test_a_resize_to_floats_that_are_no_size_is_refused() -> None:
    sizes = helper.make_tensor("s", TensorProto.FLOAT, [2], [1.0, math.inf])
    graph = helper.make_graph(
        [helper.make_node("Resize", ["x", "", "", "s"], ["y"], mode="nearest")],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [sizes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for release in ("8.6", "10.10", "10.16"):
        with pytest.raises(SetrangeError):
            import_model(model_of(model), TrtVersion.parse(release))


@pytest.mark.parametrize("op", ["Transpose", "Identity", "Cast"])
def test_a_long_row_of_copies_of_a_constant_has_an_end(op: str) -> None:
    attributes: dict[str, object] = {"Cast": {"to": 1}, "Transpose": {"perm": [1, 0]}}.get(
        op, {}
    )
    nodes = [helper.make_node(op, [f"t{i}"], [f"t{i + 1}"], **attributes) for i in range(3000)]
    nodes.append(helper.make_node("MatMul", ["x", "t3000"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "g",
        [_value("x", [1, 4])],
        [_value("y", [1, 4])],
        [numpy_helper.from_array(np.ones((4, 4), np.float32), "t0")],
    )
    model = model_of(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]))
    for release in ("8.6", "10.16"):
        network = import_model(model, TrtVersion.parse(release))
        given = ranges_of({"x": 1.0, "y": 4.0})
        make_plan(network, given, fill="bounds")  # follows each copy back


@pytest.mark.parametrize("axes", [[2, 1], [-3, 0], [2**40, 0]])
def test_axes_of_a_slice_beyond_the_tensor_are_refused(axes: list[int]) -> None:
    nodes = [_N("Abs", ["a"], ["b"]), _N("Slice", ["x", "z", "e", "b"], ["y"])]
    weights = [_ints("a", *axes), _ints("z", 0, 0), _ints("e", 1, 1)]
    graph = helper.make_graph(
        nodes, "g", [_value("x", [7, 4])], [_value("y", [])], initializer=weights
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    for release in PROFILES:
        with contextlib.suppress(SetrangeError):
            import_model(model_of(model), TrtVersion.parse(release))


@pytest.mark.parametrize("values", [[3], [], [1, 2, 3]])
def test_one_hot_without_two_values_is_not_computed(values: list[int]) -> None:
    nodes = [
        _N("Abs", ["v"], ["w"]),
        _N("OneHot", ["i", "d", "w"], ["s"]),
        _reshape("s"),
    ]
    weights = [_ints("v", *values), _ints("i", 1), numpy_helper.from_array(np.int64(2), "d")]
    graph = helper.make_graph(
        nodes, "g", [_value("x", [7, 4])], [_value("y", [])], initializer=weights
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    for release in PROFILES:
        with contextlib.suppress(SetrangeError):
            import_model(model_of(model), TrtVersion.parse(release))


@pytest.mark.parametrize("axis", [1, 2, -3, 2**40])
def test_a_reduction_along_an_axis_that_is_not_there_is_refused(axis: int) -> None:
    graph = helper.make_graph(
        [_N("ReduceSum", ["x", "a"], ["y"])],
        "g",
        [_value("x", [4])],
        [_value("y", [])],
        initializer=[_ints("a", axis)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    for release in ("8.6", "10.3", "10.16"):
        with pytest.raises(SetrangeError):
            import_model(model_of(model), TrtVersion.parse(release))


@pytest.mark.parametrize("op", ["Unsqueeze", "Squeeze", "Reshape", "Expand", "Tile"])
def test_sizes_from_floats_that_are_not_known_are_unknown(op: str) -> None:
    floats = numpy_helper.from_array(np.array([0, np.inf], np.float32), "f")
    nodes = [
        _N("ReduceSum", ["f"], ["r"]),
        _N("Concat", ["r", "r"], ["c"], axis=0),
        _N(op, ["x", "c"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, "g", [_value("x", [7, 4])], [_value("y", [])], initializer=[floats]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    for release in PROFILES:
        with contextlib.suppress(SetrangeError):
            import_model(model_of(model), TrtVersion.parse(release))


@pytest.mark.parametrize("values", [[1e-45, 1e38], [-1e30, 3e38], [0, 1e19]])
@pytest.mark.parametrize("op", ["Pad", "Tile", "Slice"])
def test_floats_as_sizes_that_no_integer_holds(op: str, values: list[float]) -> None:
    floats = numpy_helper.from_array(np.array(values, np.float32), "f")
    takes = ["x", "f", "f"] if op == "Slice" else ["x", "f"]
    graph = helper.make_graph(
        [_N(op, takes, ["y"])], "g", [_value("x", [7])], [_value("y", [])], initializer=[floats]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    for release in PROFILES:
        with contextlib.suppress(SetrangeError):
            import_model(model_of(model), TrtVersion.parse(release))


@pytest.mark.parametrize("count", [40, 1500])
def test_a_row_of_layers_of_one_node_may_be_long(count: int) -> None:
    """Nobody asks for the shapes between them, and Python nests a thousand calls at most."""
    given = ["x", "w"] + ["x"] * (count - 2)
    graph = (
        f"(float[1, 3] x, float[5, 1] w) => (float[5, 3] y) {{ y = Mean({', '.join(given)}) }}"
    )
    network = imported(graph, "8.6")
    assert network.outputs[0].shape == (5, 3)
    assert len(network.layers) > count
