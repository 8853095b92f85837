# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The hub: TensorRT's network as data, whoever produced it.

Two producers fill it: the static importer (from the ONNX file alone) and the live reader
(from a real ``INetworkDefinition``). Everything after them works on this.
"""

from __future__ import annotations

import contextlib
import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from setrange.errors import SetrangeError
from setrange.network.dimensions import Atoms, FreeDim
from setrange.network.kinds import LayerKind
from setrange.network.naming import (
    NamingScheme,
    default_layer_name,
    output_suffix,
    portable_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from setrange.findings import Finding
    from setrange.model.origin import Origin
    from setrange.model.weights import Weights
    from setrange.network.params import LayerParams

__all__ = ["MAX_DIMS", "Confidence", "Layer", "Network", "Shape", "Tensor"]

#: TensorRT's tensors have no more dimensions (nvinfer1::Dims::MAX_DIMS).
MAX_DIMS = 8

#: Layers whose shapes are inferred one within the other; each takes four calls.
_NESTED = 50

#: Dimensions; -1 is unknown until run time. ``None`` is a tensor of unknown rank.
Shape = tuple[int, ...]

#: Element types a tensor range makes sense for.
FLOAT_DTYPES = frozenset({"float32", "float16", "bf16"})


class Confidence(enum.IntEnum):
    """How sure a prediction is; the worst of its parts counts."""

    EXACT = 0
    ASSUMED = 1
    UNKNOWN = 2

    @property
    def label(self) -> str:
        """The word used in reports and JSON."""
        return self.name.lower()


class Tensor:
    """A TensorRT tensor: network input or output of a layer.

    Attributes:
        layer: Producing layer; ``None`` for network inputs.
        output_index: Which output of ``layer``.
        dtype: Element type in numpy's words (``float32``, ``int32``, ``bool``, ...).
        onnx_value: ONNX value this tensor carries, or ``None`` for parser-made tensors.
        is_shape_tensor: True where TensorRT uses the values as dimensions.
        values: What is known of its elements, ``None`` before somebody asked for them.
    """

    __slots__ = (
        "_name",
        "_shape",
        "consumers",
        "dtype",
        "is_shape_tensor",
        "layer",
        "onnx_value",
        "output_index",
        "values",
    )

    def __init__(
        self,
        *,
        layer: Layer | None = None,
        output_index: int = 0,
        name: str | None = None,
        dtype: str = "float32",
        shape: Shape | None = None,
    ) -> None:
        self.layer = layer
        self.output_index = output_index
        self._name = name
        self.dtype = dtype
        self._shape = shape
        self.onnx_value: str | None = None
        self.is_shape_tensor = False
        self.consumers: list[Layer] = []
        self.values: Any = None

    @property
    def name(self) -> str:
        """The name TensorRT prints: the one set, else the default name."""
        if self._name is not None:
            return self._name
        if self.layer is None:
            return ""
        return self.layer.default_tensor_name(self.output_index)

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def has_own_name(self) -> bool:
        """True if a name was set; False while the default name holds."""
        return self._name is not None

    @property
    def is_float(self) -> bool:
        """True for types that can carry a range (float32, float16, bf16)."""
        return self.dtype in FLOAT_DTYPES

    @property
    def needs_range(self) -> bool:
        """False for integer and shape tensors, which TensorRT never quantizes."""
        return self.is_float and not self.is_shape_tensor

    @property
    def shape(self) -> Shape:
        """Dimensions, -1 where unknown; inferred on first use."""
        if self._shape is None and self.layer is not None:
            self.layer.infer_shapes()
        if self._shape is None:
            raise LookupError(f"shape of tensor {self.name!r} was never set")
        return self._shape

    @shape.setter
    def shape(self, shape: Shape | None) -> None:
        self._shape = shape

    @property
    def is_uninferred(self) -> bool:
        """True where the first use of the shape infers it."""
        return self._shape is None and self.layer is not None

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def is_network_input(self) -> bool:
        """True for the network's inputs."""
        return self.layer is None

    @property
    def constant(self) -> Weights | None:
        """The weights, if a Constant layer makes this tensor."""
        if self.layer is not None and self.layer.kind is LayerKind.CONSTANT:
            weights: Weights | None = self.layer.params.get("weights")
            return weights
        return None

    @property
    def key(self) -> str:
        """Portable key: the ONNX value name, or ``<value>@<Kind>[<n>]`` if parser-made."""
        if self.onnx_value is not None:
            return self.onnx_value
        if self.layer is None:
            return self.name
        return self.layer.portable_key(self.output_index)

    def __repr__(self) -> str:
        return f"Tensor({self.name!r})"


class Layer:
    """A TensorRT layer.

    Attributes:
        kind: What TensorRT calls it.
        index: Position in the network; counts all layers.
        number: What TensorRT counts it as, in the names it gives itself.
        inputs: Input tensors in order; ``None`` = absent optional input.
        outputs: Output tensors.
        params: What kind-specific code needs; see ``LayerParams``.
        origin: The ONNX node it was made for.
        position: This layer is the n-th of its kind among the layers made for ``origin``.
        confidence: How sure the prediction of this layer is.
        fold: Computes the element values of the first output from the inputs', if anybody can.
    """

    __slots__ = (
        "_infer",
        "_inferring",
        "_name",
        "confidence",
        "fold",
        "index",
        "inputs",
        "kind",
        "network",
        "number",
        "origin",
        "outputs",
        "params",
        "position",
    )

    def __init__(
        self,
        network: Network,
        kind: LayerKind,
        inputs: Sequence[Tensor | None],
        dtypes: Sequence[str],
        *,
        params: LayerParams | None = None,
        infer: Callable[[Layer], Sequence[Shape]] | None = None,
        fold: Callable[[Layer], Any] | None = None,
        origin: Origin | None = None,
    ) -> None:
        self.network = network
        self.kind = kind
        self.index = len(network.layers)
        self.number = self.index + network.uncounted
        self.params: LayerParams = params if params is not None else {}
        self.origin = origin
        self.confidence = Confidence.EXACT
        self._name: str | None = None
        self._infer = infer
        self.fold = fold
        self._inferring = False
        self.inputs: list[Tensor | None] = list(inputs)
        for tensor in inputs:
            if tensor is not None:
                tensor.consumers.append(self)
        self.outputs = [
            Tensor(layer=self, output_index=i, dtype=dtype) for i, dtype in enumerate(dtypes)
        ]
        self.position = network.count_for_origin(origin, kind)
        network.layers.append(self)

    @property
    def name(self) -> str:
        """The name TensorRT prints: the one set, else ``(Unnamed Layer* I) [Kind]``."""
        return self._name if self._name is not None else self.default_name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def default_name(self) -> str:
        """The name TensorRT gave when the layer was added."""
        label = self.network.labels.get(self.kind, self.kind.value)
        return default_layer_name(self.number, label)

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.outputs[0]

    def input_at(self, index: int) -> Tensor | None:
        """Input ``index``, ``None`` where the layer has none or it is absent."""
        return self.inputs[index] if index < len(self.inputs) else None

    def default_tensor_name(self, output: int) -> str:
        """Name of an output nobody named, under the network's naming scheme."""
        scheme = self.network.naming
        base = self.default_name if scheme is NamingScheme.LAYER_NUMBER else self.name
        return base + output_suffix(scheme, self.kind, output, len(self.outputs))

    def set_input(self, index: int, tensor: Tensor) -> None:
        """Set input ``index`` (TensorRT's ``setInput``); shapes are inferred again."""
        while len(self.inputs) <= index:
            self.inputs.append(None)
        previous = self.inputs[index]
        if previous is not None and self in previous.consumers:
            previous.consumers.remove(self)
        self.inputs[index] = tensor
        tensor.consumers.append(self)
        self.invalidate()

    def set_params(self, **params: Any) -> None:
        """Set parameters; shapes are inferred again."""
        self.params.update(cast("LayerParams", params))
        self.invalidate()

    def invalidate(self) -> None:
        """Forget inferred shapes and values of the outputs."""
        if self._infer is not None:
            for tensor in self.outputs:
                tensor.shape = None
                tensor.values = None

    def infer_shapes(self) -> None:
        """Fill the outputs' shapes from the inputs'."""
        if self._infer is None or self._inferring:
            return
        self._inferring = True
        try:
            for before in self._far_uninferred():
                with contextlib.suppress(
                    LookupError, SetrangeError
                ):  # who needs it raises again
                    before.infer_shapes()
            for tensor, shape in zip(self.outputs, self._infer(self), strict=True):
                tensor.shape = self.network.with_free_dims(tensor, shape)
        finally:
            self._inferring = False

    def _far_uninferred(self) -> list[Layer]:
        """Layers far before this one whose shapes are to be inferred first, in that order.

        Each shape is inferred from those before it, and Python nests a thousand calls at most.
        """
        found: dict[Layer, None] = {}
        waiting = [self]
        while waiting:
            for tensor in waiting.pop().inputs:
                if tensor is None or not tensor.is_uninferred:
                    continue
                assert tensor.layer is not None
                if tensor.layer not in found:
                    found[tensor.layer] = None
                    waiting.append(tensor.layer)
        return list(found)[_NESTED:][::-1]

    def portable_key(self, output: int = 0) -> str:
        """Portable key of output ``output`` if no ONNX value names it."""
        value = self.origin.value if self.origin is not None else ""
        return portable_key(value, self.kind, self.position, output)

    def __repr__(self) -> str:
        return f"Layer({self.index}, {self.kind.value}, {self.name!r})"


@dataclass(slots=True, kw_only=True, eq=False)
class Network:
    """TensorRT's network for one model and one parser profile.

    Attributes:
        trt: TensorRT release as the user named it, e.g. ``"8.6"``.
        profile: Parser profile that named the tensors, e.g. ``"8.6"``.
        naming: How tensors nobody named are called.
        model: What to show as the model (its path as given).
        findings: Remarks of the producer (unknown ops, assumptions).
        annotations: Ranges that the model file itself sets, by tensor name.
        aliases: Tensor by ONNX value, for values that share a tensor named after another.
        labels: What this release prints between brackets, for kinds where it is not the label.
        atoms: What is known of dimensions that are unknown until run time.
        uncounted: Numbers that TensorRT gave to what is no layer here.
        dimension_names: Name of an input -> the names of its dimensions (empty for none), where
            this release takes dimensions of one name for one size.
    """

    trt: str
    profile: str
    naming: NamingScheme
    model: str = ""
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    annotations: dict[str, tuple[float, float]] = field(default_factory=dict)
    aliases: dict[str, Tensor] = field(default_factory=dict)
    labels: Mapping[LayerKind, str] = field(default_factory=dict)
    dimension_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    uncounted: int = 0
    confidence: Confidence = Confidence.EXACT
    atoms: Atoms = field(default_factory=Atoms, repr=False)
    _counts: dict[tuple[int, LayerKind], int] = field(default_factory=dict)

    def count_for_origin(self, origin: Origin | None, kind: LayerKind) -> int:
        """Return how many layers of ``kind`` this node has made so far, and count one more."""
        slot = (id(origin), kind)
        position = self._counts.get(slot, 0)
        self._counts[slot] = position + 1
        return position

    def with_free_dims(self, tensor: Tensor, shape: Shape) -> Shape:
        """Return ``shape`` with an expression of its own for each unknown dimension."""
        if -1 not in shape:
            return shape
        return tuple(
            self.atoms.dim(("dimension", id(tensor), i), is_size=True)
            if d == -1 and not isinstance(d, FreeDim)
            else d
            for i, d in enumerate(shape)
        )

    def tensors(self) -> Iterator[Tensor]:
        """All tensors: network inputs, then each layer's outputs, in network order."""
        yield from self.inputs
        for layer in self.layers:
            yield from layer.outputs

    def float_tensors(self) -> Iterator[Tensor]:
        """The tensors a range makes sense for: float, and not used as dimensions."""
        return (t for t in self.tensors() if t.needs_range)

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``inspect --json`` object."""
        return {
            "setrange": 1,
            "model": self.model,
            "trt": self.trt,
            "profile": self.profile,
            "confidence": self.confidence.label,
            "inputs": [
                {"name": t.name, "shape": list(t.shape), "dtype": t.dtype} for t in self.inputs
            ],
            "layers": [_layer_to_dict(layer) for layer in self.layers],
            "outputs": [t.name for t in self.outputs],
        }


def _layer_to_dict(layer: Layer) -> dict[str, Any]:
    return {
        "index": layer.index,
        "kind": layer.kind.value,
        "name": layer.name,
        "node": layer.origin.node if layer.origin is not None else "",
        "inputs": ["" if t is None else t.name for t in layer.inputs],
        "outputs": [
            {"name": t.name, "shape": list(t.shape), "dtype": t.dtype, "key": t.key}
            for t in layer.outputs
        ],
    }
