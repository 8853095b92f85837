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


class PluginCreator(NamedTuple):
    """A plugin of the standard library."""

    name: str  #: What ONNX nodes call it (``op_type``).
    version: str  #: Plugin version (node attribute ``plugin_version``).
    kind: LayerKind  #: What its layers are.
    outputs: int  #: Number of outputs; 0 = depends on its attributes.
    shape: str  #: Output shapes: ``same`` as input 0, the ``nms`` family, ``""``: not modelled.


_DYNAMIC = LayerKind.PLUGIN_V2_DYNAMIC
_EXT = LayerKind.PLUGIN_V2_EXT
_IO = LayerKind.PLUGIN_V2_IO
_V2 = LayerKind.PLUGIN_V2
_V3 = LayerKind.PLUGIN_V3

#: (first release, first that lacks it again, kind, outputs, shape) of these plugins, oldest
#: first; ``Name/2`` is version 2.
_ADDED: tuple[tuple[str, str | None, LayerKind, int, str, str], ...] = (
    ("7.1", None, _DYNAMIC, 1, "", "CustomFCPluginDynamic CustomQKVToContextPluginDynamic"),
    # The layer lists of 7.1 to 8.0 have the Scatter plugins; public sources of these do not.
    ("7.1", None, _DYNAMIC, 1, "same",
     ("CustomGeluPluginDynamic CustomSkipLayerNormPluginDynamic GroupNormalizationPlugin "
     "InstanceNormalization_TRT ScatterElements ScatterND")),
    ("7.1", None, _DYNAMIC, 2, "", "CustomEmbLayerNormPluginDynamic"),
    ("7.1", None, _EXT, 0, "", "GridAnchor_TRT"),
    ("7.1", None, _EXT, 1, "",
     ("CoordConvAC CropAndResize DetectionLayer_TRT FlattenConcat_TRT GenerateDetection_TRT "
     "MultilevelCropAndResize_TRT MultilevelProposeROI_TRT PriorBox_TRT Proposal "
     "ProposalLayer_TRT PyramidROIAlign_TRT Region_TRT Reorg_TRT ResizeNearest_TRT "
     "SpecialSlice_TRT")),
    ("7.1", None, _EXT, 1, "same", "Normalize_TRT"),
    ("7.1", None, _EXT, 2, "", "NMS_TRT"),
    ("7.1", None, _EXT, 4, "nms", "BatchedNMS_TRT"),
    ("7.1", "8.2", _EXT, 2, "", "RPROI_TRT"),
    ("7.2", None, _DYNAMIC, 0, "", "Split"),
    ("7.2", None, _DYNAMIC, 1, "",
     "CustomQKVToContextPluginDynamic/2 CustomQKVToContextPluginDynamic/3"),
    ("7.2", None, _DYNAMIC, 1, "same",
     "CustomSkipLayerNormPluginDynamic/2 CustomSkipLayerNormPluginDynamic/3"),
    ("7.2", None, _DYNAMIC, 2, "", "CustomEmbLayerNormPluginDynamic/2"),
    ("7.2", None, _DYNAMIC, 4, "nms", "BatchedNMSDynamic_TRT"),
    ("7.2", None, _EXT, 0, "", "GridAnchorRect_TRT"),
    ("7.2", None, _EXT, 1, "", "BatchTilePlugin_TRT"),
    ("7.2", None, _V2, 1, "same", "LReLU_TRT"),
    ("8.0", None, _DYNAMIC, 1, "",
     "CropAndResizeDynamic EfficientNMS_ONNX_TRT ProposalDynamic"),
    ("8.0", None, _DYNAMIC, 2, "", "NMSDynamic_TRT"),
    ("8.0", None, _DYNAMIC, 2, "same", "CustomSkipLayerNormPluginDynamic/4"),
    ("8.0", None, _DYNAMIC, 3, "", "CustomEmbLayerNormPluginDynamic/3"),
    ("8.0", None, _DYNAMIC, 4, "nms", "EfficientNMS_TRT"),
    ("8.2", None, _IO, 2, "", "RPROI_TRT"),
    ("8.2", "8.4", _DYNAMIC, 4, "nms", "EfficientNMS_TFTRT_TRT"),
    ("8.4", None, _DYNAMIC, 1, "",
     "DisentangledAttention_TRT MultiscaleDeformableAttnPlugin_TRT PillarScatterPlugin"),
    ("8.4", None, _DYNAMIC, 2, "", "DecodeBbox3DPlugin"),
    ("8.4", None, _DYNAMIC, 3, "", "VoxelGeneratorPlugin"),
    ("8.4", None, _DYNAMIC, 4, "nms", "EfficientNMS_Explicit_TF_TRT"),
    ("8.4", None, _IO, 4, "nms", "EfficientNMS_Implicit_TF_TRT"),
    ("8.5", None, _DYNAMIC, 1, "", "ROIAlign_TRT"),
    ("8.5", None, _V2, 1, "same", "Clip_TRT"),
    # Stable Diffusion's plugins were in the library of 8.5 only.
    ("8.5", "8.6", _DYNAMIC, 1, "", "SeqLen2Spatial SplitGeLU fMHA_V2 fMHCA"),
    ("8.5", "8.6", _DYNAMIC, 1, "same", "GroupNorm LayerNorm"),
    ("8.6", None, _DYNAMIC, 1, "", "ModulatedDeformConv2d"),
    ("8.6", None, _DYNAMIC, 1, "same", "InstanceNormalization_TRT/2"),
    ("10.1", None, _DYNAMIC, 1, "", "Reorg_TRT/2"),
    ("10.1", None, _V3, 1, "", "ROIAlign_TRT/2"),
    ("10.3", None, _V3, 1, "same", "InstanceNormalization_TRT/3 ScatterElements/2"),
)  # fmt: skip


@functools.cache
def _library(profile: str) -> dict[tuple[str, str], PluginCreator]:
    rank = profile_rank(profile)
    found = {}
    for since, before, kind, outputs, shape, names in _ADDED:
        if profile_rank(since) > rank or (before is not None and rank >= profile_rank(before)):
            continue
        for plugin in names.split():
            name, _, given = plugin.partition("/")
            version = given or "1"
            found[name, version] = PluginCreator(name, version, kind, outputs, shape)
    return found


def find_plugin(
    profile: str, name: str, version: str = "1", namespace: str = ""
) -> PluginCreator | None:
    """Return the standard library's creator, or ``None``; its namespace is empty."""
    return _library(profile).get((name, version)) if not namespace else None
