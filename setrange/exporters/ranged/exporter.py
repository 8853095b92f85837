# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ranged model: ranges as node attributes that TensorRT's own parser sets (7.0 to 10.x)."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from setrange.errors import InputError, UnsupportedError, UnsupportedVersionError
from setrange.exporters.ranged.carrier import add_carriers
from setrange.exporters.ranged.rewrite import rewrite
from setrange.findings import Finding
from setrange.formats.ranged_onnx import (
    LAYER_PRECISION,
    PRODUCER,
    RANGE_MAX,
    RANGE_MIN,
    has_ranges,
)
from setrange.importer.parser import import_model
from setrange.importer.profiles import get_profile
from setrange.model.loading import Model, load_model
from setrange.model.node import Node
from setrange.model.writing import skeleton_of, write_model
from setrange.network import LayerKind
from setrange.plan import Plan, Source
from setrange.plan.guards import refuse_qdq
from setrange.ranges.float32 import exact_amax, to_float32
from setrange.ranges.precision import ONNX_TYPES, check_no_fp8, precision_of
from setrange.ranges.problems import quoted
from setrange.text.shell import command_line
from setrange.text.words import plural
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from onnx import ModelProto, NodeProto

    from setrange.importer.parser import ParserOptions
    from setrange.network import Network
    from setrange.plan import PlannedTensor

__all__ = ["RangedModel", "make_ranged"]

_FOR_TENSORRT_ONLY = (
    "Written by setrange for TensorRT {trt}'s ONNX parser only: nodes carry INT8 ranges as "
    "attributes that ONNX does not know, so ONNX Runtime and onnx.checker refuse this file. "
    "setrange convert --strip takes them out."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RangedModel:
    """A ranged model, ready to be written.

    Attributes:
        proto: The model.
        base: Directory that external data locations are relative to.
        plan: The plan of the rewritten network.
        annotated: Tensors that carry their range in the file.
        layers: Layers that carry their precision in the file.
        findings: What the user should know about it.
    """

    proto: ModelProto
    base: Path
    plan: Plan
    annotated: frozenset[str]
    layers: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def rest(self) -> Plan:
        """The plan of what the file cannot carry: inputs, and tensors without a node."""
        left = [p for p in self.plan.tensors if p.tensor.name not in self.annotated]
        return dataclasses.replace(self.plan, tensors=left)

    def write(self, path: str | Path) -> tuple[Path, ...]:
        """Write the model, whole or not at all.

        Returns:
            The data files written beside it.

        Raises:
            InputError: The path cannot be written.
        """
        initializers = list(self.proto.graph.initializer)
        return write_model(path, skeleton_of(self.proto), initializers, base=self.base)


def make_ranged(
    plan: Plan, model: str | Path | Model, *, options: ParserOptions | None = None
) -> RangedModel:
    """Make a model from which TensorRT's parser of the plan's release takes the ranges.

    Args:
        plan: Ranges of this model's network at the wanted TensorRT release, 7.0 to 10.x.
        model: The model, or its path; it is not changed.
        options: Those the plan's network was imported with.

    Raises:
        UnsupportedVersionError: The parser of that release reads no ranges.
        UnsupportedError: The model cannot be rewritten, or carries ranges or Q/DQ nodes.
        InputError: No tensor has a range.
    """
    version = TrtVersion.parse(plan.network.trt)
    version.require_ranges("a ranged model")
    if version.release < (7, 0):
        raise UnsupportedVersionError(
            f"the parser of TensorRT {version} reads no ranges from the model (7.0 does); "
            f"write a calibration cache: -o model.cache"
        )
    source = model if isinstance(model, Model) else load_model(model)
    refuse_qdq(plan.network)
    if has_ranges(source.proto):
        raise UnsupportedError(
            f"{source.path} carries ranges already; take them out first: "
            f"{command_line(_strip(str(source.path)))}"
        )
    made = rewrite(source, plan, options)
    proto, ranged = made.model.proto, made.plan
    is_certain = not add_carriers(made.model, ranged, options)
    annotated, moved = _annotate(proto, ranged)
    layers, left = _set_precisions(proto, ranged.network, plan.precision, made.made_for)
    if not annotated:
        raise InputError("no tensor has a range, so there is nothing to write into the model")
    proto.producer_name = PRODUCER
    proto.doc_string = _FOR_TENSORRT_ONLY.format(trt=version)
    if moved or layers or not is_certain:
        # One name that the parser does not make fails its whole parse. Ranges of tensors that
        # were there before are no doubt; for all else let the importer prove it.
        import_model(source.changed(proto), version, options)
    return RangedModel(
        proto=proto,
        base=source.base,
        plan=dataclasses.replace(ranged, precision=plan.precision),
        annotated=annotated,
        layers=layers,
        findings=(
            *_left_out_findings(ranged, annotated, known=plan.missing()),
            *_precision_findings(left),
        ),
    )


def _annotate(proto: ModelProto, plan: Plan) -> tuple[frozenset[str], bool]:
    """Set the attributes on every node output that is a tensor of the network.

    NaN is no range, but keeps a Constant node a layer of its own.

    Returns:
        The tensors that got a range, and whether a Constant node became a layer by it.
    """
    bounds = {
        item.tensor.name: _bounds(item)
        for item in plan.tensors
        if item.range is not None and not item.tensor.is_network_input
    }
    tensors = {tensor.name for tensor in plan.network.tensors()}
    annotated: set[str] = set()
    moved = False
    for node in proto.graph.node:
        # The lists are read in order, and each name in them must be that of a tensor.
        outputs = list(takewhile(tensors.__contains__, node.output))
        has_attribute = any(attr.name == RANGE_MIN for attr in node.attribute)
        if has_attribute or any(output in bounds for output in outputs):
            pairs = [bounds.get(output, (math.nan, math.nan)) for output in outputs]
            _set_floats(node, RANGE_MIN, [low for low, _ in pairs])
            _set_floats(node, RANGE_MAX, [high for _, high in pairs])
            annotated.update(output for output in outputs if output in bounds)
            moved = moved or (node.op_type == "Constant" and not has_attribute)
    return frozenset(annotated), moved


def _bounds(item: PlannedTensor) -> tuple[float, float]:
    """Float32 bounds whose larger side gives exactly the planned scale."""
    if item.range is None:
        return math.nan, math.nan
    amax = to_float32(exact_amax(item.range.amax, item.scale))
    low = -amax if -item.range.min == item.range.amax else to_float32(item.range.min)
    high = amax if item.range.max == item.range.amax else to_float32(item.range.max)
    return low, high


def _set_floats(node: NodeProto, name: str, values: list[float]) -> None:
    """Set an attribute, or take it away; the others stay in place, large values among them."""
    from onnx import AttributeProto

    for number, attr in enumerate(node.attribute):
        if attr.name == name:
            del node.attribute[number]
            break
    if values:
        node.attribute.add(name=name, type=AttributeProto.FLOATS).floats.extend(values)


def _set_precisions(
    proto: ModelProto, network: Network, precision: Mapping[str, str], made_for: dict[str, str]
) -> tuple[tuple[str, ...], list[str]]:
    """Set precisions on the nodes that make a layer of floats of their own name.

    What was made for a node gets that node's precision.

    Returns:
        The layers that were set, and the nodes whose layers have another name or none.
    """
    if not precision:
        return (), []
    from onnx import helper

    falls_back = get_profile(network.profile).node_label_fallback
    layers = {
        layer.name for layer in network.layers if any(t.needs_range for t in layer.outputs)
    }
    floats = {t.name for layer in network.layers for t in layer.outputs if t.needs_range}
    done: list[str] = []
    left: list[str] = []
    for number, node in enumerate(proto.graph.node):
        wanted = precision_of(made_for.get(node.name, node.name), precision)
        name = Node(node, number).label if falls_back else node.name
        if wanted is None or node.op_type == "Constant":
            continue
        check_no_fp8(node.name, wanted)
        if name in layers:
            node.attribute.append(helper.make_attribute(LAYER_PRECISION, ONNX_TYPES[wanted]))
            done.append(name)
        elif not floats.isdisjoint(node.output):
            left.append(node.name or node.output[0])
    return tuple(done), left


def _precision_findings(left: list[str]) -> Iterable[Finding]:
    """SR408 for nodes whose precision the file cannot carry."""
    if left:
        names = ", ".join(map(quoted, left[:3])) + (", ..." if left[3:] else "")
        yield Finding(
            code="SR408",
            message=f"the precision of {plural(len(left), 'node')} is not in the model, since "
            f"no layer has the node's name: {names}",
            help="set it in code (layer.precision), or build with setrange apply -o OUT.engine",
        )


def _left_out_findings(
    plan: Plan, annotated: frozenset[str], *, known: Sequence[PlannedTensor]
) -> Iterable[Finding]:
    """SR406 for each tensor without its range, but for the missing ranges in ``known``."""
    missing = {item.tensor.key for item in known}
    # The Identity behind an input has no range either.
    missing |= {
        user.output.key
        for tensor in plan.network.inputs
        if tensor.key in missing
        for user in tensor.consumers
        if user.kind is LayerKind.IDENTITY
    }
    for item in plan.tensors:
        tensor = item.tensor
        if (
            item.source is Source.NOT_NEEDED
            or tensor.is_network_input
            or tensor.name in annotated
            or (item.range is None and tensor.key in missing)
        ):
            continue
        origin = tensor.layer.origin if tensor.layer is not None else None
        node = "" if origin is None else f" for {origin.op} {origin.node or origin.value!r}"
        made = f"{tensor.name!r}, which is made{node},"
        if item.range is None:
            message = f"{made} has no range"
            help_text = "--fill bounds may derive one; without it the layer is not INT8"
        else:
            message = f"{made} has no node output that could carry its range"
            help_text = "the small cache beside the model holds its range"
        yield Finding(code="SR406", tensor=tensor.name, message=message, help=help_text)


def _strip(model: str) -> list[str]:
    return ["setrange", "convert", model, "-o", "ranges.json", "--strip", "plain.onnx"]
