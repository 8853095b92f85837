# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Measuring ranges on data with ONNX Runtime, streaming.

The package can be called: ``setrange.collect(...)`` is ``setrange.collect.run.collect(...)``. A
function beside it of the same name would be hidden as soon as the package is imported.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from setrange.ranges import RangeFile


class _Callable(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> RangeFile:
        from setrange.collect.run import collect

        return collect(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
