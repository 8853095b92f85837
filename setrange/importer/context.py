# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The state of one import: values by name, unique names, scopes, the network.

Method names follow onnx/onnx-tensorrt's ImporterContext, so that an importer can be read
side by side with the source.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setrange.findings import Finding
from setrange.importer.builder import NetworkBuilder
from setrange.importer.rejections import refuse
from setrange.model.constants import weights_from_tensor
from setrange.model.external import has_raw_data, is_external
from setrange.model.weights import Weights
from setrange.network import MAX_DIMS, Confidence, Layer, LayerKind, Network, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt
    from onnx import AttributeProto, FunctionProto, TensorProto

    from setrange.importer.made_names import MadeNames
    from setrange.importer.profiles import Profile
    from setrange.importer.value import Value
    from setrange.model.loading import Model
    from setrange.model.node import Node

_ABSENT: Final = object()

#: What the parser knows of where external data is; another key is refused.
_EXTERNAL_KEYS: Final = frozenset({"location", "offset", "length", "checksum"})

#: Elements of the largest constant that the parser makes up: what INT32 counts.
MAX_COMPUTED: Final = 2**31 - 1

#: Depth of calls of local functions. A name can stand for an op in one parser profile and for
#: a function that calls itself in another.
MAX_CALLS: Final = 64

#: Types that TensorProto keeps in int32_data, one value per element.
_PACKED = ("float16", "bool", "int8")


class ImporterContext:
    """The state of an import that the importers of ops work on."""

    def __init__(self, model: Model, profile: Profile, network: Network) -> None:
        self.model = model
        self.profile = profile
        self.network = network
        index_dtype = "int64" if profile.native_int64 else "int32"
        #: Adds layers to the network.
        self.net = NetworkBuilder(network, index_dtype=index_dtype, trt_dtype=self.trt_dtype)
        #: ONNX value name -> tensor, weights, or ``None`` (reserved or absent).
        self.values: dict[str, Value] = {}
        #: The node being imported (the innermost one inside subgraphs), if any.
        self.current: Node | None = None
        self.inputs: list[Value] = []  #: What that node's inputs stand for.
        self.functions: dict[str, FunctionProto] = {}  #: Local functions by name.
        #: What attribute references stand for, innermost last.
        self.attribute_scopes: list[Mapping[str, AttributeProto]] = []
        self.graph_outputs: frozenset[str] = frozenset()  #: Names that may be UINT8.
        self.native_instance_norm = False  #: The parser flag (trtexec sets it on 8.x).
        self.plugins: frozenset[str] = frozenset()  #: Ops that a plugin of the user provides.
        self.opaque: frozenset[str] = frozenset()  #: Those taken whatever the parser says.
        self.strongly_typed = profile.strongly_typed  #: Types are those of the model.
        #: Names that the parser is to make, where the import ends at the first other.
        self.expected: MadeNames | None = None
        #: Tensors that have been followed back as dimensions (``layer_checks``).
        self.followed: set[int] = set()
        self._tensor_names: dict[str, int] = {}
        self._layer_names: dict[str, int] = {}
        self._refittable_names: dict[str, int] = {}
        self._suffix = 0
        self._refittable_suffix = 0
        self._constant_layers: dict[str, Layer] = {}
        self._scopes: list[dict[str, Any]] = []

    @property
    def node(self) -> Node:
        """The node being imported (the innermost one inside subgraphs)."""
        if self.current is None:
            raise RuntimeError("no node is being imported")
        return self.current

    # -- versions -----------------------------------------------------------------------

    @property
    def opset(self) -> int:
        """Opset of ONNX's own domain; refuses a model that imports others only.

        Source: onnx/onnx-tensorrt 7.0 to 10.10: ImporterContext::getOpsetVersion.
        """
        opsets = self.model.opsets
        if not opsets:
            return 1
        if len(opsets) == 1:
            return next(iter(opsets.values()))
        version = opsets.get("")
        if version is None and self.profile.ai_onnx_alias:
            version = opsets.get("ai.onnx")
        if version is None:
            refuse(f"the model imports no opset of ONNX's own domain, only {sorted(opsets)}")
        return version

    def trt_dtype(self, dtype: str) -> str:
        """Return TensorRT's element type for ONNX's; refuses types TensorRT lacks."""
        found = self.profile.dtypes.get(dtype)
        if found is None:
            refuse(f"element type {dtype} has no TensorRT counterpart")
        return found

    # -- names --------------------------------------------------------------------------

    def _unique(self, names: dict[str, int], base: str) -> str:
        """Make a name unique; names and suffixes as ``generateUniqueName``."""
        if not self.profile.shared_suffix_counter:
            used = names.get(base, 0)
            names[base] = used + 1
            return f"{base}_{used}" if used else base
        candidate = base
        while candidate in names:
            candidate = f"{base}_{self._suffix}"
            self._suffix += 1
        names[candidate] = 1
        return candidate

    def register_tensor(self, value: Value, base: str, *, check_unique: bool = False) -> None:
        """Bind an ONNX value name, naming the tensor or weights after it.

        Source: onnx/onnx-tensorrt 7.0 to 10.10: ImporterContext::registerTensor.
        """
        unique = self._unique(self._tensor_names, base)
        if isinstance(value, Tensor):
            value.name = unique
            value.onnx_value = base
        elif isinstance(value, Weights):
            value = self._named_weights(value, unique, base)
        key = unique if check_unique else base
        if self.profile.scoped_names:
            self._bind(key, value)
        else:
            self.values[key] = value

    def _named_weights(self, weights: Weights, unique: str, base: str) -> Weights:
        if not weights.count:
            return weights  # no values, no name
        if not self.profile.native_int64 and weights.dtype == "int64":
            weights = self._converted(weights, "int32")
        if not self.profile.names_constants:
            return weights
        scoped = self.profile.scoped_names and self._scopes
        return weights.renamed(unique if scoped or self.profile.unique_weight_names else base)

    def _bind(self, key: str, value: Value) -> None:
        previous = self.values.get(key, _ABSENT)
        if self._scopes:
            duplicate = key in self._scopes[-1]
            if not duplicate:
                self._scopes[-1][key] = previous
        else:
            duplicate = previous is not _ABSENT and previous is not None
        if duplicate:
            refuse(f"two tensors are called {key!r}; ONNX names must be unique")
        self.values[key] = value

    @contextmanager
    def name_scope(self) -> Iterator[None]:
        """A subgraph's scope: names bound inside are restored on leaving (8.4 on)."""
        self._scopes.append({})
        try:
            yield
        finally:
            for key, previous in self._scopes.pop().items():
                if previous is _ABSENT:
                    self.values.pop(key, None)
                else:
                    self.values[key] = previous

    @property
    def nested_depth(self) -> int:
        """How many name scopes are open."""
        return len(self._scopes)

    @contextmanager
    def attribute_scope(self, attributes: Mapping[str, AttributeProto]) -> Iterator[None]:
        """Inside a local function: what its nodes' attribute references stand for."""
        if len(self.attribute_scopes) >= MAX_CALLS:
            refuse(f"local functions call each other more than {MAX_CALLS} deep")
        self.attribute_scopes.append(attributes)
        try:
            yield
        finally:
            self.attribute_scopes.pop()

    def register_layer(self, layer: Layer) -> Layer:
        """Name a layer after its node; does nothing where the parser names no layers.

        Source: onnx/onnx-tensorrt 7.0 to 10.10: ImporterContext::registerLayer.
        """
        node, profile = self.node, self.profile
        if not profile.names_layers:
            return layer
        fallback = profile.node_label_fallback or node.op in profile.label_fallback_ops
        return self.name_layer(layer, node.label if fallback else node.name)

    def register_inner(self, layer: Layer) -> Layer:
        """Name a layer of an op's own arithmetic after the node (10.16 on; else no name)."""
        return self.register_layer(layer) if self.profile.names_inner_layers else layer

    def register_helper(self, layer: Layer, name: str) -> Layer:
        """Name a layer the parser needs for itself ``ONNXTRT_...`` (10.x; else no name)."""
        if self.profile.names_helper_layers:
            self.name_layer(layer, name)
        return layer

    def register_attention(self, first: Layer, last: Layer) -> None:
        """Name the two layers of an attention after the node, both with the same number."""
        base = self._unique(self._layer_names, self.node.label)
        first.name, last.name = f"{base}_AttentionInput", f"{base}_AttentionOutput"

    def name_layer(self, layer: Layer, name: str) -> Layer:
        """Give a layer a unique name."""
        if not name and not self.profile.keeps_empty_names:
            name = layer.default_name
        layer.name = self._unique(self._layer_names, name)
        if layer.kind is LayerKind.CONSTANT:
            self._constant_layers.setdefault(layer.name, layer)
        return layer

    def reserve_temporary_name(self) -> str | None:
        """Take the name of a temporary weight from the counter (8.4 on), as the parser does."""
        if not self.profile.names_temporaries:
            return None
        return self._unique(self._tensor_names, "tmp_weight")

    def reserve_refittable_name(self) -> str:
        """Take the name of a temporary weight that can be refitted; they count apart (10.x)."""
        base = self.profile.refittable_weight
        candidate = base
        while candidate in self._refittable_names:
            candidate = f"{base}_{self._refittable_suffix}"
            self._refittable_suffix += 1
        self._refittable_names[candidate] = 1
        return candidate

    # -- constants ----------------------------------------------------------------------

    def weights(self, tensor: TensorProto, name: str | None = None) -> Weights:
        """Wrap an ONNX tensor as unnamed weights, in the types this parser keeps.

        Up to 8.6 every conversion makes a temporary, and temporaries take names (8.4 on).

        Source: onnx/onnx-tensorrt 8.6-GA: onnx2trt_utils.cpp, convertOnnxWeights;
        10.10: WeightsContext.cpp.
        """
        if self.profile.empty_weights and not _has_values(tensor, self.profile.external_data):
            return Weights.empty(name or tensor.name or None)
        if name is None:
            weights = self.model.weights(tensor)
        else:
            weights = weights_from_tensor(tensor, self.model.base, name).renamed(None)
        what = f"initializer {tensor.name!r} has"
        known = weights.dtype in self.profile.weight_dtypes
        if not known:
            refuse(f"{what} unsupported type {weights.dtype}")
        if weights.rank > MAX_DIMS:
            refuse(f"{what} more than {MAX_DIMS} dimensions")
        external = is_external(tensor)
        if external:
            unknown = {entry.key for entry in tensor.external_data} - _EXTERNAL_KEYS
            if unknown:
                refuse(f"{what} unknown external data keys {sorted(unknown)}")
        if weights.dtype == "float64":
            weights = self._converted(weights, "float32")
        elif weights.dtype == "int64" and not self.profile.native_int64:
            weights = self._converted(weights, "int32")
        elif weights.dtype == "uint8" and self.profile.uint8_weights_as_int32:
            in_place = not external and len(tensor.int32_data) > 0
            weights = self._converted(weights, "int32", in_place=in_place)
        elif weights.dtype in _PACKED and not external and not has_raw_data(tensor):
            self._reserve_converted()
        if external:
            self._reserve_converted()
        return weights

    def _converted(self, weights: Weights, dtype: str, *, in_place: bool = False) -> Weights:
        """Weights in another type, integers clamped; made in a temporary if there are any."""
        if weights.count and not in_place:
            self._reserve_converted()
        return weights.converted(dtype)

    def _reserve_converted(self) -> None:
        # 10.x keeps converted weights without a name.
        if not self.profile.names_helper_layers:
            self.reserve_temporary_name()

    def temporary(
        self, values: npt.ArrayLike, dtype: str, shape: Sequence[int] | None = None
    ) -> Weights:
        """Weights the parser computes; they take a temporary name from the counter (8.4 on)."""
        array: npt.NDArray[Any] = np.asarray(values)
        dims = tuple(array.shape) if shape is None else tuple(shape)
        return Weights(dtype, dims, lambda: array, name=self.reserve_temporary_name())

    def repeated(self, value: float, dtype: str, shape: Sequence[int]) -> Weights:
        """A temporary of one value in every element; it takes no memory, whatever its shape."""
        if math.prod(shape) > MAX_COMPUTED:
            refuse(f"a constant of shape {list(shape)} is too large")
        return self.temporary(np.broadcast_to(np.asarray(value, dtype), tuple(shape)), dtype)

    def add_constant(self, values: npt.ArrayLike, dtype: str, shape: Sequence[int]) -> Tensor:
        """Add an unregistered Constant layer of values the parser makes up.

        Source: onnx/onnx-tensorrt 8.6-GA: onnx2trt_utils.hpp, addConstant.
        """
        return self.net.add_constant(self.temporary(values, dtype, shape)).output

    def constant_layer(self, name: str | None) -> Layer | None:
        """Return the Constant layer of that name, which every use shares (8.4 on)."""
        if name is None or not self.profile.shares_constants:
            return None
        return self._constant_layers.get(name)

    def to_tensor(self, value: Value) -> Tensor:
        """Return the tensor, adding a Constant layer for weights.

        Source: onnx/onnx-tensorrt 7.0 to 10.10: convertToTensor.
        """
        if isinstance(value, Tensor):
            return value
        if value is None:
            refuse("a required input is absent")
        name = value.name
        shared = self.constant_layer(name)
        if shared is not None:
            return shared.output
        if value.dtype == "bool" and not self.profile.native_bool_constants:
            self.reserve_temporary_name()
            layer = self.net.add_constant(value.converted("int32").renamed(None))
            return self.net.add_identity(layer.output, "bool").output
        layer = self.net.add_constant(value)
        if name is not None and self.profile.names_constants:
            self.name_layer(layer, name)
        return layer.output

    # -- honesty ------------------------------------------------------------------------

    def assume(self, layer: Layer | None = None) -> None:
        """Mark a prediction that rests on a default branch."""
        if layer is not None:
            layer.confidence = Confidence.ASSUMED
        self.network.confidence = max(self.network.confidence, Confidence.ASSUMED)

    def assume_embedded_weights(self) -> None:
        """Predict a model with external data as if its weights were inside (6.0)."""
        if any(finding.code == "SR302" for finding in self.network.findings):
            return
        self.network.findings.append(
            Finding(
                code="SR302",
                message=f"TensorRT {self.network.trt}'s parser cannot read external data; the "
                "prediction is for the same model with its weights inside the file",
                help="save the model as one file before parsing it with this TensorRT",
            )
        )


def _has_values(tensor: TensorProto, external_data: bool) -> bool:
    """False for a tensor without values (``isOnnxTensorEmpty``, up to 8.2)."""
    if is_external(tensor) and external_data:
        return True
    if has_raw_data(tensor) and math.prod(tensor.dims) > 0:
        return True  # asked for by size: reading the field would copy it
    numbers = (tensor.float_data, tensor.double_data, tensor.int32_data, tensor.int64_data)
    return any(len(values) > 0 for values in (*numbers, tensor.uint64_data, tensor.string_data))
