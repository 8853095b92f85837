# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What `--gpu` takes; and where TensorRT for RTX is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from setrange.build_settings.gpus import CURRENT, called, parse_gpus
from setrange.errors import BackendUnavailableError, UsageError
from setrange.machine.rtx_bindings import has_rtx_wheels, load_rtx
from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rtx20", "sm75"),
        ("RTX30", "sm86"),
        ("rtx40", "sm89"),
        ("rtx50", "sm120"),
        ("sm80", "sm80"),
        ("SM_86", "sm86"),
        ("8.9", "sm89"),
        ("12.0", "sm120"),
        ("GeForce RTX 3060", "sm86"),
        ("rtx4070ti", "sm89"),
        ("NVIDIA GeForce RTX 5090", "sm120"),
        ("current", "current"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert [gpu.name for gpu in parse_gpus([text])] == [name]


def test_several() -> None:
    assert called(parse_gpus(["rtx30,rtx40", "sm86"])) == "RTX 30 (sm86), RTX 40 (sm89)"
    assert parse_gpus(["current"]) == (CURRENT,)
    assert parse_gpus([]) == ()


@pytest.mark.parametrize("text", ["rtx60", "sm70", "", "gtx1080", "rtx30,", "sm86 sm89", "7"])
def test_no_gpu(text: str) -> None:
    with pytest.raises(UsageError, match="expected rtx20, rtx30"):
        parse_gpus([text])


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("Linux", "x86_64", True),
        ("Windows", "AMD64", True),
        ("Darwin", "arm64", False),
        ("Darwin", "x86_64", False),
        ("Linux", "aarch64", False),
    ],
)
def test_where_wheels_are(system: str, machine: str, *, expected: bool) -> None:
    assert has_rtx_wheels(system, machine) is expected


def absent(name: str, package: str | None = None) -> Any:
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize("system", ["Linux", "Darwin"])
def test_it_is_not_installed(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("importlib.import_module", absent)
    with pytest.raises(BackendUnavailableError) as caught:
        load_rtx()
    words = 'pip install "setrange[rtx]"' if system == "Linux" else "no package for Darwin"
    assert words in str(caught.value)


def test_completion_of_gpus() -> None:
    from click.shell_completion import ShellComplete

    from setrange.cli.main import setrange

    complete = ShellComplete(setrange, {}, "setrange", "_SETRANGE_COMPLETE")
    given = ["apply", "r.json", "m.onnx", "--gpu"]
    assert [c.value for c in complete.get_completions(given, "rtx30,sm8")] == [
        "rtx30,sm80",
        "rtx30,sm86",
        "rtx30,sm89",
    ]
    via = [c.value for c in complete.get_completions([*given[:3], "--via"], "r")]
    assert via == ["rtx"]


def test_apply_without_any_builder(
    ranges: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setrange.cli.apply.builders.is_rtx_installed", lambda: False)
    monkeypatch.setattr("setrange.machine.find_trtexec.trtexec_paths", list)
    result = run("apply", ranges, model, "-o", tmp_path / "net.engine")
    assert result.status == 3, result.err
    assert "setrange[rtx]" in result.err
