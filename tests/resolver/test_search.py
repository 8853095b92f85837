# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding the release that made the names of a file, without importing all of them whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx import NodeProto, helper, numpy_helper

from setrange.importer.made_names import MadeNames, OtherNamesError
from setrange.importer.model_at import ModelAt
from setrange.importer.parser import import_model
from setrange.resolver.entries import resolve_entries
from setrange.resolver.index import is_parser_made
from setrange.resolver.single import resolve
from setrange.versions import RANGED_PROFILES, TrtVersion
from tests.golden.data import own_models
from tests.importer.graphs import model_of
from tests.networks import ranges_of

if TYPE_CHECKING:
    from setrange.model.loading import Model
    from setrange.network import Network

#: Every how many-th model.
STRIDE = 9


def sums(count: int, node_name: str = "") -> Model:
    """A chain of sums, each with a constant of its own."""
    nodes: list[NodeProto] = []
    for i in range(count):
        value = numpy_helper.from_array(np.full((1, 1), i + 1, np.float32))
        nodes.append(helper.make_node("Constant", [], [f"c{i}"], value=value))
        before = f"a{i - 1}" if i else "x"
        nodes.append(helper.make_node("Add", [before, f"c{i}"], [f"a{i}"]))
    nodes[-1].name = node_name
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, [1, 4])],
        [helper.make_tensor_value_info(f"a{count - 1}", 1, [1, 4])],
    )
    return model_of(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]))


def made_by(network: Network) -> list[str]:
    return [t.name for t in network.float_tensors() if is_parser_made(t)]


@pytest.mark.golden
@pytest.mark.parametrize("release", ["6.0", "7.0", "8.2", "8.6", "10.1", "10.7", "10.16"])
def test_no_release_is_left_out_that_made_the_names(release: str) -> None:
    version, asked = TrtVersion.parse(release), 0
    for path in sorted(own_models().glob("*.onnx"))[::STRIDE]:
        models = ModelAt.of(path)
        network = models.network_if_accepted(version)
        names = [] if network is None else made_by(network)
        if not names:
            continue
        again = import_model(models.model, version, expected=MadeNames(names))
        assert made_by(again) == names, path.name
        asked += 1
    assert asked > 10


def test_an_import_ends_at_the_first_layer_of_another_name() -> None:
    names = MadeNames(["(Unnamed Layer* 2) [Shuffle]_output"])
    for release in ("8.6", "10.16"):
        with pytest.raises(OtherNamesError) as refused:
            import_model(sums(50), TrtVersion.parse(release), expected=names)
        assert refused.value.layers == 3


def test_a_node_called_as_a_default_name_hides_no_release() -> None:
    name = "(Unnamed Layer* 1) [ElementWise]"
    report = resolve(ModelAt.of(sums(2, node_name=name)), f"{name}_output", trt="8.6")
    assert report.resolved is None
    # Layer 1 is a0 at all releases; a node of that name is none of TensorRT's numbers.
    assert ModelAt.of(sums(2, node_name=name)).network_if_accepted("10.1", [name]) is not None


def test_thousands_of_names_of_another_release_are_found_within_a_bound() -> None:
    models = ModelAt.of(sums(4000))
    there = models.network_if_accepted("7.2")
    assert there is not None
    given = ranges_of(dict.fromkeys(made_by(there), 1.0))
    here = models.network("10.3")
    before = models.work
    resolution = resolve_entries(here, given, model=models)
    assert len(resolution.by_tensor) == 4000
    assert resolution.named_by is not None
    # All releases would be 19 times 8,000 nodes.
    assert models.work - before < 80_000


def test_names_that_no_release_made_end_the_search_and_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("setrange.resolver.versions._MOST_WORK", 4_000)
    models = ModelAt.of(sums(600))
    last = "(Unnamed Layer* 99999) [Shuffle]_output"
    here = models.network("10.3")
    resolution = resolve_entries(here, ranges_of({last: 1.0, "x": 1.0}), model=models)
    told = [f for f in resolution.findings if "not looked at" in f.message]
    assert [f.code for f in told] == ["SR103"]
    assert RANGED_PROFILES[0] in told[0].message
    assert "named_by" in (told[0].help or "")
    report = resolve(models, last, trt="10.3")
    assert report.resolved is None
    assert "--named-by" in report.why


def test_refused_releases_hold_no_half_made_network() -> None:
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["r"]), helper.make_node("Nothing", ["r"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", 1, [1, 4])],
        [helper.make_tensor_value_info("y", 1, [1, 4])],
    )
    models = ModelAt.of(model_of(helper.make_model(graph)))
    assert models.network_if_accepted("8.6") is None
    error = models._networks["8.6"]
    assert isinstance(error, Exception)
    assert error.__traceback__ is None
    assert error.__cause__ is None or error.__cause__.__traceback__ is None
