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
from setrange.exporters.ranged.registry import find_rewriting
from setrange.importer.parser import import_model
from setrange.model.loading import Model
from setrange.plan import make_plan
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

    from setrange.importer.parser import ParserOptions
    from setrange.network import Network
    from setrange.plan import Plan

__all__ = ["Rewritten", "rewrite"]

#: What a rewriting makes may be rewritten itself: ArgMax -> TopK -> TopK of a matrix.
_PASSES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A rewritten model.

    Attributes:
        model: The model; its proto is a copy of the original's.
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
    import onnx

    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    made = Rewritten(model=_model(model, proto), plan=plan)
    for number in range(_PASSES):
        again = _pass(made, options, first=number == 0)
        if again is None:
            break
        made = again
    _drop_unused(proto, model)
    final = _model(model, proto)
    network = import_model(final, TrtVersion.parse(plan.network.trt), options)
    return Rewritten(
        model=final, plan=_planned(made.plan, network, None), made_for=made.made_for
    )


def _model(model: Model, proto: ModelProto) -> Model:
    return Model(path=model.path, proto=proto, opsets=model.opsets)


def _planned(plan: Plan, network: Network, draft: Draft | None) -> Plan:
    ranges = carried(plan, network, draft)
    return make_plan(network, ranges, fill=plan.fill, target=plan.target)


def _pass(made: Rewritten, options: ParserOptions | None, *, first: bool) -> Rewritten | None:
    """One pass over all nodes; ``None`` where there is nothing left to do."""
    before, model = made.plan.network, made.model
    version = TrtVersion.parse(before.trt)
    graph, kept = model.graph, _copies(model.proto)
    excluded: set[str] = set()
    while True:
        draft = _drafted(model, before, excluded, first=first)
        if not draft.replaced and not first:
            return None
        _set_nodes(model.proto, draft.nodes)
        graph.initializer.extend(draft.initializers)
        after = _model(model, model.proto)
        try:
            network = import_model(after, version, options)
            wrong = draft.replaced & _changed(before, network)
        except ParserRefusedError as error:
            if not draft.replaced:
                raise
            wrong = _like_the_refused(draft, error.outputs) or set(draft.replaced)
        if not wrong:
            break
        # Something of it is not what this parser takes it for: those nodes stay as they are.
        excluded |= wrong
        _set_nodes(model.proto, kept)
        del graph.initializer[len(graph.initializer) - len(draft.initializers) :]
    made_for = {new: made.made_for.get(old, old) for new, old in draft.made_for.items()}
    return Rewritten(
        model=after,
        plan=_planned(made.plan, network, draft),
        made_for={**made.made_for, **made_for},
    )


def _drafted(model: Model, network: Network, excluded: set[str], *, first: bool) -> Draft:
    draft = Draft(model, network)
    if first:
        draft.put_inputs_behind_identities()
    for node in draft.source:
        draft.start(node)
        rewriting = find_rewriting(node.op) if draft.bare(node) else None
        value = node.origin.value
        if rewriting is not None and value not in excluded and rewriting(draft, node):
            draft.replaced.add(value)
        else:
            draft.keep(node)
    return draft


def _like_the_refused(draft: Draft, outputs: tuple[str, ...]) -> set[str]:
    """The replaced nodes of the op that a node was made for which the parser refuses."""
    refused = {draft.made_by.get(name) for name in outputs}
    ops = {node.op for node in draft.source if node.origin.value in refused}
    return {n.origin.value for n in draft.source if n.op in ops} & draft.replaced


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


def _copies(proto: ModelProto) -> list[NodeProto]:
    copies = []
    for node in proto.graph.node:
        copy = type(node)()
        copy.CopyFrom(node)
        copies.append(copy)
    return copies


def _set_nodes(proto: ModelProto, nodes: list[NodeProto]) -> None:
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)


def _drop_unused(proto: ModelProto, original: Model) -> None:
    """Take out constants that were used and are not any more."""
    graph = proto.graph
    used = {name for node in graph.node for name in node.input}
    used |= {value.name for value in graph.output} | _taken_inside(list(graph.node))
    was_used = {name for node in original.graph.node for name in node.input}
    was_used |= {value.name for value in original.graph.output}
    gone = was_used - used
    _set_nodes(proto, [n for n in graph.node if n.op_type != "Constant" or n.output[0] in used])
    initializers = [t for t in graph.initializer if t.name not in gone]
    inputs = [value for value in graph.input if value.name not in gone]
    del graph.initializer[:]
    graph.initializer.extend(initializers)
    del graph.input[:]
    graph.input.extend(inputs)


def _taken_inside(nodes: list[NodeProto]) -> set[str]:
    """Values that subgraphs take."""
    taken: set[str] = set()
    pending = [attr.g for node in nodes for attr in node.attribute if attr.HasField("g")]
    while pending:
        graph = pending.pop()
        taken.update(value.name for value in graph.output)
        for node in graph.node:
            taken.update(node.input)
            pending += [attr.g for attr in node.attribute if attr.HasField("g")]
    return taken
