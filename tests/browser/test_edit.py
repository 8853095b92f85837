# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The editor in a real browser, as a person uses it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import onnx
import pytest
from onnx import TensorProto, helper

from setrange.formats.reading import read_ranges
from setrange.model.quantizer_ops import has_qdq
from tests.browser.invented import hostile_names
from tests.editing.editor import Editor
from tests.editing.material import save_model
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.opening import Opened

pytest.importorskip("starlette", reason="starlette is not installed (the extra edit)")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (the extra edit)")

#: What is typed for the detector: decimal commas, one number and two.
TYPED = ("0 1", "6,5", "-0,3; 8", "[-1, 4]", "±3.5", "0..12")


class Edited(NamedTuple):
    """An editor and its page."""

    page: Page
    opened: Opened
    editor: Editor


@pytest.fixture
def edit(
    opened: Callable[..., Opened], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Edited]]:
    """Starts the editor and opens its page: `edit("model.onnx", ...)`."""
    editors: list[Editor] = []
    monkeypatch.chdir(tmp_path)

    def start(*arguments: object) -> Edited:
        editor = Editor(monkeypatch, *arguments)
        editors.append(editor)
        found = opened(editor.address, allowed=(editor.origin,))
        return Edited(found.page, found, editor)

    yield start
    for editor in editors:
        editor.end()


def settle(page: Page) -> None:
    """Wait until all that was asked for is answered."""
    page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    page.wait_for_selector("html[data-busy=false]")


def wait_selected(page: Page, length: int) -> None:
    """Wait until the field with the keyboard has as many letters selected.

    Not by `wait_for_function`, whose second try the page's policy refuses as `eval`.
    """
    for _ in range(1200):
        if page.evaluate("document.activeElement.selectionEnd") == length:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{length} letters were never selected")


def count(page: Page, what: str) -> int:
    """How many ranges the top of the page says are `given`, `missing`, ..."""
    text = page.inner_text(f".coverage-legend li:has-text('{what}') b")
    return int(text.replace(",", ""))


def shown_as_served(page: Page, editor: Editor) -> None:
    """What the page has made of all patches is what the server has."""
    data = editor.get("api/data")
    badges = {
        name: int(page.inner_text(f"#tab-{name} .count").replace(",", ""))
        for name in ("findings", "needed")
    }
    assert badges == {
        "findings": len(data["findings"]),
        "needed": len(data["edit"]["needed"]),
    }
    shown = page.locator(".codes .code").all_inner_texts()
    assert {text[:5] for text in shown} == {item["code"] for item in data["findings"]}


def row(page: Page, name: str) -> str:
    """The text of a row of the table."""
    return page.inner_text(f".space .row:has(bdi:text-is('{name}'))")


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("detector")
    script = str(ROOT / "examples" / "make_few_numbers.py")
    subprocess.run([sys.executable, script, str(folder)], check=True)
    return folder / "detector.onnx"


def test_from_nothing_to_a_qdq_model_by_keyboard(
    edit: Callable[..., Edited], detector: Path, tmp_path: Path
) -> None:
    (tmp_path / "detector.onnx").write_bytes(detector.read_bytes())
    page, _, editor = edit("detector.onnx", "--for", "qdq")
    assert "#" not in page.url  # nobody reads the secret over a shoulder
    left = count(page, "missing")
    assert left == 20
    for turn in range(left):
        assert count(page, "missing") == left - turn
        page.keyboard.type(TYPED[turn % len(TYPED)])
        page.keyboard.press("Enter")
        settle(page)
        shown_as_served(page, editor)
    assert count(page, "missing") == 0
    assert "Nothing is left to give" in page.inner_text(".needed-summary")
    assert page.title().startswith("•")
    assert not (tmp_path / "detector.ranges.json").exists()
    page.keyboard.press("Control+s")
    settle(page)
    page.wait_for_selector("#edit-save:text-is('Saved')")
    file = read_ranges(tmp_path / "detector.ranges.json")
    assert file.purpose == "qdq"
    given = [e for e in file.entries.values() if e.range is not None and not e.is_proposal]
    assert len(given) == left
    assert (file.entries["images"].range.min, file.entries["images"].range.max) == (0.0, 1.0)  # type: ignore[union-attr]

    page.focus("#edit-export")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.export")
    assert page.input_value("dialog input[name=name]") == "detector.qdq.onnx"
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog .done", timeout=120_000)
    assert "wrote" in page.inner_text("dialog .output")
    assert "setrange apply detector.ranges.json detector.onnx" in page.inner_text(".command")
    page.wait_for_selector("dialog button:text-is('Close'):focus")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="detached")
    page.wait_for_selector("#edit-export:focus")
    assert has_qdq(onnx.load(tmp_path / "detector.qdq.onnx"))


def test_the_table_by_keyboard(edit: Callable[..., Edited], tmp_path: Path) -> None:
    save_model(tmp_path / "model.onnx")
    page = edit("model.onnx", "--trt", "8.6").page
    page.click("#tab-table")
    page.focus(".scroller")
    page.keyboard.press("Home")
    page.keyboard.type("0 6")  # the first digit opens the field
    page.keyboard.press("Enter")
    settle(page)
    assert "0 … 6" in row(page, "x")
    page.keyboard.press("F2")  # on the next row now
    page.keyboard.type("-2,5 4")
    page.keyboard.press("Tab")
    settle(page)
    assert "−2.5 … 4" in row(page, "c1")
    assert "0 … 4" in row(page, "r1")  # it follows
    page.keyboard.press("F2")
    page.keyboard.type("99")
    page.keyboard.press("Escape")
    settle(page)
    assert "0 … 4" in row(page, "r1")
    page.keyboard.press("Control+z")
    settle(page)
    assert "missing" in row(page, "c1")
    page.keyboard.press("Control+y")
    settle(page)
    assert "−2.5 … 4" in row(page, "c1")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")
    settle(page)
    assert "missing" in row(page, "c1")
    page.keyboard.press("p")
    settle(page)
    assert "0 … 6" in row(page, "c1")  # as what it is made from
    page.keyboard.press("f")
    settle(page)
    assert page.get_attribute(".edit-fields [data-action=fp16]", "aria-pressed") == "true"


def test_many_rows_at_once(edit: Callable[..., Edited], tmp_path: Path) -> None:
    save_model(tmp_path / "model.onnx")
    page = edit("model.onnx", "--trt", "8.6").page
    page.click("#tab-table")
    page.focus(".scroller")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    assert "4 rows marked" in page.inner_text(".marked-bar")
    page.fill(".marked-input", "7")
    page.keyboard.press("Enter")
    settle(page)
    assert count(page, "given") == 4
    page.click("#edit-undo")
    settle(page)
    assert count(page, "given") == 0
    page.keyboard.press("Control+z")
    page.wait_for_selector(".toast:text-is('There is nothing to undo.')")


def test_a_second_page_shows_what_the_first_has_changed(
    edit: Callable[..., Edited], opened: Callable[..., Opened], tmp_path: Path
) -> None:
    save_model(tmp_path / "model.onnx")
    page, _, editor = edit("model.onnx", "--trt", "8.6")
    second = opened(editor.address, allowed=(editor.origin,)).page
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    settle(page)
    assert count(second, "given") == 0
    second.evaluate("window.dispatchEvent(new Event('focus'))")
    second.wait_for_selector(".coverage-legend li:has-text('given') b:text-is('1')")


def test_the_keyboard_goes_on_where_a_button_goes_away(
    edit: Callable[..., Edited], tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed (the extra ort)")
    save_model(tmp_path / "model.onnx")
    page = edit("model.onnx", "--trt", "8.6").page
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.click("#edit-estimate")
    page.focus("#edit-accept:not([hidden])")
    page.keyboard.press("Enter")
    page.wait_for_selector("#edit-save:focus")
    assert count(page, "missing") == 0


def paste(page: Page, text: str) -> None:
    """What Ctrl+V does, without the system's clipboard."""
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const how = { clipboardData: data, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        text,
    )
    settle(page)


def test_a_column_is_pasted(edit: Callable[..., Edited], tmp_path: Path) -> None:
    save_model(tmp_path / "model.onnx")
    page = edit("model.onnx", "--trt", "8.6").page
    page.click("#tab-table")
    page.focus(".scroller")
    paste(page, "tensor\tmin\tmax\r\nc1\t-2,5\t4\r\nnobody\t0\t1\r\n")
    assert "−2.5 … 4" in row(page, "c1")
    assert "1 name of no use here" in page.inner_text(".toasts")
    page.keyboard.press("Home")
    paste(page, "8\n9\n")
    assert ("−8 … 8" in row(page, "x"), "−9 … 9" in row(page, "c1")) == (True, True)
    page.click("#edit-paste")
    page.fill("dialog textarea", "c2\t1,5")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    page.keyboard.press("Escape")
    page.focus(".scroller")
    page.keyboard.press("Control+v")  # what the system's clipboard gives
    page.wait_for_selector(".space .row:has-text('−1.5 … 1.5')")
    page.click("#edit-paste")
    page.fill("dialog textarea", "y 3")
    page.click("dialog button[value=paste]")
    settle(page)
    assert "−3 … 3" in row(page, "y")


def test_what_is_refused_stays_to_be_corrected(
    edit: Callable[..., Edited], tmp_path: Path
) -> None:
    save_model(tmp_path / "model.onnx")
    page, opened, _ = edit("model.onnx", "--trt", "8.6")
    page.keyboard.type("6 0")
    page.keyboard.press("Enter")
    settle(page)
    assert "min 6.0 is greater than max 0.0" in page.inner_text(".needed-list li:first-child")
    assert count(page, "given") == 0
    page.click("#tab-table")
    assert "6 0" in row(page, "x")
    # The browser notes an answer that is no success; nothing else went wrong.
    assert all("422" in problem for problem in opened.problems)
    opened.problems.clear()


def test_a_file_that_somebody_else_changed(edit: Callable[..., Edited], tmp_path: Path) -> None:
    save_model(tmp_path / "model.onnx")
    ranges = tmp_path / "ranges.json"
    ranges.write_text('{"setrange": 1, "tensors": {"x": 1}}')
    page, opened, _ = edit("model.onnx", "ranges.json", "--trt", "8.6")
    page.click("#tab-table")
    page.focus(".scroller")
    page.keyboard.press("Home")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    settle(page)
    ranges.write_text('{"setrange": 1, "tensors": {"x": 9}}')
    page.keyboard.press("Control+s")
    page.click("dialog button[value=cancel]")
    assert read_ranges(ranges).entries["x"].amax == 9.0
    page.keyboard.press("Control+s")
    page.click("dialog button[value=reload]")
    settle(page)
    page.wait_for_selector(".space .row:has-text('−9 … 9')")
    page.focus(".scroller")
    page.keyboard.press("Home")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    settle(page)
    ranges.write_text('{"setrange": 1, "tensors": {"x": 8}}')
    page.keyboard.press("Control+s")
    page.click("dialog button[value=force]")
    settle(page)
    page.wait_for_selector("#edit-save:text-is('Saved')")
    assert read_ranges(ranges).entries["x"].amax == 5.0
    assert all("409" in problem for problem in opened.problems)
    opened.problems.clear()


def test_the_end_asks_about_what_is_not_saved(
    edit: Callable[..., Edited], tmp_path: Path
) -> None:
    save_model(tmp_path / "model.onnx")
    page, _, editor = edit("model.onnx", "--trt", "8.6")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    settle(page)
    page.click("#edit-stop")
    page.click("dialog button:text-is('Cancel')")
    assert editor.is_running()
    page.click("#edit-stop")
    page.click("dialog button[value=save]")
    page.wait_for_selector("text=The editor has ended")
    editor.join()
    assert read_ranges(tmp_path / "model.ranges.json").entries["x"].amax == 5.0


def test_without_the_secret_there_is_nothing(
    edit: Callable[..., Edited], opened: Callable[..., Opened], tmp_path: Path
) -> None:
    save_model(tmp_path / "model.onnx")
    editor = edit("model.onnx").editor
    stranger = opened(editor.origin, allowed=(editor.origin,), ready=False)
    stranger.page.wait_for_selector("text=The secret is missing")
    assert "model" not in stranger.page.title()
    assert all("403" in problem for problem in stranger.problems)
    stranger.problems.clear()


def test_names_are_text(edit: Callable[..., Edited], tmp_path: Path) -> None:
    """Whatever a model calls its tensors, it is shown and saved, and nothing of it runs."""
    names = [name for name in hostile_names() if name and "\ud800" not in name]
    nodes, value = [], "input"
    for name in names:
        nodes.append(helper.make_node("Sigmoid", [value], [name], f"node {name}"[:2000]))
        value = name
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 4])],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(
        helper.make_model(graph, opset_imports=[opset], ir_version=8), tmp_path / "m.onnx"
    )
    page = edit("m.onnx", "--trt", "8.6", "--fill", "none").page
    assert page.locator(".needed-list li").count() == len(names) + 1
    page.click("#tab-table")
    page.focus(".scroller")
    page.keyboard.press("Home")
    for _ in names:
        page.keyboard.press("ArrowDown")  # each in the panel
    page.keyboard.press("Control+a")
    paste(page, "\n".join(str(place + 1) for place in range(len(names) + 1)))
    page.keyboard.press("Control+s")
    settle(page)
    page.wait_for_selector("#edit-save:text-is('Saved')")
    assert page.evaluate("window.owned") is None
    entries = read_ranges(tmp_path / "m.ranges.json").entries
    assert [entries[name].amax for name in names] == [float(i + 2) for i in range(len(names))]


def test_ten_thousand_tensors(edit: Callable[..., Edited], tmp_path: Path) -> None:
    nodes, value = [], "input"
    for i in range(5000):
        nodes.append(helper.make_node("Neg", [value], [f"n{i}"], f"neg{i}"))
        nodes.append(helper.make_node("Exp", [f"n{i}"], [f"e{i}"], f"exp{i}"))
        value = f"e{i}"
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 4])],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(
        helper.make_model(graph, opset_imports=[opset], ir_version=8), tmp_path / "m.onnx"
    )
    page = edit("m.onnx", "--trt", "8.6", "--fill", "none").page
    assert page.locator(".needed-list li").count() < 100
    page.click("#tab-table")
    page.focus(".scroller")
    page.keyboard.press("End")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    # at once, before the plan has followed
    page.locator(".space .row:has(bdi:text-is('e4999'))", has_text="3").wait_for()
    settle(page)
    assert count(page, "given") == 1
    assert page.locator(".space .row").count() < 100


def focused(page: Page) -> str:
    """The label of what has the keyboard, and the text that is selected in it."""
    found: str = page.evaluate(
        """() => {
            const it = document.activeElement;
            const text = (it.value ?? "").slice(it.selectionStart, it.selectionEnd);
            return `${it.ariaLabel}|${text}`;
        }"""
    )
    return found


def test_what_is_typed_and_not_entered_is_saved(
    edit: Callable[..., Edited], tmp_path: Path
) -> None:
    save_model(tmp_path / "model.onnx")
    page = edit("model.onnx", "--trt", "8.6").page
    ranges = tmp_path / "model.ranges.json"
    page.keyboard.type("5")
    page.keyboard.press("Control+s")
    page.wait_for_selector("#edit-save:text-is('Saved')")
    assert read_ranges(ranges).entries["x"].amax == 5.0
    page.fill(".needed-list li:first-child input", "0 7")
    page.click("#edit-save")
    page.wait_for_selector("#edit-save:text-is('Saved')")
    settle(page)
    assert (count(page, "given"), page.title().startswith("•")) == (2, False)
    page.click("#tab-table")
    page.focus(".scroller")
    page.keyboard.press("Home")
    page.fill(".edit-fields [name=amax]", "9")
    page.keyboard.press("Control+s")
    settle(page)
    page.wait_for_selector(".space .row:has-text('−9 … 9')")
    page.wait_for_selector("#edit-save:text-is('Saved')")
    assert read_ranges(ranges).entries["x"].amax == 9.0


def test_a_refused_value_stops_the_save_and_keeps_the_keyboard(
    edit: Callable[..., Edited], tmp_path: Path
) -> None:
    save_model(tmp_path / "model.onnx")
    page, opened, _ = edit("model.onnx", "--trt", "8.6")
    page.keyboard.type("6 0")
    page.keyboard.press("Enter")
    wait_selected(page, 3)
    assert focused(page) == "Range of x|6 0"
    page.keyboard.press("Control+s")
    settle(page)
    wait_selected(page, 3)
    assert focused(page) == "Range of x|6 0"
    assert not (tmp_path / "model.ranges.json").exists()
    page.keyboard.type("6")
    page.keyboard.press("Tab")  # takes it, and the next row has the keyboard
    assert focused(page) == "Range of c1|"
    page.keyboard.press("Shift+Tab")
    settle(page)
    assert count(page, "given") == 1
    assert all("422" in problem for problem in opened.problems)
    opened.problems.clear()
