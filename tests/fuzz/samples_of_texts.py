# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A log, a builder's listing of layers, and layer JSON, for the corpora to edit."""

from __future__ import annotations

import json

LOG = b"""[I] TensorRT version: 8.6.1
[W] Missing scale and zero-point for tensor (Unnamed Layer* 3) [Constant]_output, expect \
fall back
[V] Rejecting some int8 implementation of layer fc due to missing int8 scales for input \
tensor a at input index 1
[W] Setting a default quantization params because quantization data is missing for head/Conv
[E] Could not find scales for tensor x copy.
[E] Tensor y is uniformly zero
[E] Could not find any implementation for node a + QuantizeLinear_3.
[E] 2: the zero point of y must be all zeros
[E] something that nobody knows
"""

LISTING = b"""Layers:
Name: conv, LayerType: CaskConvolution, Inputs: [ { Name: x, Dimensions: [1,3,8,8], \
Location: 0, Datatype: Int8, Format: Linear }], Constants: [], Outputs: [ { Name: y, \
Dimensions: [1,4,8,8], Location: 0, Datatype: Half, Format: Linear }], TacticName: i8i8, \
StreamId: 0, Metadata: [ONNX Layer: conv]

Bindings:
Name: x, IOMode: Input, Datatype: Float
"""

LAYERS = json.dumps(
    {
        "Layers": [
            {
                "Name": "conv + relu",
                "LayerType": "CaskConvolution",
                "Inputs": [{"Name": "x", "Dimensions": [1, 3], "Format/Datatype": "Int8 NCHW"}],
                "Outputs": [{"Name": "y", "Datatype": "Half", "Format": "Linear"}],
                "Weights": {"Type": "Int8", "Count": 9},
                "TacticName": "sm80_xmma_i8i8_i8i32",
                "Metadata": "[ONNX Layer: conv]\u001e[ONNX Layer: relu]",
            },
            {"Name": "softmax", "LayerType": "SoftMax", "Inputs": [], "Outputs": []},
        ],
        "Bindings": ["x", "y"],
    }
).encode()
