# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A network's tensors by every name they may be called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.network import Network, Tensor

__all__ = ["NetworkIndex", "is_parser_made", "value_of_key"]

T = TypeVar("T")

_KEY = re.compile(r"(?P<value>.+)@(?P<kind>[^@\[\]]+)\[(?P<n>\d+)\](?:\.(?P<k>\d+))?\Z", re.S)


def is_parser_made(tensor: Tensor) -> bool:
    """True for a tensor without a name in the ONNX model."""
    return tensor.onnx_value is None and not tensor.is_network_input


def value_of_key(name: str) -> str | None:
    """Return ``<value>`` of a portable key ``<value>@<Kind>[<n>]``, ``None`` for other names.

    >>> value_of_key("92@Shuffle[0]")
    '92'
    """
    match = _KEY.match(name)
    return None if match is None else match["value"]


class NetworkIndex:
    """Look-up tables of one network; where names collide the first tensor counts.

    Attributes:
        network: The network.
        by_name: Tensor by TensorRT name.
        by_value: Tensor by ONNX value name.
        by_key: Layer output by portable key.
        by_node: Parser-made tensors by the value that stands for their ONNX node.
        tensors: All tensors in network order.
        position: Place of a tensor in ``tensors``.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.by_name: dict[str, Tensor] = {}
        self.by_value: dict[str, Tensor] = {}
        self.by_key: dict[str, Tensor] = {}
        self.by_node: dict[str, list[Tensor]] = {}
        self._tables: dict[Callable[[NetworkIndex], Any], Any] = {}
        self.tensors = list(network.tensors())
        self.position = {tensor: place for place, tensor in enumerate(self.tensors)}
        for tensor in self.tensors:
            self.by_name.setdefault(tensor.name, tensor)
            if tensor.onnx_value is not None:
                self.by_value.setdefault(tensor.onnx_value, tensor)
            layer = tensor.layer
            if layer is None:
                continue
            self.by_key.setdefault(layer.portable_key(tensor.output_index), tensor)
            if is_parser_made(tensor) and layer.origin is not None:
                self.by_node.setdefault(layer.origin.value, []).append(tensor)
        for value, tensor in network.aliases.items():
            self.by_value.setdefault(value, tensor)

    def memo(self, table: Callable[[NetworkIndex], T]) -> T:
        """Return another look-up table, made by a function when it is first asked for."""
        if table not in self._tables:
            self._tables[table] = table(self)
        made: T = self._tables[table]
        return made

    def find(self, name: str) -> Tensor | None:
        """Return the tensor of this TensorRT or ONNX name."""
        return self.by_name.get(name) or self.by_value.get(name)

    def parser_made(self, name: str) -> Tensor | None:
        """Return the float tensor of this name if TensorRT's parser made it."""
        tensor = self.by_name.get(name)
        if tensor is None or not is_parser_made(tensor) or not tensor.is_float:
            return None
        return tensor
