# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where samples come from, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from setrange.errors import InputError, UsageError
from setrange.measure.counting import count_samples, in_shard
from setrange.measure.data import DataOptions, samples_of
from setrange.measure.inputs import Input, Inputs

if TYPE_CHECKING:
    from pathlib import Path

ONE = Inputs([Input(name="x", dtype=np.dtype("f4"), shape=("N", 3))])
FIXED = Inputs([Input(name="x", dtype=np.dtype("f4"), shape=(2, 3))])
TWO = Inputs(
    [
        Input(name="x", dtype=np.dtype("f4"), shape=("N", 3)),
        Input(name="ids", dtype=np.dtype("i8"), shape=("N", 2)),
    ]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    np.save(tmp_path / "deep" / "s2.npy", np.full((2, 3), 2, np.float32))
    np.save(tmp_path / "deep" / "s10.npy", np.full((4, 3), 10, np.float32))
    np.savez(tmp_path / "deep" / "er" / "more.npz", whatever=np.ones((2, 3), np.float32))
    (tmp_path / "deep" / "notes.txt").write_text("not data")
    return tmp_path


def firsts(place: object, inputs: Inputs = ONE, **options: int) -> list[float]:
    data = DataOptions.of(str(place), **options)
    found = [sample.load()["x"] for sample in samples_of(data, inputs)]
    assert count_samples(data, inputs) == len(found)
    assert {array.shape for array in found} <= {(inputs.rows, 3)}
    return [float(array[0, 0]) for array in found]


def test_directories_globs_and_files(folder: Path) -> None:
    deep = folder / "deep"
    assert firsts(deep) == [1, 1, 2, 2, 10, 10, 10, 10]  # s2 before s10
    assert firsts(deep / "s*.npy") == [2, 2, 10, 10, 10, 10]
    assert firsts(folder / "**" / "*.npz") == [1, 1]
    assert firsts(deep / "s2.npy") == [2, 2]
    assert firsts(deep, samples=3) == [1, 1, 2]
    assert firsts(deep, FIXED) == [1, 2, 10, 10]


def test_arrays_by_name(tmp_path: Path) -> None:
    x, ids = np.ones((4, 3), np.float32), np.arange(8).reshape(4, 2)
    np.savez(tmp_path / "d.npz", ids=ids, x=x)
    data = DataOptions.of(tmp_path / "d.npz")
    found = [sample.load() for sample in samples_of(data, TWO)]
    assert [int(sample["ids"][0, 0]) for sample in found] == [0, 2, 4, 6]
    assert count_samples(data, TWO) == 4
    for arrays, message in (
        ({"x": x, "idz": ids}, "no input 'idz'; did you mean 'ids'?"),
        ({"x": x}, "no array for input 'ids'"),
        ({"x": x, "ids": ids[:3]}, "different numbers of rows: x has 4, ids has 3"),
        ({"x": x, "ids": ids.astype(np.float32)}, "float32 values do not fit input ids"),
    ):
        np.savez(tmp_path / "d.npz", **arrays)
        with pytest.raises(InputError, match=message.replace("?", r"\?")):
            list(samples_of(data, TWO))


def test_a_fixed_batch_takes_whole_batches(tmp_path: Path) -> None:
    np.save(tmp_path / "d.npy", np.ones((3, 3), np.float32))
    with pytest.raises(InputError, match="holds 3 rows, and the model takes 2 at a time"):
        list(samples_of(DataOptions.of(tmp_path / "d.npy"), FIXED))


def test_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feeder_of_test.py").write_text(
        "import numpy as np\n"
        "def dicts():\n    yield {'x': np.ones(3, 'f4')}\n"
        "def arrays():\n    yield from np.ones((2, 1, 3), 'f4')\n"
        "def nothing():\n    return 5\n"
        "def failing():\n    raise KeyError('disk')\n"
        "def lines():\n    raise ValueError('one\\ntwo')\n"
        "def keys():\n    yield {5: 1, 'x': 1}\n"
        "class Odd:\n    def __array__(self, *a, **k):\n        raise RuntimeError('no')\n"
        "def odd():\n    yield {'x': Odd()}\n"
    )

    def all_of(name: str) -> list[object]:
        data = DataOptions.of(f"feeder_of_test:{name}")
        assert count_samples(data, ONE) is None
        return list(samples_of(data, ONE))

    assert len(all_of("dicts")) == 1
    assert len(all_of("arrays")) == 2
    with pytest.raises(InputError, match="returned int; expected a generator"):
        all_of("nothing")
    with pytest.raises(InputError, match="raised KeyError: 'disk'"):
        all_of("failing")
    with pytest.raises(InputError, match="raised ValueError: one two"):
        all_of("lines")
    with pytest.raises(InputError, match="item 0: 5 is no input's name"):
        all_of("keys")
    with pytest.raises(InputError, match="item 0: is no array: no"):
        all_of("odd")
    with pytest.raises(UsageError, match="no attribute 'other'"):
        all_of("other")


def test_shards_share_all_samples() -> None:
    for samples, batch, shards in ((10, 3, 4), (7, 1, 3), (5, 8, 2)):
        parts = [in_shard(samples, batch, (i, shards)) for i in range(1, shards + 1)]
        assert sum(parts) == samples


def test_what_contradicts_itself() -> None:
    for options, message in (
        ({}, "either --data or --random"),
        ({"places": ("x",), "is_random": True}, "either --data or --random"),
        ({"is_random": True, "samples": 0}, "--samples 0: expected 1 or more"),
    ):
        with pytest.raises(UsageError, match=message):
            DataOptions(**options)  # type: ignore[arg-type]
