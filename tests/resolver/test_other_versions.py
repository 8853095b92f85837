# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names that another TensorRT version's parser made, on real imports of one model."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from setrange.errors import SetrangeError
from setrange.findings import Level
from setrange.importer import import_network
from setrange.resolver.entries import resolve_entries
from setrange.resolver.result import MatchKind, Resolution
from tests.networks import ranges_of
from tests.resolver.networks import resnet50_tail
from tests.support.resnet_tail import import_at as tail_at
from tests.support.same_model import SameModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from setrange.network import Network

    Importer = Callable[[str], Network]


@pytest.fixture(scope="module")
def import_at(resnet18: Path) -> Importer:
    """The seed model, which ends in MatMul and Add, at any version."""

    @functools.cache
    def imported(version: str) -> Network:
        return import_network(resnet18, version)

    return imported


def made_by(network: Network) -> list[str]:
    return [t.name for t in network.float_tensors() if t.onnx_value is None]


def all_names(network: Network) -> list[str]:
    return [t.name for t in network.float_tensors()]


def resolve(
    import_at: Importer, names: list[str], trt: str, named_by: str | None = None
) -> Resolution:
    ranges = ranges_of(dict.fromkeys(names, 1.0), named_by=named_by)
    return resolve_entries(import_at(trt), ranges, model=SameModel(import_at))


def placed(resolution: Resolution) -> dict[str, str]:
    """Entry -> tensor, for the entries with another name."""
    return {
        item.entry: tensor.name
        for tensor, item in resolution.by_tensor.items()
        if item.entry != tensor.name
    }


@pytest.mark.parametrize("named_by", ["6.0", None], ids=["named_by", "inferred"])
def test_the_seed_threads_names_on_8_6(import_at: Importer, named_by: str | None) -> None:
    """The weight moves on; the sum's two inner tensors exist on TensorRT 6 only.

    92@Shuffle[0] is a tensor on 8.6 as well, but there it is the bias: a trap.
    """
    names = all_names(import_at("6.0"))
    resolution = resolve(import_at, names, "8.6", named_by)
    weight = "(Unnamed Layer* 48) [Constant]_output"
    assert {t.name for t, r in resolution.by_tensor.items() if r.entry == weight} == {weight}
    assert {item.entry: item.code for item in resolution.unresolved} == {
        "(Unnamed Layer* 50) [Shuffle]_output": "SR102",
        "(Unnamed Layer* 51) [Scale]_output": "SR102",
    }
    assert "input flattened" in resolution.unresolved[0].why
    (note,) = (f for f in resolution.findings if f.code == "SR103")
    assert "6.0" in note.message
    assert resolution.named_by == "6.0"


def test_from_7_2_to_10_10(import_at: Importer) -> None:
    names = all_names(import_at("7.2"))
    resolution = resolve(import_at, names, "10.10", "7.2")
    assert placed(resolution) == {
        "(Unnamed Layer* 48) [Constant]_output": "89_output",
        "(Unnamed Layer* 52) [Constant]_output": "fc.bias_output",
        "(Unnamed Layer* 53) [Shuffle]_output": "ONNXTRT_Broadcast_output",
    }
    assert {item.entry for item in resolution.unresolved} == {
        "(Unnamed Layer* 49) [Shuffle]_output",
        "(Unnamed Layer* 50) [Fully Connected]_output",
    }


@pytest.mark.parametrize("named_by", ["10.3", None], ids=["named_by", "inferred"])
def test_from_10_3_to_8_6(import_at: Importer, named_by: str | None) -> None:
    resolution = resolve(import_at, all_names(import_at("10.3")), "8.6", named_by)
    assert placed(resolution) == {
        "89_output": "(Unnamed Layer* 48) [Constant]_output",
        "fc.bias_output": "(Unnamed Layer* 50) [Constant]_output",
        "ONNXTRT_Broadcast_output": "(Unnamed Layer* 51) [Shuffle]_output",
    }
    assert resolution.unresolved == ()
    assert {r.how for r in resolution.by_tensor.values()} == {
        MatchKind.EXACT,
        MatchKind.OTHER_VERSION,
    }


def test_names_of_the_wanted_version_need_no_word(import_at: Importer) -> None:
    def refuse(version: str) -> Network:
        raise AssertionError(f"{version} was imported in vain")

    network = import_at("8.6")
    ranges = ranges_of(dict.fromkeys(all_names(network), 1.0))
    resolution = resolve_entries(network, ranges, model=SameModel(refuse))
    assert resolution.findings == ()
    assert len(resolution.by_tensor) == len(all_names(network))
    assert resolution.named_by == "8.6"


def test_named_by_goes_before_a_name_that_fits_by_chance(import_at: Importer) -> None:
    """[Shuffle] 51 is 7.2's reshape of the product, and 8.6's bias."""
    name = "(Unnamed Layer* 51) [Shuffle]_output"
    assert name in made_by(import_at("8.6"))
    resolution = resolve(import_at, [name], "8.6", "7.2")
    assert resolution.by_tensor == {}
    assert resolution.unresolved[0].code == "SR102"


def test_a_patch_release_is_its_profile(import_at: Importer) -> None:
    resolution = resolve(import_at, made_by(import_at("8.6")), "8.6", "8.6.1")
    assert resolution.findings == ()
    assert len(resolution.by_tensor) == 3


def test_a_name_that_named_by_does_not_make(import_at: Importer) -> None:
    names = [*made_by(import_at("7.2")), "(Unnamed Layer* 99) [Shuffle]_output"]
    resolution = resolve(import_at, names, "8.6", "7.2")
    assert resolution.unresolved[-1].code == "SR102"
    assert "TensorRT 7.2 makes no tensor" in resolution.unresolved[-1].why


def test_several_versions_that_mean_the_same_need_no_choice(import_at: Importer) -> None:
    name = "(Unnamed Layer* 50) [Constant]_output"
    assert name in made_by(import_at("8.6"))
    resolution = resolve(import_at, [name, "92"], "10.3")
    assert placed(resolution) == {name: "fc.bias_output"}
    (finding,) = (f for f in resolution.findings if f.code == "SR103")
    assert finding.level is Level.NOTE


def test_several_versions_that_mean_different_things() -> None:
    """Number 177 is a bias up to 8.6 and the flattened logits on 7.2: newest first, loudly."""
    name = "(Unnamed Layer* 177) [Shuffle]_output"
    network = resnet50_tail("10.3")
    resolution = resolve_entries(network, ranges_of({name: 1.0}), model=SameModel(tail_at))
    assert placed(resolution) == {name: "ONNXTRT_Broadcast_output"}
    (finding,) = resolution.findings
    assert (finding.code, finding.level) == ("SR103", Level.WARNING)
    assert "8.6" in finding.message
    assert "would fit TensorRT 8.4, 8.2" in finding.message
    assert finding.help is not None
    assert "named_by" in finding.help


@pytest.mark.parametrize("trt", ["8.6", "10.3"])
def test_the_place_in_the_file_tells_versions_apart(trt: str) -> None:
    """The same name after pred_1 can only be the logits, also where 8.6 itself is asked for."""
    name = "(Unnamed Layer* 177) [Shuffle]_output"
    file = ["r0", "r1", "pool5_1", "OC2_DUMMY_0", "pred_1", name, "softmax_1"]
    ranges = ranges_of(dict.fromkeys(file, 1.0))
    resolution = resolve_entries(resnet50_tail(trt), ranges, model=SameModel(tail_at))
    assert len(placed(resolution)) == 1
    flat = next(t for t in resnet50_tail(trt).tensors() if t.key == "softmax_1@Shuffle[0]")
    assert placed(resolution) == {name: flat.name}
    assert resolution.named_by == "8.4"


def test_unknown_output_names_are_still_errors(import_at: Importer) -> None:
    resolution = resolve(import_at, ["92", "fc.weights_output"], "8.6")
    assert [item.code for item in resolution.unresolved] == ["SR101"]


def test_a_parser_that_refuses_is_no_candidate(import_at: Importer) -> None:
    def only_8_6(version: str) -> Network:
        if version != "8.6":
            raise SetrangeError("refused")
        return import_at(version)

    names = made_by(import_at("10.3"))
    ranges = ranges_of(dict.fromkeys([*names, "92"], 1.0))
    resolution = resolve_entries(import_at("8.6"), ranges, model=SameModel(only_8_6))
    assert [item.code for item in resolution.unresolved] == ["SR101", "SR101", "SR102"]


@pytest.mark.parametrize("trt", ["6.0", "7.2", "8.6", "10.10"])
@pytest.mark.parametrize("source", ["6.0", "7.1", "8.0", "8.5", "10.1", "10.7"])
def test_what_moves_is_the_same_thing(import_at: Importer, source: str, trt: str) -> None:
    """A constant stays that initializer, an ONNX value stays that value."""
    resolution = resolve(import_at, all_names(import_at(source)), trt, source)
    originals = {t.name: t for t in import_at(source).float_tensors()}
    assert len(resolution.by_tensor) > 50
    for tensor, resolved in resolution.by_tensor.items():
        original = originals[resolved.entry]
        assert tensor.onnx_value == original.onnx_value
        if original.constant is not None:
            assert tensor.constant is not None
            assert tensor.constant.initializer == original.constant.initializer
