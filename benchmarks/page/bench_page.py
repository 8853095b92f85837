# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Size of the page, and how fast it is in Chromium: ``python benchmarks/page/bench_page.py``.

The model is a chain of blocks of Conv, Relu and Add, as long as is asked for. Written are the
size of the page, the seconds of `setrange report`, and the milliseconds in the browser until
the first picture is there, and of a search, a sort, a selection and a frame while scrolling.
Playwright and Chromium are needed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from setrange.cli import main

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.opening import Opened, chromium_path

SIZES = (200, 1_000, 10_000)

#: What is measured in the page: the work of an event, with the layout that it causes.
_TIMED = """async () => {
  const frame = () =>
    new Promise((done) => requestAnimationFrame(() => done(performance.now())));
  const timed = async (work) => {
    const times = [];
    for (let turn = 0; turn < 5; turn++) {
      await frame();
      const start = performance.now();
      work(turn);
      document.body.getBoundingClientRect();
      await frame();
      times.push(performance.now() - start);
    }
    return Math.round(times.sort((a, b) => a - b)[2]);
  };
  const input = document.querySelector("input.search");
  const search = await timed((turn) => {
    input.value = turn % 2 ? "relu 7" : "conv";
    input.dispatchEvent(new Event("input"));
  });
  input.value = "";
  input.dispatchEvent(new Event("input"));
  document.querySelector("#tab-table").click();
  const sort = await timed(() => document.querySelector("[data-column=amax] button").click());
  const select = await timed((turn) =>
    document.querySelectorAll(".space .row")[turn + 2].click());
  const scroller = document.querySelector(".scroller");
  let worst = 0, last = await frame();
  for (let turn = 0; turn < 60; turn++) {
    scroller.scrollTop += 400;
    const now = await frame();
    worst = Math.max(worst, now - last);
    last = now;
  }
  document.querySelector("#tab-network").click();
  const picture = await timed((turn) => {
    const strip = document.querySelector("canvas.strip").getBoundingClientRect();
    const clientY = strip.top + strip.height * (turn + 1) / 7;
    document.querySelector("canvas.strip").dispatchEvent(
      new PointerEvent("pointerdown", { clientX: strip.left + 5, clientY }));
  });
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return { paint: Math.round(paint), search, sort, select, scroll: Math.round(worst), picture };
}"""


def make_model(path: Path, count: int) -> Path:
    """Write a model of ``count`` nodes, and ranges for most of them; return the ranges."""
    random = np.random.default_rng(0)
    nodes: list[onnx.NodeProto] = []
    ranges = {"input": 1.0}

    def add(op: str, *inputs: str) -> str:
        name = (
            f"/stage{len(nodes) // 300}/block{len(nodes) // 30}/{op.lower()}{len(nodes)}/{op}"
        )
        nodes.append(helper.make_node(op, inputs, [f"{name}_output_0"], name))
        return f"{name}_output_0"

    value = skip = "input"
    while len(nodes) < count:
        value = add("Conv", value, "weight")
        ranges[value] = float(np.exp(random.normal()))
        value = add("Relu", value)
        if len(nodes) % 3 == 2:
            skip = value = add("Add", value, skip)
            if random.random() < 0.9:
                ranges[value] = float(np.exp(random.normal()))
    info = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4, 8, 8])
        for name in ("input", value)
    ]
    weight = numpy_helper.from_array(np.ones((4, 4, 1, 1), np.float32), "weight")
    graph = helper.make_graph(nodes, "chain", info[:1], info[1:], [weight])
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps(ranges))
    return beside


def measure() -> None:
    """Print a line a size."""
    from playwright.sync_api import sync_playwright

    print("layers   page MB   report s   first ms   search     sort   select    frame  picture")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox"]
        )
        for count in SIZES:
            model, page = Path(folder) / f"{count}.onnx", Path(folder) / f"{count}.html"
            ranges = make_model(model, count)
            start = time.perf_counter()
            status = main(
                ["report", str(ranges), str(model), "--trt", "8.6", "-o", str(page), "-q"]
            )
            seconds = time.perf_counter() - start
            assert status == 0
            opened = Opened.open(browser, page)
            found = opened.page.evaluate(_TIMED)
            opened.close()
            size = page.stat().st_size / 1e6
            timed = [found[name] for name in ("search", "sort", "select", "scroll", "picture")]
            print(
                f"{count:6d} {size:9.2f} {seconds:10.1f} {found['paint']:10d}"
                + "".join(f"{milliseconds:9d}" for milliseconds in timed)
            )
        browser.close()


if __name__ == "__main__":
    measure()
