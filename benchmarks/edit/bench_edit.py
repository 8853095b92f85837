# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How long the editor takes to show what follows from one range.

    python benchmarks/edit/bench_edit.py [--nodes 1000 10000] [--for cache qdq] [-n 15]

Each row is an editor that serves a network of convolutions, ReLU and additions, with a quarter
of its ranges given. Changes go through the server as the page sends them: "change" is the
median time from a request to the answer that holds the plan, the findings and what is still
needed; "page" is what a browser needs to show it, where Playwright and Chromium are installed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

CHANNELS = 16


def make_model(path: Path, count: int) -> None:
    """About so many nodes: Conv and ReLU in turn, and an addition after every fourth pair."""
    random = np.random.default_rng(0)
    shape = (CHANNELS, CHANNELS, 3, 3)
    weight = numpy_helper.from_array(random.normal(0, 0.1, shape).astype(np.float32), "w")
    nodes: list[onnx.NodeProto] = []
    value, pair = "x", 0
    while len(nodes) < count:
        conv, relu = f"c{pair}", f"r{pair}"
        how: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
        nodes.append(helper.make_node("Conv", [value, "w"], [conv], f"conv{pair}", **how))
        nodes.append(helper.make_node("Relu", [conv], [relu], f"relu{pair}"))
        value = relu
        if pair % 4 == 3:
            value = f"a{pair}"
            nodes.append(helper.make_node("Add", [relu, f"r{pair - 3}"], [value], f"add{pair}"))
        pair += 1
    size = [1, CHANNELS, 8, 8]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, size)],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, size)],
        [weight],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)


class Served:
    """An editor as a process."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "setrange", "edit", *arguments, "--no-browser"]
        started = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            found = re.search(r"http://([\d.]+):(\d+)/#([\w-]+)", line)
            if found:
                break
        else:
            raise SystemExit("the editor did not start")
        self.starting = time.perf_counter() - started
        self.address = found[0]
        self.host, port, self.token = found.groups()
        self.port = int(port)
        self.line = http.client.HTTPConnection(self.host, self.port, timeout=600)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[Any, float, int]:
        headers = {
            "X-Setrange-Token": self.token,
            "Origin": f"http://{self.host}:{self.port}",
            "Content-Type": "application/json",
        }
        started = time.perf_counter()
        self.line.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.line.getresponse()
        data = answer.read()
        seconds = time.perf_counter() - started
        if answer.status != 200:
            raise SystemExit(data.decode())
        return json.loads(data), seconds, len(data)

    def end(self) -> None:
        self.ask("POST", "/api/stop", {"force": True})
        self.process.communicate()


def measure(nodes: int, purpose: str, changes: int, folder: Path) -> list[str]:
    model = folder / f"m{nodes}.onnx"
    if not model.exists():
        make_model(model, nodes)
    served = Served(
        str(model), str(folder / f"{purpose}.json"), "--for", purpose, "--trt", "8.6"
    )
    data, loading, size = served.ask("GET", "/api/data")
    free = [i for i, tensor in enumerate(data["tensors"]) if tensor["source"] != "not needed"]
    quarter = free[: len(free) // 4]
    request: dict[str, Any] = {"kind": "set", "tensors": quarter, "text": "4", "version": 0}
    served.ask("POST", "/api/change", request)
    version = served.ask("GET", "/api/data")[0]["edit"]["version"]
    times, sizes = [], []
    for turn in range(changes):
        tensor = free[(len(free) // 2 + turn * 7) % len(free)]
        request = {"kind": "set", "tensors": [tensor], "text": "0 6", "version": version}
        answer, seconds, sent = served.ask("POST", "/api/change", request)
        version = answer["patch"]["edit"]["version"]
        times.append(seconds)
        sizes.append(sent)
    seen = in_browser(served, changes)
    served.line.close()  # it was idle too long
    _, saving, _ = served.ask("POST", "/api/save", {"version": version, "force": True})
    served.end()
    return [
        f"{len(data['tensors']):,}",
        purpose,
        f"{served.starting:.1f} s",
        f"{loading:.2f} s, {size / 1e6:.1f} MB",
        f"{1000 * statistics.median(times):.0f} ms",
        f"{1000 * max(times):.0f} ms",
        f"{max(sizes) / 1000:.1f} kB",
        "-" if seen is None else f"{1000 * seen:.0f} ms",
        f"{saving:.2f} s",
    ]


def in_browser(served: Served, changes: int) -> float | None:
    """Median time from Enter in the table to the picture in which everything has followed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    from tests.browser.opening import chromium_path

    path = chromium_path()
    if path is None:
        return None
    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(served.address)
        page.wait_for_selector("html[data-ready=true]", timeout=120_000)
        page.click("#tab-table")
        page.focus(".scroller")
        page.keyboard.press("Home")
        for turn in range(changes):
            page.keyboard.type(f"{turn + 7}")
            times.append(
                page.evaluate(
                    """() => new Promise((done) => {
                        const field = document.querySelector(".range-input");
                        const start = performance.now();
                        const how = { key: "Enter", bubbles: true, cancelable: true };
                        field.dispatchEvent(new KeyboardEvent("keydown", how));
                        const look = () => {
                            if (document.documentElement.dataset.busy === "false") {
                                done((performance.now() - start) / 1000);
                            } else requestAnimationFrame(look);
                        };
                        requestAnimationFrame(look);
                    })"""
                )
            )
        browser.close()
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--for", dest="purposes", nargs="+", default=["cache", "qdq"])
    parser.add_argument("-n", dest="changes", type=int, default=15)
    given = parser.parse_args()
    head = ("tensors", "for", "start", "load", "change", "slowest", "answer", "page", "save")
    print(f"| {' | '.join(head)} |")
    print("|" + "---|" * len(head))
    with tempfile.TemporaryDirectory() as folder:
        for nodes in given.nodes:
            for purpose in given.purposes:
                row = measure(nodes, purpose, given.changes, Path(folder))
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
