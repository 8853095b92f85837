# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Rewriting a model until every tensor TensorRT makes of it is an ONNX value.

Only node outputs can carry a range. So an input gets an Identity behind it, a constant operand
becomes a Constant node, and nodes of which the parser makes several layers become several
nodes (``ops``). Results stay the same, up to float rounding where factors are multiplied into
constants. The importer says after each pass what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.errors import ParserRefusedError
from setrange.exporters.ranged.carry import carried
from setrange.exporters.ranged.draft import Draft
from setrange.exporters.ranged.known_model import constants_of, made_for_nodes
from setrange.exporters.ranged.registry import find_rewriting
from setrange.importer.parser import import_model
from setrange.model.graph import drop_inputs, used_values
from setrange.model.writing import skeleton_of
from setrange.plan.carrying import carry_plan
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.exporters.ranged.registry import Rewriting
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.network import Network
    from setrange.plan import Plan

__all__ = ["Rewritten", "rewrite"]

#: What a rewriting makes may be rewritten itself: ArgMax -> TopK -> TopK of a matrix.
_PASSES = 4
#: What ONNX's own domain is called.
_ONNX = ("", "ai.onnx")
#: IR version from which initializers need not be inputs as well.
_NO_INPUTS_FOR_INITIALIZERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A rewritten model.

    Attributes:
        model: The model; it shares nothing with the original.
        plan: The ranges under the names of its network.
        made_for: Name of a new node -> name of the original node it was made for.
    """

    model: Model
    plan: Plan
    made_for: dict[str, str] = field(default_factory=dict)


def rewrite(model: Model, plan: Plan, options: ParserOptions | None = None) -> Rewritten:
    """Rewrite a model for the parser that made the plan's network of it.

    Raises:
        UnsupportedError: The constants to move into nodes are more than a file can hold.
        ParserRefusedError: The parser refuses the model.
    """
    made = Rewritten(model=model, plan=plan)
    untouched: set[str] = set()
    for number in range(_PASSES):
        again = _pass(made, options, untouched, first=number == 0)
        if again is None:
            break
        made = again
    return made


def _pass(
    made: Rewritten, options: ParserOptions | None, untouched: set[str], *, first: bool
) -> Rewritten | None:
    """One pass over all nodes; ``None`` where there is nothing left to do.

    ``untouched``: first outputs of nodes that must stay as they are; more are added.
    """
    before = made.plan.network
    if not first and not _has_rewritings(made.model, before, untouched):
        return None
    while True:
        draft = Draft(made.model, before)
        _fill(draft, untouched, first=first)
        if not first and not draft.changed:
            return None
        model = _assembled(made.model, draft)
        try:
            network = import_model(model, TrtVersion.parse(before.trt), options)
            wrong = draft.changed & _changed(before, network)
        except ParserRefusedError as error:
            if not draft.changed:
                raise
            wrong = _like_the_refused(draft, error.outputs) or draft.changed
        if not wrong:
            break
        # Something in their place is not what this parser takes it for.
        untouched |= wrong
    made_for = {new: made.made_for.get(old, old) for new, old in draft.made_for.items()}
    return Rewritten(
        model=model,
        plan=carry_plan(made.plan, network, carried(made.plan, network, draft)),
        made_for={**made.made_for, **made_for},
    )


def _fill(draft: Draft, untouched: set[str], *, first: bool) -> None:
    """Put all nodes into the draft, as they are or rewritten."""
    if first:
        draft.put_inputs_behind_identities()
    for node in draft.source:
        draft.start(node)
        rewriting = None
        if draft.has_unnamed_tensors(node):
            rewriting = _rewriting_of(node, untouched)
        if rewriting is not None and rewriting(draft, node):
            draft.replace(node)
        elif node.origin.value in untouched or not draft.name_outputs(node):
            draft.keep(node)


def _has_rewritings(model: Model, network: Network, untouched: set[str]) -> bool:
    """True where a node of the model is left to be rewritten."""
    nodes = model.nodes()
    _, unnamed = made_for_nodes(network, nodes, constants_of(model).keys())
    return any(_rewriting_of(nodes[position], untouched) for position in unnamed)


def _rewriting_of(node: Node, untouched: set[str]) -> Rewriting | None:
    if node.domain not in _ONNX or node.origin.value in untouched:
        return None
    return find_rewriting(node.op)


def _like_the_refused(draft: Draft, outputs: tuple[str, ...]) -> set[str]:
    """The replaced nodes of the op that a node was made for which the parser refuses."""
    refused = {draft.made_for_output.get(name) for name in outputs}
    ops = {node.op for node in draft.source if node.origin.value in refused}
    return {n.origin.value for n in draft.source if n.op in ops} & draft.changed


def _changed(before: Network, after: Network) -> set[str]:
    """ONNX values that have other dimensions or another type than before."""
    old = {t.onnx_value: t for t in before.tensors() if t.onnx_value}
    changed = set()
    for tensor in after.tensors():
        was = old.get(tensor.onnx_value or "")
        if was is not None and (
            was.dtype != tensor.dtype or not _agree(was.shape, tensor.shape)
        ):
            changed.add(was.onnx_value or "")
    return changed


def _agree(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return len(a) == len(b) and all(x == y or -1 in (x, y) for x, y in zip(a, b, strict=True))


def _assembled(model: Model, draft: Draft) -> Model:
    """The model with the draft's nodes, without constants that only the old ones took."""
    old, nodes = model.graph, draft.nodes()
    used = used_values(nodes, (value.name for value in old.output))
    was_used = {name for node in old.node for name in node.input}
    gone = was_used - used
    proto = skeleton_of(model.proto, nodes=False)
    graph = proto.graph
    graph.node.extend(n for n in nodes if n.op_type != "Constant" or n.output[0] in used)
    graph.initializer.extend(t for t in old.initializer if t.name not in gone)
    graph.initializer.extend(draft.initializers)
    if draft.initializers:
        proto.ir_version = max(proto.ir_version, _NO_INPUTS_FOR_INITIALIZERS)
    drop_inputs(graph, gone)
    return model.changed(proto)
