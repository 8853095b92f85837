# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that belong together appear together or not at all."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange.errors import InputError
from setrange.files.atomic import atomic_file, write_bytes
from setrange.files.interrupts import Terminated, uninterrupted
from setrange.files.staging import together
from tests.cli.material import run, small_cnn

RANGES = {"input": 1.0, "conv": 8.0, "relu": 8.0, "pool": 4.0, "flat": 4.0, "out": 16.0}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_pair(folder: Path, text: bytes) -> None:
    with together():
        write_bytes(folder / "side", text, is_beside=True)
        write_bytes(folder / "main", text)


def test_nothing_is_there_before_the_block_ends(tmp_path: Path) -> None:
    with together():
        write_bytes(tmp_path / "a", b"1")
        write_bytes(tmp_path / "b", b"1")
        assert not {"a", "b"} & set(names(tmp_path))
    assert names(tmp_path) == ["a", "b"]


def test_an_error_in_the_block_leaves_everything(tmp_path: Path) -> None:
    write_pair(tmp_path, b"old")
    with pytest.raises(ZeroDivisionError), together():  # noqa: PT012
        write_bytes(tmp_path / "side", b"new")
        write_bytes(tmp_path / "main", b"new")
        1 / 0  # noqa: B018
    assert names(tmp_path) == ["main", "side"]
    assert (tmp_path / "main").read_bytes() == (tmp_path / "side").read_bytes() == b"old"


@pytest.mark.parametrize("fails", range(1, 5))
@pytest.mark.parametrize("exists", [True, False])
def test_a_rename_that_fails_is_rolled_back(
    tmp_path: Path, fails: int, exists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if exists:
        write_pair(tmp_path, b"old")
    count = 0
    real = Path.replace

    def replace(source: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == fails:
            raise OSError(errno.EIO, "Input/output error")
        return real(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    steps = 4 if exists else 2
    if fails <= steps:
        with pytest.raises(InputError, match="Input/output error"):
            write_pair(tmp_path, b"new")
    else:
        write_pair(tmp_path, b"new")
    monkeypatch.undo()
    want = b"old" if fails <= steps else b"new"
    assert names(tmp_path) == (["main", "side"] if exists or fails > steps else [])
    assert all(path.read_bytes() == want for path in tmp_path.iterdir())


def test_a_signal_waits_for_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.replace

    def replace(source: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return real(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        write_pair(tmp_path, b"new")
    assert names(tmp_path) == ["main", "side"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_signals_wait_and_arrive_once() -> None:
    done = False
    with pytest.raises(KeyboardInterrupt), uninterrupted():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        done = True
    assert done


KILLED = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    import setrange.files.staging as staging
    steps = int(sys.argv[2])
    real = staging.replace_file
    def killed(source, target):
        global steps
        if steps == 0:
            os._exit(9)
        steps -= 1
        real(source, target)
    staging.replace_file = killed
    from setrange.cli import main
    sys.exit(main(sys.argv[3:]))
    """
)


def killed_after(steps: int, *arguments: object) -> int:
    """Run a command in a process that dies at the n-th rename."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(root), str(steps), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def big_model(folder: Path, value: float) -> Path:
    """A model with weights in a data file, all of one value."""
    folder.mkdir(exist_ok=True)
    path = small_cnn(folder / "m.onnx")
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        array = np.full_like(numpy_helper.to_array(tensor), value)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    onnx.save_model(
        model, path, save_as_external_data=True, location=f"w{value}.bin", size_threshold=0
    )
    return path


def weights(path: Path) -> set[float]:
    model = onnx.load(path)
    return {
        float(value)
        for tensor in model.graph.initializer
        if tensor.name in ("conv.weight", "fc.weight", "fc.bias")
        for value in np.unique(numpy_helper.to_array(tensor))
    }


def make(tmp_path: Path, value: float) -> tuple[list[object], Path]:
    ranges = tmp_path / "r.json"
    ranges.write_text(json.dumps(RANGES))
    out = tmp_path / "out" / "o.qdq.onnx"
    out.parent.mkdir(exist_ok=True)
    model = big_model(tmp_path / "in", value)
    return ["apply", ranges, model, "-o", out], out


def test_new_weights_never_lie_under_an_old_model(tmp_path: Path) -> None:
    arguments, out = make(tmp_path, 1.0)
    assert run(*arguments).status == 0
    assert names(out.parent) == ["o.qdq.onnx", "o.qdq.onnx.0.data"]
    arguments, out = make(tmp_path, 2.0)
    for steps in range(2):
        assert killed_after(steps, *arguments) == 9
        assert weights(out) == {1.0}
    assert run(*arguments).status == 0
    assert weights(out) == {2.0}
    left = [name for name in names(out.parent) if not name.endswith(".tmp")]
    assert len(left) == 2, "the data of the old model are gone"


def test_the_same_again_changes_no_name(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        arguments, out = make(tmp_path, value)
        assert run(*arguments).status == 0
        before = {path.name: path.read_bytes() for path in out.parent.iterdir()}
        assert run(*arguments).status == 0
        assert {path.name: path.read_bytes() for path in out.parent.iterdir()} == before


def test_a_copy_of_the_old_model_keeps_its_weights(tmp_path: Path) -> None:
    arguments, out = make(tmp_path, 1.0)
    assert run(*arguments).status == 0
    copy = out.with_name("copy.onnx")
    copy.write_bytes(out.read_bytes())
    arguments, out = make(tmp_path, 2.0)
    assert run(*arguments).status == 0
    assert (weights(copy), weights(out)) == ({1.0}, {2.0})


def test_a_file_that_is_not_ours_keeps_its_place(tmp_path: Path) -> None:
    arguments, out = make(tmp_path, 1.0)
    notes = out.with_name("o.qdq.onnx.0.data")
    notes.write_text("somebody's notes")
    assert run(*arguments).status == 0
    assert notes.read_text() == "somebody's notes"
    assert weights(out) == {1.0}
    assert run(*arguments).status == 0
    assert notes.read_text() == "somebody's notes"
    assert len(names(out.parent)) == 3


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_linked_output_goes_to_its_folder_as_a_whole(tmp_path: Path) -> None:
    arguments, out = make(tmp_path, 1.0)
    real = tmp_path / "real"
    real.mkdir()
    out.symlink_to(real / "o.qdq.onnx")
    assert run(*arguments).status == 0
    assert names(out.parent) == ["o.qdq.onnx"]
    assert names(real) == ["o.qdq.onnx", "o.qdq.onnx.0.data"]
    assert weights(real / "o.qdq.onnx") == {1.0}


@pytest.mark.parametrize("steps", range(5))
def test_a_ranged_model_and_its_cache_are_of_one_run(tmp_path: Path, steps: int) -> None:
    model = small_cnn(tmp_path / "m.onnx")
    ranges = tmp_path / "r.json"
    out = tmp_path / "out" / "x.ranged.onnx"
    out.parent.mkdir()
    cache = out.with_suffix(".cache")
    arguments = ["apply", ranges, model, "--trt", "8.6", "-o", out]
    ranges.write_text(json.dumps(RANGES))
    assert run(*arguments).status == 0
    old = out.read_bytes(), cache.read_bytes()
    ranges.write_text(json.dumps({name: value * 2 for name, value in RANGES.items()}))
    status = killed_after(steps, *arguments)
    assert status == (9 if steps < 4 else 0)
    if out.exists():
        is_old = out.read_bytes() == old[0]
        assert (cache.read_bytes() == old[1]) is is_old
        assert is_old == (steps < 4)
    else:  # the old model is beside it, under a name that says so
        kept = list(out.parent.glob(f"{out.name}.old-*"))
        assert [path.read_bytes() for path in kept] == [old[0]]
        assert run(*arguments).status == 0
        assert out.exists()
        assert cache.read_bytes() != old[1]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    model = small_cnn(tmp_path / "m.onnx")
    ranges = tmp_path / "r.json"
    ranges.write_text(json.dumps(RANGES))
    out = tmp_path / "x.ranged.onnx"
    out.with_suffix(".cache").symlink_to(victim)
    result = run("apply", ranges, model, "--trt", "8.6", "-o", out, "--overwrite")
    assert result.status == 0, result.err
    assert victim.read_text() == "precious"
    assert not out.with_suffix(".cache").is_symlink()


def test_temporary_names_are_never_the_same(tmp_path: Path) -> None:
    seen = set()
    for _ in range(3):
        with atomic_file(tmp_path / "x"):
            seen.update(name for name in names(tmp_path) if name != "x")
    assert len(seen) == 3


def test_a_full_disk_between_two_files_leaves_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pair(tmp_path, b"old")
    real = os.fsync
    calls = 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="main: cannot be written: No space left"):
        write_pair(tmp_path, b"new")
    assert names(tmp_path) == ["main", "side"]
    assert all(path.read_bytes() == b"old" for path in tmp_path.iterdir())


def test_terminated_is_an_interruption() -> None:
    assert issubclass(Terminated, KeyboardInterrupt)
