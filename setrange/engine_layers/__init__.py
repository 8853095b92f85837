# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What an engine's layers really run in, from the JSON TensorRT writes about it."""

from __future__ import annotations

from setrange.engine_layers.causes import BuildPlan, cause_of, plan_beside
from setrange.engine_layers.model import EngineLayer, EngineLayers, EngineTensor
from setrange.engine_layers.reader import parse_layers, read_layers

__all__ = [
    "BuildPlan",
    "EngineLayer",
    "EngineLayers",
    "EngineTensor",
    "cause_of",
    "parse_layers",
    "plan_beside",
    "read_layers",
]
