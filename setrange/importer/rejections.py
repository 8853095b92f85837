# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusing a model where TensorRT's parser refuses it."""

from __future__ import annotations

from typing import NoReturn

from setrange.errors import ParserRefusedError


def refuse(rule: str) -> NoReturn:
    """Refuse the model; ``rule`` is one sentence on what the parser demands."""
    raise ParserRefusedError(rule)


def require(condition: object, rule: str) -> None:
    """Refuse the model unless ``condition`` holds (the parser's ASSERT)."""
    if not condition:
        raise ParserRefusedError(rule)
