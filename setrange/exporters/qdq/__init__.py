# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The Q/DQ exporter: for TensorRT 11, ONNX Runtime, and everything else that reads Q/DQ."""

from __future__ import annotations

from setrange.exporters.qdq.decision import Decision, Verdict
from setrange.exporters.qdq.draft import QdqDraft
from setrange.exporters.qdq.exporter import (
    QdqModel,
    finish_qdq,
    make_qdq,
    write_qdq,
)
from setrange.exporters.qdq.options import PLACEMENTS, WEIGHTS, QdqOptions

__all__ = [
    "PLACEMENTS",
    "WEIGHTS",
    "Decision",
    "QdqDraft",
    "QdqModel",
    "QdqOptions",
    "Verdict",
    "finish_qdq",
    "make_qdq",
    "write_qdq",
]
