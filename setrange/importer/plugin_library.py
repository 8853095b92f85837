# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which plugin creators TensorRT's standard plugin library registers, per release.

Plugins a user registers are not known here: an op that only such a plugin could import is
refused, as TensorRT does where the user's library is not loaded.

Source: NVIDIA/TensorRT tags v7.0.0, 7.1.3, 7.2.1, 8.0.1, 8.2.1, 8.4.3, 8.5.3, v8.6.1,
v10.1.0, v10.3.0, v10.7.0, v10.10.0: plugin/**/inferPlugin.cpp (initLibNvInferPlugins) and
REGISTER_TENSORRT_PLUGIN.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from setrange.network import LayerKind
from setrange.versions import profile_rank

__all__ = ["PluginCreator", "find_plugin"]


class PluginCreator(NamedTuple):
    """A plugin of the standard library.

    Attributes:
        name: What ONNX nodes call it (``op_type``).
        version: Plugin version (node attribute ``plugin_version``).
        since: First parser profile whose plugin library has it.
        before: First one that lacks it again, or ``None``.
        kind: What its layers are.
        outputs: Number of outputs; 0 = depends on its attributes.
        shape: How its output shapes follow: ``same`` as input 0, the ``nms`` family, or
            ``""`` where they are not modelled.
    """

    name: str
    version: str
    since: str
    before: str | None
    kind: LayerKind
    outputs: int
    shape: str


_DYNAMIC = LayerKind.PLUGIN_V2_DYNAMIC
_EXT = LayerKind.PLUGIN_V2_EXT
_IO = LayerKind.PLUGIN_V2_IO
_V2 = LayerKind.PLUGIN_V2
_V3 = LayerKind.PLUGIN_V3

#: In the order of ``PluginCreator``'s attributes.
_ROWS: tuple[tuple[str, str, str, str | None, LayerKind, int, str], ...] = (
    ("BatchTilePlugin_TRT", "1", "7.2", None, _EXT, 1, ""),
    ("BatchedNMSDynamic_TRT", "1", "7.2", None, _DYNAMIC, 4, "nms"),
    ("BatchedNMS_TRT", "1", "7.1", None, _EXT, 4, "nms"),
    ("Clip_TRT", "1", "8.5", None, _V2, 1, "same"),
    ("CoordConvAC", "1", "7.1", None, _EXT, 1, ""),
    ("CropAndResize", "1", "7.1", None, _EXT, 1, ""),
    ("CropAndResizeDynamic", "1", "8.0", None, _DYNAMIC, 1, ""),
    ("CustomEmbLayerNormPluginDynamic", "1", "7.1", None, _DYNAMIC, 2, ""),
    ("CustomEmbLayerNormPluginDynamic", "2", "7.2", None, _DYNAMIC, 2, ""),
    ("CustomEmbLayerNormPluginDynamic", "3", "8.0", None, _DYNAMIC, 3, ""),
    ("CustomFCPluginDynamic", "1", "7.1", None, _DYNAMIC, 1, ""),
    ("CustomGeluPluginDynamic", "1", "7.1", None, _DYNAMIC, 1, "same"),
    ("CustomQKVToContextPluginDynamic", "1", "7.1", None, _DYNAMIC, 1, ""),
    ("CustomQKVToContextPluginDynamic", "2", "7.2", None, _DYNAMIC, 1, ""),
    ("CustomQKVToContextPluginDynamic", "3", "7.2", None, _DYNAMIC, 1, ""),
    ("CustomSkipLayerNormPluginDynamic", "1", "7.1", None, _DYNAMIC, 1, "same"),
    ("CustomSkipLayerNormPluginDynamic", "2", "7.2", None, _DYNAMIC, 1, "same"),
    ("CustomSkipLayerNormPluginDynamic", "3", "7.2", None, _DYNAMIC, 1, "same"),
    ("CustomSkipLayerNormPluginDynamic", "4", "8.0", None, _DYNAMIC, 2, "same"),
    ("DecodeBbox3DPlugin", "1", "8.4", None, _DYNAMIC, 2, ""),
    ("DetectionLayer_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("DisentangledAttention_TRT", "1", "8.4", None, _DYNAMIC, 1, ""),
    ("EfficientNMS_Explicit_TF_TRT", "1", "8.4", None, _DYNAMIC, 4, "nms"),
    ("EfficientNMS_Implicit_TF_TRT", "1", "8.4", None, _IO, 4, "nms"),
    ("EfficientNMS_ONNX_TRT", "1", "8.0", None, _DYNAMIC, 1, ""),
    ("EfficientNMS_TFTRT_TRT", "1", "8.2", "8.4", _DYNAMIC, 4, "nms"),
    ("EfficientNMS_TRT", "1", "8.0", None, _DYNAMIC, 4, "nms"),
    ("FlattenConcat_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("GenerateDetection_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("GridAnchorRect_TRT", "1", "7.2", None, _EXT, 0, ""),
    ("GridAnchor_TRT", "1", "7.1", None, _EXT, 0, ""),
    ("GroupNormalizationPlugin", "1", "7.1", None, _DYNAMIC, 1, "same"),
    ("InstanceNormalization_TRT", "1", "7.1", None, _DYNAMIC, 1, "same"),
    ("InstanceNormalization_TRT", "2", "8.6", None, _DYNAMIC, 1, "same"),
    ("InstanceNormalization_TRT", "3", "10.3", None, _V3, 1, "same"),
    ("LReLU_TRT", "1", "7.2", None, _V2, 1, "same"),
    ("ModulatedDeformConv2d", "1", "8.6", None, _DYNAMIC, 1, ""),
    ("MultilevelCropAndResize_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("MultilevelProposeROI_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("MultiscaleDeformableAttnPlugin_TRT", "1", "8.4", None, _DYNAMIC, 1, ""),
    ("NMSDynamic_TRT", "1", "8.0", None, _DYNAMIC, 2, ""),
    ("NMS_TRT", "1", "7.1", None, _EXT, 2, ""),
    ("Normalize_TRT", "1", "7.1", None, _EXT, 1, "same"),
    ("PillarScatterPlugin", "1", "8.4", None, _DYNAMIC, 1, ""),
    ("PriorBox_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("Proposal", "1", "7.1", None, _EXT, 1, ""),
    ("ProposalDynamic", "1", "8.0", None, _DYNAMIC, 1, ""),
    ("ProposalLayer_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("PyramidROIAlign_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("ROIAlign_TRT", "1", "8.5", None, _DYNAMIC, 1, ""),
    ("ROIAlign_TRT", "2", "10.1", None, _V3, 1, ""),
    ("RPROI_TRT", "1", "7.1", "8.2", _EXT, 2, ""),
    ("RPROI_TRT", "1", "8.2", None, _IO, 2, ""),
    ("Region_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("Reorg_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("Reorg_TRT", "2", "10.1", None, _DYNAMIC, 1, ""),
    ("ResizeNearest_TRT", "1", "7.1", None, _EXT, 1, ""),
    # The layer lists of 7.1 to 8.0 have these two; public sources of those releases do not.
    ("ScatterElements", "1", "7.1", None, _DYNAMIC, 1, "same"),
    ("ScatterElements", "2", "10.3", None, _V3, 1, "same"),
    ("ScatterND", "1", "7.1", None, _DYNAMIC, 1, "same"),
    ("SpecialSlice_TRT", "1", "7.1", None, _EXT, 1, ""),
    ("Split", "1", "7.2", None, _DYNAMIC, 0, ""),
    ("VoxelGeneratorPlugin", "1", "8.4", None, _DYNAMIC, 3, ""),
    # Stable Diffusion's plugins were in the library of 8.5 only.
    ("GroupNorm", "1", "8.5", "8.6", _DYNAMIC, 1, "same"),
    ("LayerNorm", "1", "8.5", "8.6", _DYNAMIC, 1, "same"),
    ("SeqLen2Spatial", "1", "8.5", "8.6", _DYNAMIC, 1, ""),
    ("SplitGeLU", "1", "8.5", "8.6", _DYNAMIC, 1, ""),
    ("fMHA_V2", "1", "8.5", "8.6", _DYNAMIC, 1, ""),
    ("fMHCA", "1", "8.5", "8.6", _DYNAMIC, 1, ""),
)


@functools.cache
def _library(profile: str) -> dict[tuple[str, str], PluginCreator]:
    rank = profile_rank(profile)
    creators = [PluginCreator(*row) for row in _ROWS]
    return {
        (plugin.name, plugin.version): plugin
        for plugin in creators
        if profile_rank(plugin.since) <= rank
        and (plugin.before is None or rank < profile_rank(plugin.before))
    }


def find_plugin(
    profile: str, name: str, version: str = "1", namespace: str = ""
) -> PluginCreator | None:
    """Return the standard library's creator, or ``None``; its namespace is empty."""
    return _library(profile).get((name, version)) if not namespace else None
