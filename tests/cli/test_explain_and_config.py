# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ships with the package and is shown on demand: pages of findings, example settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from setrange.build_settings.config import read_build_config
from setrange.build_settings.examples import EXAMPLES
from setrange.findings import CODES
from tests.cli.material import run
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("code", CODES)
def test_every_finding_has_a_page(code: str) -> None:
    result = run("explain", code)
    assert result.status == 0
    first, *rest = result.out.splitlines()
    assert first.startswith(f"{CODES[code][0].value}[{code}]: ")
    assert "**What it means.**" in result.out
    assert not any(line.startswith("## ") for line in rest)


def test_a_code_in_small_letters_as_json() -> None:
    page = json.loads(run("explain", "sr104", "--json").out)
    assert page.keys() == {"setrange", "code", "level", "title", "text"}
    assert page["code"] == "SR104"
    assert page["text"].startswith("**What it means.**")


def test_an_unknown_code() -> None:
    result = run("explain", "SR999")
    assert (result.status, result.out) == (2, "")
    assert "there is no finding SR999" in result.err
    assert "SR101" in result.err


def test_a_log_of_that_name_is_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "SR104").write_text("[TRT] nothing\n")
    assert "1 line: 0 known" in run("explain", "SR104").err


def test_options_of_logs_do_not_fit_a_finding() -> None:
    result = run("explain", "SR104", "--trt", "8.6")
    assert result.status == 2
    assert "--trt is for the log of a build" in result.err


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_settings_are_the_shipped_files(name: str, tmp_path: Path) -> None:
    shipped = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
    assert run("config", name).out == shipped
    out = tmp_path / "build.yaml"
    assert run("config", name, "-o", out).status == 0
    assert out.read_text(encoding="utf-8") == shipped
    read_build_config(out)


def test_all_shipped_settings_are_examples() -> None:
    assert {path.stem for path in (ROOT / "configs").iterdir()} == set(EXAMPLES)


def test_settings_that_somebody_changed_are_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "build.yaml"
    assert run("config", "-o", out).status == 0
    assert run("config", "jetson-dla", "-o", out).status == 0
    out.write_text("setrange_build: 1\nfp16: false\n")
    result = run("config", "-o", out)
    assert result.status == 2
    assert "--overwrite" in result.err
    assert out.read_text() == "setrange_build: 1\nfp16: false\n"


def test_an_unknown_example() -> None:
    result = run("config", "jetson")
    assert result.status == 2
    assert "no example settings 'jetson'; did you mean 'jetson-dla'?" in result.err
