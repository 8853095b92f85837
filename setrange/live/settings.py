# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Build settings on an ``IBuilderConfig``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import BackendUnavailableError, UnsupportedError, UsageError
from setrange.live.binding import has_ranges

if TYPE_CHECKING:
    from setrange.build_config import BuildConfig
    from setrange.network import Network, Tensor

__all__ = ["apply_settings", "check_profiles", "set_io_formats"]

_MIB = 1 << 20

_IO_TYPES = {"fp32": "FLOAT", "fp16": "HALF"}

#: What to write for the unknown sizes of a paste-ready profile: (min, opt, max).
_BATCH = (1, 8, 32)
_SIZE = (64, 224, 512)


def apply_settings(
    trt: Any, builder: Any, config: Any, network: Network, settings: BuildConfig
) -> None:
    """Set flags, memory, profiles and devices.

    Args:
        trt: The bindings.
        builder: ``IBuilder``.
        config: ``IBuilderConfig``.
        network: The network, for its dynamic inputs.
        settings: What the user wants.

    Raises:
        UnsupportedError: This TensorRT does not have a setting.
        BackendUnavailableError: There is no such DLA core.
    """
    if has_ranges(trt):
        config.set_flag(trt.BuilderFlag.INT8)
        if settings.fp16:
            config.set_flag(trt.BuilderFlag.FP16)
    config.profiling_verbosity = getattr(
        trt.ProfilingVerbosity, settings.profiling_verbosity.upper()
    )
    if settings.workspace_mib is not None:
        _set_workspace(trt, config, settings.workspace_mib * _MIB)
    if settings.optimization_level is not None:
        _require(trt, config, "builder_optimization_level", "optimization_level")
        config.builder_optimization_level = settings.optimization_level
    if settings.hardware_compatibility != "none":
        _require(trt, config, "hardware_compatibility_level", "hardware_compatibility")
        level = settings.hardware_compatibility.upper()
        _require(trt, trt.HardwareCompatibilityLevel, level, "hardware_compatibility")
        config.hardware_compatibility_level = getattr(trt.HardwareCompatibilityLevel, level)
    if settings.version_compatible:
        _require(trt, trt.BuilderFlag, "VERSION_COMPATIBLE", "version_compatible")
        config.set_flag(trt.BuilderFlag.VERSION_COMPATIBLE)
    if settings.dla_core is not None:
        _set_dla(trt, builder, config, settings)
    if settings.timing_cache is not None:
        path = Path(settings.timing_cache)
        data = path.read_bytes() if path.is_file() else b""
        config.set_timing_cache(config.create_timing_cache(data), False)
    _add_profiles(builder, config, network, settings)


def _require(trt: Any, owner: Any, name: str, setting: str) -> None:
    if not hasattr(owner, name):
        raise UnsupportedError(
            f"TensorRT {trt.__version__} does not have the build setting {setting}; leave it "
            f"out of the build settings"
        )


def _set_workspace(trt: Any, config: Any, size: int) -> None:
    if hasattr(config, "set_memory_pool_limit"):
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, size)
    else:  # up to 8.3
        config.max_workspace_size = size


def _set_dla(trt: Any, builder: Any, config: Any, settings: BuildConfig) -> None:
    cores = builder.num_DLA_cores
    if settings.dla_core is None or settings.dla_core >= cores:
        there = f"cores 0 to {cores - 1}" if cores else "no DLA"
        raise BackendUnavailableError(
            f"dla_core is {settings.dla_core}, but this machine has {there}; an engine for DLA "
            f"is built on the board itself (docs/jetson.md)"
        )
    config.default_device_type = trt.DeviceType.DLA
    config.DLA_core = settings.dla_core
    if settings.gpu_fallback:
        config.set_flag(trt.BuilderFlag.GPU_FALLBACK)


def _add_profiles(builder: Any, config: Any, network: Network, settings: BuildConfig) -> None:
    dynamic = {tensor.name for tensor in network.inputs if -1 in tensor.shape}
    for shapes in settings.profiles if dynamic else ():
        profile = builder.create_optimization_profile()
        for name, size in shapes.items():
            if name in dynamic:
                profile.set_shape(name, size.min, size.opt, size.max)
        config.add_optimization_profile(profile)


def check_profiles(network: Network, settings: BuildConfig) -> None:
    """Refuse a dynamic model whose inputs lack shapes, before the long part begins.

    Raises:
        UsageError: With flags to paste, or with what does not fit.
    """
    inputs = {tensor.name: tensor for tensor in network.inputs}
    for profile in settings.profiles:
        for name, size in profile.items():
            if name not in inputs:
                raise UsageError(
                    f"there are shapes for {name!r}, but the model's inputs are "
                    f"{', '.join(map(repr, inputs))}"
                )
            _check_shape(inputs[name], size.opt)
    lacking = [
        tensor
        for tensor in network.inputs
        if -1 in tensor.shape
        and not (settings.profiles and all(tensor.name in p for p in settings.profiles))
    ]
    if lacking:
        flags = " ".join(
            f"--{option} " + ",".join(_example(tensor, i) for tensor in lacking)
            for i, option in enumerate(("min", "opt", "max"))
        )
        names = ", ".join(f"{t.name!r} {list(t.shape)}" for t in lacking)
        raise UsageError(
            f"the model has dynamic inputs, and TensorRT needs shapes for them: {names}; add, "
            f"with your sizes: {flags}"
        )


def _check_shape(tensor: Tensor, shape: tuple[int, ...]) -> None:
    fits = len(shape) == len(tensor.shape) and all(
        size in (-1, given) for size, given in zip(tensor.shape, shape, strict=True)
    )
    if not fits:
        raise UsageError(
            f"the shape {'x'.join(map(str, shape))} does not fit the input {tensor.name!r}, "
            f"which is {'x'.join('?' if s < 0 else str(s) for s in tensor.shape)}"
        )


def _example(tensor: Tensor, which: int) -> str:
    sizes = [
        size if size >= 0 else (_SIZE if axis else _BATCH)[which]
        for axis, size in enumerate(tensor.shape)
    ]
    return f"{tensor.name}:{'x'.join(map(str, sizes))}"


def set_io_formats(trt: Any, definition: Any, settings: BuildConfig) -> None:
    """Set types and memory formats of network inputs and outputs.

    Raises:
        UsageError: There is no such input or output.
        UnsupportedError: This TensorRT takes no types: the model's own are used.
    """
    tensors = {
        tensor.name: tensor
        for tensor in (
            *(definition.get_input(i) for i in range(definition.num_inputs)),
            *(definition.get_output(i) for i in range(definition.num_outputs)),
        )
    }
    for name, wanted in settings.io.items():
        if name not in tensors:
            raise UsageError(
                f"io names {name!r}, but the model's inputs and outputs are "
                f"{', '.join(map(repr, tensors))}"
            )
        if wanted.dtype is not None:
            if not has_ranges(trt):
                raise UnsupportedError(
                    f"TensorRT {trt.__version__} takes the types of inputs and outputs from "
                    f"the model; leave io: {name}: dtype out of the build settings"
                )
            tensors[name].dtype = getattr(trt.DataType, _IO_TYPES[wanted.dtype])
        if wanted.formats:
            tensors[name].allowed_formats = sum(
                1 << int(getattr(trt.TensorFormat, form.upper())) for form in wanted.formats
            )
