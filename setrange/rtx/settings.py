# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Build settings for TensorRT for RTX: what it has, and what it lacks by name.

Source: its Python API, and what its builder says of each setting (1.4 to 1.7): hardware
compatibility and timing caches are accepted and ignored, version compatibility wants a library
that is not in its packages, types of inputs and outputs cannot be set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.build_settings.config import BuildConfig
    from setrange.build_settings.gpus import Gpu

__all__ = ["STORED", "apply_rtx_settings", "check_rtx_settings"]

#: How weights are stored in the Q/DQ model of an engine. The builder makes the same layers of
#: float weights with a pair, but takes two to three times as long on a convolutional network.
STORED = "int8"

_MIB = 1 << 20

_ADVICE = {
    "hardware_compatibility": "--gpu says which GPUs the engine is for",
    "io": "inputs and outputs keep the types of the model",
    "dla_core": "an engine for DLA is built on the board itself, see 'setrange explain jetson'",
}


def check_rtx_settings(settings: BuildConfig) -> None:
    """Refuse what TensorRT for RTX does not have, before any work is done.

    Raises:
        UnsupportedError: It lacks settings; the message names each.
    """
    given = {
        "plugins": bool(settings.plugins),
        "dla_core": settings.dla_core is not None,
        "timing_cache": settings.timing_cache is not None,
        "hardware_compatibility": settings.hardware_compatibility != "none",
        "version_compatible": settings.version_compatible,
        "precision_constraints": settings.precision_constraints != "prefer",
        "io": bool(settings.io),
    }
    names = [name for name, is_given in given.items() if is_given]
    if not names:
        return
    hints = "".join(f"; {_ADVICE[name]}" for name in names if name in _ADVICE)
    one = len(names) == 1
    raise UnsupportedError(
        f"TensorRT for RTX does not have the build setting{'' if one else 's'} "
        f"{', '.join(names)}; leave {'it' if one else 'them'} out of the build settings{hints}"
    )


def apply_rtx_settings(
    rtx: Any, config: Any, settings: BuildConfig, gpus: Iterable[Gpu]
) -> None:
    """Set verbosity, memory and GPUs on an ``IBuilderConfig``.

    Args:
        rtx: The bindings.
        config: The builder's configuration.
        settings: What the user wants; ``check_rtx_settings`` has seen it.
        gpus: Which GPUs the engine is for; none takes the library's choice.

    Raises:
        UnsupportedError: The installed release does not know one of the GPUs.
    """
    verbosity = settings.profiling_verbosity.upper()
    config.profiling_verbosity = getattr(rtx.ProfilingVerbosity, verbosity)
    if settings.workspace_mib is not None:
        size = settings.workspace_mib * _MIB
        config.set_memory_pool_limit(rtx.MemoryPoolType.WORKSPACE, size)
    if settings.optimization_level is not None:
        config.builder_optimization_level = settings.optimization_level
    wanted = tuple(gpus)
    for gpu in wanted:
        if not hasattr(rtx.ComputeCapability, gpu.member):
            raise UnsupportedError(
                f"the TensorRT for RTX installed here, {rtx.__version__}, does not know "
                f"{gpu.name} ({gpu.generation}); install a newer one: pip install --upgrade "
                f"tensorrt-rtx-cu12"
            )
    if wanted:
        config.num_compute_capabilities = len(wanted)
        for index, gpu in enumerate(wanted):
            member = getattr(rtx.ComputeCapability, gpu.member)
            config.set_compute_capability(member, index)
