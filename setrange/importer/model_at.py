# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One model as the parser of each TensorRT release sees it."""

from __future__ import annotations

import functools
import math
import time
from typing import TYPE_CHECKING

from setrange.errors import ParserRefusedError, SetrangeError
from setrange.importer.accepting_releases import acceptance_advice
from setrange.importer.parser import import_model
from setrange.model import loading
from setrange.model.loading import Model
from setrange.versions import PROFILES, TrtVersion

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.importer.parser import ParserOptions
    from setrange.network import Network

__all__ = ["ModelAt"]

#: For a larger model the advice would take longer than the answer: it is imported once per
#: release.
_MANY_NODES = 10_000

#: Processor seconds after which the advice is given up: nodes are not all of one price.
_PATIENCE = 5.0


class ModelAt:
    """The networks of one model, by TensorRT release; each is made once, when it is needed.

    Args:
        model: The loaded model.
        options: How the parser is set up; its defaults if absent.
    """

    def __init__(self, model: Model, options: ParserOptions | None = None) -> None:
        self.model = model
        self.options = options
        self._networks: dict[str, Network | SetrangeError] = {}

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
        made = self._at(trt)
        if isinstance(made, ParserRefusedError) and self.model.node_count <= _MANY_NODES:
            profiles = self._accepting_profiles(patience=_PATIENCE)
            if profiles is not None:
                advice = acceptance_advice(profiles)
                raise ParserRefusedError(made.rule, f"{made} ({advice})") from made
        if isinstance(made, SetrangeError):
            raise made
        return made

    def network_if_accepted(self, trt: TrtVersion | str) -> Network | None:
        """Return the network of a release, ``None`` if its parser refuses the model."""
        made = self._at(trt)
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

    def _at(self, trt: TrtVersion | str) -> Network | SetrangeError:
        version = TrtVersion.parse(trt) if isinstance(trt, str) else trt
        name = str(version)
        if name not in self._networks:
            try:
                self._networks[name] = import_model(self.model, version, self.options)
            except SetrangeError as error:
                self._networks[name] = error
        return self._networks[name]
