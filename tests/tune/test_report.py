# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``tune --report``: the page shows the way to the result, by search and by judging data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.page.material import shown_data

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.tune.conftest import Tune


def test_the_page_shows_what_each_step_bought(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert (
        tune("--target", "sqnr=60", "--keep-int8", "60%", "--report", "p.html", "--json") == 1
    )
    report = json.loads(capfd.readouterr().out)
    data = shown_data(folder / "p.html")
    tuned = data["tuned"]
    assert (tuned["target"], tuned["unit"], tuned["reached"]) == ("sqnr", "dB", False)
    steps = tuned["path"]
    assert [step["value"] for step in steps] == [s["score"]["value"] for s in report["path"]]
    # What a step buys is never less than nothing, and the last one leads to the result.
    values = [step["value"] for step in steps]
    assert values == sorted(values)
    judged = [steps[0]["judged"], steps[-1]["judged"]]
    sides = report["judging"]
    assert judged == [sides["before"]["value"], sides["after"]["value"]]
    # The ranges that the page shows are the tuned ones.
    entries = {tensor["entry"]: tensor for tensor in data["tensors"]}
    [new] = [new for new in report["new_ranges"] if new["entry"] == "h"]
    assert entries["h"]["max"] == new["max"]


def test_a_page_that_cannot_be_written_is_refused_before_the_search(
    tune: Tune, folder: Path
) -> None:
    assert tune("--target", "sqnr=1", "--report", "data.npy") == 2
    assert tune("--target", "sqnr=1", "--report", "better.json") == 2
    assert not (folder / "better.json").exists()
