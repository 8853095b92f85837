# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/accuracy.md shows what really happens."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from setrange import verify
from setrange.accuracy.metrics import METRICS
from tests.cli.material import run
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("onnxruntime")

PAGE = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
#: Which of two equally good ranges is taken may change with ONNX Runtime's release.
METHOD = re.compile(r": (largest value|percentile [\d.]+|least mean squared error) of the data")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def test_the_transcripts_are_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = ROOT / "examples" / "make_patterns.py"
    subprocess.run([sys.executable, str(example), str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```\n(\$ .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    transcripts = [
        transcript
        for block in blocks
        for transcript in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    statuses = []
    for transcript in transcripts:
        command, _, expected = transcript.partition("\n")
        program, *arguments = shlex.split(command)
        if program != "setrange":
            continue
        done = run(*arguments)
        statuses.append(done.status)
        shown, wanted = (text.strip().splitlines() for text in (done.out + done.err, expected))
        if wanted[0] == "...":
            shown = shown[shown.index("") + 1 :]
            wanted = wanted[1:]
            shown = shown[shown.index("") + 1 :]
        assert len(shown) == len(wanted), command
        for ours, theirs in zip(shown, wanted, strict=True):
            assert _is_like(ours, theirs), (ours, theirs)
    assert statuses == [0, 1, 0, 0, 0]
    report = verify("patterns.onnx", "ranges.json", "test.npy", metric="top1", threshold=0.99)
    assert report.passed is False


def _is_like(ours: str, theirs: str) -> bool:
    """The same words, and numbers that differ as those of ONNX Runtime's releases do."""
    ours, theirs = METHOD.sub("", ours), METHOD.sub("", theirs)
    if NUMBER.sub("#", ours).split() != NUMBER.sub("#", theirs).split():
        return False
    pairs = zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True)
    return all(float(a) == pytest.approx(float(b), rel=0.2, abs=0.5) for a, b in pairs)


def test_every_metric_is_explained() -> None:
    assert all(f"`{name}`" in PAGE for name in METRICS)


def test_the_command_knows_every_metric() -> None:
    from setrange.cli.verify import command

    (option,) = (o for o in command.params if o.name == "metric")
    assert list(option.type.choices) == list(METRICS)  # type: ignore[attr-defined]
