# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every kind of name, in one version's network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.findings import Level
from setrange.network import LayerKind, Network, Tensor
from setrange.resolver.entries import resolve_entries
from setrange.resolver.result import MatchKind, Resolution
from tests.networks import Maker, ranges_of
from tests.resolver.networks import resnet50_tail
from tests.support.same_model import SameModel


def resolve(network: Network, *names: str, onnx_values: tuple[str, ...] = ()) -> Resolution:
    return resolve_entries(
        network,
        ranges_of(dict.fromkeys(names, 1.0)),
        model=SameModel(value_names=onnx_values),
    )


def one(network: Network, name: str) -> tuple[Tensor, MatchKind]:
    resolution = resolve(network, name)
    ((tensor, resolved),) = resolution.by_tensor.items()
    assert resolved.entry == name
    assert resolved.why
    return tensor, resolved.how


@pytest.mark.parametrize(
    ("name", "tensor_name", "how"),
    [
        ("data_0", "data_0", MatchKind.EXACT),
        ("pred_1", "pred_1", MatchKind.EXACT),
        (
            "(Unnamed Layer* 174) [Constant]_output",
            "(Unnamed Layer* 174) [Constant]_output",
            MatchKind.EXACT,
        ),
        ("pred_1@Constant[0]", "(Unnamed Layer* 174) [Constant]_output", MatchKind.KEY),
        ("pred_1@Constant[1]", "(Unnamed Layer* 176) [Constant]_output", MatchKind.KEY),
        (
            "pred_1@Matrix Multiply[0]",
            "(Unnamed Layer* 175) [Matrix Multiply]_output",
            MatchKind.KEY,
        ),
        ("softmax_1@Shuffle[0]", "(Unnamed Layer* 179) [Shuffle]_output", MatchKind.KEY),
        ("pred_1@ElementWise[0]", "pred_1", MatchKind.KEY),
    ],
)
def test_names_of_this_version(name: str, tensor_name: str, how: MatchKind) -> None:
    tensor, found = one(resnet50_tail(), name)
    assert tensor.name == tensor_name
    assert found is how


def test_second_outputs_have_keys() -> None:
    make = Maker()
    make.node("Split", "a", "b")
    x = make.input("x")
    a = make.add(LayerKind.TOPK, [x])
    assert a.layer is not None
    a.layer.outputs.append(Tensor(layer=a.layer, output_index=1, shape=(1, 4)))
    tensor, how = one(make.network, "a@TopK[0].1")
    assert tensor is a.layer.outputs[1]
    assert how is MatchKind.KEY


def test_an_onnx_name_under_which_tensorrt_has_another() -> None:
    """10.x may give a graph output a suffix: `Marking output_7 as output: output`."""
    make = Maker("10.3")
    y = make.add(LayerKind.ACTIVATION, [make.input("x")], "output", op="relu")
    y.name = "output_7"
    assert one(make.network, "output") == (y, MatchKind.ONNX)
    findings = resolve(make.network, "output").findings
    assert [f.code for f in findings] == ["SR108"]
    assert "'output_7'" in findings[0].message


def test_a_value_that_shares_its_tensor() -> None:
    make = Maker()
    y = make.add(LayerKind.ACTIVATION, [make.input("x")], "dropped", op="relu")
    make.network.aliases["relu"] = y
    assert one(make.network, "relu") == (y, MatchKind.ONNX)


def test_tensorrt_name_goes_before_onnx_name() -> None:
    make = Maker("10.3")
    a = make.add(LayerKind.ACTIVATION, [make.input("x")], "a", op="relu")
    b = make.add(LayerKind.ACTIVATION, [a], "b", op="relu")
    b.name = "a_1"
    b.onnx_value = "a"
    assert one(make.network, "a")[0] is a


def test_unknown_names_are_errors_with_near_names() -> None:
    resolution = resolve(resnet50_tail(), "pred_1", "pool5_l")
    (finding,) = resolution.findings
    assert finding.code == "SR101"
    assert finding.level is Level.ERROR
    assert finding.message == "'pool5_l' is no tensor of this model"
    assert finding.help is not None
    assert "did you mean 'pool5_1'" in finding.help


def test_ranges_for_another_model_are_one_error() -> None:
    resolution = resolve(resnet50_tail(), *(f"features.{i}.conv" for i in range(300)))
    (finding,) = resolution.findings
    assert finding.code == "SR101"
    assert "none of the 300 names" in finding.message
    assert len(resolution.unresolved) == 300


def test_parser_made_names_without_counterpart_are_warnings() -> None:
    names = ("(Unnamed Layer* 9) [Scale]_output", "ONNXTRT_Broadcast_7_output")
    resolution = resolve(resnet50_tail(), "pred_1", *names)
    assert [f.code for f in resolution.findings] == ["SR102", "SR102"]
    assert all(f.level is Level.WARNING for f in resolution.findings)


def test_a_portable_key_that_this_version_lacks_is_a_warning() -> None:
    resolution = resolve(resnet50_tail(), "pred_1@Scale[0]", "nothing@Scale[0]")
    assert [u.code for u in resolution.unresolved] == ["SR102", "SR101"]


def test_values_tensorrt_folds_are_warnings() -> None:
    resolution = resolve(resnet50_tail(), "pred_w_0", onnx_values=("pred_w_0",))
    assert [f.code for f in resolution.findings] == ["SR107"]
    assert resolution.by_tensor == {}


def test_integer_and_shape_tensors_are_noted() -> None:
    make = Maker()
    x = make.input("x", dtype="int32")
    y = make.add(LayerKind.SHAPE, [x], "y", dtype="int32")
    z = make.add(LayerKind.ELEMENTWISE, [make.input("w")], "z")
    z.is_shape_tensor = True
    resolution = resolve(make.network, x.name, y.name, z.name)
    assert [f.code for f in resolution.findings] == ["SR106"] * 3
    assert resolution.by_tensor == {}
    assert "INT32" in resolution.unresolved[0].why
    assert "shape tensor" in resolution.unresolved[2].why


@pytest.mark.parametrize("exact_first", [True, False])
def test_the_exact_name_wins_over_another_entry(exact_first: bool) -> None:
    exact, key = "(Unnamed Layer* 174) [Constant]_output", "pred_1@Constant[0]"
    names = (exact, key) if exact_first else (key, exact)
    resolution = resolve(resnet50_tail(), *names)
    (resolved,) = resolution.by_tensor.values()
    assert resolved.entry == exact
    assert [(u.entry, u.code) for u in resolution.unresolved] == [(key, "SR105")]


def test_of_two_other_names_the_first_wins() -> None:
    make = Maker()
    y = make.add(LayerKind.ACTIVATION, [make.input("x")], "y", op="relu")
    make.network.aliases |= {"first": y, "second": y}
    resolution = resolve(make.network, "second", "first")
    (resolved,) = resolution.by_tensor.values()
    assert resolved.entry == "second"


@pytest.mark.parametrize(("other", "level"), [(1.0, Level.NOTE), (2.0, Level.WARNING)])
def test_two_entries_that_agree_are_only_noted(other: float, level: Level) -> None:
    values = {"pred_1": 1.0, "pred_1@ElementWise[0]": other}
    (finding,) = resolve_entries(resnet50_tail(), ranges_of(values)).findings
    assert (finding.code, finding.level) == ("SR105", level)


@pytest.mark.property
@given(
    st.lists(st.text(max_size=40) | st.from_regex(r"\(Unnamed Layer\* \d+\) \[\w+\]_output"))
)
def test_resolving_never_raises(names: list[str]) -> None:
    resolution = resolve(resnet50_tail(), *names)
    placed = {item.entry for item in resolution.by_tensor.values()}
    left = {item.entry for item in resolution.unresolved}
    assert placed | left == set(names)
    assert not placed & left


def aliased(own: float | None, copy: float) -> Resolution:
    """Entries as Paddle2ONNX writes them: a value, and its copies behind Q/DQ pairs."""
    names = {"data_0.quantized.dequantized": copy, "data_0.quantized.dequantized.1": copy}
    entries = ({} if own is None else {"data_0": own}) | names
    return resolve_entries(resnet50_tail(), ranges_of(entries), model=SameModel())


def test_copies_behind_qdq_pairs_that_say_the_same_are_silent() -> None:
    resolution = aliased(2.0, 2.0)
    assert [r.entry for r in resolution.by_tensor.values()] == ["data_0"]
    assert not resolution.findings
    assert not resolution.unresolved


def test_a_copy_behind_a_qdq_pair_that_says_something_else() -> None:
    resolution = aliased(2.0, 3.0)
    assert [r.entry for r in resolution.by_tensor.values()] == ["data_0"]
    assert [f.code for f in resolution.findings] == ["SR105", "SR105"]
    assert {f.level for f in resolution.findings} == {Level.WARNING}


@pytest.mark.parametrize(
    "name",
    [
        "data_0.quantized.dequantized",
        "data_0.quantized.dequantized.12",
        "data_0_DequantizeLinear_Output",
        "data_0_DequantizeLinear_Output_1",
    ],
)
def test_a_copy_behind_a_qdq_pair_stands_for_its_value(name: str) -> None:
    tensor, how = one(resnet50_tail(), name)
    assert tensor.name == "data_0"
    assert how is MatchKind.ALIAS
    assert [f.code for f in resolve(resnet50_tail(), name).findings] == ["SR108"]


def test_a_copy_of_an_unknown_value_is_unknown() -> None:
    resolution = resolve(resnet50_tail(), "data_0", "other.quantized.dequantized")
    assert [f.code for f in resolution.findings] == ["SR101"]
