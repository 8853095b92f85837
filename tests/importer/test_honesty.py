# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a prediction rests on, which versions accept a refused model, ops taken on trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import parser

from setrange.errors import ParserRefusedError, UnsupportedOpError
from setrange.importer.model_at import ModelAt
from setrange.importer.parser import ParserOptions, import_model
from setrange.importer.support import op_support
from setrange.network import Confidence
from setrange.versions import PROFILES, TrtVersion
from tests.importer.graphs import model_of

if TYPE_CHECKING:
    from setrange.model.loading import Model

STATIC = "g (float[1,3,4,4] x) => (float[1,3,4,4] y) { y = Relu(x) }"
DYNAMIC = "g (float[N,3,4,4] x) => (float[N,3,4,4] y) { y = Relu(x) }"
CUSTOM = "g (float[1,3] x) => (float[1,5] y) { a = Relu(x) y = Special(a) }"
HIDDEN = "g (float[1,3] x) => (float[1,5] y) { a = Special(x) y = Relu(a) }"
MISH = "g (float[1,3] x) => (float[1,3] y) { y = Mish(x) }"


def model(graph: str, opset: int = 18) -> Model:
    proto = onnx.helper.make_model(
        parser.parse_graph(graph), opset_imports=[onnx.helper.make_opsetid("", opset)]
    )
    return model_of(proto)


@pytest.mark.parametrize(
    ("graph", "trt", "confidence", "found"),
    [
        (STATIC, "8.6", Confidence.EXACT, []),
        (STATIC, "10.16", Confidence.EXACT, []),
        (DYNAMIC, "10.10", Confidence.EXACT, []),
        (DYNAMIC, "10.11", Confidence.EXACT, []),
        (DYNAMIC, "11.4", Confidence.EXACT, ["SR305"]),
        (DYNAMIC, "11.5", Confidence.ASSUMED, ["SR303", "SR305"]),
        (STATIC, "9.2", Confidence.ASSUMED, ["SR303"]),
        (STATIC, "5.1", Confidence.ASSUMED, ["SR303"]),
    ],
)
def test_a_version_without_evidence_is_assumed(
    graph: str, trt: str, confidence: Confidence, found: list[str]
) -> None:
    network = import_model(model(graph), TrtVersion.parse(trt))
    assert network.confidence is confidence
    assert [finding.code for finding in network.findings] == found


def test_an_op_that_no_list_proves_makes_its_layers_assumed() -> None:
    graph = "g (float[2,3,4] x) => (float[2,3,4] y) { y = LpNormalization(x) }"
    network = import_model(model(graph), TrtVersion.parse("8.6"))
    assert {layer.confidence for layer in network.layers} == {Confidence.ASSUMED}
    assert [finding.code for finding in network.findings] == ["SR302"]
    assert "LpNormalization" in network.findings[0].message


def test_a_refusal_names_the_versions_that_accept() -> None:
    with pytest.raises(ParserRefusedError, match=r"accepted by TensorRT 10\.1 - 11\.4"):
        ModelAt(model(MISH)).network("8.6")
    assert ModelAt(model(MISH)).accepting_profiles() == list(PROFILES[PROFILES.index("10.1") :])


def test_advice_that_takes_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is slow to import is not imported for eighteen releases."""
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    with pytest.raises(ParserRefusedError) as error:
        ModelAt(model(MISH)).network("8.6")
    assert "refuses" in str(error.value)
    assert "accept" not in str(error.value)


def test_a_refusal_by_all_says_so() -> None:
    with pytest.raises(ParserRefusedError, match=r"no release from 6\.0 to 11\.4 accepts"):
        ModelAt(model(CUSTOM)).network("8.6")


def test_an_unknown_op_is_refused_with_the_way_out() -> None:
    with pytest.raises(ParserRefusedError, match="--plugin Special"):
        import_model(model(CUSTOM), TrtVersion.parse("10.3"))


def test_a_plugin_of_the_user_is_one_layer_that_nobody_vouches_for() -> None:
    options = ParserOptions(plugins=frozenset({"Special"}))
    network = import_model(model(CUSTOM), TrtVersion.parse("8.6"), options)
    assert [layer.kind.value for layer in network.layers] == [
        "Activation",
        "PluginV2DynamicExt",
    ]
    assert network.outputs[0].shape == (1, 5)
    assert network.confidence is Confidence.UNKNOWN
    assert [finding.code for finding in network.findings] == ["SR301"]


def test_a_plugin_of_unknown_shape_says_what_the_model_lacks() -> None:
    options = ParserOptions(plugins=frozenset({"Special"}))
    with pytest.raises(UnsupportedOpError, match="value_info"):
        import_model(model(HIDDEN), TrtVersion.parse("8.6"), options)


def test_the_op_table_covers_every_version() -> None:
    table = {support.op: support for support in op_support()}
    assert len(table) > 170
    assert all(set(support.confidence) == set(PROFILES) for support in table.values())
    assert table["Conv"].confidence["8.6"] is Confidence.EXACT
    assert table["Mish"].confidence["8.6"] is None
    assert table["LpNormalization"].confidence["8.6"] is Confidence.ASSUMED
