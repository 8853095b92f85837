# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's ``calibration_cache_path`` file (1.27 on): a ``TensorsData`` in JSON.

``quantize_static(model, out, None, calibration_cache_path=FILE, calibrate_method=...)`` runs
from it without data; the method must be the file's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.formats.foreign import ForeignReader, json_object
from setrange.formats.format import RangeFormat, Written
from setrange.formats.ort_tensor_data import add_tensor_data, tensor_data
from setrange.formats.outgoing import json_bytes, ranged
from setrange.ranges.json_scan import JsonObject

if TYPE_CHECKING:
    from setrange.ranges.loss import Loss
    from setrange.ranges.model import RangeFile
    from setrange.ranges.source import SourceFile

__all__ = ["FORMAT"]

_METHOD = re.compile(r"CalibrationMethod\.(\w+)\Z")


def _read(source: SourceFile) -> RangeFile:
    reader = ForeignReader(source, "ort-tensors-data")
    document = reader.document()
    table = reader.object_at(document, "data")
    for name, value in table.items():
        add_tensor_data(reader, name, value, table.lines[name])
    method = document.get("calibration_method")
    value = method.get("value") if isinstance(method, JsonObject) else None
    match = _METHOD.match(str(value))
    return reader.finish(collected={"method": match.group(1)} if match else None)


def _write(range_file: RangeFile) -> Written:
    losses: list[Loss] = []
    data = {entry.name: tensor_data(bounds) for entry, bounds in ranged(range_file, losses)}
    collected = range_file.collected if range_file.format == "ort-tensors-data" else None
    method = (collected or {}).get("method", "MinMax")
    document = {
        "CLS": "TensorsData",
        "data": data,
        "calibration_method": {
            "CLS": "CalibrationMethod",
            "value": f"CalibrationMethod.{method}",
        },
        "smooth_quant": False,
    }
    return Written(data=json_bytes(document), losses=tuple(losses))


def _sniff(source: SourceFile) -> bool:
    document = json_object(source)
    return document is not None and document.get("CLS") == "TensorsData"


FORMAT = RangeFormat(
    id="ort-tensors-data",
    title="ONNX Runtime calibration cache (JSON)",
    sniff=_sniff,
    read=_read,
    write=_write,
    value="min and max",
    loses="tensors without a range",
)
