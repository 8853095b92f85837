# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One model as the parser of each TensorRT release sees it, and the way out of a refusal."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import ParserRefusedError, SetrangeError
from setrange.importer.made_names import UNNAMED, MadeNames, OtherNamesError
from setrange.importer.parser import ParserOptions, import_model
from setrange.model import loading
from setrange.model.loading import Model
from setrange.model.subgraphs import all_nodes
from setrange.versions import PROFILES, TrtVersion, profile_rank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from setrange.importer.parser import ParserOptions
    from setrange.network import Network

__all__ = ["Fallback", "ModelAt", "fallback_of"]

#: For a larger model the advice would take longer than the answer: it is imported once per
#: release.
_MANY_NODES = 10_000

#: Processor seconds after which the advice is given up: nodes are not all of one price.
_PATIENCE = 5.0

#: Layers of networks that are kept for the case that they are asked for again, about 3 KB each.
#: Networks that the caller wants are kept whatever their size.
_MOST_KEPT = 100_000


class ModelAt:
    """The networks of one model, by TensorRT release; each is made once, when it is needed.

    Args:
        model: The loaded model.
        options: How the parser is set up; its defaults if absent.

    Attributes:
        work: How many nodes and layers all imports have gone through.
    """

    def __init__(self, model: Model, options: ParserOptions | None = None) -> None:
        self.model = model
        self.options = options
        self.work = 0
        self._networks: dict[str, Network | SetrangeError] = {}
        self._kept = 0

    @classmethod
    def of(
        cls, model: str | Path | Model | ModelAt, options: ParserOptions | None = None
    ) -> ModelAt:
        """Return the networks of a model, or of the ONNX file at a path.

        Args:
            model: The model in any form; a ``ModelAt`` is returned as it is.
            options: How the parser is set up; its defaults if absent.

        Raises:
            ModelError: The file is not a readable ONNX model.
        """
        if isinstance(model, ModelAt):
            return model
        return cls(model if isinstance(model, Model) else loading.load_model(model), options)

    def network(self, trt: TrtVersion | str) -> Network:
        """Return the network that the parser of a release makes of the model.

        Args:
            trt: The release, e.g. ``"8.6"``.

        Raises:
            ParserRefusedError: That parser refuses the model; says which releases accept it.
            UnsupportedVersionError: No parser profile for that release.
        """
        made = self._at(trt, keep=True)
        if isinstance(made, ParserRefusedError) and self.model.node_count <= _MANY_NODES:
            profiles = self._accepting_profiles(patience=_PATIENCE)
            if profiles is not None:
                advice = _acceptance_advice(profiles)
                raise ParserRefusedError(made.rule, f"{made} ({advice})") from made
        if isinstance(made, SetrangeError):
            raise made
        return made

    def network_if_accepted(
        self, trt: TrtVersion | str, names: Sequence[str] = ()
    ) -> Network | None:
        """Return the network of a release, ``None`` if its parser refuses the model.

        Args:
            trt: The release.
            names: Names that its parser must have made. The import ends, and the answer is
                ``None``, where it is seen that the parser does not make one of them. A
                network is no proof that it makes them all.
        """
        made = self._at(trt, names)
        return None if isinstance(made, SetrangeError) else made

    def accepting_profiles(self) -> list[str]:
        """Return the parser profiles that accept the model, oldest first."""
        return self._accepting_profiles() or []

    def _accepting_profiles(self, patience: float = math.inf) -> list[str] | None:
        """The same; ``None`` where it takes more processor seconds than ``patience``."""
        end = time.process_time() + patience
        found = []
        for name in PROFILES:
            if time.process_time() > end:
                return None
            if self.network_if_accepted(name) is not None:
                found.append(name)
        return found

    @functools.cached_property
    def value_names(self) -> frozenset[str]:
        """Names of all values of the model, subgraphs included."""
        return frozenset(self.model.value_names())

    @functools.cached_property
    def _numbers_are_told(self) -> bool:
        """False where the model itself has names that look as if the parser had made them."""
        proto = self.model.proto
        nodes = [*proto.graph.node, *(node for f in proto.functions for node in f.node)]
        called = (node.name for node in all_nodes(nodes))
        return not any(
            name.startswith(UNNAMED) for names in (called, self.value_names) for name in names
        )

    def _at(
        self, trt: TrtVersion | str, names: Sequence[str] = (), *, keep: bool = False
    ) -> Network | SetrangeError:
        version = TrtVersion.parse(trt) if isinstance(trt, str) else trt
        name = str(version)
        known = self._networks.get(name)
        if known is not None:
            return known
        expected = MadeNames(names) if names and self._numbers_are_told else None
        try:
            network = import_model(self.model, version, self.options, expected=expected)
        except OtherNamesError as error:
            self.work += error.layers
            return error
        except SetrangeError as error:
            self.work += self.model.node_count
            self._networks[name] = _without_frames(error)
            return error
        self.work += max(self.model.node_count, len(network.layers))
        if keep or self._kept + len(network.layers) <= _MOST_KEPT:
            self._kept += len(network.layers)
            self._networks[name] = network
        return network


def _without_frames(error: SetrangeError) -> SetrangeError:
    """Let go of the half-made network that the frames of a refusal hold."""
    cause: BaseException | None = error
    while cause is not None:
        cause.__traceback__ = None
        cause = cause.__cause__
    return error


def _acceptance_advice(profiles: Sequence[str]) -> str:
    """Say which releases accept a model that another refuses; profiles are oldest first."""
    if profiles:
        return f"accepted by {_spans(profiles)}"
    return "no release from 6.0 to 11.4 accepts this model: change it"


def _spans(profiles: Sequence[str]) -> str:
    """``7.0, 8.0 - 8.6``: neighbours among the profiles are joined."""
    spans: list[list[str]] = []
    for profile in profiles:
        if spans and profile_rank(spans[-1][-1]) == profile_rank(profile) - 1:
            spans[-1].append(profile)
        else:
            spans.append([profile])
    names = [span[0] if len(span) == 1 else f"{span[0]} - {span[-1]}" for span in spans]
    return "TensorRT " + ", ".join(names)


# -- another release, or ops taken for plugins, where names hardly matter and a parser refuses


#: More unknown ops than that are another problem.
_MOST_OPS = 64

_NO_IMPORTER = re.compile(r"(?:has no importer for|does not support) the op ([\w.:-]+)")


class Fallback(NamedTuple):
    """How a model is read that the release asked for does not take."""

    version: TrtVersion  #: The release whose parser is followed.
    options: ParserOptions  #: How the parser is set up.
    why: str  #: What was done, for people.


def fallback_of(model: Model, version: TrtVersion, options: ParserOptions) -> Fallback | None:
    """Return a release that takes a model, for ranges by the names of ONNX values.

    The newest release whose parser accepts the model; where an op has no importer in any, that
    of ``version`` with such ops taken for plugins, whose shapes ONNX tells. ``None`` where the
    model is refused for another reason.

    Args:
        model: The model.
        version: The release that refuses it.
        options: How its parser is set up.
    """
    for profile in reversed(PROFILES):
        newer = TrtVersion.parse(profile)
        if newer.release <= version.release:
            break
        if _refusal(model, newer, options) is None:
            why = (
                f"TensorRT {version} does not take the model, so it is read as TensorRT "
                f"{newer} does"
            )
            return Fallback(version=newer, options=options, why=why)
    unknown: list[str] = []
    for _ in range(_MOST_OPS):
        refusal = _refusal(model, version, options)
        if refusal is None:
            why = (
                f"no TensorRT knows {', '.join(unknown)}, so it is taken for a plugin, with "
                f"the shapes that ONNX gives; the names of parser-made tensors are not certain"
            )
            return Fallback(version=version, options=options, why=why)
        found = _NO_IMPORTER.search(str(refusal))
        if not isinstance(refusal, ParserRefusedError) or found is None:
            return None
        op = found[1].rstrip(".:")
        if op in options.opaque:
            return None
        unknown.append(op)
        options = dataclasses.replace(options, opaque=options.opaque | {op})
    return None


def _refusal(model: Model, version: TrtVersion, options: ParserOptions) -> SetrangeError | None:
    try:
        import_model(model, version, options)
    except SetrangeError as error:
        return error
    return None
