# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines about DLA: what does not run there, and why.

Source: public logs of TensorRT 5 to 10 on Xavier and Orin.
"""

from __future__ import annotations

from setrange.explain.meaning import Meaning, Severity
from setrange.explain.meaning import meaning_of as _m

__all__ = ["DLA_MEANINGS"]

_FEWER = (
    "each change between DLA and GPU costs a copy; the lines with a reason say what to change "
    "in the model ('setrange explain jetson')"
)

#: The last stands for every other reason, so it comes last.
DLA_MEANINGS: tuple[Meaning, ...] = (
    _m(
        "dla-to-gpu",
        r"Layer '(?P<layer>.+)' \(\w+\): Unsupported on DLA\. Switching this layer",
        Severity.WARNING,
        "the layer does not run on DLA, so it runs on the GPU",
        _FEWER,
    ),
    _m(
        "dla-to-gpu-old",
        r"Default DLA is enabled but layer (?P<layer>.+) is not (?:supported|running) on DLA, "
        r"falling back to GPU",
        Severity.WARNING,
        "the layer does not run on DLA, so it runs on the GPU",
        _FEWER,
    ),
    _m(
        "dla-validation",
        r"Validation failed for DLA layer: (?P<layer>.+?)\. Switching to GPU",
        Severity.WARNING,
        "DLA has this layer, but not with these sizes or attributes, so it runs on the GPU",
        _FEWER,
    ),
    _m(
        "dla-split",
        r"Splitting DLA subgraph at: (?P<layer>.+?) because",
        Severity.WARNING,
        "what runs on DLA is cut in two at this layer",
        _FEWER,
    ),
    _m(
        "dla-no-layer",
        r"setDefaultDeviceType was called but no layer in the network can run on DLA",
        Severity.ERROR,
        "nothing of the model runs on DLA",
        "the lines with a reason say why; with missing ranges: setrange check RANGES MODEL "
        "--target dla",
    ),
    _m(
        "dla-precision",
        r"DLA only supports FP16 and Int8 precision type",
        Severity.WARNING,
        "DLA computes in FP16 and INT8 only: the layer was left FP32, or is of integers",
        "add --fp16, and give each of its tensors a range: setrange check RANGES MODEL "
        "--target dla",
    ),
    _m(
        "dla-dynamic",
        r"DLA Layer (?P<layer>.+) does not support dynamic shapes",
        Severity.WARNING,
        "DLA needs fixed sizes",
        "export the model with fixed sizes, or build with min, opt and max the same",
    ),
    _m(
        "dla-concat-axis",
        r"^(?:\[[^]]*\] ?)*(?:[A-Z]+: )?(?:\[TRT\]: ?)?(?P<layer>.+?): "
        r"DLA only supports concatenation on the C dimension",
        Severity.WARNING,
        "DLA joins along the channels only, and this Concat joins along another axis",
        "in the model, join along axis 1 (transpose before and after it on the GPU)",
        needs="DLA only supports concatenation on the C dimension",
    ),
    _m(
        "dla-layers",
        r"\[DlaLayer\] (?P<layer>.+)",
        Severity.GOOD,
        "these parts of the model run on DLA",
        needs="[DlaLayer]",
    ),
    _m(
        "gpu-layers",
        r"\[GpuLayer\] (?:[A-Z_]+: )?(?P<layer>.+)",
        Severity.NOTE,
        "these layers run on the GPU",
        "in a build for DLA each group of them costs two copies",
        needs="[GpuLayer]",
    ),
    _m(
        "dla-reason",
        r"not supported (?:for|on|by) (?:the )?DLA|on DLA requires|DLA validation|"
        r"DLA (?:cores? )?(?:only supports|does not support|do not support|requires)|"
        r"DLA LAYER .{0,200}CBUF",
        Severity.WARNING,
        "this is the reason why a layer does not run on DLA",
        "change the layer as the line says, or leave it on the GPU",
        needs="DLA",
    ),
)
