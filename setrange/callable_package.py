# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Packages that can be called as the one function they are about.

A function beside a package of the same name would be hidden as soon as the package is
imported: ``setrange.collect`` and ``setrange.verify`` are both.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__all__ = ["make_callable"]


def make_callable(package: str, home: str) -> None:
    """Let a package be called: ``package(...)`` is the function of its name in ``home``.

    Args:
        package: The package's name; it is being imported.
        home: Module that defines the function; imported when it is called.
    """

    class Callable(ModuleType):
        """A module with a call."""

        def __call__(self, *arguments: Any, **options: Any) -> Any:
            """Call the function."""
            function = getattr(importlib.import_module(home), package.rpartition(".")[2])
            return function(*arguments, **options)

    sys.modules[package].__class__ = Callable
