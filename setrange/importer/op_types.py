# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The words of an importer's signature: its parameters say what it takes of the node.

An importer is a function of the context, the node's inputs in order, and by name what differs
between releases (``registry.history``); ``ctx.node`` has the attributes, ``ctx.inputs`` all
inputs as they are::

    def gather(ctx: OpContext, data: Tensor, indices: Tensor, *, mode: str): ...

=================  ========================================================================
parameter          what it gets
=================  ========================================================================
``Tensor``         the input as a tensor; an initializer becomes a Constant layer, in order
``Weights``        the input, which must be an initializer
``Computed``       the input, which must not be an initializer
``Given``          the input as it is, which must not be absent
``Value``          the input as it is, ``None`` if absent; also ``Tensor | None``, ...
``*x: Value``      the inputs from here on (or ``*x: Tensor``)
=================  ========================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from setrange.importer.op_context import OpContext as OpContext
    from setrange.importer.value import Value as Value
    from setrange.model.node import Node as Node
    from setrange.model.weights import Weights as Weights
    from setrange.network import Layer as Layer
    from setrange.network import Shape as Shape
    from setrange.network import Tensor as Tensor

    Given: TypeAlias = Tensor | Weights
    Computed: TypeAlias = Tensor
    #: The node's outputs; one alone needs no list.
    Outputs: TypeAlias = Value | Sequence[Value]
