# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Example build settings, as they ship with the package."""

from __future__ import annotations

from setrange.errors import UsageError
from setrange.files.resources import resource_text
from setrange.text.words import did_you_mean

__all__ = ["EXAMPLES", "example_settings"]

#: Name -> what it is for.
EXAMPLES = {
    "default": "what is done without settings",
    "dynamic-shapes": "a model whose inputs have free dimensions",
    "jetson-dla": "the DLA of a Jetson",
    "strict-int8": "no layer may leave the precision that was asked for",
}


def example_settings(name: str) -> str:
    """Return a settings file: YAML with comments.

    Args:
        name: A key of ``EXAMPLES``.

    Raises:
        UsageError: There is no such example.
    """
    if name not in EXAMPLES:
        hint = did_you_mean(name, EXAMPLES, otherwise=f"expected {', '.join(EXAMPLES)}")
        raise UsageError(f"there are no example settings {name!r}; {hint}")
    return resource_text(f"configs/{name}.yaml")
