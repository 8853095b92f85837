# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The editor in Firefox: from an open page to a saved file, by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.formats.reading import read_ranges
from tests.browser.marionette import ENTER, Firefox, firefox_path
from tests.editing.editor import Editor
from tests.editing.material import save_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("starlette", reason="starlette is not installed (the extra edit)")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (the extra edit)")


@pytest.fixture
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    path = firefox_path()
    if path is None:
        pytest.skip("no Firefox is installed (Debian: apt-get install firefox-esr)")
    found = Firefox(path, tmp_path_factory.mktemp("firefox") / "profile")
    yield found
    found.close()


#: A text to copy: what is pasted is then what the system's clipboard gives.
COPY = """
const area = document.createElement("textarea");
area.id = "copied";
area.value = "c2\\t-2,5\\t4";
document.body.append(area);
area.focus();
"""
SETTLED = "return document.documentElement.dataset.busy === 'false'"


def test_ranges_are_typed_and_saved(
    firefox: Firefox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path / "model.onnx")
    monkeypatch.chdir(tmp_path)
    editor = Editor(monkeypatch, "model.onnx", "--for", "qdq", "--trt", "8.6")
    try:
        firefox.command("WebDriver:Navigate", {"url": editor.address})
        firefox.wait("return document.querySelectorAll('.needed-list li').length === 2")
        assert firefox.run("return location.hash") == ""
        firefox.type(f"0 1{ENTER}")
        firefox.wait("return document.querySelectorAll('.needed-list li').length === 1")
        firefox.type(f"6,5{ENTER}")
        firefox.wait("return document.querySelector('.needed-list li') === null")
        firefox.run("document.querySelector('#tab-table').click()")
        firefox.run("document.querySelector('.scroller').focus()")
        firefox.run(COPY)
        firefox.press_with_control("a")
        firefox.press_with_control("c")
        firefox.run("document.querySelector('#copied').remove()")
        firefox.run("document.querySelector('.scroller').focus()")
        firefox.press_with_control("v")
        firefox.wait("return document.body.innerText.includes('−2.5 … 4')")
        firefox.run("document.querySelector('#edit-undo').click()")
        firefox.wait("return !document.body.innerText.includes('−2.5 … 4')")
        firefox.run("document.querySelector('#edit-save').click()")
        firefox.wait("return document.querySelector('#edit-save').textContent === 'Saved'")
        firefox.wait(SETTLED)
        entries = read_ranges(tmp_path / "model.ranges.json").entries
        assert (entries["x"].amax, entries["r1"].amax) == (1.0, 6.5)
    finally:
        editor.end()
