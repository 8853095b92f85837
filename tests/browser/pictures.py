# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Take the pictures of the documents: ``python -m tests.browser.pictures``.

The first is of the page that `make demo` writes, the others of the detector of
docs/few-numbers.md: reports of it, and the editor in the middle of the work. Chromium, ONNX
Runtime, starlette and Pillow are needed.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.opening import Opened, chromium_path
from tests.cli.material import run
from tests.editing.editor import Editor
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURES = ROOT / "docs" / "pictures"
DEMO = ROOT / "demo" / "resnet50.html"
WIDTH, HEIGHT = 1280, 800

#: As many colours keep text sharp and files small.
_COLOURS = 160


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox"]
        )
        _of_resnet(browser)
        _of_detector(browser, Path(folder))
        _of_editor(browser, Path(folder) / "detector.onnx")
        browser.close()


def _of_resnet(browser: Browser) -> None:
    page = Opened.open(browser, DEMO, width=WIDTH, height=HEIGHT)
    page.select("177")
    page.page.press("input.search", "Escape")
    _save(page, "report-network")
    page.close()


def _of_detector(browser: Browser, folder: Path) -> None:
    script = ROOT / "examples" / "make_few_numbers.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    page_of_docs = (ROOT / "docs" / "few-numbers.md").read_text(encoding="utf-8")
    ranges = folder / "detector.yaml"
    ranges.write_text(page_of_docs.split("```yaml detector.yaml\n")[1].split("```")[0])
    model, data = folder / "detector.onnx", folder / "detector.npy"
    state, verify, out = folder / "d.state.npz", folder / "v.json", folder / "detector.html"
    _done("collect", model, "--data", data, "--method", "entropy", "-o", state)
    compared = ["verify", ranges, model, "--data", data, "--blame", "20", "--json"]
    verify.write_text(_done(*compared))
    shown = ["--state", state, "--verify", verify, "--for", "qdq"]
    _done("report", ranges, model, *shown, "-o", out)
    page = Opened.open(browser, out, width=1440, height=810, scheme="dark")
    page.page.click("#tab-table")
    page.page.click("[data-column=sqnr] button")
    page.page.click("[data-column=sqnr] button")
    page.page.click(".space .row[aria-rowindex='2']")
    _save(page, "report-table")
    page.close()
    page = Opened.open(browser, out, width=WIDTH, height=HEIGHT)
    page.page.click("#tab-plots")
    page.page.evaluate("document.querySelectorAll('.plots figure')[1].scrollIntoView()")
    _save(page, "report-plots")
    page.close()


def _of_editor(browser: Browser, model: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        editor = Editor(patch, model, "--for", "qdq", "--quiet")
        page = Opened.open(
            browser, editor.address, width=WIDTH, height=HEIGHT, allowed=(editor.origin,)
        )
        for typed in ("0 1", "-6.5 8", "-4 9,5", "12"):
            page.page.keyboard.type(typed)
            page.page.keyboard.press("Enter")
            page.page.wait_for_selector("html[data-busy=false]")
        _save(page, "edit-needed")
        page.close()
        editor.end()


def _done(*arguments: object) -> str:
    done = run(*arguments)
    if done.status:
        raise SystemExit(done.err)
    return done.out


def _save(page: Opened, name: str) -> None:
    page.page.mouse.move(0, 0)
    page.page.wait_for_timeout(400)  # drawn, and nothing moves
    from PIL import Image

    picture = Image.open(io.BytesIO(page.page.screenshot())).convert("RGB")
    small = picture.quantize(
        _COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    small.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
