# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The same tensor in another release's network.

A portable key alone does not tell: TensorRT 6 makes ``92@Shuffle[0]`` from the sum's input,
TensorRT 8.6 from its bias. So the two must also do the same to the same thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from setrange.network import LayerKind
from setrange.network.trace import COPIES
from setrange.resolver.index import is_parser_made

if TYPE_CHECKING:
    from setrange.network import Tensor
    from setrange.resolver.index import NetworkIndex

__all__ = ["family", "find_counterpart"]

#: Squeeze and Unsqueeze layers (10.7 on) are Shuffle layers before; a Cast is an Identity.
_FAMILY = {
    LayerKind.SQUEEZE.value: LayerKind.SHUFFLE.value,
    LayerKind.UNSQUEEZE.value: LayerKind.SHUFFLE.value,
    LayerKind.CAST.value: LayerKind.IDENTITY.value,
}


def family(kind: str) -> str:
    """Return the kind label under which a layer is compared between releases."""
    return _FAMILY.get(kind, kind)


class _Role(NamedTuple):
    """What a parser-made tensor is, apart from its number.

    Attributes:
        kind: Kind of its layer, by family.
        output: Which output.
        is_constant: It holds a constant.
        source: The initializer or ONNX value it holds, ``None`` where that has no name.
    """

    kind: str
    output: int
    is_constant: bool
    source: str | None

    def fits(self, other: _Role) -> bool:
        """True unless the two are known to be different things."""
        return (self.kind, self.output, self.is_constant) == (
            other.kind,
            other.output,
            other.is_constant,
        ) and (self.source is None or other.source is None or self.source == other.source)


def _role(tensor: Tensor) -> _Role:
    layer = tensor.layer
    kind = "" if layer is None else family(layer.kind.value)
    root = tensor
    while root.layer is not None and root.layer.kind in COPIES:
        data = root.layer.input_at(0)
        if data is None or (root is not tensor and root.onnx_value is not None):
            break
        root = data
    weights = root.constant
    source = root.onnx_value if weights is None else weights.initializer
    if weights is None and root is tensor:
        source = None  # computed by this very layer
    return _Role(
        kind=kind,
        output=tensor.output_index,
        is_constant=weights is not None,
        source=source,
    )


def find_counterpart(tensor: Tensor, target: NetworkIndex) -> Tensor | None:
    """Return the tensor of ``target`` that is the same thing as a tensor of another release.

    Args:
        tensor: A tensor of the same model's network at another TensorRT release.
        target: The network to look in.

    Returns:
        Its counterpart, or ``None`` where the other release makes no such tensor.
    """
    if not is_parser_made(tensor):
        return target.find(tensor.onnx_value or tensor.name)
    role = _role(tensor)
    same_key = target.by_key.get(tensor.key)
    if same_key is not None and is_parser_made(same_key) and role.fits(_role(same_key)):
        return same_key
    if role.source is None or tensor.layer is None or tensor.layer.origin is None:
        return None
    made = target.memo(_by_role)
    beside = made.get((tensor.layer.origin.value, role), ())
    if len(beside) == 1:
        return beside[0]
    if not role.is_constant or role.kind != LayerKind.CONSTANT.value:
        return None
    # Some releases share one Constant among all its users, others make one for each.
    return next(iter(made.get((None, role), ())), None)


def _by_role(target: NetworkIndex) -> dict[tuple[str | None, _Role], list[Tensor]]:
    """Parser-made tensors by node and role, and (with ``None``) the first of any node."""
    made: dict[tuple[str | None, _Role], list[Tensor]] = {}
    for node, tensors in target.by_node.items():
        for tensor in tensors:
            role = _role(tensor)
            made.setdefault((node, role), []).append(tensor)
            made.setdefault((None, role), [tensor])
    return made
