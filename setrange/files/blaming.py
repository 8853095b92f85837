# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the system says about an output, as an error that names the output."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from setrange.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["blaming"]


@contextlib.contextmanager
def blaming(path: str | Path) -> Iterator[None]:
    """Turn what the system says about the output into an error that names it.

    Raises:
        InputError: The system refused something about this file or its temporary one.
    """
    try:
        yield
    except OSError as error:
        named = {None, os.fspath(path), os.path.realpath(path)}
        if error.filename not in named and not str(error.filename).endswith(".tmp"):
            raise  # about another file: the caller's own
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    except ValueError as error:
        if "null" not in str(error):
            raise
        raise InputError(f"{str(path)!r}: cannot be written: {error}") from error
