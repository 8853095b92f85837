# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Run an engine of TensorRT for RTX on this machine's GPU, on random inputs.

    pip install tensorrt-rtx-cu12 cuda-python
    python examples/run_rtx.py model.engine [--shape input=1x3x224x224] [-n 100]

Prints each output's shape and range, and milliseconds a run. An engine needs the library that
built it (the same release) and one of the GPUs it was built for; this script says which of
the two is missing. Exit status: 0 done, 3 it cannot run here.
"""

from __future__ import annotations

import argparse
import ctypes
import platform
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np


def stop(text: str) -> NoReturn:
    """End with a sentence."""
    sys.stderr.write(f"cannot run the engine here: {text}\n")
    raise SystemExit(3)


def libraries() -> tuple[Any, Any]:
    """Import TensorRT for RTX and CUDA's bindings; end where the machine lacks something."""
    driver = "nvcuda.dll" if platform.system() == "Windows" else "libcuda.so.1"
    try:
        ctypes.CDLL(driver)
    except OSError:
        stop(f"there is no NVIDIA driver ({driver}), so there is no GPU to run it on")
    try:
        import tensorrt_rtx
    except ImportError as error:
        stop(f"TensorRT for RTX is missing ({error}): pip install tensorrt-rtx-cu12")
    try:
        from cuda.bindings import runtime
    except ImportError as error:
        stop(f"CUDA's Python bindings are missing ({error}): pip install cuda-python")
    status, count = runtime.cudaGetDeviceCount()
    if status != runtime.cudaError_t.cudaSuccess or not count:
        stop(f"CUDA finds no GPU ({status.name})")
    return tensorrt_rtx, runtime


class Runner:
    """An engine on the GPU with memory for its inputs and outputs.

    Attributes:
        outputs: Output name -> array, filled by ``run``.
    """

    def __init__(self, path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
        self._trt, self._cuda = libraries()
        self._logger = self._trt.Logger(self._trt.Logger.WARNING)
        self._runtime = self._trt.Runtime(self._logger)
        self._engine = self._runtime.deserialize_cuda_engine(path.read_bytes())
        if self._engine is None:
            stop(
                f"TensorRT for RTX {self._trt.__version__} does not load {path}: it was built "
                f"by another release, or for other GPUs than this machine's"
            )
        self._context = self._engine.create_execution_context()
        self._stream = self._checked(self._cuda.cudaStreamCreate())
        self._memory: dict[str, int] = {}
        self.outputs: dict[str, np.ndarray] = {}
        random = np.random.default_rng(0)
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        inputs = [name for name in names if self._is_input(name)]
        for name in inputs:
            shape = shapes.get(name, tuple(self._engine.get_tensor_shape(name)))
            if min(shape, default=0) < 0:
                stop(f"give a shape for the dynamic input {name!r}: --shape {name}=1x3x224x224")
            self._context.set_input_shape(name, shape)
            values = random.standard_normal(shape).astype(self._dtype(name))
            self._copy(self._allocate(name, values), values, to_device=True)
        for name in names:
            if name not in inputs:
                shape = tuple(self._context.get_tensor_shape(name))
                self.outputs[name] = np.empty(shape, self._dtype(name))
                self._allocate(name, self.outputs[name])

    def run(self, times: int) -> float:
        """Run and return milliseconds a run; the first run, which compiles, is not counted."""
        start = 0.0
        for count in range(times + 1):
            if count == 1:
                self._checked(self._cuda.cudaStreamSynchronize(self._stream))
                start = time.perf_counter()
            if not self._context.execute_async_v3(int(self._stream)):
                stop("the engine does not run; the lines above say why")
        self._checked(self._cuda.cudaStreamSynchronize(self._stream))
        seconds = time.perf_counter() - start
        for name, values in self.outputs.items():
            self._copy(self._memory[name], values, to_device=False)
        return 1000 * seconds / times

    def _is_input(self, name: str) -> bool:
        return self._engine.get_tensor_mode(name) == self._trt.TensorIOMode.INPUT

    def _dtype(self, name: str) -> Any:
        return self._trt.nptype(self._engine.get_tensor_dtype(name))

    def _allocate(self, name: str, values: np.ndarray) -> int:
        self._memory[name] = int(self._checked(self._cuda.cudaMalloc(max(1, values.nbytes))))
        self._context.set_tensor_address(name, self._memory[name])
        return self._memory[name]

    def _copy(self, device: int, values: np.ndarray, *, to_device: bool) -> None:
        kinds = self._cuda.cudaMemcpyKind
        host = values.ctypes.data
        ends = (device, host) if to_device else (host, device)
        kind = kinds.cudaMemcpyHostToDevice if to_device else kinds.cudaMemcpyDeviceToHost
        self._checked(self._cuda.cudaMemcpy(*ends, values.nbytes, kind))

    def _checked(self, result: tuple[Any, ...]) -> Any:
        status, *values = result
        if status != self._cuda.cudaError_t.cudaSuccess:
            stop(f"CUDA says {status.name}")
        return values[0] if values else None


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description="Run an engine of TensorRT for RTX.")
    parser.add_argument("engine", type=Path)
    parser.add_argument("--shape", action="append", default=[], metavar="NAME=1x3x224x224")
    parser.add_argument("-n", "--times", type=int, default=100)
    arguments = parser.parse_args()
    if not arguments.engine.is_file():
        stop(f"there is no file {arguments.engine}")
    given = (text.rpartition("=") for text in arguments.shape)
    shapes = {name: tuple(int(size) for size in shape.split("x")) for name, _, shape in given}
    runner = Runner(arguments.engine, shapes)
    milliseconds = runner.run(arguments.times)
    for name, values in runner.outputs.items():
        low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
        sys.stdout.write(f"{name} {list(values.shape)}: {low} to {high}\n")
    sys.stdout.write(f"{milliseconds:.3f} ms a run\n")


if __name__ == "__main__":
    main()
