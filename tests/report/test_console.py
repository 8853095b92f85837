# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import io
import threading

import pytest

from setrange.findings import Finding, Level
from setrange.report import progress as progress_module
from setrange.report.console import Console, Verbosity, print_product
from setrange.report.findings import MOST, show_findings
from setrange.report.progress import progress


class Terminal(io.StringIO):
    """A stderr that claims to be a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._is_written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._is_written.set()
        return super().write(text)

    def wait_until_written(self) -> None:
        assert self._is_written.wait(60)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_colours_on_a_terminal_only(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.redirect_stderr(terminal):
        Console().error("one")
    assert "\x1b[" in terminal.getvalue()
    for variable, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        plain = Terminal()
        with monkeypatch.context() as patch, contextlib.redirect_stderr(plain):
            patch.setenv(variable, value)
            Console().error("two")
        assert plain.getvalue() == "error: two\n"


def test_no_colours_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Console().error("one")
    print_product("two")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("two\n", "error: one\n")


@pytest.mark.parametrize(
    ("verbosity", "lines"),
    [
        (Verbosity.QUIET, ["always"]),
        (Verbosity.NORMAL, ["always", "say"]),
        (Verbosity.VERBOSE, ["always", "say", "detail"]),
    ],
)
def test_verbosity(
    verbosity: Verbosity, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(verbosity)
    console.always("always")
    console.say("say")
    console.detail("detail")
    assert capsys.readouterr().err.splitlines() == lines


def findings(count: int) -> list[Finding]:
    return [
        Finding(code="SR201", message=f"no range for t{i}", tensor=f"t{i}")
        for i in range(count)
    ]


def test_errors_come_first_and_survive_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        *findings(1),
        Finding(code="SR101", message="unknown", help="did you mean x?"),
        Finding(code="SR201", message="raised", level=Level.ERROR),
    ]
    show_findings(Console(), found)
    shown = capsys.readouterr().err.splitlines()
    assert shown == [
        "error[SR101]: unknown",
        "  help  did you mean x?",
        "error[SR201]: raised",
        "warning[SR201]: no range for t0",
    ]
    show_findings(Console(Verbosity.QUIET), found)
    assert capsys.readouterr().err.splitlines() == shown[:3]


def test_many_of_a_code_are_shortened_to_their_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_findings(Console(), findings(MOST + 40))
    lines = capsys.readouterr().err.splitlines()
    assert lines[MOST - 1] == f"warning[SR201]: no range for t{MOST - 1}"
    assert lines[MOST] == "warning[SR201]: 40 more; -v shows them all"
    names = ", ".join(line.strip() for line in lines[MOST + 1 :])
    assert names.split(", ") == [f"t{i}" for i in range(MOST, MOST + 40)]
    show_findings(Console(Verbosity.VERBOSE), findings(MOST + 40))
    assert len(capsys.readouterr().err.splitlines()) == MOST + 40


def test_a_spinner_for_those_who_wait(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "PATIENCE", 0.01)
    with contextlib.redirect_stderr(terminal), progress(Console(), "reading x.onnx"):
        terminal.wait_until_written()
    assert "reading x.onnx ..." in terminal.getvalue()


@pytest.mark.parametrize("why", ["quick", "quiet", "no terminal"])
def test_no_spinner_where_none_belongs(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr(progress_module, "PATIENCE", 3600 if why == "quick" else 0)
    if why == "no terminal":
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    timers = []
    start = threading.Timer.start
    monkeypatch.setattr(threading.Timer, "start", lambda timer: timers.append(start(timer)))
    console = Console(Verbosity.QUIET if why == "quiet" else Verbosity.NORMAL)
    with contextlib.redirect_stderr(terminal), progress(console, "reading x.onnx"):
        assert len(timers) == (why == "quick")
    assert terminal.getvalue() == ""


def test_an_error_ends_the_spinner(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "PATIENCE", 0.01)

    def fail() -> None:
        with contextlib.redirect_stderr(terminal), progress(Console(), "reading"):
            terminal.wait_until_written()
            raise ValueError("inside")

    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="inside"):
        fail()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive(), "it would write more"
