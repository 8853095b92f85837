# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The static importer: an ONNX file in, TensorRT's network out, per parser profile."""

from __future__ import annotations

from setrange.importer.parser import import_network

__all__ = ["import_network"]
