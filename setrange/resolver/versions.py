# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The networks of one model at other TensorRT versions, each made once and when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from setrange.errors import SetrangeError
from setrange.resolver.index import NetworkIndex
from setrange.versions import RANGED_PROFILES, TrtVersion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from setrange.network import Network

__all__ = ["OtherVersions", "SameModel", "profile_of"]


class SameModel(Protocol):
    """One model at every TensorRT release, as ``importer.model_at.ModelAt`` is."""

    def network_if_accepted(self, trt: TrtVersion | str) -> Network | None:
        """Return the network of a release, ``None`` if its parser refuses the model."""

    @property
    def value_names(self) -> Collection[str]:
        """Names of all values of the model."""


class OtherVersions:
    """Networks by version.

    Args:
        target: Index of the network that names are resolved in.
        model: The same model at other versions; ``None`` if they cannot be looked at.
    """

    def __init__(self, target: NetworkIndex, model: SameModel | None) -> None:
        self._model = model
        self._made: dict[str, NetworkIndex | None] = {target.network.profile: target}

    @property
    def are_known(self) -> bool:
        """False if other versions cannot be looked at."""
        return self._model is not None

    def at(self, version: str) -> NetworkIndex | None:
        """Return the network of a TensorRT release, ``None`` if that parser refuses."""
        profile = profile_of(version)
        if profile is None:
            return None
        if profile not in self._made:
            self._made[profile] = self._make(profile)
        return self._made[profile]

    def _make(self, profile: str) -> NetworkIndex | None:
        network = None if self._model is None else self._model.network_if_accepted(profile)
        # A version whose parser refuses the model made no names either.
        return None if network is None else NetworkIndex(network)

    def newest_first(self) -> Iterator[tuple[str, NetworkIndex]]:
        """All versions with ranges whose parser takes the model."""
        for profile in reversed(RANGED_PROFILES):
            index = self.at(profile)
            if index is not None:
                yield profile, index


def profile_of(version: str) -> str | None:
    """Return the parser profile of a release, ``None`` for one that nothing is known of."""
    try:
        return TrtVersion.parse(version).profile
    except SetrangeError:
        return None
