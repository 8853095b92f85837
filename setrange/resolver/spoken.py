# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names as people have them: of nodes, of PyTorch modules, numbers of layers, and patterns.

None of these is a tensor's own name, which always goes first.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from setrange.errors import InputError
from setrange.network.naming import is_parser_made_name
from setrange.network.trace import is_constant
from setrange.ranges.patterns import fits, is_pattern
from setrange.resolver.index import is_parser_made, value_of_key
from setrange.resolver.module_ranges import WRAPPERS, module_of_node
from setrange.resolver.result import MatchKind, Resolved, Unresolved
from setrange.text.words import and_more, plural

if TYPE_CHECKING:
    from setrange.network import Tensor
    from setrange.resolver.index import NetworkIndex

__all__ = ["SpokenNames", "is_settled"]

#: ``#12``: layer 12 of ``setrange inspect``. ``Conv#0``: the first Conv node of the model.
_NUMBERED = re.compile(r"(?P<op>[A-Za-z_]\w*)?#(?P<number>[0-9]{1,9})\Z", re.ASCII)


#: Patterns times names that are compared: some seconds. Reading a pattern takes as long as
#: comparing it with so many names.
_MOST_TRIED = 10_000_000
_READING = 500


class SpokenNames:
    """Finds tensors by what people call them, in one network."""

    def __init__(self, index: NetworkIndex) -> None:
        self._index = index
        self._tried = 0

    def find(self, name: str) -> Resolved | Unresolved | None:
        """Return the tensor of a name that is no pattern; ``None`` where it means nothing."""
        numbered = _NUMBERED.match(name)
        if numbered is not None:
            return self._by_number(name, numbered["op"], int(numbered["number"]))
        if name in self._by_node:
            return self._by_node_name(name)
        return self._by_module_name(name)

    def is_pattern(self, name: str) -> bool:
        """True for a name that may mean several tensors, and is no tensor itself."""
        return (
            is_pattern(name)
            and not is_parser_made_name(name)
            and value_of_key(name) is None
            and name not in self._by_node
        )

    def fitting(self, pattern: str) -> list[Tensor]:
        """Return the tensors that a pattern fits, in network order.

        A tensor is tried by its own names and by that of the node it is an output of.

        Raises:
            RegexError: The pattern cannot be read.
            InputError: There are far too many patterns for a model of this size.
        """
        self._tried += _READING + len(self.all_names)
        if self._tried > _MOST_TRIED:
            raise InputError(
                f"the ranges have too many patterns for {len(self.all_names)} names of tensors "
                f"and nodes, the last tried is {pattern!r}; give the tensors by name"
            )
        return [
            tensor
            for tensor, names in self._names.items()
            if any(fits(pattern, name) for name in names)
        ]

    @functools.cached_property
    def all_names(self) -> list[str]:
        """What a pattern may fit, each once."""
        return list(dict.fromkeys(name for names in self._names.values() for name in names))

    @functools.cached_property
    def _names(self) -> dict[Tensor, tuple[str, ...]]:
        return {tensor: self._names_of(tensor) for tensor in self._index.tensors}

    def _names_of(self, tensor: Tensor) -> tuple[str, ...]:
        names = [tensor.name, *filter(None, [tensor.onnx_value, _node_of(tensor)])]
        return tuple(dict.fromkeys(names))

    # -- nodes --------------------------------------------------------------------------

    @functools.cached_property
    def _by_node(self) -> dict[str, list[Tensor]]:
        nodes: dict[str, list[Tensor]] = {}
        for tensor in self._index.tensors:
            node = _node_of(tensor)
            if node:
                nodes.setdefault(node, []).append(tensor)
        return nodes

    def _by_node_name(self, name: str) -> Resolved | Unresolved:
        outputs = [tensor for tensor in self._by_node[name] if tensor.needs_range]
        outputs = outputs or self._by_node[name][:1]
        if len(outputs) > 1:
            return Unresolved(
                entry=name,
                code="SR101",
                why=f"{name!r} is a node of {len(outputs)} outputs: "
                f"{and_more([tensor.name for tensor in outputs])}; name the one that is meant",
            )
        return Resolved(
            entry=name,
            tensor=outputs[0],
            how=MatchKind.NODE,
            why=f"{name!r} is a node; its output {outputs[0].name!r} is meant",
        )

    # -- modules ------------------------------------------------------------------------

    @functools.cached_property
    def _by_module(self) -> dict[str, Tensor]:
        """Module -> the output of its last node."""
        return {
            module_of_node(node): tensors[-1]
            for node, tensors in self._by_node.items()
            if "/" in node.strip("/")
        }

    def _by_module_name(self, name: str) -> Resolved | None:
        for prefix in ("", *WRAPPERS):
            module = name.removeprefix(prefix)
            if module and name.startswith(prefix) and module in self._by_module:
                tensor = self._by_module[module]
                return Resolved(
                    entry=name,
                    tensor=tensor,
                    how=MatchKind.MODULE,
                    why=f"{name!r} is a PyTorch module; its output {tensor.name!r} is meant",
                )
        return None

    # -- numbers ------------------------------------------------------------------------

    def _by_number(self, name: str, op: str | None, number: int) -> Resolved | Unresolved:
        network = self._index.network
        if op is None:
            if number < len(network.layers):
                tensor = next(iter(network.layers[number].outputs), None)
                if tensor is not None:
                    return self._numbered(name, tensor, f"layer {number}")
            count, what = len(network.layers), "layer"
        else:
            outputs = self._by_op.get(op, [])
            if number < len(outputs):
                return self._numbered(name, outputs[number], f"{op} number {number}")
            count, what = len(outputs), f"{op} node"
        last = f", numbered from 0 to {count - 1}" if count else ""
        return Unresolved(
            entry=name,
            code="SR101",
            why=f"{name!r} is the number of a {what}, and the model has "
            f"{plural(count, what) if count else f'no {what}'}{last}",
        )

    def _numbered(self, name: str, tensor: Tensor, what: str) -> Resolved:
        return Resolved(
            entry=name,
            tensor=tensor,
            how=MatchKind.NUMBER,
            why=f"{name!r} is {what} (from 0); its output {tensor.name!r} is meant",
        )

    @functools.cached_property
    def _by_op(self) -> dict[str, list[Tensor]]:
        """Op -> first output of each of its nodes, in the order of the network."""
        nodes: dict[str, list[Tensor]] = {}
        seen: set[int] = set()
        for tensor in self._index.tensors:
            origin = None if tensor.layer is None else tensor.layer.origin
            if origin is None or not _is_output(tensor) or id(origin) in seen:
                continue
            seen.add(id(origin))
            nodes.setdefault(origin.op, []).append(tensor)
        return nodes


def is_settled(tensor: Tensor) -> bool:
    """True for a tensor that no pattern gives a range: a constant has its values."""
    return not tensor.needs_range or is_constant(tensor)


def _is_output(tensor: Tensor) -> bool:
    """True for an output of the ONNX node that the layer was made for."""
    origin = None if tensor.layer is None else tensor.layer.origin
    return (
        origin is not None
        and not is_parser_made(tensor)
        and tensor.onnx_value in origin.outputs
    )


def _node_of(tensor: Tensor) -> str | None:
    """Name of the node that a tensor is an output of, if it has one."""
    origin = None if tensor.layer is None else tensor.layer.origin
    return origin.node or None if origin is not None and _is_output(tensor) else None
