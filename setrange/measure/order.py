# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether the first dimension of a model's inputs holds samples, where it is free.

Mostly it does. In a recurrent model exported as PyTorch's default has it, it is time: to feed
the steps of a sequence one by one gives ranges of a model that never sees a sequence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from onnx import NodeProto

    from setrange.measure.model_input import Input
    from setrange.model.loading import Model

__all__ = ["why_not_samples"]

#: Names people give to a free dimension that is time.
_TIME = re.compile(
    r"t|(num_?)?(seq|time|frame|token|step|length|chunk|window).*", re.IGNORECASE
)

#: Ops of which every output has the dimensions of the inputs, in their places.
_ELEMENTWISE = frozenset(
    [
        "Abs",
        "Add",
        "BatchNormalization",
        "Cast",
        "Clip",
        "Div",
        "Dropout",
        "Elu",
        "Erf",
        "Exp",
        "Gelu",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "InstanceNormalization",
        "LayerNormalization",
        "LeakyRelu",
        "Log",
        "Max",
        "Mean",
        "Min",
        "Mul",
        "Neg",
        "PRelu",
        "Pow",
        "Relu",
        "Selu",
        "Sigmoid",
        "Softplus",
        "Softsign",
        "Sqrt",
        "Sub",
        "Sum",
        "Swish",
        "Tanh",
        "Where",
    ]
)

_RECURRENT = frozenset({"GRU", "LSTM", "RNN"})


def why_not_samples(model: Model, items: Sequence[Input]) -> str:
    """Say why the first dimension of the inputs seems to be no batch; "" if it seems one."""
    for item in items:
        first = item.shape[0] if item.shape else 0
        if isinstance(first, str) and _TIME.fullmatch(first):
            return f"the first dimension of input {item} is called {first!r}"
    free = {item.name: item for item in items if item.shape and not _is_fixed(item)}
    if not free:
        return ""
    # Value -> the input whose first dimension it carries, and at which place.
    carried = {name: (item, 0) for name, item in free.items()}
    for node in model.graph.node:
        for item, at in _along_time(node, carried):
            if at == 0:
                called = f"{node.op_type} {node.name!r}" if node.name else node.op_type
                return f"{called} runs along the first dimension of input {item}"
        _carry(node, carried)
    return ""


def _is_fixed(item: Input) -> bool:
    return isinstance(item.shape[0], int)


def _along_time(
    node: NodeProto, carried: dict[str, tuple[Input, int]]
) -> Iterator[tuple[Input, int]]:
    """Yield what a node runs along: the input, and where its first dimension is."""
    if node.op_type in _RECURRENT and node.input and node.input[0] in carried:
        item, at = carried[node.input[0]]
        if _number(node, "layout", 0) == 0:
            yield item, at
    if node.op_type == "Scan":
        count = _number(node, "num_scan_inputs", 0)
        axes = next((list(a.ints) for a in node.attribute if a.name == "scan_input_axes"), [])
        scanned = list(node.input)[len(node.input) - count :]
        for index, name in enumerate(scanned):
            if name in carried:
                item, at = carried[name]
                yield item, at - (axes[index] if index < len(axes) else 0)


def _carry(node: NodeProto, carried: dict[str, tuple[Input, int]]) -> None:
    found: tuple[Input, int] | None = None
    op = node.op_type
    if op in _ELEMENTWISE:
        found = next((carried[name] for name in node.input if name in carried), None)
    elif op in ("MatMul", "Gemm") and node.input:
        found = carried.get(node.input[0])
    elif op == "Transpose" and node.input[:1] and node.input[0] in carried:
        order = next((list(a.ints) for a in node.attribute if a.name == "perm"), [])
        item, at = carried[node.input[0]]
        found = (item, order.index(at)) if at in order else None
    elif op == "Gather" and len(node.input) > 1 and _number(node, "axis", 0) == 0:
        found = carried.get(node.input[1])  # the rows of a table, such as words
    if found is not None and node.output:
        carried[node.output[0]] = found


def _number(node: NodeProto, name: str, default: int) -> int:
    return next((attr.i for attr in node.attribute if attr.name == name), default)
