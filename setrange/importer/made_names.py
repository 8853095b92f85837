# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Names that a parser is said to have made, compared with layers as they are added.

``(Unnamed Layer* 50) [Shuffle]_output`` says that layer number 50 is a Shuffle whose output
nobody named. Where it is another layer, another release made the name, and the rest of the
model need not be imported to know it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import SetrangeError
from setrange.network.naming import parse_unnamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from setrange.network import Layer

#: What all default names begin with.
UNNAMED = "(Unnamed Layer* "


class OtherNamesError(SetrangeError):
    """The parser of this release does not make one of the expected names.

    Attributes:
        layers: How many layers it made until then.
    """

    def __init__(self, name: str, layers: int) -> None:
        super().__init__(f"this parser makes no tensor {name!r}")
        self.layers = layers


class MadeNames:
    """Expected names, by the number of the layer that each must be of.

    Args:
        names: Any names; those that tell no number are not looked at.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_number: dict[int, list[str]] = {}
        for name in names:
            unnamed = parse_unnamed(name)
            if unnamed is not None:
                self._by_number.setdefault(unnamed.index, []).append(name)

    def check(self, layers: Sequence[Layer]) -> None:
        """Hold the names against the layers that one node made, with their outputs' names.

        Raises:
            OtherNamesError: A layer has the number of an expected name and not the name.
        """
        if not self._by_number:
            return
        for layer in layers:
            expected = self._by_number.get(layer.number)
            if expected is None:
                continue
            made = {tensor.name for tensor in layer.outputs if tensor.onnx_value is None}
            for name in expected:
                if name not in made:
                    raise OtherNamesError(name, layer.index + 1)
