# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model whose nodes are being rewritten: what takes their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import UnsupportedError
from setrange.exporters.ranged.known_model import FLOATS, KnownModel
from setrange.exporters.ranged.shapes import reshape_shape, with_ones
from setrange.formats.ranged_onnx import RANGE_MAX, RANGE_MIN
from setrange.model.external import is_external
from setrange.model.graph import GraphEdit
from setrange.model.writing import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from onnx import NodeProto, TensorProto

    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.model.weights import Weights
    from setrange.network import Network, Shape, Tensor

__all__ = ["Draft"]

#: Opset from which Squeeze, Unsqueeze and ReduceSum take their axes as an input.
_AXES_INPUT = 13
#: The same for ReduceMean.
_MEAN_AXES_INPUT = 18
#: Opset from which Constant nodes may hold integers.
_CONSTANT_INTEGERS = 9
#: Opset in which Reshape got that attribute.
_ALLOW_ZERO = 14


class Draft(KnownModel):
    """The new nodes that one pass over a model makes.

    Attributes:
        initializers: New initializers.
        same: New value -> tensor of ``network`` that holds the same numbers.
        made_for: Name of a new node -> name of the node it was made for.
        made_for_output: Output of a new node -> first output of the node it was made for.
        replaced: First outputs of the nodes that others took the place of.
        named: Names of outputs that had none.
        renamed: First output of a node that got such names -> what it was before.
    """

    def __init__(self, model: Model, network: Network) -> None:
        super().__init__(model, network)
        self.initializers: list[TensorProto] = []
        self.same: dict[str, Tensor] = {}
        self.made_for: dict[str, str] = {}
        self.made_for_output: dict[str, str] = {}
        self.replaced: set[str] = set()
        self.named: set[str] = set()
        self.renamed: dict[str, str] = {}
        self._path = model.path
        self._graph_inputs = [value.name for value in model.graph.input]
        # Its graph is only read: what is here already may be in use elsewhere.
        self._edit = GraphEdit(
            model.graph, model.value_names() | {node.name for node in self.source}
        )
        self._behind: dict[str, str] = {}
        self._reshaped: dict[tuple[str, int], str] = {}
        self._current: Node | None = None
        self._bytes = 0

    # -- the pass -----------------------------------------------------------------------

    @property
    def changed(self) -> set[str]:
        """First outputs of the nodes that are others than before, or have other outputs."""
        return self.replaced | set(self.renamed.values())

    def put_inputs_behind_identities(self) -> None:
        """Give each float input an Identity, whose output can carry a range."""
        for name in self._graph_inputs:
            tensor = self._tensors.get(name)
            if tensor is not None and tensor.is_network_input and tensor.is_float:
                self._behind[name] = self.add("Identity", [name], f"{name}_in", same=tensor)

    def start(self, node: Node) -> None:
        """Begin with a node."""
        self._current = node

    def keep(self, node: Node) -> None:
        """Take a node over, with Constant nodes where the parser makes Constant layers."""
        inputs = self._kept_inputs(node)
        if inputs != node.inputs:
            copy = type(node.proto)()
            copy.CopyFrom(node.proto)
            copy.input[:] = inputs
            self._edit.replace(node.index, [copy])

    def replace(self, node: Node) -> None:
        """Take a node out: those that were added since it was started stand for it."""
        self._edit.remove(node.index)
        self.replaced.add(node.origin.value)

    def nodes(self) -> list[NodeProto]:
        """All nodes as they are now, in order; those that stay are the model's own."""
        return self._edit.nodes()

    def _kept_inputs(self, node: Node) -> list[str]:
        return [
            self.operand(name) if self.is_operand(node, name) else self._behind.get(name, name)
            for name in node.inputs
        ]

    def name_outputs(self, node: Node) -> bool:
        """Take a node over with names for outputs that have none before one that has a range.

        The parser reads a node's ranges in order. False where no output is in the way.
        """
        last = max((i for i, o in enumerate(node.outputs) if self._is_float(o)), default=0)
        if all(node.outputs[:last]):
            return False
        outputs = [
            name or self.unique(f"{node.origin.value}_output_{number}")
            for number, name in enumerate(node.outputs[: last + 1])
        ]
        self.named.update(set(outputs) - set(node.outputs))
        self.renamed[outputs[0]] = node.origin.value
        self.again(node, self._kept_inputs(node), outputs=[*outputs, *node.outputs[last + 1 :]])
        self._edit.remove(node.index)
        return True

    def _is_float(self, name: str) -> bool:
        tensor = self._tensors.get(name)
        return tensor is not None and tensor.needs_range

    def again(
        self,
        node: Node,
        inputs: Sequence[str],
        *,
        outputs: Sequence[str] | None = None,
        **attributes: Any,
    ) -> None:
        """Add the node with other inputs, and with what else is given."""
        from onnx import helper

        copy = type(node.proto)()
        copy.CopyFrom(node.proto)
        del copy.input[:]
        copy.input.extend(inputs)
        if outputs is not None:
            del copy.output[:]
            copy.output.extend(outputs)
        kept = [attr for attr in copy.attribute if attr.name not in attributes]
        del copy.attribute[:]
        copy.attribute.extend(kept)
        copy.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
        self._append(copy)

    # -- operands -----------------------------------------------------------------------

    def operand(self, name: str, rank: int | None = None) -> str:
        """A value as an operand of a new node; constants of floats become Constant nodes.

        Args:
            name: The value.
            rank: Dimensions of 1 come before its own up to this many.
        """
        constant = self.constants.get(name)
        if constant is not None:
            if constant.dtype not in FLOATS:
                return name
            return self._constant(name, constant, rank)
        return self._activation(name, rank)

    def _constant(self, name: str, constant: Weights, rank: int | None) -> str:
        missing = 0 if rank is None else max(0, rank - constant.rank)
        key = (name, missing)
        if key not in self._reshaped:
            shape, same = (1,) * missing + constant.shape, self.layer_of(name)
            if is_external(self.protos[name]):
                twin = self._twin(name, shape)  # its values stay where they are
                self._reshaped[key] = self._constant_layer(f"{name}_constant", twin, same)
            else:
                values = constant.data().reshape(shape)
                self._reshaped[key] = self.constant_node(f"{name}_constant", values, same=same)
        return self._reshaped[key]

    def _activation(self, name: str, rank: int | None) -> str:
        value = self._behind.get(name, name)
        own = self.rank(name)
        tensor = self._tensors.get(name)
        if rank is None or own is None or own >= rank or tensor is None or not tensor.is_float:
            return value
        key = (name, rank - own)
        if key not in self._reshaped:
            self._reshaped[key] = self.unsqueeze(
                value, range(rank - own), f"{name}_full_rank", of=tensor
            )
        return self._reshaped[key]

    # -- new nodes ----------------------------------------------------------------------

    def constant_node(
        self, name: str, values: npt.NDArray[Any], *, same: Tensor | None = None
    ) -> str:
        """Add a Constant node that makes a layer; its range is set later.

        Raises:
            UnsupportedError: All of them are more than a file can hold.
        """
        from onnx import numpy_helper

        self._bytes += values.nbytes
        if self._bytes > MAX_BYTES // 2:
            raise UnsupportedError(
                f"{self._path}: more than 1 GB of constant operands would have to be moved "
                f"into nodes; write a calibration cache instead (-o model.cache)"
            )
        tensor = numpy_helper.from_array(np.array(values, order="C"))
        return self._constant_layer(name, tensor, same)

    def _constant_layer(self, name: str, tensor: TensorProto, same: Tensor | None) -> str:
        ranges: dict[str, Any] = {RANGE_MIN: [-1.0], RANGE_MAX: [1.0]}
        return self.add("Constant", [], name, same=same, value=tensor, **ranges)

    def integers(self, name: str, values: Sequence[int]) -> str:
        """Add INT64 values as a Constant node, which makes no layer."""
        from onnx import numpy_helper

        numbers = np.array(list(values), dtype=np.int64)
        if self.opset < _CONSTANT_INTEGERS:
            return self.initializer(name, numbers)
        return self.add("Constant", [], name, value=numpy_helper.from_array(numbers))

    def reshaped_initializer(self, name: str, shape: Sequence[int]) -> str:
        """Add an initializer with the values of another constant; they are not read."""
        twin = self._twin(name, shape)
        twin.name = self.unique(f"{name}_reshaped")
        self.initializers.append(twin)
        return twin.name

    def _twin(self, name: str, shape: Sequence[int]) -> TensorProto:
        """A constant in other dimensions; its values are not read."""
        twin = type(self.protos[name])()
        twin.CopyFrom(self.protos[name])
        del twin.dims[:]
        twin.dims.extend(shape)
        return twin

    def initializer(self, name: str, values: npt.NDArray[Any]) -> str:
        """Add an initializer, which makes no layer where the op takes constants."""
        from onnx import numpy_helper

        self.initializers.append(numpy_helper.from_array(values, self.unique(name)))
        return self.initializers[-1].name

    def unsqueeze(
        self, value: str, axes: Sequence[int], output: str, *, of: Tensor | None
    ) -> str:
        """Insert dimensions of 1.

        Args:
            value: Whose dimensions.
            axes: Where they are in the output.
            output: What to call the output.
            of: Tensor of the network that holds the value's numbers, in its dimensions.
        """
        target = None if of is None else with_ones(of.shape, axes)
        return self._reshape_or(
            "Unsqueeze", value, axes, output, None if of is None else of.shape, target, same=of
        )

    def squeeze(
        self, value: str, axes: Sequence[int], output: str, *, final: bool = False
    ) -> str:
        """Take dimensions of 1 away.

        Args:
            value: Whose dimensions.
            axes: Where they are.
            output: What to call the output; known to the network if it is ``final``.
            final: It is one of the current node's outputs.
        """
        of = self.tensor(output)
        source = None if of is None else with_ones(of.shape, axes)
        target = None if of is None else of.shape
        return self._reshape_or(
            "Squeeze", value, axes, output, source, target, same=of, final=final
        )

    def _reshape_or(
        self,
        op: str,
        value: str,
        axes: Sequence[int],
        output: str,
        source: Shape | None,
        target: Shape | None,
        **options: Any,
    ) -> str:
        """A Reshape, which every parser reads alike, else the op."""
        shape = None if source is None or target is None else reshape_shape(source, target)
        if shape is None:
            return self._with_axes(op, value, axes, output, **options)
        return self.reshape(value, shape, output, **options)

    def reduce_sum(
        self,
        value: str,
        axes: Sequence[int],
        output: str,
        *,
        keepdims: bool,
        same: Tensor | None = None,
        final: bool = False,
    ) -> str:
        """Add a ReduceSum."""
        return self._with_axes(
            "ReduceSum", value, axes, output, same=same, final=final, keepdims=int(keepdims)
        )

    def reduce_mean(
        self, value: str, axes: Sequence[int], output: str, *, same: Tensor | None = None
    ) -> str:
        """Add a ReduceMean that keeps the dimensions."""
        return self._with_axes(
            "ReduceMean", value, axes, output, since=_MEAN_AXES_INPUT, same=same
        )

    def _with_axes(
        self,
        op: str,
        value: str,
        axes: Sequence[int],
        output: str,
        *,
        since: int = _AXES_INPUT,
        **options: Any,
    ) -> str:
        if self.opset < since:
            return self.add(op, [value], output, axes=list(axes), **options)
        given = self.integers(f"{output}_axes", axes)
        return self.add(op, [value, given], output, **options)

    def reshape(
        self,
        value: str,
        shape: Sequence[int],
        output: str,
        *,
        same: Tensor | None = None,
        final: bool = False,
    ) -> str:
        """Add a Reshape to dimensions as Reshape reads them: 0 copies, -1 is the rest."""
        target = self.integers(f"{output}_shape", shape)
        return self.reshape_to(value, target, output, same=same, final=final)

    def reshape_to(self, value: str, target: str, output: str, **options: Any) -> str:
        """Add a Reshape to dimensions that are a value."""
        if self.opset >= _ALLOW_ZERO:
            options["allowzero"] = 0  # TensorRT 8.0 and 8.2 want to see it
        return self.add("Reshape", [value, target], output, **options)

    def add(
        self,
        op: str,
        inputs: Sequence[str],
        output: str | Sequence[str],
        *,
        same: Tensor | None = None,
        final: bool = False,
        main: bool = False,
        **attributes: Any,
    ) -> str:
        """Add a node.

        Args:
            op: ONNX op type.
            inputs: Value names.
            output: What to call the output; more than one are taken as they are.
            same: Tensor of the network that holds the same numbers as the output.
            final: The output is one of the current node's and keeps its name.
            main: The node does what the current node does and takes its name.
            attributes: Attributes of the node.

        Returns:
            The (first) output's name.
        """
        from onnx import AttributeProto, helper

        outputs = [output] if isinstance(output, str) else list(output)
        if isinstance(output, str) and not final:
            outputs = [self.unique(output)]
        node = self._current
        name = node.name if main and node is not None else self.unique(f"{outputs[0]}_{op}")
        made = helper.make_node(op, list(inputs), outputs, name=name)
        made.attribute.extend(
            helper.make_attribute(key, value)
            if value != []
            else AttributeProto(name=key, type=AttributeProto.INTS)  # onnx cannot tell
            for key, value in sorted(attributes.items())
        )
        self._append(made)
        if same is not None:
            self.same[outputs[0]] = same
        return outputs[0]

    def _append(self, made: NodeProto) -> None:
        self._edit.insert_before(0 if self._current is None else self._current.index, [made])
        if self._current is not None:
            self.made_for[made.name] = self._current.name
            self.made_for_output.update(
                (name, self._current.origin.value) for name in made.output
            )

    def unique(self, name: str) -> str:
        """A name that neither a value nor a node has."""
        return self._edit.fresh_name(name)
