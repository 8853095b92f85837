# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""setrange: your INT8 ranges, any TensorRT, no calibrator.

>>> from setrange import import_network, make_plan, read_ranges, write_cache  # doctest: +SKIP
>>> network = import_network("resnet50.onnx", trt="8.6")  # doctest: +SKIP
>>> plan = make_plan(network, read_ranges("ranges.json"))  # doctest: +SKIP
>>> write_cache(plan, "resnet50.cache", trt="8.6")  # doctest: +SKIP

Nothing is imported before it is used: ``import setrange`` costs no more than this file.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from setrange.accuracy.results import Report
    from setrange.accuracy.run import verify
    from setrange.build_settings.config import BuildConfig, read_build_config
    from setrange.conversion.conversion import convert
    from setrange.errors import SetrangeError
    from setrange.exporters.cache import CacheResult, write_cache
    from setrange.exporters.qdq import QdqModel, write_qdq
    from setrange.exporters.tensorrt import EngineResult, build_engine
    from setrange.findings import Finding, Level
    from setrange.formats import ConversionReport
    from setrange.importer.parser import import_network
    from setrange.measure.images import ImageOptions
    from setrange.measure.run import collect
    from setrange.network import Layer, Network, Tensor
    from setrange.plan import Plan, PlannedTensor, Source, make_plan
    from setrange.ranges import (
        DynamicRange,
        RangeEntry,
        RangeFile,
        read_ranges,
        write_ranges,
    )
    from setrange.versions import TrtVersion

__all__ = [
    "BuildConfig",
    "CacheResult",
    "ConversionReport",
    "DynamicRange",
    "EngineResult",
    "Finding",
    "ImageOptions",
    "Layer",
    "Level",
    "Network",
    "Plan",
    "PlannedTensor",
    "QdqModel",
    "RangeEntry",
    "RangeFile",
    "Report",
    "SetrangeError",
    "Source",
    "Tensor",
    "TrtVersion",
    "__version__",
    "build_engine",
    "collect",
    "convert",
    "import_network",
    "make_plan",
    "read_build_config",
    "read_ranges",
    "verify",
    "write_cache",
    "write_qdq",
    "write_ranges",
]

__version__ = "0.1.0"

#: Public name -> module that defines it.
_HOMES = {
    "BuildConfig": "setrange.build_settings.config",
    "CacheResult": "setrange.exporters.cache",
    "ConversionReport": "setrange.formats",
    "DynamicRange": "setrange.ranges",
    "EngineResult": "setrange.exporters.tensorrt",
    "Finding": "setrange.findings",
    "ImageOptions": "setrange.measure.images",
    "Layer": "setrange.network",
    "Level": "setrange.findings",
    "Network": "setrange.network",
    "Plan": "setrange.plan",
    "PlannedTensor": "setrange.plan",
    "QdqModel": "setrange.exporters.qdq",
    "RangeEntry": "setrange.ranges",
    "RangeFile": "setrange.ranges",
    "Report": "setrange.accuracy.results",
    "SetrangeError": "setrange.errors",
    "Source": "setrange.plan",
    "Tensor": "setrange.network",
    "TrtVersion": "setrange.versions",
    "build_engine": "setrange.exporters.tensorrt",
    "collect": "setrange.measure.run",
    "convert": "setrange.conversion.conversion",
    "import_network": "setrange.importer.parser",
    "make_plan": "setrange.plan",
    "read_build_config": "setrange.build_settings.config",
    "read_ranges": "setrange.ranges",
    "verify": "setrange.accuracy.run",
    "write_cache": "setrange.exporters.cache",
    "write_qdq": "setrange.exporters.qdq",
    "write_ranges": "setrange.ranges",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'setrange' has no attribute {name!r}")
    value: Any = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
