# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Raising a model's opset without changing what it computes."""

from __future__ import annotations

from setrange.surgery.opset.raising import needed_opset, raised, same_function

__all__ = ["needed_opset", "raised", "same_function"]
