# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From PyTorch modules to ONNX tensors, through the scopes in the exporter's node names.

``torch.onnx.export`` calls the node of module ``layer1.0.conv1``
``/layer1/layer1.0/conv1/Conv``: every module that was entered is a part, and a child of a list
repeats its parent's name.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import InputError
from setrange.model.op_traits import WEIGHTED
from setrange.ranges.loss import Loss, LossKind
from setrange.ranges.model import DynamicRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from setrange.model.loading import Model
    from setrange.ranges.model import RangeEntry, RangeFile

__all__ = [
    "WRAPPERS",
    "ModuleMapping",
    "map_module_ranges",
    "module_of_node",
    "ranges_of_tensors",
]

#: Parts that wrappers put before every module.
WRAPPERS = ("module.", "model.", "_orig_mod.")


class ModuleMapping(NamedTuple):
    """Turns ranges of PyTorch modules into ranges of tensors.

    Attributes:
        entries: By ONNX value name; ``source`` names the quantizer.
        unmapped: (key, why) of what found no tensor.
        conflicts: (tensor, keys) where several quantizers with different ranges observe one
            tensor; the widest was taken.
    """

    entries: dict[str, RangeEntry]
    unmapped: tuple[tuple[str, str], ...]
    conflicts: tuple[tuple[str, tuple[str, ...]], ...]


class _Node(NamedTuple):
    op_type: str
    inputs: Sequence[str]
    outputs: Sequence[str]


def module_of_node(name: str) -> str:
    """Return the module path a node name stands for; empty for the top.

    >>> module_of_node("/layer1/layer1.0/conv1/Conv")
    'layer1.0.conv1'
    >>> module_of_node("/model.22/cv2.0/cv2.0.0/conv/Conv")
    'model.22.cv2.0.0.conv'
    """
    path: list[str] = []
    for scope in name.strip("/").split("/")[:-1]:
        if path and scope.startswith(path[-1] + "."):
            path[-1] = scope
        else:
            path.append(scope)
    return ".".join(path)


def map_module_ranges(
    entries: Mapping[str, RangeEntry],
    nodes: Iterable[tuple[str, str, Sequence[str], Sequence[str]]],
) -> ModuleMapping:
    """Find the tensors of ``<module>._input_quantizer._amax`` keys.

    An input quantizer observes the input of the module's Conv, Gemm or MatMul (else of its
    first node), an output quantizer the output of its last node. A quantizer that is a module
    of its own with nodes in the model observes their input.

    Args:
        entries: By quantizer key.
        nodes: (name, op type, inputs, outputs) in graph order.
    """
    modules: dict[str, list[_Node]] = {}
    named: dict[str, list[_Node]] = {}
    for name, op_type, inputs, outputs in nodes:
        node = _Node(op_type, inputs, outputs)
        modules.setdefault(module_of_node(name), []).append(node)
        named.setdefault(name, []).append(node)
    # A layer may be called as its node, where no module has that name.
    modules = {**named, **modules}
    found: dict[str, list[RangeEntry]] = {}
    unmapped: list[tuple[str, str]] = []
    for key, entry in entries.items():
        tensors, why = _tensors(key, modules)
        if why is not None:
            unmapped.append((key, why))
        for tensor in tensors:
            found.setdefault(tensor, []).append(entry)
    conflicts = [
        (tensor, tuple(entry.name for entry in group))
        for tensor, group in found.items()
        if len({entry.range for entry in group}) > 1
    ]
    return ModuleMapping(
        entries={tensor: _widest(tensor, group) for tensor, group in found.items()},
        unmapped=tuple(unmapped),
        conflicts=tuple(conflicts),
    )


def _tensors(key: str, modules: dict[str, list[_Node]]) -> tuple[list[str], str | None]:
    """Return the tensors a quantizer observes, or why there are none."""
    from setrange.formats.qat_amax import quantizer_of

    found = quantizer_of(key)
    if found is None:
        return [], "no key of a quantizer"
    module, quantizer = found
    own = _nodes_of(f"{module}.{quantizer}" if module else quantizer, modules)
    if own:
        return [own[0].inputs[0]], None
    nodes = _nodes_of(module, modules)
    if not nodes:
        return [], f"no node of the model is in module {module!r}"
    if quantizer.strip("_") == "output_quantizer":
        return [nodes[-1].outputs[0]], None
    if quantizer.strip("_") != "input_quantizer":
        return [], f"what {quantizer!r} observes does not follow from the model"
    weighted = [node for node in nodes if node.op_type in WEIGHTED]
    # A module that is called several times has several such nodes.
    tensors = [node.inputs[0] for node in weighted or nodes[:1] if node.inputs]
    return list(dict.fromkeys(tensors)), None if tensors else "its node has no input"


def _nodes_of(module: str, modules: dict[str, list[_Node]]) -> list[_Node] | None:
    for prefix in ("", *WRAPPERS):
        if module.startswith(prefix) and module.removeprefix(prefix) in modules:
            return modules[module.removeprefix(prefix)]
    return None


def _widest(tensor: str, group: list[RangeEntry]) -> RangeEntry:
    best = max(group, key=lambda entry: entry.amax or 0.0)
    bounds = None if best.amax is None else DynamicRange.symmetric(best.amax)
    return dataclasses.replace(best, name=tensor, range=bounds, source=best.name)


def ranges_of_tensors(ranges: RangeFile, model: Model) -> RangeFile:
    """Return ranges by tensor: those of PyTorch modules mapped, all others as they are.

    Raises:
        InputError: No module is found in the model.
    """
    if not ranges.entries:
        return ranges
    from setrange.formats.module_keys import GIVE_THE_MODEL, MODULE_FORMATS

    if ranges.format not in MODULE_FORMATS:
        return ranges
    mapping = map_module_ranges(ranges.entries, _nodes(model))
    if not mapping.entries:
        key, why = mapping.unmapped[0]
        raise InputError(
            f"{ranges.path}: none of its {len(ranges.entries)} quantizers is found in "
            f"{model.path}, e.g. {key}: {why}; expected a model whose node names hold the "
            f"modules (torch.onnx.export without quantizers does that)"
        )
    unmapped = [Loss(key, LossKind.COUNTERPART, why) for key, why in mapping.unmapped]
    conflicts = [
        Loss(tensor, LossKind.CONFLICT, f"{', '.join(keys)} differ: the widest was taken")
        for tensor, keys in mapping.conflicts
    ]
    return dataclasses.replace(
        ranges,
        entries=mapping.entries,
        notes=tuple(note for note in ranges.notes if not note.endswith(GIVE_THE_MODEL)),
        losses=(*ranges.losses, *unmapped, *conflicts),
    )


def _nodes(model: Model) -> Iterator[tuple[str, str, Sequence[str], Sequence[str]]]:
    for node in model.graph.node:
        yield node.name, node.op_type, node.input, node.output
