# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Casting a float32 model to float16, for strongly typed networks."""

from __future__ import annotations

from setrange.surgery.half.casting import HalfModel, to_half
from setrange.surgery.half.policy import KeptNode

__all__ = ["HalfModel", "KeptNode", "to_half"]
