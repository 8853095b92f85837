# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange tune`` on a model whose best settings are known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.cli.main import main
from tests.tune.material import samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.tune.conftest import Tune

Result = "Callable[[], dict[str, Any]]"


def test_the_best_set_is_found(tune: Tune, result: Callable[[], dict[str, Any]]) -> None:
    assert tune("--target", "sqnr=30") == 0
    made = result()
    assert list(made["precision"]) == ["bad"]
    assert made["precision"]["bad"]["type"] == "fp16"
    assert made["precision"]["bad"]["source"].startswith("tuned: ")
    assert made["tensors"]["h"]["max"] < 1.2
    assert made["tensors"]["h"]["source"].startswith("tuned: ")
    assert made["collected"]["tuned"]["reached"] >= 30


def test_what_needs_no_change_is_left_as_it_is(
    tune: Tune, result: Callable[[], dict[str, Any]]
) -> None:
    assert tune("--target", "sqnr=1") == 0
    made = result()
    assert "precision" not in made
    assert not any("tuned" in entry.get("source", "") for entry in made["tensors"].values())


def test_ranges_alone_are_taken_where_they_do(
    tune: Tune, result: Callable[[], dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    assert tune("--target", "sqnr=4.5", "--json") == 0
    assert "precision" not in result()
    report = json.loads(capfd.readouterr().out)
    assert [step["change"] for step in report["path"]] == ["start", "ranges"]


def test_the_figures_are_those_of_verify(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    samples(folder / "other.npy", 24, seed=9)
    assert tune("--target", "sqnr=30", "--judge", "other.npy", "--json") == 0
    report = json.loads(capfd.readouterr().out)
    for ranges, side in (("ranges.json", "before"), ("better.json", "after")):
        common = ["toy.onnx", "--data", "other.npy", "--json", "-q", "--threads", "1"]
        assert main(["verify", ranges, *common, "--batch", "8"]) == 0
        verified = json.loads(capfd.readouterr().out)
        assert verified["value"] == report["judging"][side]["value"]


def test_locked_ranges_and_nodes_stay(tune: Tune, result: Callable[[], dict[str, Any]]) -> None:
    assert tune("--target", "sqnr=30", "--lock", "h", "--lock", "ba*") == 1
    made = result()
    assert made["tensors"]["h"] == {"min": -30.0, "max": 30.0}
    assert "bad" not in made.get("precision", {})


def test_as_much_stays_in_int8_as_is_asked(
    tune: Tune, result: Callable[[], dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    assert tune("--target", "sqnr=30", "--keep-int8", "95%") == 1
    assert "precision" not in result()
    assert "not reached: sqnr is" in capfd.readouterr().err


def test_data_that_are_held_out_are_never_searched(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is held out is another kind of data here: the search does not know of it."""
    data = np.load(folder / "data.npy")
    assert tune("--target", "sqnr=30", "--holdout", "0.3", "--json") == 0
    first = json.loads(capfd.readouterr().out)
    data[24:32] *= 3  # the fourth batch of eight, which 0.3 holds out
    np.save(folder / "data.npy", data)
    tune("--target", "sqnr=30", "--holdout", "0.3", "--json")
    second = json.loads(capfd.readouterr().out)
    for field in ("new_ranges", "nodes", "search", "path"):
        assert first[field] == second[field]
    assert first["judging"] != second["judging"]
    assert (first["search"]["samples"], first["judging"]["samples"]) == (32, 8)


def test_a_result_can_be_applied_and_tuned_again(tune: Tune, folder: Path) -> None:
    assert tune("--target", "sqnr=30") == 0
    assert main(["apply", "better.json", "toy.onnx", "-o", "toy.qdq.onnx", "-q"]) == 0
    assert main(["check", "better.json", "toy.onnx", "-q"]) == 0
    again = ["--data", "data.npy", "--target", "sqnr=31", "-o", "best.json", "-q"]
    assert main(["tune", "better.json", "toy.onnx", *again]) in (0, 1)
    assert "bad" in json.loads((folder / "best.json").read_text())["precision"]


def test_python_finds_the_same(tune: Tune, folder: Path) -> None:
    import setrange

    assert tune("--target", "sqnr=30") == 0
    options = {"target": "sqnr=30", "batch": 8, "threads": 1}
    ranges, report = setrange.tune_ranges("toy.onnx", "ranges.json", "data.npy", **options)
    setrange.write_ranges(ranges, "python.json")
    assert (folder / "python.json").read_bytes() == (folder / "better.json").read_bytes()
    assert report.reached
    rows = [row[np.newaxis] for row in np.load("data.npy")]
    again, _ = setrange.tune_ranges("toy.onnx", "ranges.json", rows, **options)
    assert again.precision == ranges.precision
    with pytest.raises(setrange.SetrangeError, match="give a list, not a generator"):
        setrange.tune_ranges("toy.onnx", "ranges.json", iter(rows), **options)


@pytest.mark.parametrize("kind", ["fp32", "fp8"])
def test_nodes_fall_back_to_what_is_asked_for(
    tune: Tune, result: Callable[[], dict[str, Any]], kind: str
) -> None:
    assert tune("--target", "sqnr=16", "--fallback", kind) == 0
    assert {rule["type"] for rule in result()["precision"].values()} == {kind}


def test_fp8_is_tuned_too(tune: Tune, result: Callable[[], dict[str, Any]]) -> None:
    assert tune("--target", "sqnr=24", "--type", "fp8") == 0
    assert "tuned" in result()["collected"]


def test_scales_of_weights_are_a_choice_where_asked(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The file holds the choice: what reads it needs no option.

    Values have a mean, which the rounding of a weight moves: on other data too.
    """
    for name, count, seed in (("data.npy", 40, 5), ("other.npy", 24, 9)):
        samples(folder / name, count, seed)
        np.save(folder / name, 1 + 0.3 * np.load(folder / name))
    common = ["--target", "sqnr=200", "--keep-int8", "60%", "--judge", "other.npy", "--json"]
    values = {}
    for choice in ("max", "mse", "any"):
        assert tune(*common, "--weight-scales", choice, "--overwrite") == 1
        report = json.loads(capfd.readouterr().out)
        values[choice] = report["judging"]["after"]["value"]
        verified = ["verify", "better.json", "toy.onnx", "--data", "other.npy", "--json", "-q"]
        assert main([*verified, "--batch", "8", "--threads", "1"]) == 0
        assert json.loads(capfd.readouterr().out)["value"] == values[choice]
        made = json.loads((folder / "better.json").read_text())
        rules = {"mse": {"*": "mse"}}.get(choice, report["weight_scales"])
        assert made.get("weight_scales", {}) == rules
    assert report["weight_scales"]
    assert values["any"] > max(values["max"], values["mse"])
    locked = ["--lock", "last", "--lock", "good", "--lock", "wide", "--lock", "bad"]
    tune(*common, "--weight-scales", "any", *locked)
    assert json.loads(capfd.readouterr().out)["weight_scales"] == {}


@pytest.mark.parametrize("options", [["--asymmetric"], ["--asymmetric", "--scales", "own"]])
def test_shifted_values_are_judged_as_apply_would_write_them(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str], options: list[str]
) -> None:
    samples(folder / "other.npy", 24, seed=9)
    for name in ("data.npy", "other.npy"):
        np.save(folder / name, np.abs(np.load(folder / name)))
    one_sided = {"x": [0.0, 4.5], "s": [0.0, 4500.0], "h": [0.0, 30.0]}
    given = json.loads((folder / "ranges.json").read_text())
    given["tensors"] |= one_sided
    (folder / "ranges.json").write_text(json.dumps(given))
    assert tune("--target", "sqnr=38", "--judge", "other.npy", *options, "--json") == 0
    out, err = capfd.readouterr()
    report = json.loads(out)
    assert err.rstrip().endswith("model.qdq.onnx")  # the file says it
    verified = ["verify", "better.json", "toy.onnx", "--data", "other.npy", "--json", "-q"]
    assert main([*verified, "--batch", "8", "--threads", "1"]) == 0
    assert json.loads(capfd.readouterr().out)["value"] == report["judging"]["after"]["value"]
    assert (
        tune("--target", "sqnr=38", "--judge", "other.npy", "--json", "-o", "plain.json") == 0
    )
    plain = json.loads(capfd.readouterr().out)
    assert report["search"]["after"]["value"] > plain["search"]["after"]["value"] + 1


def test_a_result_is_kept_where_more_samples_miss_it_again_and_again(
    tune: Tune,
    folder: Path,
    result: Callable[[], dict[str, Any]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Scores are of the first samples; the others clip more, whatever is reached on these."""
    data = np.load(folder / "data.npy")
    data[16:] *= 2
    np.save(folder / "data.npy", data)
    assert tune("--target", "sqnr=30", "--holdout", "0", "--lock", "x", "--json") in (0, 1)
    report = json.loads(capfd.readouterr().out)
    assert report["is_complete"]
    assert report["search"]["after"]["value"] > report["search"]["before"]["value"] + 10
    assert "bad" in result()["precision"]
