# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""INT8 against float, by tensor: what ``setrange verify --json`` prints, read again."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import FormatError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.accuracy.results import Report
    from setrange.network import Layer, Tensor

__all__ = ["Comparison"]

#: Of the object as a whole.
_SUMMARY = ("ranges", "dtype", "samples", "metric", "value", "threshold", "passed")
#: Of each tensor.
_FACTS = ("kind", "amax", "min", "max", "clipped", "width", "sqnr")
_NUMBERS = frozenset(_FACTS) - {"kind"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a comparison says of each tensor.

    Attributes:
        by_value: ONNX value -> its facts.
        weights: ONNX node -> the weights that it takes in INT8: name and SQNR.
        summary: Of the whole; ``None`` where nothing was compared.
    """

    by_value: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    weights: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    summary: dict[str, Any] | None = None

    @classmethod
    def read(cls, path: str | Path) -> Comparison:
        """Read the output of ``setrange verify --json``.

        Raises:
            InputError: It cannot be read.
            FormatError: It is something else.
        """
        try:
            data = json.loads(Path(path).read_bytes())
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:
            raise FormatError(
                f"{path}: is no JSON; expected what 'setrange verify --json' prints"
            ) from error
        try:
            return cls.of_dict(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FormatError(
                f"{path}: is not what 'setrange verify --json' prints; write it with: setrange "
                "verify RANGES MODEL --data PLACE --json > verify.json"
            ) from error

    @classmethod
    def of_report(cls, report: Report) -> Comparison:
        """Return what a comparison found."""
        return cls.of_dict(report.to_dict())

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Comparison:
        """Return what the JSON form of a comparison says.

        Raises:
            KeyError, TypeError, ValueError: It is another JSON.
        """
        found: dict[str, dict[str, Any]] = {}
        for tensor in data["tensors"]:
            found.setdefault(str(tensor["name"]), _facts(tensor))
        weights: dict[str, list[dict[str, Any]]] = {}
        for tensor in data["tensors"]:
            for node in tensor["nodes"] if tensor["kind"] == "weight" else ():
                fact = {"name": str(tensor["name"]), "sqnr": _number(tensor["sqnr"])}
                weights.setdefault(str(node), []).append(fact)
        blame = data.get("blame")
        for cost in () if blame is None else blame["costs"]:
            if cost["name"] in found:
                found[cost["name"]] |= {
                    "share": _number(cost["share"]),
                    "alone": _number(cost["alone"]),
                }
        outputs = [
            {name: output[name] for name in ("name", "sqnr", "cosine", "top1")}
            for output in data["outputs"]
        ]
        return cls(
            by_value=found,
            weights=weights,
            summary={**{name: data[name] for name in _SUMMARY}, "outputs": outputs},
        )

    def of(self, tensor: Tensor) -> dict[str, Any] | None:
        """Return what is known of a tensor; of a Constant layer's, of its initializer."""
        if tensor.onnx_value is not None:
            return self.by_value.get(tensor.onnx_value)
        weights = tensor.constant
        name = None if weights is None else weights.initializer
        return None if name is None else self.by_value.get(name)

    def of_layer(self, layer: Layer) -> list[dict[str, Any]]:
        """Return the weights that a layer's node takes in INT8."""
        if layer.origin is None or not layer.origin.node:
            return []
        return self.weights.get(layer.origin.node, [])


def _facts(tensor: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _number(tensor[name]) if name in _NUMBERS else str(tensor[name])
        for name in _FACTS
    }


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number
