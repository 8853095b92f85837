# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names moved from one TensorRT version to another, by the small CNN of the command tests."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from setrange.errors import InputError, UnsupportedVersionError
from setrange.importer.model_at import ModelAt
from setrange.ranges import LossKind, RangeEntry
from setrange.resolver.rekey import change_version, rekey
from setrange.versions import TrtVersion
from tests.cli.material import small_cnn
from tests.exporters.quantizing import save
from tests.formats.material import amaxes
from tests.networks import ranges_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from setrange.ranges import RangeFile
    from setrange.resolver.rekey import Rekeyed

    Move = Callable[..., Rekeyed]

#: What TensorRT 8.5 makes of the CNN, with a range each.
CACHE_8_5 = {
    "input": 1.0,
    "conv": 4.0,
    "relu": 4.5,
    "pool": 2.0,
    "flat": 2.5,
    "(Unnamed Layer* 4) [Constant]_output": 0.5,
    "(Unnamed Layer* 5) [Matrix Multiply]_output": 3.5,
    "(Unnamed Layer* 6) [Constant]_output": 0.25,
    "(Unnamed Layer* 7) [Shuffle]_output": 0.25,
    "out": 3.0,
}
MADE_10_3 = ["fc.weight_output", "Gemm_0_output", "fc.bias_output", "ONNXTRT_Broadcast_output"]
#: 7.2 makes a Fully Connected layer between two Shuffle layers.
CACHE_7_2 = {
    "input": 1.0,
    "flat": 2.5,
    "(Unnamed Layer* 4) [Shuffle]_output": 2.5,
    "(Unnamed Layer* 5) [Fully Connected]_output": 3.5,
    "out": 3.0,
}


def ranges(values: dict[str, float], named_by: str | None) -> RangeFile:
    return ranges_of(values, path="calib.cache", named_by=named_by)


def two_gemms(path: Path) -> Path:
    """Two Gemms with a bias each."""
    graph = """(float[2,4] input) => (float[2,4] second) {
        [Gemm_0] first = Gemm(input, w, b)
        [Gemm_1] second = Gemm(first, w, b)
    }"""
    return save(path, graph, {"w": (4, 4), "b": (4,)}, opset=13)


@pytest.fixture
def move(tmp_path: Path) -> Move:
    model = ModelAt.of(small_cnn(tmp_path / "small.onnx"))

    def moved(file: RangeFile, version: str, *, partial: bool = False) -> Rekeyed:
        return rekey(file, model.network(version), model=model, partial=partial)

    return moved


def test_every_entry_moves_to_the_tensor_it_means(move: Move) -> None:
    moved = move(ranges(CACHE_8_5, "8.5.3"), "10.3")
    made = [name for name in CACHE_8_5 if name.startswith("(")]
    assert moved.renamed == dict(zip(made, MADE_10_3, strict=True))
    assert amaxes(moved.ranges) == {
        moved.renamed.get(name, name): amax for name, amax in CACHE_8_5.items()
    }
    assert moved.ranges.named_by == "10.3"
    assert moved.ranges.losses == ()
    assert moved.absent == ()


def test_there_and_back_is_the_identity(move: Move) -> None:
    given = ranges(CACHE_8_5, "8.5")
    there = move(given, "10.3")
    back = move(there.ranges, "8.5")
    assert back.ranges == given
    assert list(back.ranges.entries) == list(given.entries)


def test_names_without_a_counterpart_are_listed(move: Move) -> None:
    moved = move(ranges(CACHE_7_2, "7.2"), "10.3")
    assert list(moved.ranges.entries) == ["input", "flat", "out"]
    lost = {loss.name: (loss.kind, loss.message) for loss in moved.ranges.losses}
    assert list(lost) == [name for name in CACHE_7_2 if name.startswith("(")]
    kind, message = lost["(Unnamed Layer* 5) [Fully Connected]_output"]
    assert kind is LossKind.COUNTERPART
    assert message.endswith("TensorRT 10.3 makes no such tensor")
    assert set(MADE_10_3) < set(moved.absent)


def test_what_a_file_does_not_say_is_inferred(move: Move) -> None:
    moved = move(ranges(CACHE_7_2, None), "8.5")
    assert moved.source == "8.0"  # the newest that calls them so
    assert [finding.code for finding in moved.findings] == ["SR103"]


@pytest.mark.parametrize("wanted", ["8.5", "10.3"])
def test_a_wrong_version_is_recognized(move: Move, wanted: str) -> None:
    with pytest.raises(InputError) as caught:
        move(ranges(CACHE_7_2, "8.5"), wanted)
    message = str(caught.value)
    assert "2 of 5 names are no tensor of the model at TensorRT 8.5, its own" in message
    assert "Names that fit: 5 at 8.0, 5 at 7.2, 3 at" in message
    assert message.endswith("they are TensorRT 8.0 or 7.2's; say so: --named-by 8.0")


def test_names_that_fit_by_chance_are_recognized(tmp_path: Path) -> None:
    """8.5's number 7 belongs to the first Gemm, 7.2's to the second."""
    model = ModelAt.of(two_gemms(tmp_path / "two.onnx"))
    names = ["input", "(Unnamed Layer* 3) [Shuffle]_output", "first", "second"]
    given = ranges(dict.fromkeys(names, 1.0), "7.2")
    with pytest.raises(InputError, match=r"elsewhere in the network .* --named-by 8\.6$"):
        rekey(given, model.network("10.3"), model=model)
    said = dataclasses.replace(given, named_by="8.6")
    moved = rekey(said, model.network("10.3"), model=model)
    assert list(moved.renamed.values()) == ["ONNXTRT_Broadcast_output"]


def test_an_order_that_no_version_explains_is_a_warning(move: Move) -> None:
    product = "(Unnamed Layer* 5) [Matrix Multiply]_output"
    names = ["input", product, "conv", "relu", "pool", "flat", "out"]
    moved = move(ranges(dict.fromkeys(names, 1.0), "8.5"), "10.3")
    assert moved.renamed == {product: "Gemm_0_output"}
    assert "1 names stand elsewhere in the file" in moved.findings[-1].message


def test_another_model_is_recognized(move: Move) -> None:
    other = ranges({"data": 1.0, "fc1": 2.0, "prob": 1.0}, "8.5")
    with pytest.raises(InputError, match=r"another model, or for another export of it$"):
        move(other, "10.3")


def test_a_few_foreign_names_do_not_pass_unseen(move: Move) -> None:
    given = ranges({**CACHE_8_5, "gone": 1.0}, "8.5")
    with pytest.raises(InputError, match=r"1 of 11 names is no tensor .*'gone'.*--partial"):
        move(given, "10.3")
    moved = move(given, "10.3", partial=True)
    assert len(moved.ranges.entries) == 10
    assert [loss.name for loss in moved.ranges.losses] == ["gone"]


def test_entries_without_a_range_move_too(move: Move) -> None:
    given = ranges(CACHE_8_5, "8.5")
    name = "(Unnamed Layer* 5) [Matrix Multiply]_output"
    given.entries[name] = RangeEntry(name=name, reason="0 in the cache")
    moved = move(given, "10.3")
    assert moved.ranges.entries["Gemm_0_output"].reason == "0 in the cache"


def test_portable_keys_and_onnx_names_move(move: Move) -> None:
    moved = move(ranges({"out@Constant[0]": 0.5, "out": 3.0}, None), "8.5")
    assert list(moved.ranges.entries) == ["(Unnamed Layer* 4) [Constant]_output", "out"]


def test_without_a_model_names_of_the_graph_may_change_version() -> None:
    given = ranges({"input": 1.0, "conv": 2.0}, "7.2")
    assert change_version(given, TrtVersion.parse("10.3")).named_by == "10.3"


@pytest.mark.parametrize(
    ("name", "named_by", "wanted"),
    [
        ("(Unnamed Layer* 4) [Constant]_output", "8.5.3", "10.3"),
        ("ONNXTRT_Broadcast_output", "10.3", "10.7"),
        ("/fc/Gemm_output", "10.3", "8.6"),
        ("(Unnamed Layer* 4) [Constant]_output", "4.0", "8.5"),
    ],
)
def test_without_a_model_a_name_that_would_move_is_refused(
    name: str, named_by: str, wanted: str
) -> None:
    given = ranges({"input": 1.0, name: 2.0}, named_by)
    with pytest.raises(InputError, match="give the model: --model MODEL --trt"):
        change_version(given, TrtVersion.parse(wanted))


def test_without_a_model_unknown_names_ask_for_their_version() -> None:
    given = ranges({"(Unnamed Layer* 4) [Constant]_output": 2.0}, None)
    with pytest.raises(InputError, match=r"--named-by VERSION$"):
        change_version(given, TrtVersion.parse("8.5"))


def test_releases_of_one_parser_share_their_names() -> None:
    given = dataclasses.replace(ranges(CACHE_8_5, "8.5.1"), extra={"header": "TRT-8501-X"})
    changed = change_version(given, TrtVersion.parse("8.5.3"))
    assert (changed.named_by, changed.extra) == ("8.5.3", {})
    assert changed.entries == given.entries


def test_a_release_without_ranges_is_refused() -> None:
    with pytest.raises(UnsupportedVersionError, match=r"removed in 11\.0"):
        change_version(ranges({"input": 1.0}, "8.6"), TrtVersion.parse("11.0"))
