# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The type of the values that importers take and return."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from setrange.model.weights import Weights
    from setrange.network import Tensor

    #: A TensorRT tensor, constant weights that are no layer yet, or an absent optional input.
    Value: TypeAlias = Tensor | Weights | None
