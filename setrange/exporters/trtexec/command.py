# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The arguments of trtexec, per release.

Source: NVIDIA/TensorRT samples/common/sampleOptions.cpp and logs of ``trtexec --help``. Which
release first took ``--memPoolSize`` (8.4) and ``--staticPlugins`` (8.6): release notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import UnsupportedError
from setrange.live.precision import wanted_precision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from setrange.build_config import BuildConfig
    from setrange.network import Network
    from setrange.versions import TrtVersion

__all__ = ["TrtexecJob", "layer_precisions", "trtexec_arguments"]

_HARDWARE = {
    "ampere_plus": "ampere+",
    "same_compute_capability": "sameComputeCapability",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrtexecJob:
    """What trtexec shall build.

    Attributes:
        model: The ONNX file (for TensorRT 11: the Q/DQ model).
        engine: Where to.
        layers: Where layer JSON goes.
        cache: Calibration cache; ``None`` for a Q/DQ model.
        precisions: Layer name -> precision.
    """

    model: Path
    engine: Path
    layers: Path
    cache: Path | None
    precisions: Mapping[str, str]


def layer_precisions(network: Network, precision: Mapping[str, str]) -> dict[str, str]:
    """Return what ``--layerPrecisions`` is to say, by layer name.

    Raises:
        UnsupportedError: A name holds a comma, at which trtexec would cut it.
    """
    wanted = {}
    for layer in network.layers:
        kind = wanted_precision(layer, precision)
        if kind is None:
            continue
        if "," in layer.name:
            raise UnsupportedError(
                f"the ranges file sets the precision of the layer {layer.name!r}, but trtexec "
                f"cuts layer names at commas; rename the ONNX node, or build with TensorRT's "
                f"Python package (--via tensorrt)"
            )
        wanted[layer.name] = kind
    return wanted


def trtexec_arguments(version: TrtVersion, job: TrtexecJob, settings: BuildConfig) -> list[str]:
    """Return the arguments of a build, without the program.

    Args:
        version: Release of trtexec.
        job: What to build; its paths become absolute.
        settings: Build settings.

    Raises:
        UnsupportedError: This trtexec has no argument for a setting.
    """
    release = version.release
    arguments = [f"--onnx={job.model.absolute()}"]
    if job.cache is not None:
        # Absolute: trtexec calibrates on random noise, without an error, where it finds none.
        arguments += ["--int8", f"--calib={job.cache.absolute()}"]
        if settings.fp16 or "fp16" in job.precisions.values():
            arguments.append("--fp16")
        if job.precisions:
            listed = ",".join(f"{name}:{kind}" for name, kind in job.precisions.items())
            arguments += [
                f"--precisionConstraints={settings.precision_constraints}",
                f"--layerPrecisions={listed}",
            ]
    arguments += _shapes(settings)
    arguments += _settings(release, settings)
    if release >= (8, 2):
        arguments += [
            f"--profilingVerbosity={settings.profiling_verbosity}",
            f"--exportLayerInfo={job.layers.absolute()}",
        ]
    arguments.append("--skipInference" if release >= (8, 6) else "--buildOnly")
    arguments.append(f"--saveEngine={job.engine.absolute()}")
    return arguments


def _shapes(settings: BuildConfig) -> list[str]:
    if len(settings.profiles) > 1:
        raise UnsupportedError(
            "trtexec builds with one optimization profile here; build with TensorRT's Python "
            "package (--via tensorrt), or leave one profile in the build settings"
        )
    arguments = []
    for profile in settings.profiles:
        for bound in ("min", "opt", "max"):
            shapes = ",".join(
                f"{name}:{'x'.join(map(str, getattr(size, bound)))}"
                for name, size in profile.items()
            )
            arguments.append(f"--{bound}Shapes={shapes}")
    return arguments


def _settings(release: tuple[int, int], settings: BuildConfig) -> list[str]:
    arguments = []
    if settings.workspace_mib is not None:
        size = settings.workspace_mib
        pool = f"--memPoolSize=workspace:{size}"
        arguments.append(pool if release >= (8, 4) else f"--workspace={size}")
    if settings.timing_cache is not None:
        arguments.append(f"--timingCacheFile={settings.timing_cache}")
    if settings.dla_core is not None:
        arguments.append(f"--useDLACore={settings.dla_core}")
        if settings.gpu_fallback:
            arguments.append("--allowGPUFallback")
    option = "--staticPlugins" if release >= (8, 6) else "--plugins"
    arguments += [f"{option}={plugin}" for plugin in settings.plugins]
    if settings.io:
        raise UnsupportedError(
            "the build setting io is for TensorRT's Python package (--via tensorrt); leave it "
            "out of the build settings"
        )
    for value, name, argument in (
        (
            settings.optimization_level,
            "optimization_level",
            f"--builderOptimizationLevel={settings.optimization_level}",
        ),
        (
            settings.hardware_compatibility != "none" or None,
            "hardware_compatibility",
            f"--hardwareCompatibilityLevel={_HARDWARE.get(settings.hardware_compatibility)}",
        ),
        (settings.version_compatible or None, "version_compatible", "--versionCompatible"),
    ):
        if value is None:
            continue
        if release < (8, 6):
            raise UnsupportedError(
                f"trtexec {'.'.join(map(str, release))} does not have the build setting "
                f"{name}; leave it out of the build settings"
            )
        arguments.append(argument)
    return arguments
