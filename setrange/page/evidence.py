# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What was measured of a model: values on data, INT8 against float, types in an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.page.comparison import Comparison
from setrange.page.engine import EngineTypes
from setrange.page.measured import Measured
from setrange.page.tuned import Tuned

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.network import Layer, Tensor

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the page shows besides the plan; each part may be missing.

    Attributes:
        measured: Values on data: a state of ``setrange collect``.
        comparison: INT8 against float: what ``setrange verify --json`` prints.
        engine: What the layers of an engine run in.
        tuned: What ``setrange tune`` did.
    """

    measured: Measured = field(default_factory=Measured)
    comparison: Comparison = field(default_factory=Comparison)
    engine: EngineTypes = field(default_factory=EngineTypes)
    tuned: Tuned = field(default_factory=Tuned)

    @classmethod
    def read(
        cls,
        *,
        state: str | Path | None = None,
        verify: str | Path | None = None,
        layers: str | Path | None = None,
    ) -> Evidence:
        """Read files.

        Args:
            state: A state of ``setrange collect`` (``.state.npz``).
            verify: The output of ``setrange verify --json``.
            layers: The layers of an engine as JSON, as ``inspect`` takes them.

        Raises:
            InputError: A file cannot be read, or is something else.
        """
        return cls(
            measured=Measured() if state is None else Measured.read(state),
            comparison=Comparison() if verify is None else Comparison.read(verify),
            engine=EngineTypes() if layers is None else EngineTypes.read(layers),
        )

    def of_tensor(self, tensor: Tensor) -> dict[str, Any]:
        """Return what is added to a tensor: ``measured``, ``int8`` and ``type``, if known."""
        found = {
            "measured": self.measured.of(tensor),
            "int8": self.comparison.of(tensor),
            "type": self.engine.of_tensor(tensor),
        }
        return {name: value for name, value in found.items() if value is not None}

    def of_layer(self, layer: Layer) -> dict[str, Any]:
        """Return what is added to a layer: ``type``, ``fused`` and ``weights``, if known."""
        weights = self.comparison.of_layer(layer)
        return {**self.engine.of_layer(layer), **({"weights": weights} if weights else {})}

    def summaries(self) -> dict[str, Any]:
        """Return a summary of each part, ``None`` for what is missing; of a search if known."""
        tuned = {} if self.tuned.summary is None else {"tuned": self.tuned.summary}
        return {
            **tuned,
            "measured": self.measured.summary,
            "compared": self.comparison.summary,
            "engine": self.engine.summary,
        }
