# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""setrange: your INT8 ranges, any TensorRT, no calibrator.

>>> from setrange import plan_model, write_cache  # doctest: +SKIP
>>> plan = plan_model("resnet50.onnx", "ranges.json", trt="8.6")  # doctest: +SKIP
>>> write_cache(plan, "resnet50.cache", trt="8.6")  # doctest: +SKIP

Each command of ``setrange`` has its function: ``template``, ``plan_model`` (``check``, and the
first half of ``apply``), ``write_cache``, ``write_ranged``, ``write_qdq`` and ``build_engine``
(the second half), ``collect`` and ``synthesize`` (``collect --synthetic``), ``verify``,
``tune_ranges`` (``tune``), ``write_report`` (``report``), ``convert``, ``merge``, ``diff``,
``resolve`` and ``import_network`` (``inspect``). Defaults are those of the command line. Bad
input raises a ``SetrangeError`` whose text is the command's message.

Nothing is imported before it is used: ``import setrange`` costs no more than this file.
"""

from __future__ import annotations

import sys

# Where this process may be the command line: before anything that takes time to load.
if "setrange" in "".join(sys.argv[:1]).lower() or sys.argv[:1] == ["-m"]:
    from setrange.files.early_interrupt import is_program, leave_quietly

    if is_program(sys.argv, sys.orig_argv):
        import gc

        leave_quietly()
        gc.disable()  # modules are no garbage; main() begins with it

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # "X as X" says that a name is public.
    # isort: off
    from setrange.accuracy.bias import bias_corrections as bias_corrections
    from setrange.accuracy.results import Report as Report
    from setrange.accuracy.run import verify as verify
    from setrange.build_settings.config import (
        BuildConfig as BuildConfig,
        read_build_config as read_build_config,
    )
    from setrange.conversion.conversion import convert as convert
    from setrange.conversion.difference import diff as diff
    from setrange.conversion.merging import merge as merge
    from setrange.errors import SetrangeError as SetrangeError
    from setrange.estimate.estimator import EstimateOptions as EstimateOptions
    from setrange.estimate.synthetic import synthesize as synthesize
    from setrange.exporters.cache import CacheResult as CacheResult, write_cache as write_cache
    from setrange.exporters.engine_result import EngineResult as EngineResult
    from setrange.exporters.qdq import QdqModel as QdqModel, write_qdq as write_qdq
    from setrange.exporters.ranged import (
        RangedModel as RangedModel,
        write_ranged as write_ranged,
    )
    from setrange.exporters.template import template as template
    from setrange.exporters.tensorrt import build_engine as build_engine
    from setrange.findings import Finding as Finding, Level as Level
    from setrange.formats.writing import ConversionReport as ConversionReport
    from setrange.formats.reading import read_ranges as read_ranges
    from setrange.importer.model_at import ModelAt as ModelAt
    from setrange.importer.parser import (
        ParserOptions as ParserOptions,
        import_network as import_network,
    )
    from setrange.measure.images import ImageOptions as ImageOptions
    from setrange.measure.collecting import collect as collect
    from setrange.network import Layer as Layer, Network as Network, Tensor as Tensor
    from setrange.page.writing import write_report as write_report
    from setrange.plan import (
        Plan as Plan,
        PlannedTensor as PlannedTensor,
        Source as Source,
        make_plan as make_plan,
        plan_model as plan_model,
    )
    from setrange.ranges import (
        DynamicRange as DynamicRange,
        RangeEntry as RangeEntry,
        RangeFile as RangeFile,
        write_ranges as write_ranges,
    )
    from setrange.ranges.diff import RangeDiff as RangeDiff
    from setrange.ranges.merge import MergeResult as MergeResult
    from setrange.resolver.single import NameReport as NameReport, resolve as resolve
    from setrange.tune.api import tune_ranges as tune_ranges
    from setrange.tune.results import TuneReport as TuneReport
    from setrange.versions import TrtVersion as TrtVersion

__version__ = "0.1.0"

#: Public name -> module that defines it. The imports above say the same to type checkers and
#: editors, which read no mapping; at run time nothing is imported before it is used.
_HOMES = {
    "BuildConfig": "setrange.build_settings.config",
    "CacheResult": "setrange.exporters.cache",
    "ConversionReport": "setrange.formats.writing",
    "DynamicRange": "setrange.ranges",
    "EngineResult": "setrange.exporters.engine_result",
    "EstimateOptions": "setrange.estimate.estimator",
    "Finding": "setrange.findings",
    "ImageOptions": "setrange.measure.images",
    "Layer": "setrange.network",
    "Level": "setrange.findings",
    "MergeResult": "setrange.ranges.merge",
    "ModelAt": "setrange.importer.model_at",
    "NameReport": "setrange.resolver.single",
    "Network": "setrange.network",
    "ParserOptions": "setrange.importer.parser",
    "Plan": "setrange.plan",
    "PlannedTensor": "setrange.plan",
    "QdqModel": "setrange.exporters.qdq",
    "RangeDiff": "setrange.ranges.diff",
    "RangeEntry": "setrange.ranges",
    "RangeFile": "setrange.ranges",
    "RangedModel": "setrange.exporters.ranged",
    "Report": "setrange.accuracy.results",
    "SetrangeError": "setrange.errors",
    "Source": "setrange.plan",
    "Tensor": "setrange.network",
    "TrtVersion": "setrange.versions",
    "TuneReport": "setrange.tune.results",
    "bias_corrections": "setrange.accuracy.bias",
    "build_engine": "setrange.exporters.tensorrt",
    "collect": "setrange.measure.collecting",
    "convert": "setrange.conversion.conversion",
    "diff": "setrange.conversion.difference",
    "import_network": "setrange.importer.parser",
    "make_plan": "setrange.plan",
    "merge": "setrange.conversion.merging",
    "plan_model": "setrange.plan",
    "read_build_config": "setrange.build_settings.config",
    "read_ranges": "setrange.formats.reading",
    "resolve": "setrange.resolver.single",
    "synthesize": "setrange.estimate.synthetic",
    "template": "setrange.exporters.template",
    "tune_ranges": "setrange.tune.api",
    "verify": "setrange.accuracy.run",
    "write_cache": "setrange.exporters.cache",
    "write_qdq": "setrange.exporters.qdq",
    "write_ranged": "setrange.exporters.ranged",
    "write_ranges": "setrange.ranges",
    "write_report": "setrange.page.writing",
}

__all__ = sorted((*_HOMES, "__version__"))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'setrange' has no attribute {name!r}")
    value: Any = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
