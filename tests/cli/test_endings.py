# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands that are told to end, and those that nobody listens to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

RANGES = {"input": 1.0, "conv": 8.0, "relu": 8.0, "pool": 4.0, "flat": 4.0, "out": 16.0}
ON_POSIX = pytest.mark.skipif(os.name == "nt", reason="of POSIX")

LOAD = "setrange.model.loading.load_model"


@pytest.fixture
def ranges(tmp_path: Path) -> Path:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(RANGES))
    return path


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@ON_POSIX
def test_a_signal_ends_a_command_as_a_shell_counts_it(
    model: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from setrange.cli import main

    number = getattr(signal, name)
    before = signal.getsignal(number)
    monkeypatch.setattr(LOAD, lambda *_, **__: signal.raise_signal(number))
    with pytest.raises(SystemExit) as left:
        main(["inspect", str(model)])
    assert left.value.code == 128 + number
    assert capsys.readouterr().err == f"error: ended by {name}\n"
    assert signal.getsignal(number) is before


@ON_POSIX
def test_what_is_ignored_stays_ignored(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `nohup` wants it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr(LOAD, lambda *_, **__: signal.raise_signal(signal.SIGHUP))
        assert run("inspect", model).status == 70  # the stand-in returns nothing: no more
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("made", [ImportError("half loaded"), ValueError("of a library")])
def test_an_interruption_is_one_whatever_a_library_makes_of_it(
    model: Path, made: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise made from None

    monkeypatch.setattr(LOAD, load)
    result = run("inspect", model)
    assert (result.status, result.err) == (130, "error: interrupted\n")


@ON_POSIX
def test_a_thread_that_is_being_started_is_not_waited_for(
    model: Path, ranges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool's own list does not have it yet, and the end of Python waits for each thread."""
    from setrange.cli import main

    started: list[threading.Thread] = []
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        if not thread.daemon and not started:
            started.append(thread)
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    line = ["apply", ranges, model, "--placement", "all", "-o", tmp_path / "q.onnx"]
    with pytest.raises(SystemExit) as left:
        main([str(part) for part in line])
    assert left.value.code == 143
    assert len(started) == 1
    started[0].join(timeout=20)
    assert not started[0].is_alive()


def test_an_interruption_that_python_drops_is_made_again(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dropping:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def load(*_: object, **__: object) -> None:
        Dropping()
        threading.Event().wait(30)
        raise AssertionError("nothing came")

    monkeypatch.setattr(LOAD, load)
    result = run("inspect", model)
    assert (result.status, result.err) == (130, "error: interrupted\n")


def test_a_module_is_loaded_to_its_end(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_module.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\ndone = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    loaded = []

    def load(*_: object, **__: object) -> None:
        import slow_module  # type: ignore[import-not-found]

        loaded.append(slow_module.done)
        threading.Event().wait(30)

    monkeypatch.setattr(LOAD, load)
    assert run("inspect", model).status == 130
    assert loaded == [True]


@ON_POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_an_apply(
    model: Path, ranges: Path, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def killed(*_: object) -> None:
        assert len(list(folder.iterdir())) >= 1  # the temporary file
        signal.raise_signal(number)

    monkeypatch.setattr("setrange.files.atomic.os.fsync", killed)
    try:
        status: object = run("apply", ranges, model, "-o", folder / "q.onnx").status
    except SystemExit as left:
        status = left.code
    assert status == 128 + number
    assert list(folder.iterdir()) == []


# -- streams that are closed, full, or left ---------------------------------------------


def shell(line: str, cwd: Path) -> tuple[int, str]:
    """Run a line in which `setrange` is the command."""
    program = f'"{sys.executable}" -m setrange'
    done = subprocess.run(
        ["bash", "-c", line.replace("setrange", program, 1)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@ON_POSIX
@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("setrange template {} >&-", 2, "error: standard output is closed"),
        ("setrange template {} 2>&-", 0, ""),
        ("setrange template {} -o t.json >&- 2>&-", 0, ""),
        ("setrange template {} >&- 2>&-", 2, ""),
        ("setrange inspect {} > /dev/full", 2, "error: standard output: cannot be written: No"),
        ("setrange template {} -o t.json 2> /dev/full", 0, ""),
        ("setrange frobnicate 2>&-", 2, ""),
        ("setrange --help >&-", 2, "error: standard output is closed"),
        ("setrange check --help >&-", 2, "error: standard output is closed"),
        ("setrange --version >&-", 2, "error: standard output is closed"),
        ("setrange template {} -o t.json 2>&1 | head -c 1; exit ${{PIPESTATUS[0]}}", 0, ""),
    ],
)
def test_streams(line: str, status: int, message: str, model: Path) -> None:
    if "/dev/full" in line and not os.path.exists("/dev/full"):
        pytest.skip("only Linux has it")
    got, err = shell(line.format(model.name), model.parent)
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert got == status
    if message:
        assert message in err
    if "t.json" in line:
        assert json.loads((model.parent / "t.json").read_text())["setrange"] == 1


# -- standard output as OUT -------------------------------------------------------------


def test_a_text_goes_to_standard_output(model: Path, ranges: Path, tmp_path: Path) -> None:
    to_cache = ("apply", ranges, model, "--trt", "8.6", "--to", "cache")
    for arguments, file in (
        (("template", model), "t.json"),
        (to_cache, "c.cache"),
        (("convert", ranges, "--to", "yaml"), "c.yaml"),
        (("merge", ranges, ranges, "--to", "csv"), "m.csv"),
    ):
        result = run(*arguments, "-o", "-")
        assert result.status == 0, result.err
        assert run(*arguments, "-o", tmp_path / file).status == 0
        assert result.out == (tmp_path / file).read_text()
        assert "next:" not in result.err
        assert not os.path.exists("-")


@ON_POSIX
def test_a_model_goes_to_standard_output(model: Path, ranges: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "setrange", "apply", ranges, model, "--to", "qdq", "-o"]
    done = subprocess.run([*command, "-"], capture_output=True, check=True)
    subprocess.run([*command, tmp_path / "q.onnx"], capture_output=True, check=True)
    assert done.stdout == (tmp_path / "q.onnx").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["apply", "{r}", "{m}", "-o", "-"], "say it with --to"),
        (["apply", "{r}", "{m}", "--trt", "8.6", "--to", "ranged-onnx", "-o", "-"], "a small"),
        (["apply", "{r}", "{m}", "--to", "engine", "-o", "-"], "files beside it"),
        (["convert", "{r}", "-o", "-"], "name the format with --to"),
        (["convert", "{r}", "--to", "yaml", "-o", "-", "--json"], "--json is printed there"),
        (["collect", "{m}", "--random", "--samples", "1", "--resume", "-o", "-"], "--resume"),
        (["template", "{m}", "-o", ""], "-o: the name is empty"),
        (["template", ""], "MODEL: the name is empty"),
        (["apply", "", "{m}", "-o", "x.cache", "--trt", "8.6"], "RANGES: the name is empty"),
    ],
)
def test_where_it_cannot_be_the_message_says_why(
    model: Path, ranges: Path, arguments: list[str], message: str
) -> None:
    places = {"{r}": str(ranges), "{m}": str(model)}
    result = run(*(places.get(part, part) for part in arguments))
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert result.err.count("error:") == 1


@pytest.mark.parametrize(
    ("argv", "original", "expected"),
    [
        (["/usr/bin/setrange", "apply"], ["python", "/usr/bin/setrange", "apply"], True),
        (["C:\\v\\Scripts\\setrange.exe"], ["python", "C:\\v\\Scripts\\setrange.exe"], True),
        (["-m", "apply"], ["python", "-m", "setrange", "apply"], True),
        (["-m"], ["python", "-I", "-msetrange"], True),
        (["-m", "setrange"], ["python", "-m", "pytest", "setrange"], False),
        (["-c"], ["python", "-c", "import setrange"], False),
        (["/usr/bin/pytest"], ["python", "/usr/bin/pytest"], False),
        ([""], ["python"], False),
        ([], [], False),
    ],
)
def test_only_the_program_itself_leaves_quietly(
    argv: list[str], original: list[str], *, expected: bool
) -> None:
    from setrange.files.early_interrupt import is_program

    assert is_program(argv, original) is expected


def test_nothing_is_loaded_before_interruptions_end_in_one_line() -> None:
    """Whatever is loaded earlier is a time in which ^C shows a traceback."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "setrange", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    early = loaded[loaded.index("runpy") + 1 : loaded.index("setrange.files.early_interrupt")]
    assert set(early) == {"__future__", "setrange.files"}


@ON_POSIX
def test_an_interruption_that_is_ignored_stays_so() -> None:
    """A shell's script starts what runs in the background with ^C ignored."""
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from setrange.files.early_interrupt import leave_quietly; leave_quietly()\n"
        "signal.raise_signal(signal.SIGINT); print('went on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("went on\n", "")
