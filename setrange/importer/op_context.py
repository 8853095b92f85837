# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What importers of ops work with: the context, and the layers that many ops need.

Source: onnx/onnx-tensorrt: onnx2trt_utils.cpp (to 8.6), importerUtils.cpp (10.x).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from setrange.importer import shape_tensor as st
from setrange.importer.arguments import NodeContext
from setrange.importer.rejections import refuse, require
from setrange.network import MAX_DIMS, Layer, LayerKind, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from setrange.importer.value import Value
    from setrange.model.weights import Weights
    from setrange.network.modes import ActivationOp, ElementwiseOp, MatrixOp, UnaryOp

#: The first opset whose elementwise ops broadcast as numpy does.
NUMPY_BROADCAST = 7

#: Element types an Activation layer does not take.
_NOT_ACTIVATED = ("INT32", "BOOL", "UINT8")

#: Elementwise operations on BOOL alone.
_BOOL_ONLY = frozenset({"and", "or", "xor"})


def is_dynamic(shape: Sequence[int]) -> bool:
    """True if a dimension is unknown."""
    return any(d < 0 for d in shape)


def convert_axis(axis: int, rank: int, *, strict: bool = False) -> int:
    """Make a negative axis positive; refuses one outside [0, rank] (``strict``: rank too)."""
    positive = axis + rank if axis < 0 else axis
    last = rank - 1 if strict else rank
    if not 0 <= positive <= last:
        refuse(f"axis {axis} must be in the range [0, {last}]")
    return positive


def matrix_op(tensor: Tensor, *, transpose: bool = False) -> MatrixOp:
    """How a Matrix Multiply takes this operand."""
    if tensor.rank == 1:
        return "vector"
    return "transpose" if transpose else "none"


def transposed(weights: Weights) -> Weights:
    """Weights the parser transposes; their values are not read."""
    is_matrix = weights.rank == 2 and weights.dtype in ("float32", "float16")
    require(is_matrix, "the parser transposes two-dimensional FLOAT and HALF weights only")
    return weights.derived(lambda data: data.T, weights.dtype, weights.shape[::-1])


class OpContext(NodeContext):
    """The state of an import, with the layers that many ops need."""

    # -- names --------------------------------------------------------------------------

    def main(self, layer: Layer) -> Tensor:
        """Name a layer after the node; returns its output."""
        return self.register_layer(layer).output

    def inner(self, layer: Layer) -> Tensor:
        """Name a layer inside the op's own arithmetic (10.16 on); returns its output."""
        return self.register_inner(layer).output

    # -- types --------------------------------------------------------------------------

    def cast(self, tensor: Tensor, dtype: str) -> Tensor:
        """Cast a tensor (``castHelper``)."""
        if self.profile.cast_layers:
            layer = self.net.add_cast(tensor, dtype)
            return self.register_helper(layer, "ONNXTRT_castHelper").output
        return self.net.add_identity(tensor, dtype).output

    def identity(self, value: Value) -> Value:
        """Wrap a tensor in an Identity layer; weights stay (``identity``)."""
        return self.wrapped(value) if isinstance(value, Tensor) else value

    def wrapped(self, tensor: Tensor) -> Tensor:
        """Wrap a tensor in an Identity layer (``identity``)."""
        return self.register_helper(self.net.add_identity(tensor), "ONNXTRT_identity").output

    # -- shapes -------------------------------------------------------------------------

    def dimension(
        self, tensor: Tensor, axis: int, shape: tuple[int, ...] = (1,), dtype: str = "int32"
    ) -> Tensor:
        """One dimension as a tensor of ``shape`` (``getAxisLength``, ``getAxisLengthInt64``).

        ``dtype`` can be ``int64`` from 10.1 on.
        """
        if not self.profile.native_int64:
            return self._axis_length(tensor, axis, shape)
        dims = self.net.add_shape(tensor).output
        if dtype != dims.dtype:
            dims = self.net.add_cast(dims, dtype).output
        layer = self.net.add_slice(dims, (axis,), (1,), (1,))
        length = self.register_helper(layer, "ONNXTRT_extractDimension").output
        if shape == (1,):
            return length
        layer = self.net.add_shuffle(length, reshape=shape)
        return self.register_helper(layer, "ONNXTRT_extractDimensionReshape").output

    def _axis_length(self, tensor: Tensor, axis: int, shape: tuple[int, ...]) -> Tensor:
        size = tensor.shape[axis]
        if size >= 0:
            return self.add_constant(size, "int32", shape)
        dims = self.net.add_shape(tensor).output
        return self.net.add_gather(dims, self.add_constant(axis, "int32", shape)).output

    def scalar(self, value: Value, what: str) -> Tensor:
        """Return a 0-D tensor; refuses a value that has not one element."""
        if value is None or is_dynamic(value.shape) or math.prod(value.shape) != 1:
            refuse(f"{what} must be a scalar")
        if not isinstance(value, Tensor):
            if value.count != 1:
                refuse(f"{what} must be a scalar")
            return self.net.add_constant(value, ()).output
        if value.rank == 0:
            return value
        layer = self.net.add_shuffle(value, reshape=())
        return self.register_helper(layer, "ONNXTRT_convertToScalar").output

    def unsqueeze(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        """Insert dimensions of 1 (``unsqueezeTensor``)."""
        if self.profile.squeeze_layers:
            layer = self.net.add(LayerKind.UNSQUEEZE, [tensor, self._axes_constant(axes)])
        else:
            layer = self.unsqueeze_by_shuffle(tensor, axes)
        return self.register_helper(layer, "ONNXTRT_unsqueezeTensor").output

    def squeeze(self, tensor: Tensor, axes: Sequence[int]) -> Tensor:
        """Remove dimensions of 1 (``squeezeTensor``)."""
        if self.profile.squeeze_layers:
            layer = self.net.add(LayerKind.SQUEEZE, [tensor, self._axes_constant(axes)])
        else:
            layer = self.squeeze_by_shuffle(tensor, axes)
        return self.register_helper(layer, "ONNXTRT_squeezeTensor").output

    def _axes_constant(self, axes: Sequence[int]) -> Tensor:
        return self.add_constant(list(axes), "int32", (len(axes),))

    def unsqueeze_by_shuffle(self, tensor: Tensor, axes: Sequence[int]) -> Layer:
        """Unsqueeze as a Shuffle, unregistered (up to 10.3)."""
        dims = st.shape_of(self, tensor)
        subscripts = list(range(len(dims)))
        if len(dims) + len(set(axes)) > MAX_DIMS:
            refuse(f"TensorRT tensors have at most {MAX_DIMS} dimensions")
        for axis in sorted(set(axes)):
            subscripts.insert(axis, len(dims))
        target = st.interlace(self, dims, st.shape_vector(1), st.shape_vector(*subscripts))
        return st.add_shuffle(self, tensor, target)

    def squeeze_by_shuffle(self, tensor: Tensor, axes: Sequence[int]) -> Layer:
        """Squeeze as a Shuffle, unregistered (up to 10.3)."""
        dims = st.shape_of(self, tensor)
        kept = [i for i in range(len(dims)) if i not in set(axes)]
        return st.add_shuffle(self, tensor, st.gather(self, dims, st.shape_vector(*kept)))

    def slice_by_tensors(self, tensor: Tensor, start: Tensor, size: Tensor) -> Layer:
        """A Slice of step 1 whose start and size are tensors, unregistered."""
        layer = self.net.add_slice(tensor, None, None, (1,) * tensor.rank)
        layer.set_input(1, start)
        layer.set_input(2, size)
        return layer

    def as_4d(
        self, tensor: Tensor, *, wanted: bool = True
    ) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """A 3-D tensor as 4-D if ``wanted``, and what takes the output back."""
        if tensor.rank != 3 or not wanted:
            return tensor, lambda output: output
        return self.unsqueeze(tensor, (3,)), lambda output: self.squeeze(output, (3,))

    def flatten(self, tensor: Tensor, axis: int, *, register: bool = False) -> Tensor:
        """Reshape to 2-D around ``axis`` (``flattenTensor``); ``register`` names it by node."""
        dims = st.shape_of(self, tensor)
        d0 = st.product(self, dims, 0, axis, 1)
        d1 = st.product(self, dims, axis, len(dims), 1)
        layer = st.add_shuffle(self, tensor, st.concat(self, d0, d1))
        if register:
            return self.main(layer)
        return self.register_helper(layer, "ONNXTRT_flattenTensor").output

    def transpose(self, tensor: Tensor, perm: Sequence[int]) -> Tensor:
        """Transpose as a Shuffle named after the node (``transposeTensor``)."""
        if self.profile.skips_identity_transposes and list(perm) == list(range(tensor.rank)):
            return tensor
        return self.main(self.net.add_shuffle(tensor, first_transpose=tuple(perm)))

    def reshape(self, tensor: Tensor, shape: Sequence[int]) -> Tensor:
        """Reshape to known dimensions, no layer if they are the same (``reshapeTensor``)."""
        if tuple(shape) == tensor.shape:
            return tensor
        layer = self.net.add_shuffle(tensor, reshape=tuple(shape), zero_is_placeholder=False)
        return self.register_helper(layer, "ONNXTRT_reshapeTensor").output

    # -- operands of equal rank ---------------------------------------------------------

    def broadcast_to(self, tensor: Tensor, rank: int) -> Tensor:
        """Prepend dimensions of 1 up to ``rank`` (``broadcastTensor``)."""
        modern = self.opset >= NUMPY_BROADCAST
        require(modern, "pre-opset 7 broadcasting is unsupported by the ONNX parser")
        require(tensor.rank <= rank, "cannot broadcast a higher rank tensor to a lower rank")
        if tensor.rank == rank:
            return tensor
        dims = st.shape_of(self, tensor)
        ones = st.fill_shape_vector(self, 1, st.shape_vector(rank - len(dims)))
        layer = st.add_shuffle(self, tensor, st.concat(self, ones, dims))
        return self.register_helper(layer, "ONNXTRT_Broadcast").output

    def broadcast(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Bring all tensors to the largest rank, in order (``broadcastTensors``)."""
        rank = max(t.rank for t in tensors)
        if len(tensors) == 2:  # operands of that rank pass before the opset is looked at
            return tuple(t if t.rank == rank else self.broadcast_to(t, rank) for t in tensors)
        return tuple(self.broadcast_to(t, rank) for t in tensors)

    def equal_ranks(self, values: Sequence[Value]) -> list[Tensor]:
        """Make all values tensors of the largest rank, one after the other."""
        require(all(value is not None for value in values), "a required input is absent")
        rank = max(0 if value is None else value.rank for value in values)
        lenient = self.profile.elementwise_before_opset_7
        tensors = []
        for value in values:
            tensor = self.to_tensor(value)
            if not lenient or tensor.rank != rank:
                tensor = self.broadcast_to(tensor, rank)
            tensors.append(tensor)
        return tensors

    # -- arithmetic ---------------------------------------------------------------------

    def combine(self, a: Tensor, b: Tensor, op: ElementwiseOp) -> Tensor:
        """Combine two tensors of equal rank; the layer gets no name."""
        return self.net.add_elementwise(a, b, op).output

    def elementwise(self, op: ElementwiseOp, *values: Value) -> Tensor:
        """Combine all values left to right with one operation (``elementwiseHelper``)."""
        require(values, "elementwise needs at least one input")
        combined, *others = self.equal_ranks(values)
        self._check_types(values, op)
        if not others:
            # A single input is wrapped, so that naming the output does not rename the input.
            return self.wrapped(combined)
        for tensor in others:
            combined = self.main(self.net.add_elementwise(combined, tensor, op))
        return combined

    def _check_types(self, values: Sequence[Value], op: ElementwiseOp) -> None:
        """Element types an elementwise operation takes (``elementwiseCheck``)."""
        names = {self.type_name(value) for value in values}
        if op in _BOOL_ONLY:
            if names != {"BOOL"}:
                refuse(f"elementwise {op} takes BOOL inputs only")
        elif op == "pow":
            takes_integers = self.profile.pow_takes_integers
            invalid = {"BOOL"} if takes_integers else {"BOOL", "INT32", "INT64"}
            what = "BOOL" if takes_integers else "BOOL or integer"
            if invalid & names:
                refuse(f"elementwise pow does not take {what} inputs")
        elif "BOOL" in names and (op != "equal" or not self.profile.equal_takes_bool):
            refuse(f"elementwise {op} does not take BOOL inputs")

    def compare_or_equal(self, a: Value, b: Value, op: ElementwiseOp) -> Tensor:
        """``op`` (greater or less) or equal, as three layers (``greaterLessOrEqual``)."""
        strict = self.elementwise(op, a, b)
        return self.elementwise("or", strict, self.elementwise("equal", a, b))

    def activation(
        self,
        value: Value,
        op: ActivationOp,
        alpha: float | None = None,
        beta: float | None = None,
    ) -> Tensor:
        """One Activation layer (``activationHelper``)."""
        self.refuse_types(value, *_NOT_ACTIVATED)
        return self.main(self.net.add_activation(self.to_tensor(value), op, alpha, beta))

    def unary(self, value: Value, op: UnaryOp) -> Tensor:
        """One Unary layer, or 0 - x for an integer Neg (``unaryHelper``)."""
        tensor = self.to_tensor(value)
        dtype = tensor.dtype
        integer = dtype in ("int32", "int64")
        how = self.profile.integer_unary.get(op) if integer else "native"
        if op == "not":
            valid = dtype == "bool"
        else:
            valid = how is not None and dtype not in ("bool", "uint8")
        if not valid:
            refuse(f"the operator {op} does not take inputs of type {dtype}")
        if how == "sub" and dtype == "int32":
            zero = self.add_constant([0], "int32", ())
            return self.elementwise("sub", *self.broadcast(zero, tensor))
        if how == "cast":
            tensor = self.cast(tensor, "float32")
        scalar = self.profile.unary_needs_vector and tensor.rank == 0
        if scalar:
            tensor = self.unsqueeze(tensor, [0])
        tensor = self.main(self.net.add_unary(tensor, op))
        if scalar:
            tensor = self.squeeze(tensor, [0])
        return self.cast(tensor, dtype) if how == "cast" else tensor

    # -- constants ----------------------------------------------------------------------

    def zeros_like(self, tensor: Tensor) -> Tensor:
        """Zeros of a tensor's shape and type (``createZeroTensor``)."""
        how = self.profile.zero_tensors
        dtype = tensor.dtype
        if how == "typed":
            zero = self.add_constant(0, "float32" if dtype == "float32" else "int32", ())
        else:
            zero = self.cast(self.add_constant(0.0, "float32", ()), dtype)
        if how == "slice":
            return self.repeat(zero, st.shape_of(self, tensor).tensor(self))
        zero, data = self.broadcast(zero, tensor)
        layer = self.net.add_elementwise(data, zero, "prod")
        return self.register_helper(layer, "ONNXTRT_createZeroTensor").output

    def repeat(self, constant: Tensor, shape: Tensor) -> Tensor:
        """Repeat a constant to a shape (``constantOfShape``, 8.6 on)."""
        dims = st.ShapeTensor.of_tensor(shape)
        zeros = st.similar(self, dims, 0)
        constant = st.reshape(self, constant, st.similar(self, dims, 1))
        return st.add_slice(self, constant, zeros, dims, zeros).output

    def repeat_to_rank(self, constant: Tensor, shape: Tensor) -> Tensor:
        """Repeat a constant to a shape, the Slice named after the node (up to 8.5)."""
        if shape.rank != 1 or shape.shape[0] < 0:
            refuse("the shape must be a vector of known length")
        rank = shape.shape[0]
        if rank > MAX_DIMS:
            refuse(f"a shape of {rank} dimensions: {MAX_DIMS} are the most")
        ones = (1,) * rank
        shuffle = self.net.add_shuffle(constant, reshape=ones, zero_is_placeholder=False)
        layer = self.net.add_slice(shuffle.output, None, None, (0,) * rank)
        layer.set_input(1, self.add_constant([0] * rank, "int32", (rank,)))
        layer.set_input(2, shape)
        return self.main(layer)
