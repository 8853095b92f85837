# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading an ONNX file; external data stays on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.errors import ModelError
from setrange.files.windows import long_path
from setrange.model.data_files import declare_data
from setrange.model.messages import messages

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import GraphProto, ModelProto, TensorProto

    from setrange.model.node import Node
    from setrange.model.weights import Weights

__all__ = ["Model", "check_model", "load_model"]

_WITH_SUBGRAPHS = frozenset({"If", "Loop", "Scan"})
_HELP = "expected a model exported to ONNX (a .onnx file)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A loaded ONNX model.

    Attributes:
        path: Where it was read from.
        proto: The parsed file, without external data and without large weights.
        node_count: Its nodes, counting those that calls of local functions stand for.
        opsets: Domain -> opset version, first import wins (as in the parser).
        wrapped: Tensors that were wrapped already: one model is imported for many versions.
        made: Nodes of the main graph, for the same reason; see ``nodes``.
    """

    path: Path
    proto: ModelProto
    opsets: dict[str, int]
    node_count: int = 0
    wrapped: dict[int, tuple[TensorProto, Weights]] = field(
        default_factory=dict, repr=False, compare=False
    )
    made: list[Node] = field(default_factory=list, init=False, repr=False, compare=False)

    def changed(self, proto: ModelProto) -> Model:
        """Return a model of the same file and folder with other contents."""
        return Model(path=self.path, proto=proto, opsets=_opsets(proto))

    def nodes(self) -> list[Node]:
        """Nodes of the main graph in file order, made once for all imports."""
        if not self.made:
            from setrange.model.node import Node

            self.made.extend(Node(proto, i) for i, proto in enumerate(self.graph.node))
        return self.made

    def weights(self, tensor: TensorProto) -> Weights:
        """Wrap a tensor of this model as unnamed weights, once for all imports."""
        found = self.wrapped.get(id(tensor))
        if found is None or found[0] is not tensor:
            from setrange.model.constants import weights_from_tensor

            # The tensor is kept, so that its identity is not given to another.
            found = (tensor, weights_from_tensor(tensor, self.base).renamed(None))
            self.wrapped[id(tensor)] = found
        return found[1]

    @property
    def base(self) -> Path:
        """Directory that external data locations are relative to."""
        return self.path.parent

    @property
    def graph(self) -> GraphProto:
        """The main graph."""
        return self.proto.graph

    def opset(self, domain: str = "") -> int:
        """Return the opset as the parser looks it up (1 if the model imports none)."""
        if not self.opsets:
            return 1
        if len(self.opsets) == 1:
            return next(iter(self.opsets.values()))
        if domain in self.opsets:
            return self.opsets[domain]
        return self.opsets.get("ai.onnx", 1)

    def value_names(self) -> set[str]:
        """Names of all values: inputs, initializers and node outputs, subgraphs included."""
        names: set[str] = set()
        graphs = [self.graph]
        while graphs:
            graph = graphs.pop()
            names.update(value.name for value in graph.input)
            names.update(tensor.name for tensor in graph.initializer)
            for node in graph.node:
                names.update(node.output)
                if node.op_type in _WITH_SUBGRAPHS:
                    graphs += [attr.g for attr in node.attribute if attr.HasField("g")]
        names.discard("")
        return names


def check_model(proto: ModelProto, path: Path) -> int:
    """Check a model before anybody works with it, whoever parsed it.

    Its data files are inputs of this command from now on.

    Returns:
        How many nodes it has, counting those that calls of local functions stand for.

    Raises:
        ModelError: It is not well formed, or its data is outside its folder.
        UsageError: A data file is an output.
    """
    from setrange.model.external import check_external, is_external
    from setrange.model.held_tensors import held_tensors
    from setrange.model.well_formed import check_well_formed

    tensors = list(held_tensors(proto))
    node_count = check_well_formed(proto, tensors, path)
    external = [tensor for tensor in tensors if is_external(tensor)]
    check_external(external, path)
    declare_data(external, path)
    return node_count


def load_model(path: str | Path) -> Model:
    """Read an ONNX file; large weights are left in it until somebody asks for their values.

    The initializers that hold them say so in a way that only setrange understands. What is
    handed to others is written with ``write_model`` or filled with ``with_values``.

    Args:
        path: The file.

    Raises:
        ModelError: Missing, a directory, unreadable, not ONNX, truncated, or without a graph.
    """
    path = long_path(path)
    try:
        if path.is_dir():
            from setrange.files.kinds import kind_of_folder

            raise ModelError(f"{path} is {kind_of_folder(path) or 'a directory'}; {_HELP}")
        if not path.exists():
            raise ModelError(f"{path}: no such file; {_HELP}")
        if path.stat().st_size == 0:
            raise ModelError(f"{path} is empty; {_HELP}")
    except OSError as e:
        raise ModelError(f"{path} cannot be read ({e.strerror or e})") from e

    from google.protobuf.message import DecodeError

    from setrange.model.in_place import read_in_place

    try:
        proto = read_in_place(path) or messages().ModelProto.FromString(path.read_bytes())
    except DecodeError as e:
        raise ModelError(_not_onnx(path)) from e
    except OSError as e:
        raise ModelError(f"{path} cannot be read ({e.strerror or e})") from e
    if not proto.HasField("graph") or not (proto.graph.node or proto.graph.output):
        from setrange.files.kinds import kind_of_file

        if kind_of_file(path) is not None or not proto.ir_version:
            raise ModelError(_not_onnx(path))
        raise ModelError(f"{path} holds no ONNX graph; {_HELP}")
    node_count = check_model(proto, path)
    return Model(path=path, proto=proto, opsets=_opsets(proto), node_count=node_count)


def _opsets(proto: ModelProto) -> dict[str, int]:
    opsets: dict[str, int] = {}
    for entry in proto.opset_import:
        opsets.setdefault(entry.domain, entry.version)
    return opsets


def _not_onnx(path: Path) -> str:
    """Say what a file is instead of a model, or that it may be cut off."""
    from setrange.files.kinds import ENGINE_ENDINGS, kind_of_file

    kind = kind_of_file(path)
    if kind is not None:
        return f"{path} is not an ONNX model but {kind}"
    if path.suffix.lower() in ENGINE_ENDINGS:
        return f"{path} is not an ONNX model but, by its name, a TensorRT engine; {_HELP}"
    return (
        f"{path} is not an ONNX model or is truncated; {_HELP}. If it was copied or "
        f"downloaded, compare its size with the original"
    )
