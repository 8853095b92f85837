# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One input of a model: what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Input"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of a model.

    Attributes:
        name: Its name.
        dtype: What numpy calls its element type; float32 for bfloat16, which is rounded when
            it is fed.
        shape: Dimensions; a free one is its symbol, or ``None``.
        is_bfloat16: True if the model takes bfloat16.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | str | None, ...]
    is_bfloat16: bool = False

    def __str__(self) -> str:
        dims = ", ".join("?" if dim is None else str(dim) for dim in self.shape)
        return f"{self.name}: {'bfloat16' if self.is_bfloat16 else self.dtype}[{dims}]"
