# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange tune`` from outside: targets, the user's function, interruptions, bad input."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.cli.main import main
from setrange.errors import InputError
from setrange.tune.evaluation import Evaluator
from setrange.tune.journal import SUFFIX, Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.tune.conftest import Tune

_FUNCTION = """
import numpy as np
def worst_row(wanted, got):
    assert set(wanted) == set(got) == {"y"}
    return float(np.abs(wanted["y"] - got["y"]).max())
def likeness(wanted, got):
    return 1.0 - worst_row(wanted, got)
def broken(wanted, got):
    return wanted["z"]
def text(wanted, got):
    return "good"
def nothing(wanted, got):
    return float("nan")
number = 3
def ending(wanted, got):
    raise SystemExit(0)
"""


@pytest.fixture
def judge(folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A module of the user's; its name."""
    name = f"judge_{abs(hash(request.node.name))}"
    (folder / f"{name}.py").write_text(_FUNCTION)
    monkeypatch.syspath_prepend(folder)
    return name


@pytest.mark.parametrize("target", ["cosine=0.9995", "max-error=0.2", "equal=0"])
def test_other_metrics_are_reached(
    tune: Tune, capfd: pytest.CaptureFixture[str], target: str
) -> None:
    assert tune("--target", target, "--json", "--holdout", "0") == 0
    report = json.loads(capfd.readouterr().out)
    name, _, wanted = target.partition("=")
    assert (report["target"], report["wanted"]) == (name, float(wanted))
    assert report["reached"] is True
    assert report["judging"] is None


def test_classes_are_compared(tune: Tune, folder: Path) -> None:
    assert tune("--target", "top1=95%", "--holdout", "0") == 0
    np.savetxt(folder / "labels.txt", np.zeros(40), fmt="%d")
    assert tune("--target", "accuracy-drop=1%", "--labels", "labels.txt") == 0


def test_a_function_of_the_user_decides(
    tune: Tune, judge: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert tune("--target", f"{judge}:worst_row<=0.15", "--json") == 0
    report = json.loads(capfd.readouterr().out)
    assert report["judging"]["after"]["value"] <= 0.15 < report["judging"]["before"]["value"]
    assert tune("--target", f"{judge}:likeness=0.85", "--json") == 0
    again = json.loads(capfd.readouterr().out)
    assert again["judging"]["after"]["value"] == pytest.approx(
        1 - report["judging"]["after"]["value"]
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("sqnr", "expected METRIC=VALUE"),
        ("sqrn=30", "did you mean 'sqnr'?"),
        ("sqnr=high", "'high' is no number"),
        ("sqnr<=30", "of sqnr more is better; write sqnr=30"),
        ("top1=99", "(or 99%)"),
        ("top1=150%", "150% is never met or always"),
        ("cosine=nan", "expected a finite number"),
        ("accuracy-drop=0.5%", "needs --labels"),
        ("no_such_module:f=1", "expected module:function that can be imported"),
    ],
)
def test_a_bad_target_gets_one_message(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str], target: str, said: str
) -> None:
    assert tune("--target", target) == 2
    [line] = [x for x in capfd.readouterr().err.splitlines() if x.startswith("error: ")]
    assert "--target" in line
    assert said in line
    assert not (folder / "better.json").exists()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("broken", "raised KeyError: 'z'"),
        ("text", "returned str; expected a number"),
        ("nothing", "returned nan; expected a finite number"),
        ("number", "is not callable"),
        ("ending", "ended the program (SystemExit: 0)"),
        ("missing", "has no attribute 'missing'"),
    ],
)
def test_a_bad_function_gets_one_message(
    tune: Tune,
    folder: Path,
    judge: str,
    capfd: pytest.CaptureFixture[str],
    function: str,
    said: str,
) -> None:
    assert tune("--target", f"{judge}:{function}=0.9") == 2
    [line] = [x for x in capfd.readouterr().err.splitlines() if x.startswith("error: ")]
    assert f"--target {judge}:{function}" in line
    assert said in line
    assert not (folder / "better.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lock", "no-such-*"], "--lock no-such-*: fits no tensor and no node"),
        (["--lock", "re:("], "is no regular expression"),
        (["--budget", "soon"], "--budget soon: expected a time such as 90s, 10m or 2h"),
        (["--budget", "0"], "expected a time of more than 0"),
        (["--holdout", "1.5"], "--holdout 1.5: expected a share"),
        (["--keep-int8", "120%"], "--keep-int8 120%: expected a share"),
        (["--holdout", "some"], "--holdout some: expected a share"),
        (["-o", "-", "--json"], "both want standard output"),
        (["-o", "-", "--resume"], "standard output has no such place"),
        (["-o", "ranges.json"], "is read"),
        (["--judge", "nothing.npy"], "--judge nothing.npy: no such file"),
        (["--judge", "no_such_module:judge"], "--judge no_such_module:judge: "),
        (["--judge", "picture.png"], "--judge picture.png: picture.png is an image"),
        (["--judge", "data.npy"], "--judge data.npy: the search sees it too"),
        (["--judge", "../*/data.npy"], "data.npy: the search sees it too"),
        (["--judge-labels", "data.npy"], "--judge-labels is for the data of --judge"),
        (["--judge", "data.npy", "--holdout", "0.3"], "--holdout is for a share of --data"),
        (["--batch", "40"], "no sample is left to judge by"),
    ],
)
def test_bad_arguments_get_one_message(
    tune: Tune,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    before = (folder / "ranges.json").read_bytes()
    if "picture.png" in arguments:
        (folder / "picture.png").write_bytes(b"")
    assert tune("--target", "sqnr=1", *arguments) == 2
    [line] = [x for x in capfd.readouterr().err.splitlines() if x.startswith("error: ")]
    assert said in line
    assert (folder / "ranges.json").read_bytes() == before
    (folder / "picture.png").unlink(missing_ok=True)
    assert sorted(p.name for p in folder.iterdir()) == ["data.npy", "ranges.json", "toy.onnx"]


def test_judging_data_that_are_broken_are_called_by_their_option(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The function that makes them fails only after its first sample."""
    lines = [
        "import numpy as np",
        "def gen():",
        " yield np.zeros((1, 64), 'f')",
        " raise KeyError",
    ]
    (folder / "late_judge.py").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(folder)
        assert tune("--target", "sqnr=1", "--judge", "late_judge:gen") == 2
    assert "error: --judge late_judge:gen: " in capfd.readouterr().err


@pytest.mark.parametrize("is_judge", [False, True])
def test_copies_of_search_data_among_the_judging_data_are_noticed(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str], is_judge: bool
) -> None:
    data = np.load(folder / "data.npy")
    judge = ["--judge", "other.npy"] if is_judge else []
    if is_judge:
        other = np.random.default_rng(8).standard_normal((8, 64)).astype(np.float32)
        other[2], other[5] = data[1], data[30]
        np.save(folder / "other.npy", other)
    else:
        data[25] = data[27] = data[1]  # the fourth batch of eight is held out
        np.save(folder / "data.npy", data)
    assert tune("--target", "sqnr=1", *judge, "--json") == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["judging"]["copies"] == 2
    assert "warning: 2 of 8 samples that judge are equal, byte for byte" in err


def test_more_in_int8_than_there_is_cannot_be_kept(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ranges = json.loads((folder / "ranges.json").read_text())
    ranges["precision"] = {"good": "fp16"}
    (folder / "ranges.json").write_text(json.dumps(ranges))
    assert tune("--target", "sqnr=30", "--keep-int8", "90%") == 2
    assert "--keep-int8 90%: with the ranges as given 69.23 % of" in capfd.readouterr().err
    assert not (folder / f"better.json{SUFFIX}").exists()
    assert not (folder / "better.json").exists()


def _interrupted(monkeypatch: pytest.MonkeyPatch, after: int, how: Callable[[], None]) -> None:
    """Let the search be interrupted when it works out a score for the n-th time."""
    real, count = Evaluator.evaluate, 0

    def evaluate(self: Evaluator, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count > after:
            how()
        return real(self, *arguments)

    monkeypatch.setattr(Evaluator, "evaluate", evaluate)


class _Killed(BaseException):
    """Nothing handles it: what is in files by then is all that stays."""


def _die() -> None:
    raise _Killed


@pytest.mark.parametrize("after", [1, 2, 4])
def test_after_a_kill_the_same_file_comes_out(
    tune: Tune, folder: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    common = ["--target", "sqnr=30", "--correct-bias"]
    assert tune(*common, "-o", "whole.json") == 0
    with monkeypatch.context() as patched:
        _interrupted(patched, after, _die)
        with pytest.raises(_Killed):
            tune(*common)
    state = folder / f"better.json{SUFFIX}"
    with state.open("a") as file:
        file.write(
            '{"key": "score',
        )  # cut off in the middle of a line
    figures = state.read_text().count("\n") - 1
    assert figures > after
    assert tune(*common, "--resume") == 0
    assert (folder / "better.json").read_bytes() == (folder / "whole.json").read_bytes()
    assert not state.exists()


def test_an_interruption_keeps_the_best(
    tune: Tune,
    result: Callable[[], dict[str, Any]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert tune("--target", "sqnr=30", "-o", "whole.json") == 0
    with monkeypatch.context() as patched:
        _interrupted(patched, 2, lambda: os.kill(os.getpid(), signal.SIGINT))
        assert tune("--target", "sqnr=30") == 130
    err = capfd.readouterr().err
    assert "wrote better.json: the best so far, " in err
    assert "--resume" in err
    assert "tuned" in result()["collected"]
    assert tune("--target", "sqnr=30", "--resume") == 0
    assert (folder / "better.json").read_bytes() == (folder / "whole.json").read_bytes()


def test_a_budget_ends_the_search_with_the_best(
    tune: Tune, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from setrange.tune.measuring import OutOfBudgetError

    def over() -> None:
        raise OutOfBudgetError

    _interrupted(monkeypatch, 2, over)
    assert tune("--target", "sqnr=60") == 1
    err = capfd.readouterr().err
    assert "the budget was over before the search was; --resume goes on with it" in err


def test_a_state_of_another_search_is_refused(
    tune: Tune, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        _interrupted(patched, 2, _die)
        with pytest.raises(_Killed):
            tune("--target", "sqnr=30")
    kept = (folder / f"better.json{SUFFIX}").read_bytes()
    assert tune("--target", "sqnr=31", "--resume") == 2
    assert "cannot be resumed: its target is another" in capfd.readouterr().err
    np.save(folder / "data.npy", np.load(folder / "data.npy") * 2)
    assert tune("--target", "sqnr=30", "--resume") == 2
    assert "cannot be resumed: its data is another" in capfd.readouterr().err
    assert (folder / f"better.json{SUFFIX}").read_bytes() == kept


def test_what_somebody_wrote_is_not_replaced(
    tune: Tune, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "better.json").write_text('{"setrange": 1, "tensors": {"x": 1.0}}')
    assert tune("--target", "sqnr=1") == 2
    assert "--overwrite" in capfd.readouterr().err
    (folder / "better.json").unlink()
    assert tune("--target", "sqnr=1") == 0
    assert tune("--target", "sqnr=2") == 0


@pytest.mark.parametrize("option", ["--target", "--data"])
def test_the_users_module_is_not_replaced(
    tune: Tune, folder: Path, judge: str, capfd: pytest.CaptureFixture[str], option: str
) -> None:
    given = ["--target", "sqnr=1", "--data", f"{judge}:text"]
    if option == "--target":
        given = ["--target", f"{judge}:likeness=0.1"]
    module = folder / f"{judge}.py"
    assert tune(*given, "-o", module.name, "--overwrite") == 2
    assert f"-o {module.name}: is the same file as {option}, which is read" in (
        capfd.readouterr().err
    )
    assert module.read_text() == _FUNCTION


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(0)",
        "def gen():\n    raise SystemExit(0)",
        "import numpy as np\ndef gen():\n    yield np.zeros((1, 64), 'f')\n    exit(0)",
    ],
)
def test_data_that_end_the_program_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], code: str
) -> None:
    name = f"ending_{abs(hash(code))}"
    (folder / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    out = ["-o", "measured.json"]
    assert main(["collect", "toy.onnx", "--data", f"{name}:gen", *out]) == 2
    err = capfd.readouterr().err
    assert f"--data {name}:gen: " in err
    assert "ended the program (SystemExit: 0)" in err
    assert not (folder / "measured.json").exists()


def test_no_page_replaces_the_users_module(
    folder: Path, judge: str, capfd: pytest.CaptureFixture[str]
) -> None:
    module = folder / f"{judge}.py"
    data = ["--data", f"{judge}:text", "--report", module.name, "--overwrite"]
    assert main(["verify", "ranges.json", "toy.onnx", *data]) == 2
    assert "same file as --data" in capfd.readouterr().err
    assert module.read_text() == _FUNCTION


def test_releases_without_a_release_are_refused(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "toy.onnx", "--releases", ",", "-o", "page.html"]) == 2
    assert "--releases ,: names no release" in capfd.readouterr().err
    assert not (folder / "page.html").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="of Linux")
def test_a_disk_that_is_full_by_now_is_said_of_the_state(tmp_path: Path) -> None:
    path = tmp_path / f"o.json{SUFFIX}"
    journal = Journal({"model": "m"}, path)
    journal.put("first", 1.0, 0.1)
    path.unlink()
    path.symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"o\.json\.tune-state\.jsonl: cannot be written"):
        journal.put("second", 2.0, 0.2)
