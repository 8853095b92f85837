# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The releases whose names a report shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.versions import DEFAULT_TRT, TrtVersion

if TYPE_CHECKING:
    import click

__all__ = ["RELEASES", "parse_releases"]

#: Those that are asked for most: Jetson's, the last of 8, of JetPack 6, the newest with ranges.
RELEASES = ("7.2", "8.6", "10.3", DEFAULT_TRT)


def parse_releases(
    _context: click.Context, _parameter: click.Parameter, text: str | None
) -> tuple[str, ...]:
    """Return the releases of ``--releases 8.6,10.3``.

    Raises:
        UsageError: One of them is no release.
    """
    if text is None:
        return RELEASES
    names = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(str(TrtVersion.parse(name)) for name in names))
