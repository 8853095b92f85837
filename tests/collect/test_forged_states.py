# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""States that nobody measured: refused in one message, in little time and memory."""

from __future__ import annotations

import io
import json
import resource
import time
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.errors import FormatError, SetrangeError
from setrange.measure.state import merge_states, read_state, write_state
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest.importorskip("onnxruntime")

KINDS = ["minmax", "moving-average", "entropy"]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("states")
    model = small_cnn(folder / "m.onnx", batch="N")
    found = {}
    for method in KINDS:
        found[method] = folder / f"{method}.state.npz"
        arguments = ("collect", model, "--random", "--method", method, "--shard", "1/2")
        assert run(*arguments, "-o", found[method]).status == 0
    return found


Arrays = dict[str, np.ndarray]


def forged(state: Path, path: Path, change: Callable[[dict[str, Any], Arrays], None]) -> Path:
    """Write a state with other contents."""
    with np.load(state) as archive:
        arrays = {name: archive[name] for name in archive.files}
    head = json.loads(arrays.pop("head").tobytes())
    change(head, arrays)
    data = np.frombuffer(json.dumps(head).encode(), np.uint8)
    np.savez_compressed(path, head=data, **arrays)
    return path


def in_head(**changes: Any) -> Callable[[dict[str, Any], Arrays], None]:
    return lambda head, _arrays: head.update(changes)


def refused(path: Path) -> str:
    with pytest.raises(SetrangeError) as caught:
        read_state(path)
    message = str(caught.value)
    assert str(path) in message
    assert len(message) < 500 + len(str(path))
    return message


HEADS: list[dict[str, Any]] = [
    {"shards": [[1, 10**12]]},
    {"shards": [[1, 10**8]]},
    {"shards": []},
    {"shards": [[2, 1]]},
    {"shards": [[0, 1]]},
    {"shards": [[1, 2], [1, 2]]},
    {"shards": [[1, 2], [1, 3]]},
    {"shards": [[1]]},
    {"shards": [["1", 2]]},
    {"shards": {"1": 2}},
    {"shards": [[True, True]]},
    {"batches": -1},
    {"batches": 10**400},
    {"batches": 1.5},
    {"samples": 10**9},
    {"samples": 0},
    {"samples": "8"},
    {"digest": "x" * 64},
    {"digest": "-1"},
    {"digest": "1" * 5000},
    {"sha256": None},
    {"model": 5},
    {"batch": 0},
    {"batch": None},
    {"random": 1},
    {"images": ["a"]},
    {"is_complete": "yes"},
    {"method": {"name": "entropy", "percentile": 5}},
    {"method": {"name": "percentile", "percentile": None}},
    {"method": {"name": "percentile", "percentile": float("nan")}},
    {"method": {"name": ["entropy"], "percentile": None}},
    {"method": {"name": "best", "percentile": None}},
    {"method": {"name": "mse", "percentile": None, "more": 1}},
    {"method": "entropy"},
    {"observed": None},
    {"observed": [1]},
    {"observed": []},
    {"observed": [{"name": "x", "base": "x", "is_rectified": False}]},
    {"observed": [{"name": "x", "base": ["x"], "is_rectified": False, "factor": 1.0}]},
    {"observed": [{"name": "x", "base": "x", "is_rectified": 0, "factor": 1.0}]},
    {"observed": [{"name": "x", "base": "x", "is_rectified": False, "factor": 0.0}]},
    {"observed": [{"name": "x", "base": "x", "is_rectified": False, "factor": float("nan")}]},
    {"unmeasured": 5},
    {"unmeasured": [["a"]]},
    {"setrange_state": 0},
    {"setrange_state": "1"},
    {"setrange_state": None},
]


@pytest.mark.parametrize("changes", HEADS, ids=lambda changes: str(changes)[:50])
@pytest.mark.parametrize("method", KINDS)
def test_heads_that_contradict_themselves(
    states: dict[str, Path], tmp_path: Path, method: str, changes: dict[str, Any]
) -> None:
    path = forged(states[method], tmp_path / "f.state.npz", in_head(**changes))
    assert "is no state of 'setrange collect'" in refused(path)


def test_a_newer_state(states: dict[str, Path], tmp_path: Path) -> None:
    path = forged(
        states["mse" if "mse" in states else "minmax"],
        tmp_path / "f.state.npz",
        in_head(setrange_state=99),
    )
    assert "newer setrange" in refused(path)


def changed(name: str, change: Callable[[np.ndarray], Any]) -> Callable[..., None]:
    def apply(_head: dict[str, Any], arrays: Arrays) -> None:
        arrays[name] = np.asarray(change(arrays[name].copy()))

    return apply


def with_first(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        array.reshape(-1)[0] = value
        return array

    return change


EXTREMES = [
    changed("low", with_first(1e9)),
    changed("high", with_first(-1e9)),
    changed("high", with_first(-np.inf)),
    changed("low", lambda a: a[:1]),
    changed("low", lambda a: a[:, None]),
    changed("low", lambda a: a.astype("f4")),
    changed("low", lambda a: a.astype(">f8")),
    changed("low", lambda a: a.astype("S8")),
    lambda _head, arrays: arrays.pop("low"),
]
SUMS = [
    changed("runs", with_first(-1)),
    changed("runs", with_first(10**12)),
    changed("runs", with_first(0)),
    changed("runs", lambda a: a.astype("f8")),
    lambda _head, arrays: arrays.pop("runs"),
]
COUNTS = [
    changed("low", with_first(1e9)),
    changed("low", with_first(np.nan)),
    changed("high", with_first(np.inf)),
    changed("high", with_first(1e300)),
    changed("high", lambda a: a * 1e-6),
    changed("numbers", with_first(-5)),
    changed("numbers", with_first(2**62)),
    changed("numbers", lambda a: np.add(a, [1, 0, 0])),
    changed("numbers", lambda a: a.T),
    changed("bins", with_first(-1)),
    changed("bins", with_first(40_000)),
    changed("bins", lambda a: np.add(a, [0, 10**12])),
    changed("bins", lambda a: np.add(a, [0, 1])),
    changed("bins", lambda a: a[:2]),
    changed("bins", lambda a: a[:, ::-1]),
    changed("counts0", with_first(-1)),
    changed("counts0", with_first(2**63 - 1)),
    changed("counts0", lambda a: np.full_like(a, 2**62)),
    changed("counts0", lambda a: a[:-1]),
    changed("counts0", lambda a: a.astype("f8")),
    lambda _head, arrays: arrays.pop("counts0"),
    lambda _head, arrays: arrays.pop("bins"),
    lambda head, _arrays: head["observed"].pop(),
]


@pytest.mark.parametrize(
    ("method", "change"),
    [
        *(("minmax", change) for change in EXTREMES),
        *(("moving-average", change) for change in [*EXTREMES, *SUMS]),
        *(("entropy", change) for change in COUNTS),
    ],
)
def test_arrays_that_contradict_themselves(
    states: dict[str, Path],
    tmp_path: Path,
    method: str,
    change: Callable[[dict[str, Any], Arrays], None],
) -> None:
    path = forged(states[method], tmp_path / "f.state.npz", change)
    refused(path)
    assert run("merge", path, "-o", tmp_path / "r.json").status == 2


def test_files_that_are_no_archive(states: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "f.state.npz"
    whole = states["entropy"].read_bytes()
    for data in (b"", b"PK\x03\x04", whole[:100], whole[:-30]):
        path.write_bytes(data)
        refused(path)
    np.save(tmp_path / "a.npy", np.zeros(3))
    (tmp_path / "a.npy").rename(path)
    refused(path)
    for text in (b"[" * 100_000, b"{}", b"[]", b"\xff", b"1" * 5000, b"null"):
        np.savez(path, head=np.frombuffer(text, np.uint8))
        assert "is no state" in refused(path)


def test_a_pickle_is_not_loaded(states: dict[str, Path], tmp_path: Path) -> None:
    path = forged(
        states["minmax"],
        tmp_path / "f.state.npz",
        changed("low", lambda a: np.array([Evil()] * len(a), dtype=object)),
    )
    assert "Python objects" in refused(path)


class Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (pytest.fail, ("a pickle was run",))


def test_small_files_take_little(states: dict[str, Path], tmp_path: Path) -> None:
    """A megabyte of state is refused, or read within the limits of docs/reliability.md."""
    path = tmp_path / "f.state.npz"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with np.load(states["entropy"]) as whole:
            head = whole["head"]
        with archive.open("head.npy", "w") as part:
            np.lib.format.write_array(part, head)
        with archive.open("counts0.npy", "w", force_zip64=True) as part:
            part.write(b"\x93NUMPY\x01\x00\x3e\x00")
            text = b"{'descr': '<i8', 'fortran_order': False, 'shape': (200000000,)}"
            part.write(text[:62])
            for _ in range(400):
                part.write(bytes(1 << 20))
    path.write_bytes(stream.getvalue())
    assert path.stat().st_size < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    refused(path)
    assert time.process_time() - start < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_what_packs_well_is_read_back(states: dict[str, Path], tmp_path: Path) -> None:
    """Whatever a run writes can be read: no limit of the reader is below that."""
    from setrange.measure import state as module

    state = read_state(states["entropy"])
    limit, module.SMALL_ARCHIVE = module.SMALL_ARCHIVE, 2
    saved, module._MOST_SAVED = module._MOST_SAVED, 1
    try:
        write_state(state, tmp_path / "stored.state.npz")
    finally:
        module.SMALL_ARCHIVE, module._MOST_SAVED = limit, saved
    with zipfile.ZipFile(tmp_path / "stored.state.npz") as archive:
        assert {item.compress_type for item in archive.infolist()} == {zipfile.ZIP_STORED}
    write_state(read_state(tmp_path / "stored.state.npz"), tmp_path / "again.state.npz")
    write_state(state, tmp_path / "first.state.npz")
    first = (tmp_path / "first.state.npz").read_bytes()
    assert (tmp_path / "again.state.npz").read_bytes() == first


def test_counts_do_not_overflow_when_they_are_added(
    states: dict[str, Path], tmp_path: Path
) -> None:
    shards = iter([[[1, 2]], [[2, 2]]])

    def many(head: dict[str, Any], arrays: Arrays) -> None:
        # A value that was 0 so many times: counted apart from the bins.
        extra = 2**53 - int(arrays["numbers"][0, 0])
        arrays["numbers"][0, 0] += extra
        arrays["numbers"][0, 2] += extra
        head["shards"] = next(shards)

    paths = [
        forged(states["entropy"], tmp_path / f"{number}.state.npz", many) for number in (1, 2)
    ]
    with pytest.raises(FormatError, match="more values than there can be"):
        merge_states(paths)


def test_many_missing_shards_are_not_all_named(states: dict[str, Path], tmp_path: Path) -> None:
    path = forged(states["minmax"], tmp_path / "f.state.npz", in_head(shards=[[7, 90_000]]))
    found = run("merge", path, "-o", tmp_path / "r.json")
    assert found.status == 0
    assert "89999 shards missing: 1/90000, " in found.err
    assert len(found.err) < 1000
