# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The networks of one model at other TensorRT versions, each made once and when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import SetrangeError
from setrange.resolver.index import NetworkIndex
from setrange.versions import PROFILES, TrtVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from setrange.network import Network

__all__ = ["OtherVersions"]


class OtherVersions:
    """Networks by version.

    Args:
        target: Index of the network that names are resolved in.
        import_at: Imports the same model at another version; ``None`` = not possible.
    """

    def __init__(
        self, target: NetworkIndex, import_at: Callable[[str], Network] | None
    ) -> None:
        self._import_at = import_at
        self._made: dict[str, NetworkIndex | None] = {target.network.profile: target}

    def at(self, version: str) -> NetworkIndex | None:
        """Return the network of a TensorRT release, ``None`` if that parser refuses."""
        try:
            profile = TrtVersion.parse(version).profile
        except SetrangeError:
            return None
        if profile not in self._made:
            self._made[profile] = self._make(profile)
        return self._made[profile]

    def _make(self, profile: str) -> NetworkIndex | None:
        if self._import_at is None:
            return None
        try:
            return NetworkIndex(self._import_at(profile))
        except SetrangeError:
            return None  # that version's parser refuses the model: it made no names either

    def newest_first(self) -> Iterator[tuple[str, NetworkIndex]]:
        """All versions whose parser takes the model."""
        for profile in reversed(PROFILES):
            index = self.at(profile)
            if index is not None:
                yield profile, index
