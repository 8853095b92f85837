# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The Q/DQ exporter: for TensorRT 11, ONNX Runtime, and everything else that reads Q/DQ.

Its modules are loaded when they are used: an engine's weights are quantized before the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "PLACEMENTS": "options",
    "WEIGHTS": "options",
    "Decision": "decision",
    "QdqDraft": "draft",
    "QdqModel": "exporter",
    "QdqOptions": "options",
    "Verdict": "decision",
    "finish_qdq": "exporter",
    "make_qdq": "exporter",
    "write_qdq": "exporter",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: Any = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
