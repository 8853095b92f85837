# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A step that lowers what is reached is undone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.cli.main import main
from setrange.tune.prices import Share
from setrange.tune.settings import Corrections, NewRange, Settings
from setrange.tune.undoing import undo_harmful
from tests.tune.scoring import scored, trials_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from setrange.tune.evaluation import Score
    from tests.tune.conftest import Tune


def undone(
    value: Callable[[set[str]], float],
    *,
    entries: str = "",
    nodes: str = "",
    target: str = "sqnr=100",
    groups: tuple[str, ...] = (),
    weights: tuple[str, ...] = (),
    biases: str = "",
) -> set[str]:
    """Return what is left of all changes."""
    settings = Settings().with_weights(weights, "mse")
    if biases:
        numbers = dict.fromkeys(biases, (1.0,))
        settings = settings.with_corrections(Corrections.of(numbers))
    settings = settings.with_ranges(NewRange(name, -1.0, 1.0, "how") for name in entries)
    settings = settings.with_nodes(nodes, "fp16")

    def score(now: Settings) -> Score:
        names = {new.entry for new in now.ranges} | now.nodes
        names |= {f"weights of {node}" for node, _ in now.weight_scales}
        names |= {f"bias of {node}" for node in now.corrected}
        return scored(value(names), Share(1 - 0.1 * len(now.nodes), 1.0))

    trials = trials_of(score, target, best=settings)
    assert trials.best is not None
    undo_harmful(trials, groups)
    left = trials.best.settings
    assert trials.best.score == score(left)
    scales = {f"weights of {node}" for node, _ in left.weight_scales}
    corrected = {f"bias of {node}" for node in left.corrected}
    return {new.entry for new in left.ranges} | left.nodes | scales | corrected


def test_ranges_that_lower_the_figure_go_back() -> None:
    worth = {"a": 3.0, "b": -1.0, "c": 2.0, "d": 0.0}
    left = undone(lambda names: sum(worth[name] for name in names), entries="abcd")
    assert left == {"a", "c"}


def test_nodes_and_weights_that_lower_it_go_back() -> None:
    worth = {"a": 3.0, "x": -1.0, "y": 1.0, "weights of u": -0.5, "weights of v": 0.5}
    left = undone(
        lambda names: sum(worth[name] for name in names),
        entries="a",
        nodes="xy",
        weights=("u", "v"),
    )
    assert left == {"a", "y", "weights of v"}


def test_corrected_biases_go_back_all_together_or_in_parts() -> None:
    def value(names: set[str]) -> float:
        left = {name[-1] for name in names}
        bought = len(left & {"c", "d"}) / 2 - len(left & {"a", "b"})
        return 5.0 if not left else 3.0 + bought

    assert undone(value, biases="abcd") == set()
    assert undone(lambda names: value(names | {"bias of z"}), biases="abcd") == {
        "bias of c",
        "bias of d",
    }


def test_of_two_that_cancel_each_other_the_better_pair_stays() -> None:
    """Either of a and b may go, and not both: one makes up for the other."""

    def value(names: set[str]) -> float:
        return 5.0 if len(names & {"a", "b"}) == 1 else 1.0

    assert len(undone(value, entries="ab")) == 1


def test_what_is_harmful_only_after_another_is_undone_goes_too() -> None:
    def value(names: set[str]) -> float:
        if names == {"a", "b", "c"}:
            return 1.0
        return {("a", "b"): 2.0, ("a",): 3.0}.get(tuple(sorted(names)), 0.0)

    assert undone(value, entries="abc") == {"a"}


def test_tensors_of_one_scale_go_back_together() -> None:
    def value(names: set[str]) -> float:
        return {(): 2.0, ("a", "b"): 1.0}.get(tuple(sorted(names)), 0.0)

    assert undone(value, entries="ab", groups=("ab",)) == set()
    assert undone(value, entries="ab") == {"a", "b"}


def test_of_what_should_be_small_less_is_better() -> None:
    worth = {"a": 3.0, "b": -1.0}
    target = "max-error=0.1"
    left = undone(lambda names: 9 + sum(worth[n] for n in names), entries="ab", target=target)
    assert left == {"b"}


def test_what_has_reached_the_target_keeps_reaching_it() -> None:
    worth = {"a": 3.0, "b": -1.0, "x": 4.0}
    left = undone(
        lambda names: sum(worth[name] for name in names),
        entries="ab",
        nodes="x",
        target="sqnr=5",
    )
    assert left == {"a", "x"}


def test_no_step_of_a_result_does_harm(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each change of the result, taken back alone in its file, makes verify's figure lower."""
    np.save(folder / "few.npy", np.load(folder / "data.npy")[:16])
    given = json.loads((folder / "ranges.json").read_text())
    data = ["--data", "few.npy"]
    assert tune("--target", "sqnr=60", "--keep-int8", "60%", "--holdout", "0", *data) == 1
    made = json.loads((folder / "better.json").read_text())

    def figure(content: dict[str, Any]) -> float:
        (folder / "tried.json").write_text(json.dumps(content))
        command = ["verify", "tried.json", "toy.onnx", *data, "--batch", "8", "--json", "-q"]
        capfd.readouterr()
        assert main([*command, "--threads", "1"]) == 0
        value: float = json.loads(capfd.readouterr().out)["value"]
        return value

    reached = figure(made)
    changed = [
        name
        for name, entry in made["tensors"].items()
        if "tuned" in (entry.get("source", "") if isinstance(entry, dict) else "")
    ]
    assert changed
    for name in changed:
        one = {**made, "tensors": {**made["tensors"], name: given["tensors"][name]}}
        assert figure(one) < reached
    for node in made["precision"]:
        left = {name: rule for name, rule in made["precision"].items() if name != node}
        assert figure({**made, "precision": left}) < reached
