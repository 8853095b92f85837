# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every Q/DQ model we write, in ONNX Runtime: it loads and runs, as the plain model does.

    python -m tests.builder.in_onnxruntime [-m GLOB] [-n VARIANTS]

Exit status 1 if ONNX Runtime takes a plain model and not its Q/DQ model, or gives other shapes.
Weights are float with a pair and INT8; FP16 scales need other settings of ONNX Runtime (SR612).
"""

from __future__ import annotations

import argparse
import collections
import fnmatch
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError, UnsupportedError
from setrange.exporters.qdq import make_qdq
from setrange.model.loading import load_model
from tests.builder.models import golden_models
from tests.builder.outcome import VARIANTS, plan_for

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A dimension that the model leaves free, but for the first, which is a batch of one.
_FREE = 32


def result_of(path: Path, variant: str) -> str:
    """Return "runs", or why there is nothing to run; else what ONNX Runtime says."""
    model = load_model(path)
    try:
        made = make_qdq(plan_for(path, variant), model, **VARIANTS[variant])
    except (InputError, UnsupportedError):
        return "no pairs"
    try:
        plain, feeds = _outputs(path, None)
    except Exception:  # what it says of a model that is not ours is of no interest
        return "the plain model does not run"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / path.name
        made.write(out)
        try:
            quantized, _ = _outputs(out, feeds)
        except Exception as error:  # its errors have no common class
            return f"FAILS: {str(error).splitlines()[0][:160]}"
    shapes = [np.shape(value) for value in plain]
    others = [np.shape(value) for value in quantized]
    # How many boxes a detector finds depends on its numbers.
    is_same = [len(shape) for shape in shapes] == [len(shape) for shape in others]
    return "runs" if is_same else f"FAILS: shapes {others} for {shapes}"


def _outputs(path: Path, feeds: dict[str, Any] | None) -> tuple[list[Any], dict[str, Any]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    if feeds is None:
        feeds = {value.name: _some(value.type, value.shape) for value in session.get_inputs()}
    return session.run(None, feeds), feeds


def _some(kind: str, shape: Sequence[int | str | None]) -> Any:
    """A small value of an input's type."""
    sizes = [size if isinstance(size, int) and size >= 0 else _FREE for size in shape]
    if shape and not isinstance(shape[0], int):
        sizes[0] = 1
    name = kind.removeprefix("tensor(").removesuffix(")")
    dtype = {"float": "float32", "double": "float64", "bool": "bool"}.get(name, name)
    random = np.random.default_rng(1)
    values = random.uniform(-1, 1, sizes) if "float" in dtype else np.ones(sizes)
    return np.asarray(values).astype(dtype)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all models and print totals, and what fails."""
    parser = argparse.ArgumentParser(prog="tests.builder.in_onnxruntime")
    parser.add_argument("-m", "--models", default="*", help="glob over model names")
    parser.add_argument("-n", "--variants", default="float,int8,small,asymmetric")
    options = parser.parse_args(arguments)
    status = 0
    for variant in options.variants.split(","):
        counted: collections.Counter[str] = collections.Counter()
        for name, path in golden_models().items():
            if fnmatch.fnmatchcase(name, options.models):
                result = result_of(path, variant)
                counted[result.partition(":")[0]] += 1
                if result.startswith("FAILS"):
                    status = 1
                    print(f"{name} ({variant}): {result}", flush=True)
        print(
            f"{variant}: {', '.join(f'{k} {n}' for k, n in counted.most_common())}", flush=True
        )
    return status


if __name__ == "__main__":
    sys.exit(main())
