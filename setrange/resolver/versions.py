# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The networks of one model at other TensorRT releases, each made once and when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from setrange.errors import SetrangeError
from setrange.resolver.index import NetworkIndex
from setrange.versions import RANGED_PROFILES, TrtVersion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from setrange.network import Network

__all__ = ["OtherVersions", "SameModel", "profile_of"]


class SameModel(Protocol):
    """One model at every TensorRT release, as ``importer.model_at.ModelAt`` is."""

    def network_if_accepted(
        self, trt: TrtVersion | str, names: Sequence[str] = ()
    ) -> Network | None:
        """Return the network of a release, ``None`` if its parser refuses the model.

        Where the parser does not make one of ``names``, the answer may be ``None`` too.
        """

    @property
    def work(self) -> int:
        """How many nodes and layers all imports have gone through."""

    @property
    def value_names(self) -> Collection[str]:
        """Names of all values of the model."""


#: Nodes that are imported to find out which release made the names of a file; about 15,000
#: take a second. Models of up to 2,000 nodes are imported at all releases.
_MOST_WORK = 40_000

#: Tensors of the networks that are kept for the case that they are asked for again.
_MOST_KEPT = 100_000


class OtherVersions:
    """Networks by version.

    Args:
        target: Index of the network that names are resolved in.
        model: The same model at other releases; ``None`` if they cannot be looked at.

    Attributes:
        unasked: Versions that were not looked at, for that would have taken too long.
    """

    def __init__(self, target: NetworkIndex, model: SameModel | None) -> None:
        self._model = model
        self._made: dict[str, NetworkIndex | None] = {target.network.profile: target}
        self._kept = 0
        self._least_work = 0 if model is None else model.work
        self.unasked: dict[str, None] = {}

    @property
    def why_unasked(self) -> str:
        """What a message says of ``unasked``."""
        versions = ", ".join(self.unasked)
        return f"the model has so many nodes that TensorRT {versions} were not looked at"

    @property
    def are_known(self) -> bool:
        """False if other releases cannot be looked at."""
        return self._model is not None

    def at(self, version: str) -> NetworkIndex | None:
        """Return the network of a TensorRT release, ``None`` if that parser refuses."""
        profile = profile_of(version)
        if profile is None:
            return None
        if profile not in self._made:
            self._made[profile] = self._make(profile)
        return self._made[profile]

    def _make(self, profile: str, names: Sequence[str] = ()) -> NetworkIndex | None:
        model = self._model
        network = None if model is None else model.network_if_accepted(profile, names)
        # A version whose parser refuses the model made no names either.
        return None if network is None else NetworkIndex(network)

    def ask(self, profile: str, names: Sequence[str] = ()) -> NetworkIndex | None:
        """Return the network of a profile, unless the search has taken too long already.

        Args:
            profile: The profile.
            names: Names that are looked for; the answer may be ``None`` where that release
                makes others.
        """
        if profile in self._made:
            return self._made[profile]
        if self._model is not None and self._model.work - self._least_work > _MOST_WORK:
            self.unasked[profile] = None
            return None
        index = self._make(profile, names)
        if index is not None and self._kept + len(index.tensors) <= _MOST_KEPT:
            self._kept += len(index.tensors)
            self._made[profile] = index
        return index

    def newest_first(self, names: Sequence[str] = ()) -> Iterator[tuple[str, NetworkIndex]]:
        """The versions with ranges whose parser takes the model.

        Args:
            names: Names that are looked for; versions that are seen to make others may be
                left out.
        """
        for profile in reversed(RANGED_PROFILES):
            index = self.ask(profile, names)
            if index is not None:
                yield profile, index


def profile_of(version: str) -> str | None:
    """Return the parser profile of a release, ``None`` for one that nothing is known of."""
    try:
        return TrtVersion.parse(version).profile
    except SetrangeError:
        return None
