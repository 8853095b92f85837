# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ReverseSequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.importer.helpers.inputs import required
from setrange.importer.helpers.tensors import require_not_type
from setrange.importer.refusal import require
from setrange.importer.registry import importer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.importer.context import ImporterContext
    from setrange.importer.registry import Value
    from setrange.model.node import Node


@importer("ReverseSequence", since="8.6", source="8.6-GA:importReverseSequence")
def reverse_sequence(ctx: ImporterContext, node: Node, inputs: list[Value]) -> Sequence[Value]:
    require(len(inputs) == 2, "ReverseSequence takes exactly 2 inputs")
    require_not_type(ctx, required(inputs, 0), "UINT8")
    data, lengths = (ctx.to_tensor(required(inputs, i)) for i in range(2))
    rank = data.rank
    require(rank >= 2, "ReverseSequence: the data must be of rank 2 at least")
    require(lengths.rank == 1, "ReverseSequence: sequence_lens must be 1-D")
    batch, time = node.attr_int("batch_axis", 1), node.attr_int("time_axis")
    require(
        0 <= batch <= rank and 0 <= time <= rank and batch != time,
        f"ReverseSequence: batch_axis {batch} and time_axis {time} must differ and be valid",
    )
    layer = ctx.net.add_reverse_sequence(data, lengths, batch_axis=batch, sequence_axis=time)
    return [ctx.register_layer(layer).output]
