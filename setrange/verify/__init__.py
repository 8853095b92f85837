# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Float against INT8 on ONNX Runtime: how good are the ranges, and which of them are bad.

The package can be called: ``setrange.verify(...)`` is ``setrange.verify.run.verify(...)``.
"""

from setrange.callable_package import make_callable

make_callable(__name__, "setrange.verify.run")
