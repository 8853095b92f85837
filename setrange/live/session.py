# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model in TensorRT: parsed, read, ready to be planned for and built."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import (
    BackendUnavailableError,
    EngineBuildError,
    ParserRefusedError,
    SetrangeError,
    UnsupportedError,
)
from setrange.files.atomic import check_output, write_bytes
from setrange.findings import Finding
from setrange.importer.parser import import_model
from setrange.live.alignment import adopt_origins
from setrange.live.build import NoProgress, run_build
from setrange.live.io_formats import set_io_formats
from setrange.live.logger import LogTail, make_logger
from setrange.live.precision import set_precisions
from setrange.live.profiles import check_profiles
from setrange.live.ranges import set_ranges
from setrange.live.reader import LiveNetwork, read_network
from setrange.live.settings import apply_settings
from setrange.machine.bindings import binding_version, has_ranges
from setrange.machine.native import call_native

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.build_settings.config import BuildConfig
    from setrange.importer.parser import ParserOptions
    from setrange.live.build import BuildProgress
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.versions import TrtVersion

__all__ = ["LiveModel"]


class LiveModel:
    """An ONNX model parsed by TensorRT itself.

    Attributes:
        version: Release of TensorRT.
        network: The network it made, with the ONNX nodes behind its layers.
        tail: Its last warnings and errors.
    """

    def __init__(
        self,
        trt: Any,
        model: Model,
        *,
        plugins: Iterable[str] = (),
        options: ParserOptions | None = None,
    ) -> None:
        """Parse a model.

        Args:
            trt: The bindings (``load_tensorrt``).
            model: The loaded model; TensorRT reads its file, external data included.
            plugins: Libraries with plugins it needs.
            options: How the parser is set up; its defaults if absent.

        Raises:
            ParserRefusedError: TensorRT's parser refuses the model.
            BackendUnavailableError: No CUDA device, or a plugin library cannot be loaded.
        """
        self._trt = trt
        self.version: TrtVersion = binding_version(trt)
        self.tail = LogTail()
        self._logger = make_logger(trt, self.tail)
        try:
            self._builder = call_native(lambda: trt.Builder(self._logger), "TensorRT")
        except (RuntimeError, TypeError) as error:
            words = "".join(f"\n  {line}" for line in self.tail.errors())
            raise BackendUnavailableError(
                f"TensorRT {self.version} cannot start: {error}{words}\n"
                f"it needs an NVIDIA GPU and its driver: see 'setrange doctor'"
            ) from error
        self._load_plugins(plugins)
        self._definition = self._builder.create_network(self._flags())
        # The parser owns the weights: it has to live until the engine is built.
        self._parser = trt.OnnxParser(self._definition, self._logger)
        self._options = options
        if options is not None and options.native_instance_norm:
            self._ask_native_instance_norm()
        self._parse(model)
        self._live = self._read(model)

    @property
    def network(self) -> Network:
        """The network TensorRT made."""
        return self._live.network

    def _flags(self) -> int:
        """Explicit batch, which 10.x ignores; strong typing where there are no ranges."""
        names = self._trt.NetworkDefinitionCreationFlag
        wanted = "EXPLICIT_BATCH" if has_ranges(self._trt) else "STRONGLY_TYPED"
        return 1 << int(getattr(names, wanted)) if hasattr(names, wanted) else 0

    def _load_plugins(self, plugins: Iterable[str]) -> None:
        self._trt.init_libnvinfer_plugins(self._logger, "")
        registry = self._builder.get_plugin_registry()
        for plugin in plugins:
            path = str(Path(plugin).absolute())
            if not Path(path).is_file():
                raise BackendUnavailableError(f"the plugin library {plugin} does not exist")
            taken: Any = True
            try:
                if hasattr(registry, "load_library"):
                    taken = registry.load_library(path)
                else:  # up to 8.5
                    ctypes.CDLL(path)
            except (OSError, RuntimeError) as error:
                raise BackendUnavailableError(
                    f"the plugin library {plugin} cannot be loaded: {error}"
                ) from error
            if taken is None:
                why = " ".join(self.tail.errors()[-1:]) or "TensorRT gives no reason"
                raise BackendUnavailableError(
                    f"the plugin library {plugin} is not one that TensorRT {self.version} "
                    f"takes: {why}"
                )

    def _ask_native_instance_norm(self) -> None:
        if not hasattr(self._trt, "OnnxParserFlag"):  # up to 8.5
            raise UnsupportedError(
                f"the ONNX parser of TensorRT {self.version} cannot be told to make "
                f"InstanceNormalization of native layers; leave --native-instancenorm out"
            )
        self._parser.set_flag(self._trt.OnnxParserFlag.NATIVE_INSTANCENORM)

    def _parse(self, model: Model) -> None:
        path = str(model.path)
        if call_native(lambda: self._parser.parse_from_file(path), "TensorRT parser"):
            return
        errors = [
            _parser_error(self._parser.get_error(i), model)
            for i in range(self._parser.num_errors)
        ]
        rule = errors[0] if errors else "the parser gives no reason"
        raise ParserRefusedError(
            rule,
            f"TensorRT {self.version}'s ONNX parser refuses {model.path.name}:"
            + "".join(f"\n  {error}" for error in errors or self.tail.errors() or [rule]),
        )

    def _read(self, model: Model) -> LiveNetwork:
        live = read_network(
            self._trt,
            self._definition,
            self.version,
            model=str(model.path),
            onnx_values=model.value_names(),
        )
        if not has_ranges(self._trt):
            return live  # names do not matter there, and there is no prediction for them
        try:
            adopt_origins(live.network, import_model(model, self.version, self._options))
        except SetrangeError as error:
            live.network.findings.append(
                Finding(
                    code="SR304",
                    message=f"the importer has no prediction to compare with ({error}); what "
                    f"TensorRT {self.version} made is used",
                )
            )
        return live

    def build(
        self, settings: BuildConfig, plan: Plan | None, progress: BuildProgress | None = None
    ) -> Any:
        """Build the engine.

        Args:
            settings: How.
            plan: Ranges and precisions to set; ``None`` for a model with Q/DQ nodes.
            progress: Shows the builder's phases.

        Returns:
            The serialized engine: bytes, or a buffer.

        Raises:
            SetrangeError: The settings do not fit, or the build failed.
            KeyboardInterrupt: ^C.
        """
        trt = self._trt
        check_profiles(self.network, settings)
        if settings.timing_cache is not None:
            check_output(settings.timing_cache)
        config = self._builder.create_builder_config()
        apply_settings(trt, self._builder, config, self.network, settings)
        set_io_formats(trt, self._definition, settings)
        if plan is not None:
            set_ranges(plan, {t.name: source for t, source in self._live.tensors.items()})
            count = set_precisions(trt, self.network, self._live.layers, plan.precision)
            if "fp16" in plan.precision.values():
                config.set_flag(trt.BuilderFlag.FP16)
            if count:
                wanted = f"{settings.precision_constraints.upper()}_PRECISION_CONSTRAINTS"
                config.set_flag(getattr(trt.BuilderFlag, wanted))
        engine = run_build(
            trt,
            self._builder,
            self._definition,
            config,
            tail=self.tail,
            progress=progress or NoProgress(),
        )
        if settings.timing_cache is not None:
            self._save_timing_cache(config, settings.timing_cache)
        return engine

    @staticmethod
    def _save_timing_cache(config: Any, path: str) -> None:
        cache = config.get_timing_cache()
        if cache is not None:
            write_bytes(path, bytes(cache.serialize()))

    def layer_information(self, engine: Any, settings: BuildConfig) -> str:
        """Return what the engine inspector says of a serialized engine, as JSON.

        Raises:
            EngineBuildError: TensorRT cannot load it.
        """
        return engine_information(self._trt, self._logger, engine, dla_core=settings.dla_core)


def _parser_error(error: Any, model: Model) -> str:
    index = error.node()
    if index < 0:
        return str(error.desc())
    where = f"node {index}"
    if hasattr(error, "node_name"):
        where += f" {error.node_name()!r} ({error.node_operator()})"
    elif index < len(model.nodes()):  # up to 9.x the parser tells only the position
        node = model.nodes()[index]
        where += f" {node.name!r} ({node.op})"
    return f"{where}: {error.desc()}"


def engine_information(trt: Any, logger: Any, data: Any, *, dla_core: int | None = None) -> str:
    """Return the layers of a serialized engine as the engine inspector's JSON.

    Args:
        trt: The bindings.
        logger: ``ILogger``.
        data: The engine.
        dla_core: DLA core it was built for, if any.

    Raises:
        EngineBuildError: TensorRT cannot load the engine, or has no inspector.
    """
    if not hasattr(trt, "LayerInformationFormat"):  # up to 8.1
        raise EngineBuildError(f"TensorRT {trt.__version__} has no engine inspector")
    return call_native(lambda: _inspected(trt, logger, data, dla_core), "TensorRT inspector")


def _inspected(trt: Any, logger: Any, data: Any, dla_core: int | None) -> str:
    runtime = trt.Runtime(logger)
    if dla_core is not None:
        runtime.DLA_core = dla_core
    engine = runtime.deserialize_cuda_engine(data)
    if engine is None:
        raise EngineBuildError(
            "TensorRT cannot load the engine: it is for exactly the TensorRT release and kind "
            "of GPU it was built with"
        )
    information: str = engine.create_engine_inspector().get_engine_information(
        trt.LayerInformationFormat.JSON
    )
    return information
