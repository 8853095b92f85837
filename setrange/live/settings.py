# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Build settings on an ``IBuilderConfig``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import BackendUnavailableError, UnsupportedError
from setrange.live.profiles import add_profiles
from setrange.machine.bindings import has_ranges

if TYPE_CHECKING:
    from setrange.build_settings.config import BuildConfig
    from setrange.network import Network

__all__ = ["apply_settings"]

_MIB = 1 << 20


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
    verbosity = settings.profiling_verbosity.upper()
    _require(trt, trt.ProfilingVerbosity, verbosity, "profiling_verbosity")
    config.profiling_verbosity = getattr(trt.ProfilingVerbosity, verbosity)
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
    add_profiles(builder, config, network, settings)


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
            f"is built on the board itself ('setrange explain jetson')"
        )
    config.default_device_type = trt.DeviceType.DLA
    config.DLA_core = settings.dla_core
    if settings.gpu_fallback:
        config.set_flag(trt.BuilderFlag.GPU_FALLBACK)
