# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A Q/DQ model in TensorRT for RTX: parsed, and built into an engine."""

from __future__ import annotations

import functools
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from setrange.errors import BackendUnavailableError, EngineBuildError, ParserRefusedError
from setrange.importer.profiles import get_profile
from setrange.live.build import NoProgress, run_build
from setrange.live.profiles import add_profiles, check_profiles, names_of_dimensions
from setrange.machine.native import call_native
from setrange.machine.rtx_bindings import has_driver, rtx_name
from setrange.model.types import DataType
from setrange.network import Network, Tensor
from setrange.rtx.log import BuildLog, rtx_logger
from setrange.rtx.settings import apply_rtx_settings
from setrange.versions import PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.build_settings.config import BuildConfig
    from setrange.build_settings.gpus import Gpu
    from setrange.live.build import BuildProgress, Wait
    from setrange.model.in_memory import ModelInMemory

__all__ = ["RtxBuild", "RtxModel", "inspector_layers", "takes_values"]

#: Threads that the library builds with; the engine is the same with one.
_THREADS = 4

#: Seconds in which the library says thousands of things, each of which waits for the
#: interpreter: the thread that waits for the library does no work of its own meanwhile.
_TALKING = 0.05
#: Seconds between looks at whether it has listed the layers, which it does near its end.
_SOON = 0.005


class RtxBuild(NamedTuple):
    """A built engine.

    Attributes:
        engine: Its bytes (a buffer).
        layers: What its layers are, as the engine inspector's JSON; ``None`` where the builder
            did not say.
        seconds: What the build took.
        warnings: What the builder warned of.
    """

    engine: Any
    layers: str | None
    seconds: float
    warnings: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of the engine."""
        return int(self.engine.nbytes)


class RtxModel:
    """A model that TensorRT for RTX has parsed.

    Attributes:
        name: What the library is called: ``TensorRT for RTX 1.7.1``.
        network: Inputs of its network; nothing else of it is read.
        log: What is kept of the library's log.
    """

    def __init__(
        self, rtx: Any, model: Path | ModelInMemory, *, shown: str | None = None
    ) -> None:
        """Parse a model.

        Args:
            rtx: The bindings (``load_rtx``).
            model: The ONNX file, with external data beside it; or the model itself.
            shown: What messages call it; the file's name if absent.

        Raises:
            ParserRefusedError: The library's parser refuses the model.
            BackendUnavailableError: The library cannot start.
        """
        self._rtx = rtx
        self.name = rtx_name(rtx)
        self.log = BuildLog()
        self._logger = rtx_logger(rtx, self.log)
        self._model = model
        if shown is None:
            shown = model.name if isinstance(model, Path) else "the model"
        if not call_native(self._is_parsed, "TensorRT parser"):
            self._refuse(shown)
        self.network = self._inputs(shown)

    def _is_parsed(self) -> bool:
        rtx, model = self._rtx, self._model
        try:
            self._builder = rtx.Builder(self._logger)
            self._builder.max_threads = min(_THREADS, os.cpu_count() or 1)
            self._definition = self._builder.create_network(0)
        except (RuntimeError, TypeError) as error:
            raise BackendUnavailableError(f"{self.name} cannot start: {error}") from error
        # The parser owns the weights, or knows where they are: both have to live until the
        # engine is built.
        self._parser = parser = rtx.OnnxParser(self._definition, self._logger)
        if isinstance(model, Path):
            return bool(parser.parse_from_file(str(model)))
        return bool(
            parser.load_model_proto(model.proto)
            and all(
                parser.load_initializer(name, values.ctypes.data, values.nbytes)
                for name, values in model.values.items()
            )
            and parser.parse_model_proto()
        )

    def _refuse(self, shown: str) -> NoReturn:
        errors = [
            _parser_error(self._parser.get_error(i)) for i in range(self._parser.num_errors)
        ]
        rule = errors[0] if errors else "the parser gives no reason"
        listed = "".join(f"\n  {error}" for error in errors or self.log.errors() or [rule])
        raise ParserRefusedError(
            rule,
            f"the ONNX parser of {self.name} refuses {shown}:{listed}\n"
            f"TensorRT for RTX has no plugins and fewer ops than TensorRT: cut the node off "
            f"where it only prepares or post-processes, or build with TensorRT itself "
            f"(--via tensorrt, --via trtexec)",
        )

    def _inputs(self, shown: str) -> Network:
        profile = get_profile(PROFILES[-1])
        network = Network(
            trt=self.name, profile=profile.name, naming=profile.naming, model=shown
        )
        for index in range(self._definition.num_inputs):
            source = self._definition.get_input(index)
            tensor = Tensor(
                name=source.name,
                dtype=DataType.label_of_trt(source.dtype.name),
                shape=tuple(source.shape),
            )
            tensor.is_shape_tensor = bool(source.is_shape_tensor)
            names = names_of_dimensions(source, len(tensor.shape))
            network.dimension_names[tensor.name] = names
            network.inputs.append(tensor)
        return network

    def build(
        self,
        settings: BuildConfig,
        gpus: tuple[Gpu, ...] = (),
        progress: BuildProgress | None = None,
        meanwhile: Callable[[], object] | None = None,
        listed: Callable[[str], object] | None = None,
    ) -> RtxBuild:
        """Build the engine.

        Args:
            settings: How.
            gpus: For which GPUs; none takes the library's choice, RTX 30 and later.
            progress: Shows the builder's phases.
            meanwhile: Work for this thread while the library builds.
            listed: Gets the layers if the library lists them before the engine is complete,
                and nothing can say more about them.

        Raises:
            SetrangeError: The settings do not fit, or the build failed.
            KeyboardInterrupt: ^C.
        """
        check_profiles(self.network, settings)
        self._logger = rtx_logger(self._rtx, self.log)  # another model may have taken it over
        config = self._builder.create_builder_config()
        apply_rtx_settings(self._rtx, config, settings, gpus)
        add_profiles(self._builder, config, self.network, settings)
        told: list[str] = []

        def look(layers: str) -> None:
            told.append(layers)
            if listed is not None:
                listed(layers)

        self.log.layers = ""
        start = time.perf_counter()
        try:
            engine = run_build(
                self._rtx,
                self._builder,
                self._definition,
                config,
                tail=self.log,
                progress=progress or NoProgress(),
                name=self.name,
                meanwhile=functools.partial(self._beside, meanwhile, look),
            )
        except EngineBuildError:
            self._forget_gpus()
            raise
        seconds = time.perf_counter() - start
        return RtxBuild(
            engine=engine,
            layers=told[0] if told else self._layers(engine),
            seconds=seconds,
            warnings=tuple(self.log.lines()),
        )

    def _beside(
        self,
        meanwhile: Callable[[], object] | None,
        listed: Callable[[str], object],
        is_over: Wait,
    ) -> None:
        """Do the work of the thread that waits for the library."""
        is_over(_TALKING)
        if meanwhile is not None:
            meanwhile()
        if has_driver():
            return  # which says more of the engine
        while not (self.log.layers or is_over(_SOON)):
            pass
        if (layers := self._layers()) is not None:
            listed(layers)

    def _forget_gpus(self) -> None:
        """Build something tiny after a build that failed.

        The library keeps the GPUs of a failed build for the next one of the process, whatever
        that one asks for (seen in 1.7.1: FP16 for sm89 after a failure for sm75).
        """
        builder = self._rtx.Builder(rtx_logger(self._rtx, BuildLog()))
        network = builder.create_network(0)
        source = network.add_input("x", self._rtx.DataType.FLOAT, (1,))
        network.mark_output(network.add_identity(source).get_output(0))
        builder.build_serialized_network(network, builder.create_builder_config())

    def _layers(self, engine: Any = None) -> str | None:
        """What the layers are: from the engine where a driver loads it, else from the log."""
        from setrange.engine_layers.builder_log import layers_of_log

        said = layers_of_log([self.log.layers])
        if engine is not None and has_driver():
            try:
                told = json.loads(inspector_layers(self._rtx, self._logger, engine))
            except (EngineBuildError, RuntimeError, ValueError):
                told = {}  # another GPU than the engine is for, or an older driver
            if said is None or len(told.get("Layers", ())) >= len(said["Layers"]):
                said = told or said
        return None if said is None else json.dumps({"Builder": self.name, **said})


def takes_values(rtx: Any) -> bool:
    """True where the library's parser takes values from memory."""
    return hasattr(rtx.OnnxParser, "load_initializer")


def inspector_layers(rtx: Any, logger: Any, data: Any) -> str:
    """Return the layers of a serialized engine as the engine inspector's JSON.

    Raises:
        EngineBuildError: The library cannot load the engine.
    """
    return call_native(lambda: _inspected(rtx, logger, data), "TensorRT inspector")


def _inspected(rtx: Any, logger: Any, data: Any) -> str:
    try:
        engine = rtx.Runtime(logger).deserialize_cuda_engine(data)
    except (RuntimeError, TypeError) as error:
        raise EngineBuildError(f"{rtx_name(rtx)} cannot load the engine: {error}") from error
    if engine is None:
        raise EngineBuildError(
            f"{rtx_name(rtx)} cannot load the engine: that takes an NVIDIA driver, and a GPU "
            f"that the engine was built for"
        )
    information: str = engine.create_engine_inspector().get_engine_information(
        rtx.LayerInformationFormat.JSON
    )
    return information


def _parser_error(error: Any) -> str:
    said = str(error.desc()).strip()
    # What the parser says of an op that it has no importer for.
    said = "it does not know this op" if said in ("", "false") else said
    if error.node() < 0:
        return said
    return f"node {error.node()} {error.node_name()!r} ({error.node_operator()}): {said}"
