# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Adding layers of control flow: loops, conditionals, assertions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer import inference_control as infer
from setrange.importer.builder_base import BuilderBase
from setrange.network import LayerKind

if TYPE_CHECKING:
    from setrange.network import Layer, Tensor

__all__ = ["ControlBuilder"]


class ControlBuilder(BuilderBase):
    """Appends layers that decide what runs, and how often."""

    def _add_sink(self, kind: LayerKind, tensor: Tensor, mode: str = "") -> Layer:
        return self.add(kind, [tensor], dtypes=(), infer_shapes=lambda _: [], mode=mode)

    def add_assertion(self, condition: Tensor) -> Layer:
        """Assertion; it has no output."""
        return self._add_sink(LayerKind.ASSERTION, condition)

    def add_condition(self, tensor: Tensor) -> Layer:
        """Condition of an if-conditional; it has no output."""
        return self._add_sink(LayerKind.CONDITION, tensor)

    def add_conditional_input(self, tensor: Tensor) -> Layer:
        """What enters an if-conditional."""
        return self.add(LayerKind.CONDITIONAL_INPUT, [tensor])

    def add_conditional_output(self, condition: Tensor, then: Tensor, other: Tensor) -> Layer:
        """One output of an if-conditional, from either branch."""
        return self.add(
            LayerKind.CONDITIONAL_OUTPUT,
            [then, other],
            infer_shapes=infer.infer_conditional_output,
            condition=condition,
        )

    def add_iterator(self, tensor: Tensor, axis: int = 0, *, reverse: bool = False) -> Layer:
        """One slice of a tensor along ``axis`` per iteration of a loop."""
        return self.add(
            LayerKind.ITERATOR,
            [tensor],
            infer_shapes=infer.infer_iterator,
            axis=axis,
            reverse=reverse,
        )

    def add_loop_output(self, tensor: Tensor, mode: str, axis: int = 0) -> Layer:
        """One output of a loop; ``mode``: last_value, concatenate, reverse.

        All but the last value need the length as input 1.
        """
        return self.add(
            LayerKind.LOOP_OUTPUT,
            [tensor],
            infer_shapes=infer.infer_loop_output,
            mode=mode,
            axis=axis,
        )

    def add_recurrence(self, initial: Tensor) -> Layer:
        """A value carried from one iteration to the next, which is input 1."""
        return self.add(LayerKind.RECURRENCE, [initial])

    def add_trip_limit(self, tensor: Tensor, mode: str = "count") -> Layer:
        """How long a loop runs; ``mode``: count, while. It has no output."""
        return self._add_sink(LayerKind.TRIP_LIMIT, tensor, mode)
