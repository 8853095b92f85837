# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What setrange's ``collect`` is compared with, one run a process.

    python benchmarks/collect/peers.py bare|minmax|entropy|percentile MODEL DATA THREADS

``bare`` prints seconds and processor seconds of session creation and runs. The others are ONNX
Runtime's calibrators on all tensors; the ranges of minmax are written beside the model.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # noqa: TID253 - without it there is nothing to do here

METHODS = {"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"}


class Options(onnxruntime.SessionOptions):
    """Session options with the threads that all tools get; the calibrators make their own."""

    threads = 1

    def __init__(self) -> None:
        super().__init__()
        self.intra_op_num_threads = self.threads
        self.log_severity_level = 3


class Reader:
    """Feeds one sample after the other, as ONNX Runtime's calibrators want it."""

    def __init__(self, data: Path) -> None:
        self.samples = iter(np.load(data, mmap_mode="r"))

    def get_next(self) -> dict[str, np.ndarray] | None:
        sample = next(self.samples, None)
        return None if sample is None else {"input": np.ascontiguousarray(sample[np.newaxis])}


def bare(model: Path, data: Path) -> None:
    start = time.perf_counter(), time.process_time()
    session: Any = onnxruntime.InferenceSession(
        str(model), Options(), providers=["CPUExecutionProvider"]
    )
    reader = Reader(data)
    while (feeds := reader.get_next()) is not None:
        session.run(None, feeds)
    print(time.perf_counter() - start[0], time.process_time() - start[1])


def calibrate(method: str, model: Path, data: Path) -> None:
    from onnxruntime.quantization import calibrate as module

    onnxruntime.SessionOptions = Options
    calibrator = module.create_calibrator(
        str(model),
        [],
        augmented_model_path=str(model.with_suffix(".augmented.onnx")),
        calibrate_method=getattr(module.CalibrationMethod, METHODS[method]),
    )
    calibrator.collect_data(Reader(data))
    ranges = calibrator.compute_data().data
    if method == "minmax":
        found = {
            name: [float(x.item()) for x in item.range_value] for name, item in ranges.items()
        }
        model.with_suffix(".peer.json").write_text(json.dumps(found))


def main() -> None:
    method, model, data, threads = sys.argv[1:]
    Options.threads = int(threads)
    if method == "bare":
        bare(Path(model), Path(data))
    else:
        calibrate(method, Path(model), Path(data))


if __name__ == "__main__":
    main()
