# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Models that are written to a temporary folder, loaded by ONNX Runtime, and removed."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.files.folders import scratch_folder
from setrange.measure.session import Session
from setrange.model.node_names import drop_equal_names, has_equal_names
from setrange.model.types import EXTERNAL
from setrange.model.writing import external_files, skeleton_of, write_model

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    from onnx import ModelProto, TensorProto

    from setrange.model.loading import Model
    from setrange.model.streamed import StreamedTensor

__all__ = ["Loader", "taken_outputs"]

_ENTRIES = {
    # Else ONNX Runtime fuses Q/DQ pairs into kernels of its own that compute in integers:
    # another rounding than TensorRT's, and saturation on processors without VNNI.
    "session.disable_quant_qdq": "1",
    # Else the threads of one session go on spinning while another one runs.
    "session.intra_op.allow_spinning": "0",
}

#: These take a ReLU, or a Clip, out before a quantizer whose range says the same; they read
#: the zero point of FP8 as if it were the least value, and then negative values stay.
#: Observed: ONNX Runtime 1.32.
_WITHOUT = ("ReluQuantRewrite", "ClipQuantRewrite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Turns models in memory into sessions.

    Attributes:
        model: The model they are made from: its path is used in messages.
        threads: Threads of one operator; ``None`` = as many as there are cores.
        provider: ONNX Runtime execution provider.
    """

    model: Model
    threads: int | None = None
    provider: str = "CPU"

    def load(
        self,
        skeleton: ModelProto,
        initializers: Sequence[TensorProto | StreamedTensor],
        base: Path,
    ) -> Session:
        """Write a model to a temporary folder, load it, and remove the folder.

        Args:
            skeleton: The model without its initializers.
            initializers: Its initializers.
            base: Directory that external data locations are relative to.

        Raises:
            SetrangeError: It cannot be written, or ONNX Runtime refuses it.
        """
        if has_equal_names(skeleton):
            skeleton = skeleton_of(skeleton)
            drop_equal_names(skeleton)
        with _leaving_on_sigterm(), scratch_folder() as folder:
            path = folder / "model.onnx"
            files = external_files(skeleton, initializers, base)
            inside = external_files(skeleton, (), base)
            here = _linked(files, inside, base, path.parent)
            write_model(path, skeleton, initializers, base=here)
            session = Session(
                path,
                self.model.path,
                threads=self.threads,
                provider=self.provider,
                entries=_ENTRIES,
                without=_WITHOUT,
            )
        if folder.exists():  # Windows keeps what is mapped into memory
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return session

    def in_memory(self, model: ModelProto, values: Mapping[str, npt.NDArray[Any]]) -> Session:
        """Load a model of at most 2 GiB without a file.

        Args:
            model: The model, with its initializers but for ``values``, which are added to it.
            values: Large constants by name: they are taken as they lie in memory.

        Raises:
            SetrangeError: ONNX Runtime refuses it.
        """
        from onnx import helper

        for name, array in values.items():
            head = model.graph.initializer.add(
                name=name,
                data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
                dims=array.shape,
                data_location=EXTERNAL,
            )
            # ONNX Runtime is given the values of the same name, and opens no file.
            head.external_data.add(key="location", value="in memory")
            head.external_data.add(key="offset", value="0")
            head.external_data.add(key="length", value=str(array.nbytes))
        return Session(
            model,
            self.model.path,
            threads=self.threads,
            provider=self.provider,
            entries=_ENTRIES,
            without=_WITHOUT,
            values=values,
        )


def _linked(
    files: Mapping[str, Path], inside: Collection[str], base: Path, folder: Path
) -> Path:
    """Link external data into a folder; the directory they are relative to from now on.

    Many gigabytes need not be copied then. Where links cannot be made (another disk), they
    stay where they are, and are copied when the model is written.

    Args:
        files: Location -> real path.
        inside: Locations that tensors in bodies and attributes name: ONNX Runtime takes no
            links for these, so that they are copied.
        base: Directory that the locations are relative to.
        folder: Where the links go.
    """
    if os.name == "nt":  # removing a link to a file that is read-only makes it writable
        return base
    try:
        for location, source in files.items():
            target = folder / location
            target.parent.mkdir(parents=True, exist_ok=True)
            if location in inside:
                shutil.copyfile(source, target)
            else:
                os.link(source, target)
    except OSError:
        return base
    return folder


@contextlib.contextmanager
def _leaving_on_sigterm() -> Iterator[None]:
    """Let SIGTERM raise as ^C does: else it ends the program without removing any file."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def taken_outputs(model: Model) -> list[str]:
    """Return the outputs that are tensors; sequences and maps cannot be compared."""
    return [value.name for value in model.graph.output if value.type.HasField("tensor_type")]
