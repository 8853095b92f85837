# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the parser of each release does for all ops alike, as one column per rule.

Time runs forwards: a column says from which release on which value holds. What a single op
does differently is a registration of that op instead. Op modules read the columns; they never
compare versions.
"""

from __future__ import annotations

import functools
import itertools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from setrange.network.kinds import LayerKind
from setrange.network.naming import NamingScheme
from setrange.versions import PROFILES, profile_rank

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

#: How zeros like a tensor are made: a constant of the tensor's type times the tensor, a FLOAT
#: constant that is cast times the tensor, or a constant that a Slice repeats.
ZeroTensors = Literal["typed", "cast", "slice"]

#: How a Unary operation takes integers: as it is, through FLOAT, or as 0 - x.
IntegerUnary = Literal["native", "cast", "sub"]


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One rule: what holds from which release on, oldest first.

    Attributes:
        values: Release (a member of ``versions.PROFILES``) -> value in force from it on.
        sentence: What the rule says; for a flag, where it is True.
    """

    values: Mapping[str, T]
    sentence: str

    def at(self, release: str) -> T:
        """Return the latest value that is not newer than ``release``."""
        rank = profile_rank(release)
        newest = max((r for r in self.values if profile_rank(r) <= rank), key=profile_rank)
        return self.values[newest]


def by_release(values: Mapping[str, T], sentence: str) -> T:
    """A rule with a value of its own from each of these releases on."""
    return cast("T", Column(values, sentence))


def growing(additions: Mapping[str, T], sentence: str) -> T:
    """A set or table to which each of these releases adds."""
    values: dict[str, T] = dict(
        zip(additions, itertools.accumulate(additions.values(), operator.or_), strict=True)
    )
    return by_release(values, sentence)


def since(first: str, sentence: str, *, before: str | None = None) -> bool:
    """A flag that is True from one release on, or up to the one before another."""
    values = {PROFILES[0]: False, first: True}
    return by_release(values if before is None else {**values, before: False}, sentence)


def before(first: str, sentence: str) -> bool:
    """A flag that is True up to the release before ``first``."""
    return by_release({PROFILES[0]: True, first: False}, sentence)


class Profile:
    """The rules of one release's parser; each is an attribute of that column's value."""

    def __init__(self, name: str) -> None:
        self.name: str
        rules = {key: column.at(name) for key, column in columns().items()}
        vars(self).update(rules, name=name)

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError(f"the rules of a release are facts: {key} cannot be set")

    # -- names of tensors, layers and weights ---------------------------------------------

    naming = by_release(
        {"6.0": NamingScheme.LAYER_NUMBER, "10.1": NamingScheme.LAYER_NAME},
        "How tensors that nobody named are called.",
    )
    names_layers = since("7.1", "Layers made for a node carry the node's name.")
    names_first_layer = since("7.0", "A node's first layer alone takes its name.", before="7.1")
    node_label_fallback = since("8.0", "Nodes without a name are called `node_of_<output>`.")
    label_fallback_ops = by_release(
        {
            "6.0": frozenset[str](),
            "7.2": frozenset(
                {"BatchNormalization", "Celu", "Conv", "ConvTranspose", "Gather"}
                | {"GatherElements", "LpNormalization", "LpPool", "MatMul", "Resize"}
            ),
        },
        "Ops whose nodes are called so all the same, where nodes are not in general.",
    )
    keeps_empty_names = by_release(
        {"6.0": False, "7.1": True, "7.2": False, "10.1": True},
        'A layer named after a node without a name is called "".',
    )
    names_constants = since("7.2", "Constant layers carry the initializer's name.")
    shares_constants = since("8.4", "One Constant layer serves all users of an initializer.")
    names_helper_layers = since("10.1", "Helper layers are called `ONNXTRT_...`.")
    names_inner_layers = since("10.16", "Layers of an op's own arithmetic take its name, too.")
    names_temporaries = since("8.4", "Temporary weights are called `tmp_weight[_N]`.")
    refittable_weight = by_release(
        {"6.0": "tmp_batch_norm_weight", "10.14": "tmp_refittable_weight"},
        "Temporary weights that can be refitted are called this, by a counter of their own.",
    )
    names_fill_values = since("10.14", "ConstantOfShape repeats a weight that can be refitted.")
    shared_suffix_counter = since("7.1", "One counter makes all names unique, not one a name.")
    unique_weight_names = before("8.0", "Weights carry the unique name in the main graph, too.")
    scoped_names = since("8.4", "Subgraphs have name scopes; a duplicate name is refused.")
    reserves_initializer_inputs = by_release(
        {"6.0": True, "7.2": False, "8.0": True},
        "An input that is an initializer, too, takes the name first.",
    )
    labels = growing(
        {
            "6.0": dict[LayerKind, str](),
            "10.16": {LayerKind.CONDITION: "IfCondition", LayerKind.TRIP_LIMIT: "TripLimit"},
        },
        "What a default layer name has between its brackets, where it is not the kind's label.",
    )

    # -- element types --------------------------------------------------------------------

    dtypes = growing(
        {
            "6.0": {
                "float32": "float32",
                "int8": "int8",
                "float16": "float16",
                "int32": "int32",
                "int64": "int32",
            },
            "7.0": {"bool": "bool"},
            "7.2": {"float64": "float32"},
            "8.5": {"uint8": "uint8"},
            "10.1": {"int64": "int64", "bf16": "bf16", "fp8": "fp8", "int4": "int4"},
            "10.10": {"fp4": "fp4"},
        },
        "TensorRT's element type for each of ONNX's; one that is absent is refused.",
    )
    weight_dtypes = growing(
        {
            "6.0": frozenset({"float32", "float16", "int32", "int64", "int8", "bool"}),
            "7.2": {"float64"},
            "8.0": {"uint8"},
            "10.1": {"bf16", "fp8", "int4"},
            "10.10": {"fp4"},
        },
        "The element types of ONNX that an initializer may have.",
    )
    native_int64 = since("10.1", "INT64 stays INT64; it became INT32 before.")
    uint8_weights_as_int32 = since("8.0", "UINT8 weights are loaded as INT32.", before="10.10")
    converts_uint8_inputs = since("10.10", "UINT8 weights become INT32 where a node uses them.")
    checks_uint8 = since("8.6", "UINT8 is refused between nodes.")
    accumulates_graph_outputs = since("10.1", "Outputs of all graphs so far may be UINT8.")
    native_bool_constants = by_release(
        {"6.0": True, "7.0": False, "8.5": True},
        "Constant layers are of type BOOL where that is known, not INT32 with a cast behind.",
    )
    cast_layers = since("10.1", "A cast is a Cast layer; it was an Identity with a type.")
    strongly_typed = since("10.16", "Networks are strongly typed, unless asked otherwise.")

    # -- shapes and shape arithmetic ------------------------------------------------------

    implicit_batch = before("7.0", "Shapes lack the batch dimension.")
    empty_inputs = since("7.1", "Inputs may have dimensions of 0.")
    asserts_named_dims = since(
        "8.2", "Dimensions of one name are asserted equal.", before="8.5"
    )
    ties_named_dims = since("8.2", "Dimensions of one name are one size.")
    eager_shapes = before("7.1", "A shape is known whole, or a Shape layer at once.")
    makes_scalars_vectors = by_release(
        {"6.0": True, "7.1": False, "8.0": True},
        "A known scalar really becomes a vector where one is needed.",
    )
    bool_shape_tensors = since("7.1", "Known booleans may stay BOOL.")
    float_shape_tensors = since("8.4", "Shape tensors may be float.")
    removes_shape_casts = before("8.4", "Casts of known integers are taken back in the end.")
    empty_operand_shortcut = since("8.5", "Shape arithmetic returns early for empty operands.")
    checks_dims = since("8.0", "Dimensions are checked against bounds before a layer is added.")
    negative_slice_starts = since("10.4", "Slices may start before the tensor's first element.")

    # -- layers that several ops make -----------------------------------------------------

    skips_identity_transposes = since(
        "8.0", "A transpose that moves nothing makes no layer.", before="8.5"
    )
    squeeze_layers = since(
        "10.7", "Squeeze and Unsqueeze are layers of their own, no Shuffles."
    )
    zero_tensors: ZeroTensors = by_release(
        {"6.0": "typed", "8.2": "cast", "10.3": "slice"}, "How zeros like a tensor are made."
    )
    ranked_factors = since("10.15", "Gemm's alpha and beta have the operand's rank, not 0.")
    unary_needs_vector = before("8.6", "A Unary layer takes a scalar as a vector.")
    integer_unary: Mapping[str, IntegerUnary] = growing(
        {
            "6.0": {},
            "8.0": {"abs": "cast", "neg": "sub"},
            "8.5": {"abs": "native"},
            "10.1": {"sign": "native"},
        },
        "How Unary operations take integers; one that is absent refuses them.",
    )
    caffe_padding = before("10.1", "Caffe's modes of auto_pad are known; SAME_* ignores pads.")
    elementwise_before_opset_7 = before("10.1", "Operands of equal rank pass in any opset.")
    equal_takes_bool = since("8.5", "Equal takes BOOL inputs.")
    pow_takes_integers = since("10.16", "Pow takes operands of an integer type.")
    reduces_as_opset_18 = since("10.1", "Reduce ops read axes inputs and noop_with_empty_axes.")
    checks_layers = since("10.16", "Layers refuse what NVIDIA's library is known to refuse.")
    grid_sample_ranks = growing(
        {"6.0": frozenset({4}), "11.2": {5}},
        "Ranks of tensors that GridSample takes, where layers are checked.",
    )

    # -- the model as a whole -------------------------------------------------------------

    ai_onnx_alias = since("8.4", "A model may call ONNX's own domain `ai.onnx`, beside others.")
    external_data = since("7.1", "Weights may be in files beside the model.")
    empty_weights = before("8.4", "A tensor without values becomes weights without dimensions.")
    outputs_must_be_tensors = before("7.2", "A graph output must not be a constant.")
    skip_empty_outputs = since("10.6", 'The output name "" does not count as a name.')
    exact_output_count = since("10.6", "A node has just the outputs that its importer makes.")
    limits_nesting = since("10.1", "Deeply nested subgraphs are refused.")
    plugins_before_functions = since(
        "10.7", "A plugin goes before a local function of its name."
    )
    plugin_domain_namespace = since(
        "10.10", "Plugins are looked up under the node's domain, too."
    )


@functools.cache
def columns() -> dict[str, Column[Any]]:
    """All rules by name."""
    return {key: rule for key, rule in vars(Profile).items() if isinstance(rule, Column)}


@functools.cache
def get_profile(name: str) -> Profile:
    """Return the profile of that name (a member of ``versions.PROFILES``)."""
    return Profile(name)
