# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from setrange import read_ranges
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def a(tmp_path: Path) -> Path:
    path = tmp_path / "a.json"
    path.write_text('{"x": [-1, 2], "y": 4.0, "z": 1.0, "only_a": null}')
    return path


@pytest.fixture
def b(tmp_path: Path) -> Path:
    path = tmp_path / "b.txt"
    path.write_text("x:1.5\ny:4.0\nz:8.0\nonly_b:3\n")
    return path


def test_merge_takes_the_widest_and_lists_conflicts(a: Path, b: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = run("merge", a, b, "-o", out)
    assert (result.status, result.out) == (0, ""), result.err
    merged = {
        name: entry.range and (entry.range.min, entry.range.max)
        for name, entry in read_ranges(out).entries.items()
    }
    assert merged == {
        "x": (-1.5, 2.0),
        "y": (-4.0, 4.0),
        "z": (-8.0, 8.0),
        "only_a": None,
        "only_b": (-3.0, 3.0),
    }
    assert f"conflict: x: {a}: [-1.0, 2.0], {b}: [-1.5, 1.5]; taken: [-1.5, 2.0]" in result.err
    assert f"wrote {out}: 5 tensors of 2 files" in result.err


def test_merge_first_wins(a: Path, b: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert run("merge", b, a, "-o", out, "--policy", "first").status == 0
    assert read_ranges(out).entries["x"].amax == 1.5


def test_merge_json_and_strict(a: Path, b: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = run("merge", a, b, "-o", out, "--json", "--strict")
    assert result.status == 1
    assert "the files disagree on 2 tensors" in result.err
    assert not out.exists()
    report = json.loads(result.out)
    assert report["entries"] == 5
    assert [conflict["name"] for conflict in report["conflicts"]] == ["x", "z"]


def test_merge_refuses_names_of_two_versions(tmp_path: Path) -> None:
    for name, header in (("a.cache", "8601"), ("b.cache", "100300")):
        (tmp_path / name).write_text(f"TRT-{header}-EntropyCalibration2\nx: 3c010204\n")
    result = run("merge", tmp_path / "a.cache", tmp_path / "b.cache", "-o", tmp_path / "c.json")
    assert result.status == 2
    assert "setrange convert FILE --model MODEL --trt VERSION" in result.err


def test_diff_shows_the_largest_change_first(a: Path, b: Path) -> None:
    result = run("diff", a, b)
    assert result.status == 0
    assert result.out.splitlines() == [
        "- only_a  no range",
        "+ only_b  ±3",
        "~ z  ±1 -> ±8  8x",
        "~ x  [-1, 2] -> ±1.5  0.75x",
    ]
    assert result.err == "1 added, 1 removed, 2 changed, 1 the same\n"


def test_diff_above_a_ratio(a: Path, b: Path) -> None:
    result = run("diff", a, b, "--ratio", "2", "--json")
    report = json.loads(result.out)
    assert report["changed"] == [
        {"name": "z", "before": [-1.0, 1.0], "after": [-8.0, 8.0], "ratio": 8.0}
    ]
    assert report["same"] == 2
    assert run("diff", a, b, "--ratio", "0.5").status == 2


def test_diff_strict(a: Path, b: Path) -> None:
    assert run("diff", a, b, "--strict").status == 1
    result = run("diff", a, a, "--strict")
    assert (result.status, result.out) == (0, "")


def test_diff_of_names_of_two_versions_says_so(tmp_path: Path) -> None:
    paths = []
    for name, header in (("a.cache", "8601"), ("b.cache", "100300")):
        paths.append(tmp_path / name)
        paths[-1].write_text(f"TRT-{header}-EntropyCalibration2\nx: 3c010204\n")
    assert "--model MODEL --trt 10.3.0 -o FILE" in run("diff", *paths).err
