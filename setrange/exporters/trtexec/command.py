# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The arguments of trtexec, per release.

Source: NVIDIA/TensorRT release/7.0 to 11.1 samples/common/sampleOptions.cpp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import UnsupportedError
from setrange.findings import Finding
from setrange.live.precision import wanted_precision
from setrange.text.words import plural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from setrange.build_settings.config import BuildConfig
    from setrange.network import Network
    from setrange.versions import TrtVersion

__all__ = ["TrtexecJob", "layer_precisions", "precision_arguments", "trtexec_arguments"]

_HARDWARE = {
    "ampere_plus": "ampere+",
    "same_compute_capability": "sameComputeCapability",
}

_LAYER_PRECISIONS_SINCE = (8, 4)
_PROFILES_SINCE = (9, 0)
#: Linux takes 128 KiB for one argument.
_LONGEST_ARGUMENT = 120_000
#: What ends a layer name in trtexec's lists.
_CUTS = {",": "commas", "'": "single quotes"}


class TrtexecJob(NamedTuple):
    """The engine that trtexec is asked to build.

    Attributes:
        model: The ONNX file (for TensorRT 11: the Q/DQ model).
        engine: The engine file to write.
        layers: Where layer JSON goes.
        cache: Calibration cache; ``None`` for a Q/DQ model.
        precisions: Layer name -> precision.
        io: Arguments for types and formats of inputs and outputs (``io_arguments``).
    """

    model: Path
    engine: Path
    layers: Path
    cache: Path | None
    precisions: Mapping[str, str]
    io: tuple[str, ...] = ()


def layer_precisions(
    version: TrtVersion, network: Network, precision: Mapping[str, str]
) -> dict[str, str]:
    """Return what ``--layerPrecisions`` is to say, by layer name.

    Raises:
        UnsupportedError: This trtexec sets no precisions, or a name holds a comma or a single
            quote, at which it would cut it.
    """
    wanted = {}
    for layer in network.layers:
        kind = wanted_precision(layer, precision)
        if kind is None:
            continue
        if version.release < _LAYER_PRECISIONS_SINCE:
            raise UnsupportedError(
                f"the ranges file sets the precision of the layer {layer.name!r}, which "
                f"trtexec {version} cannot do (8.4 and later can); build with TensorRT's "
                f"Python package (--via tensorrt), or leave precision out of the ranges file"
            )
        cut_at = next((word for sign, word in _CUTS.items() if sign in layer.name), None)
        if cut_at is not None:
            raise UnsupportedError(
                f"the ranges file sets the precision of the layer {layer.name!r}, but trtexec "
                f"cuts layer names at {cut_at}; rename the ONNX node, or build with TensorRT's "
                f"Python package (--via tensorrt)"
            )
        wanted[layer.name] = kind
    return wanted


def precision_arguments(
    version: TrtVersion, network: Network, precision: Mapping[str, str]
) -> tuple[list[str], list[Finding]]:
    """Return what trtexec is to be told about precisions beside a calibration cache.

    Args:
        version: Release of trtexec.
        network: The network it builds.
        precision: Rules of the ranges file.

    Returns:
        The arguments, or a finding that says why there are none.
    """
    wanted = [kind for kind in (wanted_precision(n, precision) for n in network.layers) if kind]
    if not wanted:
        return [], []
    try:
        listed = _listed(layer_precisions(version, network, precision))
        _check_length(listed)
    except UnsupportedError as error:
        finding = Finding(
            code="SR408",
            message=f"the precision of {plural(len(wanted), 'layer')} is not in a calibration "
            f"cache and cannot be given to trtexec beside it: {error}",
            help="a ranged model carries precisions itself (7.0 on): -o OUT.ranged.onnx",
        )
        return [], [finding]
    flags = ["--fp16"] if "fp16" in wanted else []
    return [*flags, "--precisionConstraints=prefer", f"--layerPrecisions={listed}"], []


def _check_length(listed: str) -> None:
    if len(listed) > _LONGEST_ARGUMENT:
        raise UnsupportedError(
            f"the list of layers and their precisions has {len(listed)} letters, more than a "
            f"command line takes"
        )


def _listed(precisions: Mapping[str, str]) -> str:
    return ",".join(f"{name}:{kind}" for name, kind in precisions.items())


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
            arguments += [
                f"--precisionConstraints={settings.precision_constraints}",
                f"--layerPrecisions={_listed(job.precisions)}",
            ]
    arguments += job.io
    arguments += _shapes(version, settings)
    arguments += _settings(release, settings)
    if release >= (8, 2):
        arguments += [
            f"--profilingVerbosity={settings.profiling_verbosity}",
            f"--exportLayerInfo={job.layers.absolute()}",
        ]
    arguments.append("--skipInference" if release >= (8, 6) else "--buildOnly")
    arguments.append(f"--saveEngine={job.engine.absolute()}")
    return arguments


def _shapes(version: TrtVersion, settings: BuildConfig) -> list[str]:
    is_several = len(settings.profiles) > 1
    if is_several and version.release < _PROFILES_SINCE:
        raise UnsupportedError(
            f"trtexec {version} builds with one optimization profile (10.0 and later take "
            f"several); build with TensorRT's Python package (--via tensorrt), or leave one "
            f"profile in the build settings"
        )
    arguments = []
    for i, profile in enumerate(settings.profiles):
        if is_several:
            arguments.append(f"--profile={i}")
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
