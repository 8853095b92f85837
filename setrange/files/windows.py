# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is special about files on Windows: names, long paths, files that others hold open."""

from __future__ import annotations

import ntpath
import os
import re
import time
from pathlib import Path

from setrange.errors import InputError

__all__ = ["check_name", "is_windows", "long_path", "replace_file"]

#: Names of devices, with any ending: what is written to NUL.cache is gone.
#: Source: Microsoft, "Naming Files, Paths, and Namespaces".
_DEVICE = re.compile(
    r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?\Z", re.IGNORECASE
)

#: Letters that no name may hold; a colon makes a stream that no folder shows.
_FORBIDDEN = '<>"|?*:'

#: From this length on, a path needs the prefix that lifts the limit of 260 letters (a folder's
#: limit is 12 letters less: room for a name of 8 + 3 letters).
_LONG = 248
_PREFIX = "\\\\?\\"

#: Seconds that a file held by another program is waited for: virus scanners and search
#: indexers look at each new file for a moment.
_PATIENCE = 2.0
_PAUSE = 0.05


def is_windows() -> bool:
    """True on Windows; asked again each time, so that a test can say so."""
    return os.name == "nt"


def check_name(path: str | Path) -> None:
    """Refuse a file name that Windows takes for a device, or cannot hold.

    Raises:
        InputError: The name is one of these, and this is Windows.
    """
    if not is_windows():
        return
    name = ntpath.basename(ntpath.splitdrive(str(path))[1])
    if _DEVICE.match(name):
        raise InputError(
            f"{path}: {name.split('.')[0]} is the name of a device on Windows, so nothing "
            f"would be kept; choose another name"
        )
    wrong = next((sign for sign in _FORBIDDEN if sign in name), None)
    if wrong is not None:
        raise InputError(f"{path}: a file name on Windows cannot hold {wrong}; choose another")
    if name != name.rstrip(" .") and name.strip("."):
        raise InputError(
            f"{path}: Windows drops the dots and spaces that a name ends in; leave them out"
        )


def long_path(path: str | Path) -> Path:
    """Return a path that Windows opens whatever its length; elsewhere the path itself."""
    if not is_windows():
        return Path(path)
    whole = os.path.abspath(path)
    if len(whole) < _LONG or whole.startswith(_PREFIX):
        return Path(path)
    if whole.startswith("\\\\"):
        return Path(f"{_PREFIX}UNC{whole[1:]}")
    return Path(_PREFIX + whole)


def replace_file(source: Path, target: Path) -> None:
    """Rename a file over another one; on Windows, wait a moment for who holds it open.

    Raises:
        OSError: It cannot be renamed.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            source.replace(target)
            return
        except PermissionError as error:
            if not is_windows() or time.monotonic() > end:
                if is_windows():
                    error.strerror = "another program has it open; close it and try again"
                raise
        time.sleep(_PAUSE)
