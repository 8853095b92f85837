# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model that ONNX Runtime runs."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from setrange.errors import BackendError, BackendUnavailableError, ModelError
from setrange.files.interrupts import uninterrupted
from setrange.measure.ended_runs import run_until_signal
from setrange.model.types import DataType
from setrange.model.writing import MAX_BYTES
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt
    from onnx import ModelProto

    from setrange.measure.inputs import Arrays

__all__ = ["FLOATS", "Scalars", "Session", "check_runtime"]

Result = TypeVar("Result")

#: Where ONNX Runtime looks for external data of a model that is not a file.
_EXTERNAL_DATA = "session.model_external_initializers_file_folder_path"

#: ONNX Runtime's levels: 4 is fatal. Errors are raised as well, and said once.
_FATAL_ONLY = 4

#: Its names of the types that are measured.
FLOATS = {
    DataType.FLOAT32.onnx_text: np.float32,
    DataType.FLOAT16.onnx_text: np.float16,
    DataType.FLOAT64.onnx_text: np.float64,
}

_BFLOAT16 = DataType.BFLOAT16.onnx_text

#: What ONNX Runtime says where memory ends, with its arena and without.
_NO_MEMORY = re.compile(
    r"Failed to allocate memory for requested buffer of size (\d{1,20})|std::bad_alloc"
)
_AT_NODE = re.compile(r"while running (\w{1,99}) node\. Name:'([^']{0,999})'")


class Session:
    """A running model.

    Args:
        source: The model, or the file it was written to.
        origin: The file it was made from, for messages and its external data.
        names: Outputs that ``run`` returns; ``None``: all.
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider, with or without its "ExecutionProvider".
        entries: Further configuration entries of the session.
        without: Optimizers of ONNX Runtime that are left out.
        values: Initializers of a model that is not a file, by name, which only say there that
            they are external: as they lie in memory, for as long as it runs.
        has_arena: Memory of values is kept for later runs. With values that leave a run in
            any number and order, this holds more than it saves.

    Attributes:
        names: See above.
        inference: The ``InferenceSession``.
        types: ONNX Runtime's words for the types of its inputs and outputs, by name.
        version: Of ONNX Runtime.
        provider: The execution provider in use.

    Raises:
        BackendUnavailableError: ONNX Runtime or the provider is not installed.
        ModelError: ONNX Runtime refuses the model.
    """

    def __init__(
        self,
        source: ModelProto | Path,
        origin: Path,
        *,
        names: Sequence[str] | None = None,
        threads: int | None = None,
        provider: str = "CPU",
        entries: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        values: Mapping[str, npt.NDArray[Any]] | None = None,
        has_arena: bool = True,
    ) -> None:
        runtime = _onnxruntime()
        options = runtime.SessionOptions()
        options.log_severity_level = _FATAL_ONLY
        options.enable_cpu_mem_arena = has_arena
        if threads is not None:
            options.intra_op_num_threads = threads
        for key, value in (entries or {}).items():
            options.add_session_config_entry(key, value)
        providers = _providers(runtime, provider)
        given: str | bytes
        if isinstance(source, Path):
            given = str(source)
        else:
            options.add_session_config_entry(_EXTERNAL_DATA, str(origin.parent.resolve()))
            if source.ByteSize() > MAX_BYTES:
                raise ModelError(
                    f"{origin}: more than 2 GiB in one file; store its weights as external data"
                )
            given = source.SerializeToString()
        self._values = dict(values or {})
        if self._values:
            held = [runtime.OrtValue.ortvalue_from_numpy(a) for a in self._values.values()]
            options.add_external_initializers(list(self._values), held)
        try:
            with uninterrupted():
                self.inference = runtime.InferenceSession(
                    given, options, providers=providers, disabled_optimizers=list(without)
                )
        except Exception as error:
            said = str(error).replace(f"Load model from {source} failed:", "")
            raise ModelError(f"{origin}: ONNX Runtime refuses the model: {said}") from error
        self.version: str = runtime.__version__
        self.provider: str = self.inference.get_providers()[0]
        # ONNX Runtime drops inputs that nothing needs, and refuses to be fed them.
        self.names = None if names is None else list(names)
        inputs = self.inference.get_inputs()
        self.types = {item.name: item.type for item in (*inputs, *self.inference.get_outputs())}
        self._wanted = {item.name for item in inputs}
        self._runtime = runtime
        self._has_bfloat16 = any(item.type == _BFLOAT16 for item in inputs)

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return the outputs, in their order.

        Raises:
            BackendError: ONNX Runtime failed.
        """
        with _failing(label):
            given = self._given(feeds)
            found = self.until_signal(
                lambda options: self.inference.run(self.names, given, options)
            )
            return [np.asarray(x) for x in found]

    def until_signal(self, run: Callable[[Any], Result]) -> Result:
        """Run; see ``run_until_signal``."""
        return run_until_signal(self._runtime.RunOptions, run)

    def run_bound(self, binding: Any, feeds: Arrays, label: str) -> None:
        """Run for outputs that are written to where a binding says.

        Args:
            binding: An ``IOBinding`` of ``inference``.
            feeds: The inputs, by name.
            label: What they are called in messages.

        Raises:
            BackendError: ONNX Runtime failed.
        """
        with _failing(label):
            for name, given in self.needed(feeds).items():
                if self.types[name] == _BFLOAT16:
                    binding.bind_ortvalue_input(name, self.bfloat16(given))
                else:
                    binding.bind_cpu_input(name, given)
            self.until_signal(
                lambda options: self.inference.run_with_iobinding(binding, options)
            )

    def needed(self, feeds: Arrays) -> Arrays:
        """Return those of the inputs that ONNX Runtime takes."""
        return {name: array for name, array in feeds.items() if name in self._wanted}

    def _given(self, feeds: Arrays) -> dict[str, Any]:
        """Return what ``run`` takes: numpy has no bfloat16."""
        needed: dict[str, Any] = dict(self.needed(feeds))
        if self._has_bfloat16:
            for name, array in needed.items():
                if self.types[name] == _BFLOAT16:
                    needed[name] = self.bfloat16(array)
        return needed

    def bfloat16(self, array: npt.NDArray[Any]) -> Any:
        """Return float32 values as ONNX Runtime's bfloat16, rounded to nearest even."""
        bits = np.asarray(array, dtype=np.float32, order="C").view(np.uint32)
        half = ((bits >> np.uint32(16)) & np.uint32(1)) + np.uint32(0x7FFF)
        upper = ((bits + half) >> np.uint32(16)).astype(np.uint16)
        made = self._runtime.OrtValue.ortvalue_from_numpy_with_onnx_type
        return made(upper, int(DataType.BFLOAT16))


class Scalars:
    """Runs a model for outputs of one float each.

    ONNX Runtime writes them to where we tell it: to make an object of each takes it as long as
    to compute it.

    Args:
        session: The model; its ``names`` are the outputs.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._binding = session.inference.io_binding()
        names = session.names or []
        types = {item.name: item.type for item in session.inference.get_outputs()}
        self._places: list[tuple[list[int], npt.NDArray[Any]]] = []
        for kind, dtype in FLOATS.items():
            places = [place for place, name in enumerate(names) if types[name] == kind]
            array = np.zeros(len(places), dtype)
            for index, place in enumerate(places):
                address = array[index:].ctypes.data
                self._binding.bind_output(names[place], "cpu", 0, dtype, [], address)
            self._places.append((places, array))
        self._count = len(names)

    def run(self, feeds: Arrays, label: str) -> npt.NDArray[np.float64]:
        """Return the outputs, in their order; NaN for one that was not written.

        Raises:
            BackendError: ONNX Runtime failed.
        """
        for _, array in self._places:
            array.fill(np.nan)
        self._session.run_bound(self._binding, feeds, label)
        found = np.full(self._count, np.nan)
        for places, array in self._places:
            found[places] = array
        return found


@contextlib.contextmanager
def _failing(label: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        said = _out_of_memory(str(error)) or f"ONNX Runtime failed: {error}"
        raise BackendError(f"{label}: {said}") from error


def _out_of_memory(error: str) -> str | None:
    """Say for which node memory ended; ``None`` for errors of other kinds."""
    found, node = _NO_MEMORY.search(error), _AT_NODE.search(error)
    if found is None:
        return None
    where = "" if node is None else f" for what {node[1]} {node[2]!r} computes"
    size = "" if found[1] is None else f" ({int(found[1]) / 1e9:,.1f} GB at once)"
    return (
        f"ONNX Runtime finds no memory{where}{size}; give smaller inputs, or use a machine "
        f"with more memory"
    )


def check_runtime(provider: str) -> None:
    """Look for ONNX Runtime and a provider, before any work is done.

    Raises:
        BackendUnavailableError: One of them is not installed.
    """
    _providers(_onnxruntime(), provider)


#: ONNX Runtime of 1.29 and later reports to its makers, unless this is set when it is loaded.
#: On Windows every release does, and the function below ends that.
_NO_REPORTS = "ORT_DISABLE_TELEMETRY"


def _onnxruntime() -> Any:
    is_silenced = "onnxruntime" not in sys.modules and _NO_REPORTS not in os.environ
    if is_silenced:  # who sets it, or loads ONNX Runtime before us, has decided it
        os.environ[_NO_REPORTS] = "1"
    try:
        # It may crash where an interruption ends its initialization half way.
        with uninterrupted():
            import onnxruntime

            if is_silenced:
                onnxruntime.disable_telemetry_events()
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise _unusable(error) from error
        raise BackendUnavailableError(
            f"the model is run by ONNX Runtime, which is not here ({error}); "
            f"install it: pip install 'setrange[ort]'"
        ) from error
    except Exception as error:  # a library that is missing, another numpy, a broken install
        raise _unusable(error) from error
    return onnxruntime


def _unusable(error: Exception) -> BackendUnavailableError:
    said = str(error).strip().split("\n")[0] or type(error).__name__
    return BackendUnavailableError(
        f"the model is run by ONNX Runtime, which is here and cannot be loaded ({said}); "
        f"install it again: pip install --force-reinstall 'setrange[ort]'"
    )


def _providers(runtime: Any, wanted: str) -> list[str]:
    available: list[str] = runtime.get_available_providers()
    short = {name.removesuffix("ExecutionProvider").lower(): name for name in available}
    name = short.get(wanted.removesuffix("ExecutionProvider").lower())
    if name is None:
        hint = did_you_mean(wanted.lower(), short, end=" ")
        raise BackendUnavailableError(
            f"--provider {wanted}: this ONNX Runtime has no such provider; {hint}"
            f"it has {', '.join(short)}"
        )
    cpu = "CPUExecutionProvider"
    return [name] if name == cpu else [name, cpu]
