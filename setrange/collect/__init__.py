# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Measuring ranges on data with ONNX Runtime, streaming.

The package can be called: ``setrange.collect(...)`` is ``setrange.collect.run.collect(...)``.
"""

from setrange.callable_package import make_callable

make_callable(__name__, "setrange.collect.run")
