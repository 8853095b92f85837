# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for TensorRT's bindings: it parses with setrange's importer and builds nothing.

The engine it makes is JSON that tells what the builder was told, so tests see every range,
flag and profile. Classes are made anew for each version, without what that version lacks.
"""

from __future__ import annotations

import json
from typing import Any

from setrange.errors import SetrangeError
from setrange.importer.parser import ParserOptions, import_network
from setrange.network import LayerKind, Network
from setrange.ranges.float32 import to_float32

_DTYPES = {
    "float32": "FLOAT",
    "float16": "HALF",
    "bf16": "BF16",
    "int8": "INT8",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "bool": "BOOL",
}


#: How engines begin.
MAGIC = b"ftrt"


def _layer_type(kind: LayerKind) -> str:
    if kind.is_plugin:
        return "PLUGIN_V3" if kind is LayerKind.PLUGIN_V3 else "PLUGIN_V2"
    return "RNN_V2" if kind is LayerKind.RNN else kind.name


def make_classes(trt: Any) -> dict[str, type]:
    """Return the classes of a module that has its enums already."""

    class Strict:
        """Bindings refuse attributes they do not have."""

        _settable: frozenset[str] = frozenset()

        def __setattr__(self, name: str, value: Any) -> None:
            if not name.startswith("_") and name not in self._settable:
                raise AttributeError(f"can't set attribute {name!r} of {type(self).__name__}")
            object.__setattr__(self, name, value)

        def _put(self, **values: Any) -> None:
            for name, value in values.items():
                object.__setattr__(self, name, value)

    class ITensor(Strict):
        name: str
        shape: tuple[int, ...]
        dtype: Any
        allowed_formats: int
        is_network_input: bool
        is_network_output: bool
        is_shape_tensor: bool
        dynamic_range: Any

        def __init__(self, tensor: Any, definition: Any) -> None:
            self._put(
                name=tensor.name,
                shape=tensor.shape,
                dtype=trt.DataType[_DTYPES[tensor.dtype]],
                allowed_formats=1,
                is_network_input=tensor.is_network_input,
                is_network_output=tensor in definition._network.outputs,
                is_shape_tensor=tensor.is_shape_tensor,
            )
            if hasattr(type(self), "set_dynamic_range"):
                self._put(dynamic_range=None)

        def set_dynamic_range(self, min: float, max: float) -> bool:
            if not 0 < max < float("inf"):
                return False
            self._put(dynamic_range=(to_float32(min), to_float32(max)))
            return True

    class ILayer(Strict):
        name: str
        precision: Any

        def __init__(self, layer: Any, definition: Any) -> None:
            self._layer, self._definition = layer, definition
            self._output_types: dict[int, Any] = {}
            self._put(name=layer.name)

        @property
        def type(self) -> Any:
            return trt.LayerType[_layer_type(self._layer.kind)]

        @property
        def num_inputs(self) -> int:
            return len(self._layer.inputs)

        @property
        def num_outputs(self) -> int:
            return len(self._layer.outputs)

        def get_input(self, index: int) -> Any:
            tensor = self._layer.inputs[index]
            return None if tensor is None else self._definition._tensors[tensor]

        def get_output(self, index: int) -> Any:
            return self._definition._tensors[self._layer.outputs[index]]

        def set_output_type(self, index: int, dtype: Any) -> None:
            self._output_types[index] = dtype

    def chosen(enum: Any) -> Any:
        def get(self: Any) -> Any:
            return enum[self._layer.params["op"].upper()]

        return property(get)

    class IActivationLayer(ILayer):
        type = chosen(trt.ActivationType)

        @property
        def alpha(self) -> float:
            return self._layer.params.get("alpha") or 0.0

        @property
        def beta(self) -> float:
            return self._layer.params.get("beta") or 0.0

    class IElementWiseLayer(ILayer):
        op = chosen(trt.ElementWiseOperation)

    class IPoolingLayer(ILayer):
        type = chosen(trt.PoolingType)

    class IReduceLayer(ILayer):
        op = chosen(trt.ReduceOperation)

    class IUnaryLayer(ILayer):
        op = chosen(trt.UnaryOperation)

    class IMatrixMultiplyLayer(ILayer):
        @property
        def op0(self) -> Any:
            return trt.MatrixOperation[self._layer.params.get("op0", "none").upper()]

        @property
        def op1(self) -> Any:
            return trt.MatrixOperation[self._layer.params.get("op1", "none").upper()]

    class IResizeLayer(ILayer):
        @property
        def resize_mode(self) -> Any:
            return trt.InterpolationMode[self._layer.params.get("mode", "nearest").upper()]

    class ISliceLayer(ILayer):
        @property
        def mode(self) -> Any:
            return trt.SampleMode[self._layer.params.get("mode", "strict_bounds").upper()]

    class IConstantLayer(ILayer):
        @property
        def weights(self) -> Any:
            return self._layer.params["weights"].data()

    class INetworkDefinition(Strict):
        def __init__(self, flags: int) -> None:
            self._flags = flags
            self._network: Any = None
            self._tensors: dict[Any, Any] = {}
            self._layers: list[Any] = []

        def _take(self, network: Network) -> None:
            self._network = network
            self._tensors = {tensor: ITensor(tensor, self) for tensor in network.tensors()}
            self._layers = [ILayer(layer, self) for layer in network.layers]

        @property
        def num_layers(self) -> int:
            return len(self._layers)

        @property
        def num_inputs(self) -> int:
            return len(self._network.inputs)

        @property
        def num_outputs(self) -> int:
            return len(self._network.outputs)

        def get_layer(self, index: int) -> Any:
            return self._layers[index]

        def get_input(self, index: int) -> Any:
            return self._tensors[self._network.inputs[index]]

        def get_output(self, index: int) -> Any:
            return self._tensors[self._network.outputs[index]]

    class ILogger:
        Severity = trt.Severity

        def __init__(self) -> None:
            self._ready = True

    class IProgressMonitor:
        def __init__(self) -> None:
            self._ready = True

    class ParserError(Strict):
        def __init__(self, text: str) -> None:
            self._text = text

        def desc(self) -> str:
            return self._text

        def node(self) -> int:
            return 1

        def node_name(self) -> str:
            return "Odd_1"

        def node_operator(self) -> str:
            return "Odd"

    class OnnxParser(Strict):
        def __init__(self, network: Any, logger: Any) -> None:
            self._definition, self._logger = network, logger
            self._errors: list[Any] = []
            self._native_instance_norm = False

        def set_flag(self, flag: Any) -> None:
            self._native_instance_norm = flag is trt.OnnxParserFlag.NATIVE_INSTANCENORM

        def parse_from_file(self, model: str) -> bool:
            options = ParserOptions(native_instance_norm=self._native_instance_norm)
            try:
                network = import_network(model, trt._profile, options=options)
            except SetrangeError as error:
                self._errors.append(ParserError(str(error)))
                return False
            self._definition._take(trt._altered(network))
            return True

        @property
        def num_errors(self) -> int:
            return len(self._errors)

        def get_error(self, index: int) -> Any:
            return self._errors[index]

    class IOptimizationProfile(Strict):
        def __init__(self) -> None:
            self._shapes: dict[str, Any] = {}
            self._values: dict[str, Any] = {}

        def set_shape(self, input: str, min: Any, opt: Any, max: Any) -> None:
            self._shapes[input] = [list(min), list(opt), list(max)]

        def set_shape_input(self, input: str, min: Any, opt: Any, max: Any) -> None:
            self._values[input] = [list(min), list(opt), list(max)]

    class IHostMemory(bytes):
        pass

    class ITimingCache(Strict):
        def __init__(self, data: bytes) -> None:
            self._data = data

        def serialize(self) -> Any:
            return IHostMemory(self._data + b"timed.")

    class IBuilderConfig(Strict):
        profiling_verbosity: Any
        builder_optimization_level: int
        hardware_compatibility_level: Any
        default_device_type: Any
        DLA_core: int
        progress_monitor: Any

        def __init__(self) -> None:
            self._flags: set[str] = set()
            self._profiles: list[Any] = []
            self._memory: dict[str, int] = {}
            self._timing: Any = None
            self._put(
                profiling_verbosity=trt.ProfilingVerbosity.LAYER_NAMES_ONLY,
                builder_optimization_level=3,
                hardware_compatibility_level=trt.HardwareCompatibilityLevel.NONE,
                default_device_type=trt.DeviceType.GPU,
                DLA_core=-1,
            )
            if hasattr(trt, "IProgressMonitor"):
                self._put(progress_monitor=None)

        def set_flag(self, flag: Any) -> None:
            self._flags.add(flag.name)

        def set_memory_pool_limit(self, pool: Any, pool_size: int) -> None:
            self._memory[pool.name] = pool_size

        def add_optimization_profile(self, profile: Any) -> int:
            self._profiles.append(profile)
            return len(self._profiles) - 1

        def create_timing_cache(self, serialized_timing_cache: bytes) -> Any:
            return ITimingCache(bytes(serialized_timing_cache))

        def set_timing_cache(self, cache: Any, ignore_mismatch: bool) -> bool:
            self._timing = cache
            return True

        def get_timing_cache(self) -> Any:
            return self._timing

    class IPluginRegistry(Strict):
        def load_library(self, plugin_path: str) -> Any:
            trt._libraries.append(plugin_path)
            return object()

    class Builder(Strict):
        def __init__(self, logger: Any) -> None:
            if not getattr(logger, "_ready", False):
                raise TypeError("ILogger.__init__() must be called when overriding __init__")
            if trt._no_gpu:
                logger.log(trt.Severity.ERROR, "CUDA initialization failure with error: 35")
                raise TypeError("pybind11::init(): factory function returned nullptr")
            self._logger = logger

        @property
        def num_DLA_cores(self) -> int:  # noqa: N802 - TensorRT's name
            return trt._dla_cores

        def create_network(self, flags: int = 0) -> Any:
            return INetworkDefinition(flags)

        def create_builder_config(self) -> Any:
            return IBuilderConfig()

        def create_optimization_profile(self) -> Any:
            return IOptimizationProfile()

        def get_plugin_registry(self) -> Any:
            return IPluginRegistry()

        def build_serialized_network(self, network: Any, config: Any) -> Any:
            self._logger.log(trt.Severity.INFO, "building")
            for message in trt._warns:
                self._logger.log(trt.Severity.WARNING, message)
            monitor = getattr(config, "progress_monitor", None)
            if monitor is not None:
                if not getattr(monitor, "_ready", False):
                    raise TypeError("IProgressMonitor.__init__() must be called")
                monitor.phase_start("Building Engine", None, 3)
                for step in range(3):
                    trt._on_step(step)
                    if not monitor.step_complete("Building Engine", step):
                        return None
                monitor.phase_finish("Building Engine")
            problem = trt._fails_with or _problem(network)
            if problem is not None:
                self._logger.log(trt.Severity.ERROR, problem)
                return None
            return IHostMemory(MAGIC + json.dumps(_told(network, config)).encode())

    def _problem(network: Any) -> str | None:
        """The rule of the real builder: INT8 ends need a range."""
        for tensor in network._tensors.values():
            is_end = tensor.is_network_input or tensor.is_network_output
            if is_end and tensor.dtype.name == "INT8" and tensor.dynamic_range is None:
                return (
                    "input/output with DataType Int8 in network without Q/DQ layers must have "
                    "dynamic range set when no calibrator is used"
                )
        return None

    def _told(network: Any, config: Any) -> dict[str, Any]:
        """What the builder was told."""
        ranges = {
            tensor.name: tensor.dynamic_range
            for tensor in network._tensors.values()
            if getattr(tensor, "dynamic_range", None) is not None
        }
        return {
            "network_flags": network._flags,
            "flags": sorted(config._flags),
            "ranges": ranges,
            "precisions": {
                layer.name: [
                    layer.precision.name,
                    {str(i): dtype.name for i, dtype in layer._output_types.items()},
                ]
                for layer in network._layers
                if "precision" in layer.__dict__
            },
            "io": {
                tensor.name: [tensor.dtype.name, tensor.allowed_formats]
                for tensor in network._tensors.values()
                if tensor.is_network_input or tensor.is_network_output
            },
            "profiles": [profile._shapes for profile in config._profiles],
            "values": [profile._values for profile in config._profiles],
            "memory": config._memory,
            "verbosity": config.profiling_verbosity.name,
            "level": config.builder_optimization_level,
            "hardware": config.hardware_compatibility_level.name,
            "needs_dla_core": config.DLA_core if config.default_device_type else -1,
            "device": config.default_device_type.name,
            "dla_core": config.DLA_core,
            "layers": [_layer_entry(layer, ranges) for layer in network._layers],
        }

    def _layer_entry(layer: Any, ranges: dict[str, Any]) -> dict[str, Any]:
        def entry(tensor: Any) -> dict[str, Any]:
            kind = "Int8" if tensor.name in ranges else "FP32"
            return {
                "Name": tensor.name,
                "Dimensions": list(tensor.shape),
                "Format/Datatype": f"Row major {kind} format",
            }

        inputs = [layer.get_input(i) for i in range(layer.num_inputs)]
        return {
            "Name": layer.name,
            "LayerType": layer._layer.kind.value,
            "Inputs": [entry(tensor) for tensor in inputs if tensor is not None],
            "Outputs": [entry(layer.get_output(i)) for i in range(layer.num_outputs)],
        }

    class EngineInspector(Strict):
        def __init__(self, told: Any) -> None:
            self._told = told

        def get_engine_information(self, format: Any) -> str:
            assert format is trt.LayerInformationFormat.JSON
            return json.dumps({"Layers": self._told["layers"], "Bindings": []})

    class ICudaEngine(Strict):
        def __init__(self, told: Any) -> None:
            self._told = told

        def create_engine_inspector(self) -> Any:
            return EngineInspector(self._told)

    class Runtime(Strict):
        DLA_core: int

        def __init__(self, logger: Any) -> None:
            self._logger = logger

        def deserialize_cuda_engine(self, serialized_engine: Any) -> Any:
            try:
                told = json.loads(bytes(serialized_engine).removeprefix(MAGIC))
            except ValueError:
                self._logger.log(trt.Severity.ERROR, "Magic tag does not match")
                return None
            return ICudaEngine(told) if told["needs_dla_core"] in (-1, self._core()) else None

        def _core(self) -> int:
            return getattr(self, "DLA_core", -1)

    return {
        name: value
        for name, value in locals().items()
        if isinstance(value, type) and name != "Strict"
    }
