# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/few-numbers.md shows what really happens: from an ONNX file and few numbers on."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from setrange.machine.rtx_bindings import is_rtx_installed
from tests.cli.material import run
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "few-numbers.md").read_text(encoding="utf-8")
MODELS = ("detector", "encoder", "segmentation")

#: Another build of ONNX Runtime may round otherwise.
_DECIBELS = 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script makes, and the files of the page."""
    folder = tmp_path_factory.mktemp("few")
    script = str(ROOT / "examples" / "make_few_numbers.py")
    subprocess.run([sys.executable, script, str(folder)], check=True)
    for name, text in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _transcripts() -> list[tuple[str, list[str]]]:
    """(command, lines it prints): "..." stands for lines that are not shown."""
    blocks = re.findall(r"^```\n\$ (.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    found = [block.strip().splitlines() for block in blocks]
    return [(command, lines) for command, *lines in found]


TRANSCRIPTS = _transcripts()


def test_the_page_has_transcripts() -> None:
    assert len(TRANSCRIPTS) == 12
    assert {name for name in MODELS if f"```yaml {name}.yaml" in PAGE} == set(MODELS)


@pytest.mark.parametrize(
    ("command", "expected"), [t for t in TRANSCRIPTS if ".engine" not in t[0]]
)
def test_transcripts_are_real(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, expected: list[str]
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "setrange"
    monkeypatch.chdir(folder)
    done = run(*arguments)
    assert done.status == 0, done.err
    shown = (done.out + done.err).splitlines()
    if arguments[0] == "verify":
        (told,) = re.findall(r"sqnr is (\S+) dB", "\n".join(expected))
        (found,) = re.findall(r"sqnr is (\S+) dB", "\n".join(shown))
        assert float(found) == pytest.approx(float(told), abs=_DECIBELS)
        return
    if "..." not in expected:
        assert shown == expected
    rest = iter(shown)
    assert [line for line in expected if line != "..." and line not in rest] == []


def test_the_template_is_the_one_that_is_shown(folder: Path) -> None:
    done = run("template", folder / "detector.onnx", "--for", "rtx")
    [excerpt] = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert excerpt in done.out


@pytest.mark.parametrize("name", MODELS)
def test_fewer_than_ten_numbers_are_typed(folder: Path, name: str) -> None:
    lines = (folder / f"{name}.yaml").read_text().splitlines()
    assert len([line for line in lines if line and not line.startswith("#")]) < 10


@pytest.mark.rtx
@pytest.mark.parametrize("name", MODELS)
def test_they_lead_to_an_engine(folder: Path, name: str) -> None:
    if not is_rtx_installed():
        pytest.skip("TensorRT for RTX is not installed")
    engine = folder / f"{name}.engine"
    done = run("apply", folder / f"{name}.yaml", folder / f"{name}.onnx", "-o", engine)
    assert done.status == 0, done.err
    assert engine.stat().st_size > 100_000
    (told,) = re.findall(r"(\d+) of (\d+) weighted layers run in INT8", done.err)
    assert told == {"detector": ("21", "21"), "encoder": ("13", "13")}.get(name, ("11", "13"))
