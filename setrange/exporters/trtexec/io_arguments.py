# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--inputIOFormats`` and ``--outputIOFormats``: types and formats of a network's ends.

Source: NVIDIA/TensorRT release/7.2 to 11.1 samples/common/sampleOptions.cpp,
``stringToValue<IOFormat>``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.build_settings.config import IoFormat
from setrange.errors import UnsupportedError
from setrange.live.io_formats import types_of_the_model
from setrange.model.types import DataType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.build_settings.config import BuildConfig
    from setrange.network import Network, Tensor
    from setrange.versions import TrtVersion

__all__ = ["io_arguments"]

#: The element types that trtexec knows up to 9.x.
_OLD_TYPES = ("fp32", "fp16", "int8", "int32")

#: Formats that not every trtexec spells, and the first that does.
_FORMATS_SINCE = {
    "dla_linear": (8, 0),
    "dla_hwc4": (8, 0),
    "cdhw32": (8, 4),
    "dhwc": (8, 6),
    "hwc16": (11, 0),
}


def io_arguments(version: TrtVersion, network: Network, settings: BuildConfig) -> list[str]:
    """Return trtexec's arguments for the ``io`` of build settings.

    trtexec takes a list in the network's order, so each input (or output) is in it as soon as
    one is named; those that are not named keep their type.

    Args:
        version: Release of trtexec.
        network: The network it will make.
        settings: Build settings.

    Raises:
        UnsupportedError: This trtexec does not know a type or a format.
    """
    arguments = []
    for option, tensors in (
        ("--inputIOFormats", network.inputs),
        ("--outputIOFormats", network.outputs),
    ):
        if any(tensor.name in settings.io for tensor in tensors):
            arguments.append(f"{option}={_list(version, tensors, settings)}")
    return arguments


def _list(version: TrtVersion, tensors: Sequence[Tensor], settings: BuildConfig) -> str:
    each = [_spec(version, t, settings.io.get(t.name, IoFormat())) for t in tensors]
    # One stands for all. Up to 8.6 a list of outputs is held against the number of inputs.
    return each[0] if len(set(each)) == 1 else ",".join(each)


def _spec(version: TrtVersion, tensor: Tensor, wanted: IoFormat) -> str:
    formats = "+".join(_format(version, form) for form in wanted.formats or ("linear",))
    if not version.has_caches:  # 11: types are those of the model
        if wanted.dtype is not None:
            raise types_of_the_model(version, tensor.name)
        return formats
    dtype = DataType.of_label(tensor.dtype)
    kind = wanted.dtype or (tensor.dtype if dtype is None else dtype.word)
    if version.release < (10, 0) and kind not in _OLD_TYPES:
        raise UnsupportedError(
            f"trtexec {version} cannot list {tensor.name!r}, which is {kind}, beside the ends "
            f"that io names; build with TensorRT's Python package (--via tensorrt), or leave "
            f"io out of the build settings"
        )
    return f"{kind}:{formats}"


def _format(version: TrtVersion, form: str) -> str:
    since = _FORMATS_SINCE.get(form, (0, 0))
    if version.release < since:
        raise UnsupportedError(
            f"trtexec {version} does not know the format {form}; take another, or build with "
            f"TensorRT's Python package (--via tensorrt)"
        )
    return "chw" if form == "linear" else form
