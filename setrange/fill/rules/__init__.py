# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The fill rules; importing this package registers them.

Evidence for each: docs/fill-rules.md.
"""

from __future__ import annotations

from setrange.fill.rules import (
    activation,
    elementwise,
    movement,
    plugins,
    reduction,
    source,
    unary,
    weighted,
)

__all__ = [
    "activation",
    "elementwise",
    "movement",
    "plugins",
    "reduction",
    "source",
    "unary",
    "weighted",
]
