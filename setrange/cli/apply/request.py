# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the user asked ``apply`` for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setrange.versions import TrtVersion

__all__ = ["Request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked ``apply`` for; each field is an argument or option."""

    ranges: str
    model: str
    out: str
    trt: TrtVersion | None
    fill: str
    target: str
    allow_missing: bool
    algorithm: str
    force: bool
    config: str | None
    via: str | None
    trtexec: str | None
    no_fp16: bool
    min_shapes: tuple[str, ...]
    opt_shapes: tuple[str, ...]
    max_shapes: tuple[str, ...]
    dry_run: bool
    placement: str
    weights: str
    quantize_small: bool
    fp16: bool
