# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Float against INT8 on ONNX Runtime: how good are the ranges, and which of them are bad.

The package can be called: ``setrange.verify(...)`` is ``setrange.verify.run.verify(...)``. A
function beside it of the same name would be hidden as soon as the package is imported.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from setrange.verify.results import Report


class _Callable(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Report:
        from setrange.verify.run import verify

        return verify(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
