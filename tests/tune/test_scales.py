# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Shared scales and shifted values as moves of ``tune``, and in its result.

Two products give values of one sign, which a Concat joins. Those of one are twenty times as
small as the others, and count twenty times as much.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange import tune_ranges
from setrange.cli.main import main
from tests.exporters.quantizing import save
from tests.ranges.joined_values import GRAPH, SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("onnxruntime")


@pytest.fixture(autouse=True)
def joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model, its ranges as measured, and data."""
    monkeypatch.chdir(tmp_path)
    model = onnx.load(save(tmp_path / "m.onnx", GRAPH, SHAPES))
    factors = {"v": 0.05, "q": 20.0, "r": 0.01}
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor) * np.float32(factors.get(tensor.name, 1.0))
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    onnx.save(model, "m.onnx")
    np.save("data.npy", np.random.default_rng(3).standard_normal((16, 32)).astype(np.float32))
    call = ["collect", "m.onnx", "--data", "data.npy", "-o", "r.json", "-q"]
    assert main(call) == 0


@pytest.fixture
def tuned(capfd: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Tune without nodes in FP16, and return the report."""

    def run(*options: str, ranges: str = "r.json", out: str = "better.json") -> dict[str, Any]:
        common = ["--data", "data.npy", "--target", "sqnr=200", "-o", out, "--overwrite"]
        how = ["--keep-int8", "100%", "--quantize-small", "--threads", "1", "--holdout", "0"]
        call = ["tune", ranges, "m.onnx", *common, *how, "--json", "-q", *options]
        assert main(call) == 1
        report: dict[str, Any] = json.loads(capfd.readouterr().out)
        return report

    return run


def verified(capfd: pytest.CaptureFixture[str], ranges: str = "better.json") -> float:
    """Return what verify says of the result, without an option for it."""
    how = ["--data", "data.npy", "--quantize-small", "--threads", "1", "--json", "-q"]
    assert main(["verify", ranges, "m.onnx", *how]) == 0
    value: float = json.loads(capfd.readouterr().out)["value"]
    return value


def better(name: str = "better.json") -> dict[str, Any]:
    made: dict[str, Any] = json.loads(Path(name).read_text(encoding="utf-8"))
    return made


def test_values_get_scales_of_their_own_where_that_helps(
    tuned: Callable[..., dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    shared = tuned()
    assert "own_scales" not in better()
    found = tuned("--scales", "any")
    assert found["search"]["after"]["value"] > shared["search"]["after"]["value"] + 6
    assert set(better()["own_scales"]) == {"ra", "rb", "both"} == set(found["own_scales"])
    assert "own_scales" in [step["change"] for step in found["path"]]
    assert verified(capfd) == found["search"]["after"]["value"]


def test_what_is_locked_shares_its_scale(tuned: Callable[..., dict[str, Any]]) -> None:
    tuned("--scales", "any", "--lock", "both")
    assert "own_scales" not in better()


def test_values_are_shifted_where_that_helps(
    tuned: Callable[..., dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    own = tuned("--scales", "own")
    assert better()["own_scales"] == ["*"]
    assert verified(capfd) == own["search"]["after"]["value"]
    found = tuned("--scales", "own", "--try-asymmetric")
    assert found["search"]["after"]["value"] > own["search"]["after"]["value"] + 1
    assert "rb" in better()["asymmetric"]
    assert set(better()["asymmetric"]) <= {"ra", "rb", "both"}
    assert found["path"][1]["change"] == "asymmetric"
    assert verified(capfd) == found["search"]["after"]["value"]


def test_all_are_shifted_where_that_is_asked_for(
    tuned: Callable[..., dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    found = tuned("--asymmetric")
    assert better()["asymmetric"] == ["*"]
    assert verified(capfd) == found["search"]["after"]["value"]


def test_python_and_another_search_of_the_result(
    tuned: Callable[..., dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    first = tuned("--scales", "any", "--try-asymmetric")
    ranges, _ = tune_ranges(
        "m.onnx",
        "r.json",
        "data.npy",
        target="sqnr=200",
        holdout=0,
        keep_int8=1.0,
        quantize_small=True,
        threads=1,
        scaling="any",
        try_asymmetric=True,
    )
    assert [*ranges.own_scales] == better().get("own_scales", [])
    assert [*ranges.asymmetric] == better()["asymmetric"]
    second = tuned(ranges="better.json", out="best.json")
    assert second["search"]["before"]["value"] == first["search"]["after"]["value"]
    assert better("best.json")["asymmetric"] == better()["asymmetric"]
    assert verified(capfd, "best.json") == second["search"]["after"]["value"]
