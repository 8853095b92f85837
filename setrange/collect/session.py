# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model with its inner values as outputs, run by ONNX Runtime."""

from __future__ import annotations

import difflib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import BackendError, BackendUnavailableError, InputError, ModelError
from setrange.model.writing import skeleton_of, write_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt
    from onnx import GraphProto, ModelProto, TensorProto

    from setrange.collect.inputs import Arrays
    from setrange.model.loading import Model

__all__ = ["Session", "with_extremes", "with_outputs"]

#: Where ONNX Runtime looks for external data of a model that is not a file.
_EXTERNAL_DATA = "session.model_external_initializers_file_folder_path"

#: onnx.TensorProto.EXTERNAL.
_EXTERNAL = 1

#: ONNX Runtime's levels: 3 is errors. Its warnings are about the model, not about us.
_ERRORS_ONLY = 3


def with_outputs(model: Model, names: Sequence[str]) -> ModelProto:
    """Return the model with other outputs, without its initializers.

    What none of the outputs needs is not computed.
    """
    import onnx

    skeleton = skeleton_of(model.proto)
    del skeleton.graph.output[:]
    skeleton.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return skeleton


def with_extremes(model: Model, names: Sequence[str]) -> ModelProto:
    """Return the model with the smallest and the largest element of values as its outputs.

    As in ``with_outputs``, its initializers are not in it.

    Args:
        model: The model; it is not changed.
        names: Float values of its main graph: output 2 i is the minimum of ``names[i]``,
            output 2 i + 1 its maximum.
    """
    from onnx import helper

    taken = model.value_names()
    prefix = "setrange"
    while any(name.startswith(f"{prefix}/") for name in taken):
        prefix += "_"
    outputs, nodes = [], []
    for index, name in enumerate(names):
        for op in ("ReduceMin", "ReduceMax"):
            outputs.append(f"{prefix}/{op}/{index}")
            nodes.append(helper.make_node(op, [name], [outputs[-1]], outputs[-1], keepdims=0))
    skeleton = with_outputs(model, outputs)
    skeleton.graph.node.extend(nodes)
    return skeleton


class Session:
    """A running model.

    Args:
        skeleton: The model without initializers.
        model: What it was made from: its path, initializers and external data.
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider, with or without its "ExecutionProvider".

    Attributes:
        version: Of ONNX Runtime.
        provider: The execution provider in use.

    Raises:
        BackendUnavailableError: ONNX Runtime or the provider is not installed.
        ModelError: ONNX Runtime refuses the model.
        InputError: The directory for temporary files cannot hold the weights.
    """

    def __init__(
        self,
        skeleton: ModelProto,
        model: Model,
        *,
        threads: int | None = None,
        provider: str = "CPU",
    ) -> None:
        runtime = _onnxruntime()
        options = runtime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        if threads is not None:
            options.intra_op_num_threads = threads
        providers = _providers(runtime, provider)

        def load(source: str | bytes) -> Any:
            try:
                return runtime.InferenceSession(source, options, providers=providers)
            except Exception as error:
                raise ModelError(
                    f"{model.path}: ONNX Runtime refuses the model: {error}"
                ) from error

        if _has_external_data(model):
            # What is not on disk is small: no reason to copy the rest.
            options.add_session_config_entry(_EXTERNAL_DATA, str(model.base.resolve()))
            skeleton.graph.initializer.extend(model.graph.initializer)
            self._session = load(skeleton.SerializeToString())
        else:
            self._session = _from_disk(skeleton, model, load)
        self.version: str = runtime.__version__
        self.provider: str = self._session.get_providers()[0]
        # ONNX Runtime drops inputs that nothing needs, and refuses to be fed them.
        self._wanted = {item.name for item in self._session.get_inputs()}

    def run(self, feeds: Arrays, label: str) -> list[npt.NDArray[Any]]:
        """Return the outputs, in their order.

        Raises:
            BackendError: ONNX Runtime failed.
        """
        feeds = {name: array for name, array in feeds.items() if name in self._wanted}
        try:
            return [np.asarray(array) for array in self._session.run(None, feeds)]
        except Exception as error:
            raise BackendError(f"{label}: ONNX Runtime failed: {error}") from error


def _has_external_data(model: Model) -> bool:
    return any(tensor.data_location == _EXTERNAL for tensor in _tensors(model.graph))


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Initializers and attributes, subgraphs included."""
    yield from graph.initializer
    for node in graph.node:
        for attr in node.attribute:
            if attr.HasField("t"):
                yield attr.t
            elif attr.HasField("g"):
                yield from _tensors(attr.g)


def _from_disk(skeleton: ModelProto, model: Model, load: Callable[[str], Any]) -> Any:
    """Load from a temporary copy: ONNX Runtime maps the weights instead of copying them.

    What is mapped outlives the name of its file (where the system allows to remove that).
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="setrange-", ignore_cleanup_errors=True)
    except OSError as error:
        raise InputError(f"there is no place for temporary files: {error}") from error
    with folder as name:
        path = Path(name, "model.onnx")
        write_model(path, skeleton, model.graph.initializer, base=model.base, max_bytes=0)
        return load(str(path))


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
