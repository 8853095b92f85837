# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What moves between two networks of one model: tensors matched by portable key."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from setrange.network.naming import NamingScheme, parse_unnamed

if TYPE_CHECKING:
    from setrange.network.graph import Network, Tensor

__all__ = ["TensorChange", "diff_networks"]

#: Layers of one kind in a row that are told one by one, and runs of kinds that are told.
_FEW, _SHOWN = 4, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorChange:
    """One tensor that has another name, or exists only on one side.

    Attributes:
        key: Portable key, the same on both sides.
        before: Name in the first network, ``None`` if it has no such tensor.
        after: Name in the second network, ``None`` if it has no such tensor.
        needs_range: False for integer and shape tensors, which never get a range.
        why: In words.
    """

    key: str
    before: str | None
    after: str | None
    needs_range: bool
    why: str

    @property
    def kind(self) -> str:
        """``renamed``, ``gone`` or ``new``."""
        if self.before is None:
            return "new"
        return "gone" if self.after is None else "renamed"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of ``inspect --diff-trt --json``."""
        return {
            "change": self.kind,
            "key": self.key,
            "before": self.before,
            "after": self.after,
            "needs_range": self.needs_range,
            "why": self.why,
        }


def diff_networks(before: Network, after: Network) -> list[TensorChange]:
    """Return what changes, in network order; tensors that only ``after`` has come last.

    A parser-made tensor is the same one on both sides if its key is equal and both parsers
    make the same layers for its node: a Shuffle before a Fully Connected layer and one that
    broadcasts a bias may share a key, but not a range.
    """
    old, new = _by_key(before), _by_key(after)
    old_makes, new_makes = _Patterns(before), _Patterns(after)

    def is_same(key: str) -> bool:
        tensor = old.get(key)
        if tensor is None or key not in new:
            return False
        return tensor.onnx_value is not None or old_makes.is_as(new_makes, tensor)

    changes = []
    for key, tensor in old.items():
        if not is_same(key):
            why = _why_absent(tensor, old_makes, new_makes)
            changes.append(_change(tensor, before=tensor.name, after=None, why=why))
        elif new[key].name != tensor.name:
            why = _why_renamed(tensor, new[key], before, after)
            changes.append(_change(tensor, before=tensor.name, after=new[key].name, why=why))
    for key, tensor in new.items():
        if not is_same(key):
            why = _why_absent(tensor, new_makes, old_makes)
            changes.append(_change(tensor, before=None, after=tensor.name, why=why))
    return changes


def _change(tensor: Tensor, *, before: str | None, after: str | None, why: str) -> TensorChange:
    return TensorChange(
        key=tensor.key,
        before=before,
        after=after,
        needs_range=tensor.needs_range,
        why=why,
    )


def _by_key(network: Network) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for tensor in network.tensors():
        tensors.setdefault(tensor.key, tensor)
    return tensors


def _why_renamed(old: Tensor, new: Tensor, before: Network, after: Network) -> str:
    if before.naming is not after.naming:
        newer = before if before.naming is NamingScheme.LAYER_NAME else after
        return f"TensorRT {newer.trt} names it after its layer, not after the layer's number"
    was, is_now = parse_unnamed(old.name), parse_unnamed(new.name)
    if was is not None and is_now is not None and was.index != is_now.index:
        shift = is_now.index - was.index
        return f"{abs(shift)} {'more' if shift > 0 else 'fewer'} layers are made before it"
    if old.has_own_name and new.has_own_name:
        return "the ONNX name collides with another one"
    return "the parser names its layer otherwise"


class _Patterns:
    """The kinds of the layers a network makes for each ONNX node.

    A node may make thousands of layers, so what is said of them is worked out once a node.
    """

    def __init__(self, network: Network) -> None:
        self.trt = network.trt
        self._kinds: dict[str, list[str]] = {}
        for layer in network.layers:
            if layer.origin is not None:
                self._kinds.setdefault(layer.origin.value, []).append(layer.kind.value)
        self._texts: dict[str, str] = {}
        self._is_as: dict[str, bool] = {}

    def is_as(self, other: _Patterns, tensor: Tensor) -> bool:
        """Whether another network, always the same one, makes the same layers for its node."""
        value = _value_of(tensor)
        if value not in self._is_as:
            self._is_as[value] = self._kinds.get(value) == other._kinds.get(value)
        return self._is_as[value]

    def of(self, tensor: Tensor) -> str:
        """The layers made for the node that ``tensor``, of any network, was made for."""
        value = _value_of(tensor)
        if value not in self._texts:
            runs = ((kind, len(list(run))) for kind, run in groupby(self._kinds.get(value, ())))
            parts = [
                f"{count} x {kind}" if count > _FEW else " + ".join([kind] * count)
                for kind, count in runs
            ]
            rest = ["more"] if len(parts) > _SHOWN else []
            self._texts[value] = " + ".join([*parts[:_SHOWN], *rest])
        return self._texts[value]


def _value_of(tensor: Tensor) -> str:
    """What the node of a tensor makes, as its layers' origin has it; empty for none."""
    origin = tensor.layer.origin if tensor.layer is not None else None
    return "" if origin is None else origin.value


def _why_absent(tensor: Tensor, has: _Patterns, lacks: _Patterns) -> str:
    origin = tensor.layer.origin if tensor.layer is not None else None
    if origin is None:
        return f"TensorRT {lacks.trt} makes no such tensor"
    node = f"{origin.op} {origin.node}".strip()
    return (
        f"for {node} TensorRT {has.trt} makes {has.of(tensor)}, "
        f"{lacks.trt} makes {lacks.of(tensor) or 'no layer'}"
    )
