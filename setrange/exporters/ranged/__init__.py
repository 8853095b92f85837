# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ranged model: an ONNX file from which TensorRT 7.0 to 10.x takes its INT8 ranges."""

from __future__ import annotations

from setrange.exporters.ranged.cache_beside import cache_beside
from setrange.exporters.ranged.exporter import RangedModel, make_ranged
from setrange.exporters.ranged.writing import write_ranged

__all__ = ["RangedModel", "cache_beside", "make_ranged", "write_ranged"]
