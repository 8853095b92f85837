# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What each parser version does everywhere, as named fields.

What a single op does differently is a second registration with ``since=`` instead. Op
modules read fields of the profile; they never compare versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from setrange.network.kinds import LayerKind
from setrange.network.naming import NamingScheme

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Profile", "get_profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile: the rules of one parser version.

    Attributes:
        name: Member of ``versions.PROFILES``.
        naming: How tensors nobody named are called.
        implicit_batch: Shapes lack the batch dimension (6.0).
        names_layers: Layers made for a node carry the node's name.
        node_label_fallback: Unnamed nodes are called ``node_of_<output>`` (else ``""``).
        label_fallback_ops: Ops for which that holds all the same (7.2).
        keeps_empty_names: A layer named after a node without a name is called ``""``.
        names_constants: Constant layers carry the initializer's name.
        shares_constants: One Constant layer per initializer, whoever uses it.
        names_helper_layers: Helper layers are called ``ONNXTRT_...``.
        names_inner_layers: Layers inside an op's own arithmetic are named after the node, too.
        names_temporaries: Temporary weights take names ``tmp_weight[_N]`` from the counter.
        ranked_factors: Gemm's alpha and beta are constants of the operand's rank (else 0-D).
        refittable_weight: What temporary weights that can be refitted are called, by a counter
            of their own.
        names_fill_values: The value that ConstantOfShape repeats is such a weight.
        shared_suffix_counter: One counter makes all names unique (else one per name).
        unique_weight_names: Weights carry the unique name even in the main graph (7.2).
        scoped_names: Subgraphs have name scopes; a duplicate name is refused.
        native_int64: INT64 stays INT64 (else it becomes INT32).
        uint8_weights_as_int32: UINT8 initializers become INT32 on loading.
        native_bool_constants: Constant layers may be BOOL (else INT32 and a cast).
        cast_layers: A cast is a Cast layer (else Identity with an output type).
        skips_identity_transposes: A transpose that moves nothing makes no layer (8.0 to 8.4).
        squeeze_layers: Squeeze and Unsqueeze are layers of their own (else Shuffle).
        float_shape_tensors: Shape tensors may be float.
        empty_operand_shortcut: Shape arithmetic returns early for empty operands.
        eager_shapes: An unknown shape is a Shape layer at once; shape tensors are known whole
            or not at all (7.0).
        removes_shape_casts: Casts of known integers are taken back in the end (to 8.2).
        bool_shape_tensors: Known booleans may stay BOOL (7.1 on).
        reserves_initializer_inputs: An input that is an initializer too takes the name first.
        checks_dims: Dimensions are checked against their bounds before a layer is added.
        negative_slice_starts: Slices may start before the tensor's first element.
        makes_scalars_vectors: A known scalar really becomes a vector where one is needed.
        skip_empty_outputs: ``""`` does not count as an output name.
        exact_output_count: A node must have as many outputs as the importer makes.
        limits_nesting: Deeply nested subgraphs are refused.
        plugins_before_functions: A plugin of a local function's name is taken instead.
        plugin_domain_namespace: Plugins are also looked up under the node's domain.
        names_first_layer: The first layer a node adds is named after it, no other (7.0).
        asserts_named_dims: Inputs whose dimensions share a name make Assertion layers.
        outputs_must_be_tensors: A graph output must not be a constant.
        ai_onnx_alias: A model may call ONNX's own domain ``ai.onnx`` beside others.
        empty_weights: A tensor without values becomes weights without dimensions.
        missing_dimension: What an input's dimension without a value or a name is.
        empty_inputs: Inputs may have dimensions of 0.
        external_data: Weights may be in files beside the model.
        checks_uint8: UINT8 is refused between nodes.
        accumulates_graph_outputs: Outputs of all graphs seen so far may be UINT8 (10.x).
        converts_uint8_inputs: UINT8 weights become INT32 where a node uses them (10.10 on).
        caffe_padding: auto_pad knows Caffe's modes, and SAME_* ignores pads (else refuses).
        elementwise_before_opset_7: Elementwise operands of equal rank pass there too.
        equal_takes_bool: Equal takes BOOL inputs.
        unary_needs_vector: A scalar becomes a vector before a Unary layer, and a scalar after.
        zero_tensors: How zeros like a tensor are made: ``typed`` constant times the tensor,
            ``cast`` constant times the tensor, or the constant repeated by a ``slice``.
        reduces_as_opset_18: Reduce* ops read axes inputs and noop_with_empty_axes.
        integer_unary: Unary ops on INT32 -> ``native``, ``cast`` (through FLOAT) or ``sub``
            (0 - x); absent = refused.
        strongly_typed: Networks are strongly typed unless something else is asked for.
        checks_layers: Layers refuse what NVIDIA's library is known to refuse: element types,
            ranks, floats as dimensions.
        grid_sample_ranks: Ranks of tensors that GridSample takes (where layers are checked).
        pow_takes_integers: Pow takes operands of an integer type.
        labels: What is printed between the brackets of a default layer name, where it is not
            the kind's label.
        dtypes: ONNX element type -> TensorRT element type; absent = refused.
        weight_dtypes: ONNX element types an initializer may have.
    """

    name: str
    naming: NamingScheme = NamingScheme.LAYER_NUMBER
    implicit_batch: bool = False
    names_layers: bool = True
    node_label_fallback: bool = True
    label_fallback_ops: frozenset[str] = frozenset()
    keeps_empty_names: bool = False
    names_constants: bool = True
    shares_constants: bool = True
    names_helper_layers: bool = False
    names_inner_layers: bool = False
    names_temporaries: bool = True
    ranked_factors: bool = False
    refittable_weight: str = "tmp_batch_norm_weight"
    names_fill_values: bool = False
    shared_suffix_counter: bool = True
    unique_weight_names: bool = False
    scoped_names: bool = True
    native_int64: bool = False
    uint8_weights_as_int32: bool = True
    native_bool_constants: bool = True
    cast_layers: bool = False
    skips_identity_transposes: bool = False
    squeeze_layers: bool = False
    float_shape_tensors: bool = True
    empty_operand_shortcut: bool = True
    eager_shapes: bool = False
    removes_shape_casts: bool = False
    bool_shape_tensors: bool = True
    reserves_initializer_inputs: bool = True
    checks_dims: bool = True
    negative_slice_starts: bool = False
    makes_scalars_vectors: bool = True
    skip_empty_outputs: bool = False
    exact_output_count: bool = False
    limits_nesting: bool = False
    plugins_before_functions: bool = False
    plugin_domain_namespace: bool = False
    names_first_layer: bool = False
    asserts_named_dims: bool = False
    outputs_must_be_tensors: bool = False
    ai_onnx_alias: bool = True
    empty_weights: bool = False
    missing_dimension: int = -1
    empty_inputs: bool = True
    external_data: bool = True
    checks_uint8: bool = True
    accumulates_graph_outputs: bool = False
    converts_uint8_inputs: bool = False
    caffe_padding: bool = True
    elementwise_before_opset_7: bool = True
    equal_takes_bool: bool = True
    unary_needs_vector: bool = False
    zero_tensors: str = "cast"
    reduces_as_opset_18: bool = False
    strongly_typed: bool = False
    checks_layers: bool = False
    grid_sample_ranks: frozenset[int] = frozenset({4})
    pow_takes_integers: bool = False
    labels: Mapping[LayerKind, str] = field(default_factory=dict)
    integer_unary: Mapping[str, str]
    dtypes: Mapping[str, str]
    weight_dtypes: frozenset[str]


_NATIVE_ABS = {"abs": "native", "neg": "sub"}

_OLD_DTYPES = {
    "float32": "float32",
    "int8": "int8",
    "float16": "float16",
    "bool": "bool",
    "int32": "int32",
    "int64": "int32",
    "float64": "float32",
}
_DTYPES_70 = {onnx: trt for onnx, trt in _OLD_DTYPES.items() if onnx != "float64"}
_DTYPES_85 = {**_OLD_DTYPES, "uint8": "uint8"}
_DTYPES_10 = {
    **_DTYPES_85,
    "int64": "int64",
    "bf16": "bf16",
    "fp8": "fp8",
    "int4": "int4",
}

_WEIGHTS_70 = frozenset({"float32", "float16", "int32", "int64", "int8", "bool"})
_WEIGHTS_72 = _WEIGHTS_70 | {"float64"}
_WEIGHTS_80 = _WEIGHTS_72 | {"uint8"}
_WEIGHTS_101 = _WEIGHTS_80 | {"bf16", "fp8", "int4"}

_FALLBACK_72 = frozenset(
    {"BatchNormalization", "Celu", "Conv", "ConvTranspose", "Gather", "GatherElements"}
    | {"LpNormalization", "LpPool", "MatMul", "Resize"}
)

_P86 = Profile(
    name="8.6", dtypes=_DTYPES_85, weight_dtypes=_WEIGHTS_80, integer_unary=_NATIVE_ABS
)
_P85 = replace(_P86, name="8.5", checks_uint8=False, unary_needs_vector=True)
_P84 = replace(
    _P85,
    name="8.4",
    dtypes=_OLD_DTYPES,
    native_bool_constants=False,
    empty_operand_shortcut=False,
    skips_identity_transposes=True,
    asserts_named_dims=True,
    equal_takes_bool=False,
    integer_unary={"abs": "cast", "neg": "sub"},
)
_P82 = replace(
    _P84,
    name="8.2",
    shares_constants=False,
    names_temporaries=False,
    scoped_names=False,
    float_shape_tensors=False,
    removes_shape_casts=True,
    ai_onnx_alias=False,
    empty_weights=True,
)
_P80 = replace(
    _P82,
    name="8.0",
    asserts_named_dims=False,
    zero_tensors="typed",
)
_P72 = replace(
    _P80,
    name="7.2",
    node_label_fallback=False,
    label_fallback_ops=_FALLBACK_72,
    unique_weight_names=True,
    reserves_initializer_inputs=False,
    uint8_weights_as_int32=False,
    checks_dims=False,
    makes_scalars_vectors=False,
    skips_identity_transposes=False,
    integer_unary={},
    weight_dtypes=_WEIGHTS_72,
)
_P71 = replace(
    _P72,
    name="7.1",
    names_constants=False,
    reserves_initializer_inputs=True,
    label_fallback_ops=frozenset(),
    keeps_empty_names=True,
    outputs_must_be_tensors=True,
    dtypes=_DTYPES_70,
    weight_dtypes=_WEIGHTS_70,
)
_P70 = replace(
    _P71,
    name="7.0",
    shared_suffix_counter=False,
    keeps_empty_names=False,
    names_layers=False,
    names_first_layer=True,
    empty_inputs=False,
    external_data=False,
    eager_shapes=True,
    bool_shape_tensors=False,
    makes_scalars_vectors=True,
)
_P60 = replace(
    _P70,
    name="6.0",
    implicit_batch=True,
    names_first_layer=False,
    dtypes={
        "float32": "float32",
        "int8": "int8",
        "float16": "float16",
        "int32": "int32",
        "int64": "int32",
    },
)
_P101 = replace(
    _P86,
    name="10.1",
    naming=NamingScheme.LAYER_NAME,
    keeps_empty_names=True,
    names_helper_layers=True,
    native_int64=True,
    cast_layers=True,
    caffe_padding=False,
    limits_nesting=True,
    accumulates_graph_outputs=True,
    elementwise_before_opset_7=False,
    reduces_as_opset_18=True,
    integer_unary={**_NATIVE_ABS, "sign": "native"},
    dtypes=_DTYPES_10,
    weight_dtypes=_WEIGHTS_101,
)
_P103 = replace(_P101, name="10.3", zero_tensors="slice")
_P104 = replace(_P103, name="10.4", negative_slice_starts=True)
_P105 = replace(_P104, name="10.5")
_P106 = replace(_P105, name="10.6", skip_empty_outputs=True, exact_output_count=True)
_P107 = replace(
    _P106,
    name="10.7",
    squeeze_layers=True,
    plugins_before_functions=True,
)
_P1010 = replace(
    _P107,
    name="10.10",
    uint8_weights_as_int32=False,
    converts_uint8_inputs=True,
    plugin_domain_namespace=True,
    dtypes={**_DTYPES_10, "fp4": "fp4"},
    weight_dtypes=_WEIGHTS_101 | {"fp4"},
)
_P1014 = replace(
    _P1010, name="10.14", refittable_weight="tmp_refittable_weight", names_fill_values=True
)
_P1015 = replace(_P1014, name="10.15", ranked_factors=True)
_P1016 = replace(
    _P1015,
    name="10.16",
    names_inner_layers=True,
    strongly_typed=True,
    checks_layers=True,
    pow_takes_integers=True,
    labels={LayerKind.CONDITION: "IfCondition", LayerKind.TRIP_LIMIT: "TripLimit"},
)
_P110 = replace(_P1016, name="11.0")
_P112 = replace(_P110, name="11.2", grid_sample_ranks=frozenset({4, 5}))
_P114 = replace(_P112, name="11.4")

_PROFILES = {
    p.name: p
    for p in (
        _P60, _P70, _P71, _P72, _P80, _P82, _P84, _P85, _P86, _P101, _P103, _P104, _P105, _P106,
        _P107, _P1010, _P1014, _P1015, _P1016, _P110, _P112, _P114,
    )
}  # fmt: skip


def get_profile(name: str) -> Profile:
    """Return the profile of that name (a member of ``versions.PROFILES``)."""
    return _PROFILES[name]
