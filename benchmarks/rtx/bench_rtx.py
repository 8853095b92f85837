# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`setrange apply -o x.engine` against NVIDIA's own parse and build of the same Q/DQ model.

    python benchmarks/rtx/bench_rtx.py [-n RUNS]

Fresh processes, turn by turn; medians. ResNet-50 and a transformer of 1,177 nodes. setrange
reads the float model and the ranges, makes the Q/DQ model, lets TensorRT for RTX build it and
says what runs in INT8. NVIDIA's side gets a finished Q/DQ model and is measured twice:

- *same model*: the very one that setrange's side builds, with INT8 weights and the rest FP16
  (``apply --fp16 --weights int8 -o x.qdq.onnx``);
- *default file*: the one that a user would give it (``apply --fp16 -o x.qdq.onnx``), whose
  weights are float with a pair.

Exit status 1 where setrange takes more than 1.25 times as long as with the same model, or
150 MB more.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.qdq.launching import Launched, launch  # noqa: E402
from benchmarks.qdq.models import transformer  # noqa: E402
from benchmarks.qdq.running import measure_ranges  # noqa: E402
from setrange.rtx.settings import STORED  # noqa: E402

MOST_TIME = 1.25
MOST_MORE_MB = 150
SETRANGE = [sys.executable, "-m", "setrange"]
NVIDIA = [sys.executable, str(Path(__file__).with_name("nvidia_build.py"))]
OURS, SAME, DEFAULT = "setrange", "NVIDIA, same model", "NVIDIA, default file"
#: NVIDIA's side -> how the Q/DQ model is made that it gets.
THEIRS = {SAME: ["--weights", STORED], DEFAULT: []}
WIDTH = max(map(len, (OURS, *THEIRS)))


def prepare(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Make the models: name -> ranges, model."""
    resnet50 = folder / "resnet50.onnx"
    script = str(ROOT / "examples" / "make_resnet50.py")
    subprocess.run([sys.executable, script, str(resnet50)], check=True)
    values = {}
    shapes = {"gpu_0/data_0": (1, 3, 224, 224), "input": (1, 64, 256)}
    models = {"ResNet-50": resnet50, "transformer": transformer(folder / "transformer.onnx")}
    for (name, path), (value, shape) in zip(models.items(), shapes.items(), strict=True):
        feed = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
        ranges = folder / f"{path.stem}.json"
        measured = measure_ranges(path, {value: feed})
        ranges.write_text(json.dumps({"setrange": 1, "tensors": measured}))
        values[name] = ranges, path
    return values


def medians(runs: list[Launched]) -> tuple[float, float, float]:
    return (
        statistics.median(run.seconds for run in runs),
        statistics.median(run.processor for run in runs),
        statistics.median(run.mb for run in runs),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--runs", type=int, default=5)
    runs = parser.parse_args().runs
    wrong = 0
    print(f"{'model':12} {'tool':{WIDTH}} {'seconds':>8} {'processor':>10} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, (ranges, model) in prepare(folder).items():
            apply = [*SETRANGE, "apply", str(ranges), str(model)]
            out = str(folder / f"{model.stem}.engine")
            commands = {OURS: [*apply, "--via", "rtx", "-o", out]}
            for tool, options in THEIRS.items():
                qdq = str(folder / f"{len(commands)}.qdq.onnx")
                launch([*apply, "--fp16", *options, "-o", qdq])
                commands[tool] = [*NVIDIA, qdq, str(folder / f"{len(commands)}.engine")]
            results: dict[str, list[Launched]] = {tool: [] for tool in commands}
            for _ in range(runs):
                for tool, command in commands.items():
                    results[tool].append(launch(command))
            told = {tool: medians(launched) for tool, launched in results.items()}
            for tool, (seconds, processor, mb) in told.items():
                print(f"{name:12} {tool:{WIDTH}} {seconds:8.2f} {processor:10.2f} {mb:8.0f}")
            for tool in THEIRS:
                ratio, more = told[OURS][0] / told[tool][0], told[OURS][2] - told[tool][2]
                print(
                    f"{name:12} against {tool}: {ratio:.2f} times as long, {more:.0f} MB more"
                )
                wrong += tool == SAME and (ratio > MOST_TIME or more > MOST_MORE_MB)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
