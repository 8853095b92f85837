# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The report in a real browser."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from setrange.page.writing import page_of_data
from tests.browser.invented import chain, hostile_names
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.opening import Opened

    Opener = Callable[..., Opened]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a small model, half of whose ranges are there."""
    folder = tmp_path_factory.mktemp("small")
    model, ranges, out = folder / "small.onnx", folder / "r.json", folder / "report.html"
    small_cnn(model)
    ranges.write_text(json.dumps({"input": 1.0, "conv": [-8.0, 6.5]}))
    done = run("report", ranges, model, "--trt", "8.6", "-o", out)
    assert done.status == 0, done.err
    return out


def report_of(data: dict[str, Any], folder: Path) -> Path:
    path = folder / "report.html"
    path.write_bytes(page_of_data(data))
    return path


def names_in_table(page: Opened) -> list[str]:
    """Names in the rows in sight, from top to bottom, once they are drawn."""
    page.page.evaluate(
        "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
    )
    rows = page.page.locator(".space .row")
    found = rows.evaluate_all(
        """rows => rows.map(row => [Number(row.getAttribute("aria-rowindex")),
           row.querySelector('[data-column="name"]').textContent])"""
    )
    return [name for _, name in sorted(found)]


def test_it_opens_on_the_network(opened: Opener, small: Path) -> None:
    page = opened(small)
    assert page.text("h1") == "small.onnx"
    assert "ranges are missing" in page.text(".verdict")
    assert "TensorRT 8.6" in page.texts(".badge")
    kinds = page.texts(".box .box-kind")
    assert any(kind.startswith("Convolution") for kind in kinds)
    assert len(page.texts(".box-tensor")) == len(json.loads(_data(page))["tensors"])


def _data(page: Opened) -> str:
    return page.page.evaluate(
        """async () => {
          const element = document.getElementById("data");
          if (element.type === "application/json") return element.textContent;
          const packed = Uint8Array.from(atob(element.textContent), c => c.charCodeAt(0));
          const stream = new Blob([packed]).stream();
          return new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
        }"""
    )


def test_a_click_shows_all_that_is_known_of_a_tensor(opened: Opener, small: Path) -> None:
    page = opened(small)
    page.page.click(".box-tensor:has-text('conv')")
    panel = page.text(".panel")
    assert page.text(".panel h2") == "conv"
    assert "−8 … 6.5" in panel
    assert "output of Conv Conv_0" in panel
    page.page.click(".panel .part-place .link:has-text('Relu_0')")
    assert page.text(".panel h2") == "relu"


def test_names_of_each_release_are_told(opened: Opener, small: Path) -> None:
    page = opened(small)
    page.select("fc.weight_output")
    names = page.text(".panel .part-names")
    assert "(Unnamed Layer* 4) [Constant]_output" in names
    assert "fc.weight_output" in names
    assert "none: TensorRT's parser makes it" in names


def test_the_search_finds_by_node_and_by_any_name(opened: Opener, small: Path) -> None:
    page = opened(small)
    page.page.fill("input.search", "gemm_0")
    assert page.page.locator(".found [role=option]").count() > 1
    page.page.fill("input.search", "no such thing")
    assert page.texts(".found li") == ["Nothing is called so."]
    page.page.press("input.search", "Escape")
    assert page.page.input_value("input.search") == ""


def test_the_table_sorts_and_filters(opened: Opener, small: Path) -> None:
    page = opened(small)
    page.page.click("#tab-table")
    page.page.click("[data-column=amax] button")
    assert names_in_table(page)[0] == "conv"
    assert page.page.get_attribute("[data-column=amax]", "aria-sort") == "descending"
    page.page.click("[data-filter=missing]")
    missing = names_in_table(page)
    assert missing
    assert "conv" not in missing
    page.page.click("[data-filter=all]")
    page.page.fill("input.search", "pool")
    assert names_in_table(page) == ["pool"]


def test_a_source_in_the_legend_leads_to_its_tensors(opened: Opener, small: Path) -> None:
    page = opened(small)
    page.page.click(".coverage-legend button:has-text('given')")
    assert sorted(names_in_table(page)) == ["conv", "input"]


def test_the_keyboard_is_enough(opened: Opener, small: Path) -> None:
    page = opened(small)
    page.page.keyboard.press("/")
    page.page.keyboard.type("relu")
    page.page.keyboard.press("Enter")
    assert page.text(".panel h2") == "relu"
    page.page.focus(".stage")
    page.page.keyboard.press("ArrowDown")
    assert page.text(".panel h2") == "pool"
    page.page.keyboard.press("ArrowUp")
    assert page.text(".panel h2") == "relu"
    page.page.focus("input.search")
    page.page.keyboard.press("Escape")
    page.page.focus("#tab-network")
    page.page.keyboard.press("ArrowRight")
    page.page.focus(".scroller")
    page.page.keyboard.press("End")
    last = page.text(".panel h2")
    page.page.keyboard.press("Home")
    assert page.text(".panel h2") == "input" != last


def test_rows_are_copied_as_a_ranges_file_and_as_csv(
    opened: Opener, small: Path, tmp_path: Path
) -> None:
    page = opened(small)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.page.click("#tab-table")
    page.page.click("text=Copy JSON")
    page.page.wait_for_selector(".toast")
    copied = json.loads(page.page.evaluate("navigator.clipboard.readText()"))
    assert copied["tensors"]["conv"] == {"min": -8, "max": 6.5}
    again = tmp_path / "again.json"
    again.write_text(json.dumps(copied))
    assert run("check", again, small.parent / "small.onnx", "--trt", "8.6").status in (0, 1)
    page.page.click("text=Copy CSV")
    page.page.wait_for_selector(".toast:nth-child(2)")
    rows = page.page.evaluate("navigator.clipboard.readText()").splitlines()
    assert rows[0].startswith("tensor,min,max,amax,source")
    assert "conv,-8,6.5,8,given,Convolution,Conv_0,conv,conv" in rows


def test_findings_have_their_page(opened: Opener, small: Path) -> None:
    page = opened(small)
    page.page.click(".codes button:has-text('SR201')")
    group = page.page.locator("#finding-SR201")
    assert "SR201" in group.inner_text()
    group.locator("summary").click()
    assert "What to do." in group.inner_text()
    group.locator("button:has-text('Show the tensor')").first.click()
    assert "missing" in page.text(".panel")


def test_dark_follows_the_system_and_the_switch(opened: Opener, small: Path) -> None:
    page = opened(small, scheme="dark")
    theme = "document.documentElement.dataset.theme"
    assert page.page.evaluate(theme) == "dark"
    dark = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.page.click(".theme")
    assert page.page.evaluate(theme) == "light"
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_a_narrow_window_holds_everything(opened: Opener, small: Path) -> None:
    page = opened(small, width=390, height=780)
    for tab in ("network", "table", "plots", "findings"):
        page.page.click(f"#tab-{tab}")
        assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    page.page.click("#tab-network")
    assert page.page.locator(".stage").bounding_box()["height"] > 250  # type: ignore[index]
    page.select("conv")
    page.page.click(".panel .close")
    assert not page.page.locator(".panel").is_visible()


def test_hostile_names_are_text(opened: Opener, tmp_path: Path) -> None:
    names = hostile_names()
    page = opened(report_of(chain(names), tmp_path))
    for tab in ("network", "table", "plots", "findings"):
        page.page.click(f"#tab-{tab}")
    page.page.click("#tab-table")
    for _ in names:
        page.page.focus(".scroller")
        page.page.keyboard.press("ArrowDown")
        wide, panel = page.page.evaluate(
            "['scrollWidth', 'clientWidth'].map(it => document.querySelector('.panel')[it])"
        )
        assert wide <= panel
    shown = page.page.evaluate("document.getElementById('app').innerText")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x08]", shown)
    assert "<img src=x" in shown
    assert "\\u{202e}" in shown
    assert page.page.evaluate("[window.owned, document.querySelectorAll('img').length]") == [
        None,
        0,
    ]
    assert page.page.evaluate("document.getElementById('app').innerText.length") < 100_000


def test_ten_thousand_layers_stay_fluent(opened: Opener, tmp_path: Path) -> None:
    """Only what is in sight exists: nothing on the page grows with the network."""
    count = 10_000
    path = report_of(chain([f"layer{i}/out" for i in range(count)]), tmp_path)
    assert path.stat().st_size < 8_000_000
    page = opened(path)
    assert page.page.locator(".box").count() < 100
    assert "of 10,000 layers" in page.text(".scope")
    page.select("layer7000/out")
    assert page.page.locator(".box-tensor.selected").inner_text().endswith("−1 … 1")
    page.page.click("#tab-table")
    assert page.page.locator(".space .row").count() < 80
    page.page.keyboard.press("Tab")
    page.page.fill("input.search", "")
    page.page.evaluate("document.querySelector('.scroller').scrollTop = 150000")
    page.page.locator(".space .row[aria-rowindex='5002']").wait_for(state="attached")
    assert page.page.locator(".space .row").count() < 80


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """A report of four tensors on which everything was measured."""
    data = chain(["quiet", "loud", "cut"])
    facts = {
        "input": (0.9, 50.0),
        "quiet": (0.05, 9.0),
        "loud": (0.6, 30.0),
        "cut": (4.0, 12.0),
    }
    for tensor in data["tensors"]:
        largest, sqnr = facts[tensor["name"]]
        counts = [2**i for i in range(32)] + [2**i for i in reversed(range(32))]
        bars = {"of": "values", "low": -largest, "high": largest, "counts": counts}
        tensor["measured"] = {
            "min": -largest,
            "max": largest,
            "count": sum(counts),
            "histogram": bars,
        }
        tensor["int8"] = {
            "kind": "activation",
            "amax": 1.0,
            "min": -largest,
            "max": largest,
            "clipped": max(0.0, 1 - 1 / largest),
            "width": 1 / largest,
            "sqnr": sqnr,
        }
        tensor["type"] = "int8"
    for place, layer in enumerate(data["layers"]):
        layer["type"] = ["int8", "fp16", "fp32"][place]
    data["measured"] = {"model": "m", "method": "entropy", "samples": 8, "random": False}
    data["engine"] = {"text": "1 of 3 layers run in INT8", "counts": {"int8": 1}}
    data["compared"] = {
        "ranges": "r",
        "dtype": "int8",
        "samples": 8,
        "metric": "sqnr",
        "value": 21.5,
        "threshold": None,
        "passed": None,
        "outputs": [],
    }
    return report_of(data, tmp_path)


@pytest.mark.parametrize(
    ("colour", "meanings"),
    [
        ("source", ["given"]),
        ("width", ["cuts values off", "fits", "8 times or more"]),
        ("sqnr", ["below 10 dB", "10 to 25 dB", "25 to 40 dB", "40 dB or more"]),
        ("type", ["INT8", "FP16", "FP32", "has its ranges"]),
    ],
)
def test_colours_have_a_meaning_and_a_sign(
    opened: Opener, measured: Path, colour: str, meanings: list[str]
) -> None:
    page = opened(measured)
    page.page.select_option("select", colour)
    legend = page.page.locator(".network .legend li")
    said = legend.evaluate_all(
        "all => all.map(li => [li.firstChild.textContent, li.innerText])"
    )
    assert [text.removeprefix(sign).strip() for sign, text in said] == meanings
    assert len({sign for sign, _ in said}) == len(meanings)


def test_only_what_was_measured_can_be_a_colour(opened: Opener, small: Path) -> None:
    page = opened(small)
    choices = page.page.locator("select option")
    disabled = choices.evaluate_all("all => all.filter(o => o.disabled).map(o => o.value)")
    assert disabled == ["width", "sqnr"]


def test_the_range_is_drawn_into_the_histogram(opened: Opener, measured: Path) -> None:
    page = opened(measured)
    page.select("cut")
    cut = page.page.locator(".histogram .bar-cut").count()
    assert cut + page.page.locator(".histogram .bar-in").count() == 64
    assert cut == 48  # the range is 1, the values go to 4
    assert "it cuts values off" in page.text(".panel .part-data")
    page.select("loud")
    assert page.page.locator(".histogram .bar-cut").count() == 0
    assert "30.0 dB" in page.text(".panel .part-int8")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with what `tune` did in it."""
    folder = tmp_path_factory.mktemp("tuned")
    data = chain(["a", "b"])

    def score(value: float, macs: float) -> dict[str, Any]:
        return {"value": value, "macs": macs, "bytes": macs}

    def step(change: str, names: list[str], value: float, macs: float, judged: float) -> Any:
        said = {"change": change, "names": names, "count": len(names), "judged": judged}
        return said | score(value, macs)

    side = {"samples": 16, "copies": 0, "before": score(9.3, 1.0), "after": score(16.1, 0.9)}
    data["tuned"] = {
        "target": "sqnr", "unit": "dB", "wanted": 15.0, "is_cost": False, "reached": True,
        "fallback": "fp16", "search": side, "judging": {**side, "samples": 8},
        "path": [
            step("start", [], 9.3, 1.0, 9.7),
            step("ranges", ["a", "<b>bold</b>"], 10.3, 1.0, 10.5),
            step("weights", ["Conv_1"], 10.9, 1.0, 11.0),
            step("precision", [f"Conv_{i}" for i in range(9)], 16.1, 0.9, 15.8),
        ],
    }  # fmt: skip
    return report_of(data, folder)


def test_the_path_of_a_search_is_drawn_and_listed(opened: Opener, tuned: Path) -> None:
    page = opened(tuned)
    assert (
        "Tuned: sqnr is 16.1 dB on 8 samples that it did not see, 9.3 dB before"
        in page.text(".besides")
    )
    page.page.click("#tab-plots")
    page.page.wait_for_selector(".plots .uplot")
    first = page.page.locator(".plots figure").first
    assert "Accuracy against share of INT8" in first.inner_text()
    rows = first.locator("tbody tr").all_inner_texts()
    cells = [row.split("\t") for row in rows]
    assert [row[0] for row in cells[:3]] == [
        "the ranges as given",
        "other ranges: a, <b>bold</b>",
        "other scales of weights: Conv_1",
    ]
    assert cells[3][0].startswith("FP16: Conv_0, Conv_1")
    assert cells[3][0].endswith("and 3 more")
    assert cells[3][1:] == ["16.1 dB", "+5.2 dB", "15.8 dB", "+4.8 dB", "90 %"]
    over = first.locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    over.hover(position={"x": box["width"] - 5, "y": 20})
    label = first.locator(".plot-label").inner_text()
    assert label.startswith("16.1 dB, 90 % of the multiply-adds in 8 bits: FP16: Conv_0")


def test_plots_show_every_tensor_and_select_one(opened: Opener, measured: Path) -> None:
    page = opened(measured)
    page.page.click("#tab-plots")
    page.page.wait_for_selector(".plot canvas")
    labels = page.page.locator(".plot").evaluate_all("all => all.map(p => p.ariaLabel)")
    assert len(labels) == 3
    assert all(": 4 tensors, " in label for label in labels)
    over = page.page.locator(".plot .u-over").first
    box = over.bounding_box()
    assert box is not None
    over.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    assert page.text(".panel h2") == "cut"


def test_without_data_a_sentence_says_so(opened: Opener, tmp_path: Path) -> None:
    path = tmp_path / "broken.html"
    text = page_of_data({**chain(["a"]), "filler": "x" * 50_000}).decode()
    path.write_text(re.sub(r'(id="data">)[^<]{40}', r"\1", text))
    page = opened(path, ready=False)
    page.page.wait_for_selector(".empty")
    assert "cannot be shown" in page.text("#app")
