# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The trtexec commands that setrange shows as the next step, for each release.

Source: NVIDIA/TensorRT release/5.1 to 11.1, samples/common/sampleOptions.cpp and trtexec.cpp.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.network import Network, Tensor
    from setrange.versions import TrtVersion

__all__ = ["build_with_qdq", "build_with_ranges", "qdq_flags", "shapes_argument"]

#: From this release on trtexec builds ONNX models in INT8.
_INT8_OF_ONNX_SINCE = (6, 0)
#: The parser of 7 wants a batch dimension; from 7.2 on trtexec gives it one on its own.
_EXPLICIT_BATCH = ((7, 0), (7, 1))
#: The first release that takes Q/DQ models.
_QDQ_SINCE = (8, 0)
#: From this release on trtexec asks for --stronglyTyped with Q/DQ models; FP8 always needs it.
_STRONGLY_TYPED_SINCE = (10, 12)
#: Before these the names of inputs hold no colon, or only within single quotes.
_NO_COLONS_BEFORE = (7, 0)
_QUOTED_COLONS_BEFORE = (7, 1)

#: From this release on the calibrator of trtexec gives TensorRT the length of a cache.
_READS_CACHES_SINCE = (7, 1)
_IN_CODE = (
    "in a program of your own, let readCalibrationCache of an IInt8EntropyCalibrator2 return "
    "the cache"
)

_ON_DLA = ("--useDLACore=0", "--allowGPUFallback")


def build_with_ranges(
    version: TrtVersion,
    network: Network,
    model: str | Path,
    *,
    cache: str | Path | None,
    engine: str,
    target: str = "gpu",
    flags: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the command that builds an INT8 engine from ranges, with FP16 for the rest.

    Paths of inputs are absolute: trtexec calibrates on random noise, without an error, where
    it finds no cache. Dynamic inputs get ``--shapes`` with 1 for each unknown size.

    Args:
        version: The release of trtexec.
        network: The network it will make.
        model: The ONNX file.
        cache: The calibration cache; ``None`` where the model holds all ranges.
        engine: The engine file to write.
        target: ``gpu`` or ``dla``.
        flags: Further arguments.

    Raises:
        UnsupportedError: This trtexec cannot do it; the message says what can.
    """
    if version.release < _INT8_OF_ONNX_SINCE:
        raise UnsupportedError(
            f"trtexec of TensorRT {version} builds no ONNX model in INT8; {_IN_CODE}"
        )
    if cache is not None and version.release < _READS_CACHES_SINCE:
        raise UnsupportedError(
            f"trtexec of TensorRT {version} hands a cache on without its length (7.1 does "
            f"better) and may end with std::bad_alloc; {_IN_CODE}"
        )
    arguments = ["trtexec", f"--onnx={Path(model).absolute()}", "--int8", "--fp16"]
    if cache is not None:
        arguments.append(f"--calib={Path(cache).absolute()}")
    arguments += _ON_DLA if target == "dla" else ()
    arguments += _shapes(version, network)
    arguments += [flag for flag in flags if flag not in arguments]
    return (*arguments, f"--saveEngine={engine}")


def build_with_qdq(
    version: TrtVersion,
    network: Network,
    model: str | Path,
    *,
    engine: str,
    target: str = "gpu",
    has_fp8: bool = False,
) -> tuple[str, ...]:
    """Return the command that builds an engine from a Q/DQ model.

    Args:
        version: The release of trtexec.
        network: The network, for the shapes of its inputs.
        model: The Q/DQ model.
        engine: The engine file to write.
        target: ``gpu`` or ``dla``.
        has_fp8: Some of its pairs are FP8.

    Raises:
        UnsupportedError: This trtexec cannot do it; the message says what can.
    """
    if version.release < _QDQ_SINCE:
        raise UnsupportedError(
            f"TensorRT {version} takes no Q/DQ models, which came with 8.0; give --trt for the "
            f"release that builds this one"
        )
    arguments = ["trtexec", f"--onnx={model}", *qdq_flags(version, has_fp8=has_fp8)]
    arguments += _ON_DLA if target == "dla" else ()
    arguments += _shapes(version, network)
    return (*arguments, f"--saveEngine={engine}")


def qdq_flags(version: TrtVersion, *, has_fp8: bool = False) -> tuple[str, ...]:
    """Return what trtexec has to be told of types to build a Q/DQ model."""
    if not version.has_caches:
        return ()
    if version.release >= _STRONGLY_TYPED_SINCE or has_fp8:
        return ("--stronglyTyped",)
    return ("--int8", "--fp16")


def _shapes(version: TrtVersion, network: Network) -> list[str]:
    shapes = shapes_argument(version, network)
    if not shapes and version.release in _EXPLICIT_BATCH:
        return ["--explicitBatch"]  # --shapes says the same
    return shapes


def shapes_argument(version: TrtVersion, network: Network) -> list[str]:
    """Return ``--shapes=...`` for a network with dynamic inputs, else nothing.

    Raises:
        UnsupportedError: trtexec would cut the name of an input.
    """
    dynamic = [tensor for tensor in network.inputs if -1 in tensor.shape]
    if not dynamic:
        return []
    return ["--shapes=" + ",".join(_shape(version, tensor) for tensor in dynamic)]


def _shape(version: TrtVersion, tensor: Tensor) -> str:
    name = tensor.name
    cut_at = [sign for sign in (",", "'") if sign in name]
    if ":" in name and version.release < _NO_COLONS_BEFORE:
        cut_at.append(":")
    if cut_at:
        raise UnsupportedError(
            f"trtexec {version} cuts the name of the input {name!r} at {cut_at[0]!r}, so it "
            f"cannot be given the shape of this dynamic input; rename the input, or fix its "
            f"size, in the model"
        )
    if ":" in name and version.release < _QUOTED_COLONS_BEFORE:
        name = f"'{name}'"
    return f"{name}:{'x'.join(str(max(size, 1)) for size in tensor.shape)}"
