# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model that ONNX Runtime runs."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import BackendError, BackendUnavailableError, ModelError
from setrange.model.writing import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from onnx import ModelProto

    from setrange.collect.inputs import Arrays

__all__ = ["Session", "check_runtime"]

#: Where ONNX Runtime looks for external data of a model that is not a file.
_EXTERNAL_DATA = "session.model_external_initializers_file_folder_path"

#: ONNX Runtime's levels: 4 is fatal. Errors are raised as well, and said once.
_FATAL_ONLY = 4


class Session:
    """A running model.

    Args:
        source: The model, or the file it was written to.
        origin: The file it was made from, for messages and its external data.
        names: Outputs that ``run`` returns; ``None``: all.
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider, with or without its "ExecutionProvider".
        entries: Further configuration entries of the session.

    Attributes:
        names: See above; may be set.
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
    ) -> None:
        runtime = _onnxruntime()
        options = runtime.SessionOptions()
        options.log_severity_level = _FATAL_ONLY
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
        try:
            self._session = runtime.InferenceSession(given, options, providers=providers)
        except Exception as error:
            raise ModelError(f"{origin}: ONNX Runtime refuses the model: {error}") from error
        self.version: str = runtime.__version__
        self.provider: str = self._session.get_providers()[0]
        # ONNX Runtime drops inputs that nothing needs, and refuses to be fed them.
        self.names = None if names is None else list(names)
        self._wanted = {item.name for item in self._session.get_inputs()}

    def float_outputs(self) -> list[str]:
        """Names of all outputs that are float tensors."""
        floats = ("tensor(float)", "tensor(float16)", "tensor(double)")
        return [item.name for item in self._session.get_outputs() if item.type in floats]

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return the outputs, in their order.

        Raises:
            BackendError: ONNX Runtime failed.
        """
        feeds = {name: array for name, array in feeds.items() if name in self._wanted}
        try:
            return [np.asarray(array) for array in self._session.run(self.names, feeds)]
        except Exception as error:
            raise BackendError(f"{label}: ONNX Runtime failed: {error}") from error


def check_runtime(provider: str) -> None:
    """Look for ONNX Runtime and a provider, before any work is done.

    Raises:
        BackendUnavailableError: One of them is not installed.
    """
    _providers(_onnxruntime(), provider)


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise BackendUnavailableError(
            f"the model is run by ONNX Runtime, which is not here ({error}); "
            f"install it: pip install 'setrange[ort]'"
        ) from error
    return onnxruntime


def _providers(runtime: Any, wanted: str) -> list[str]:
    available: list[str] = runtime.get_available_providers()
    short = {name.removesuffix("ExecutionProvider").lower(): name for name in available}
    name = short.get(wanted.removesuffix("ExecutionProvider").lower())
    if name is None:
        near = difflib.get_close_matches(wanted.lower(), list(short), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise BackendUnavailableError(
            f"--provider {wanted}: this ONNX Runtime has no such provider; {hint}it has "
            f"{', '.join(short)}"
        )
    cpu = "CPUExecutionProvider"
    return [name] if name == cpu else [name, cpu]
