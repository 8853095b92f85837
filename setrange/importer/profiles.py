# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What each parser version does everywhere, as named fields.

What a single op does differently is a second registration with ``since=`` instead. Op
modules read fields of the profile; they never compare versions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setrange.network.naming import NamingScheme
from setrange.versions import profile_rank

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Profile", "get_profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One parser version.

    Attributes:
        name: Member of ``versions.PROFILES``.
        naming: How tensors nobody named are called.
        implicit_batch: Shapes lack the batch dimension (6.0).
        names_layers: Layers made for a node carry the node's name.
        node_label_fallback: Unnamed nodes are called ``node_of_<output>`` (else ``""``).
        names_constants: Constant layers carry the initializer's name.
        shares_constants: One Constant layer per initializer, whoever uses it.
        names_helper_layers: Helper layers are called ``ONNXTRT_...``.
        names_temporaries: Temporary weights take names ``tmp_weight[_N]`` from the counter.
        shared_suffix_counter: One counter makes all names unique (else one per name).
        unique_weight_names: Weights carry the unique name even in the main graph (7.2).
        scoped_names: Subgraphs have name scopes; a duplicate name is refused.
        native_int64: INT64 stays INT64 (else it becomes INT32).
        uint8_weights_as_int32: UINT8 initializers become INT32 on loading.
        native_bool_constants: Constant layers may be BOOL (else INT32 and a cast).
        cast_layers: A cast is a Cast layer (else Identity with an output type).
        squeeze_layers: Squeeze and Unsqueeze are layers of their own (else Shuffle).
        float_shape_tensors: Shape tensors may be float.
        empty_operand_shortcut: Shape arithmetic returns early for empty operands.
        skip_empty_outputs: ``""`` does not count as an output name.
        exact_output_count: A node must have as many outputs as the importer makes.
        checks_output_count: A node must not have more outputs than the importer makes.
        checks_uint8: UINT8 is refused between nodes.
        converts_uint8_inputs: UINT8 weights become INT32 where a node uses them (10.10 on).
        activation_invalid_types: Input types an Activation refuses.
        dtypes: ONNX element type -> TensorRT element type; absent = refused.
    """

    name: str
    naming: NamingScheme = NamingScheme.LAYER_NUMBER
    implicit_batch: bool = False
    names_layers: bool = True
    node_label_fallback: bool = True
    names_constants: bool = True
    shares_constants: bool = True
    names_helper_layers: bool = False
    names_temporaries: bool = True
    shared_suffix_counter: bool = True
    unique_weight_names: bool = False
    scoped_names: bool = True
    native_int64: bool = False
    uint8_weights_as_int32: bool = True
    native_bool_constants: bool = True
    cast_layers: bool = False
    squeeze_layers: bool = False
    float_shape_tensors: bool = True
    empty_operand_shortcut: bool = True
    skip_empty_outputs: bool = False
    exact_output_count: bool = False
    checks_output_count: bool = True
    checks_uint8: bool = True
    converts_uint8_inputs: bool = False
    activation_invalid_types: tuple[str, ...] = ("INT32", "BOOL", "UINT8")
    dtypes: Mapping[str, str]

    @property
    def rank(self) -> int:
        """Position among the profiles."""
        return profile_rank(self.name)


_OLD_DTYPES = {
    "float32": "float32",
    "int8": "int8",
    "float16": "float16",
    "bool": "bool",
    "int32": "int32",
    "int64": "int32",
    "float64": "float32",
}
_DTYPES_85 = {**_OLD_DTYPES, "uint8": "uint8"}
_DTYPES_10 = {
    **_DTYPES_85,
    "int64": "int64",
    "bf16": "bf16",
    "fp8": "fp8",
    "int4": "int4",
}

_P86 = Profile(name="8.6", dtypes=_DTYPES_85)
_P85 = replace(_P86, name="8.5", checks_output_count=False, checks_uint8=False)
_P84 = replace(_P85, name="8.4", dtypes=_OLD_DTYPES, native_bool_constants=False)
_P82 = replace(
    _P84,
    name="8.2",
    shares_constants=False,
    names_temporaries=False,
    scoped_names=False,
    float_shape_tensors=False,
    empty_operand_shortcut=False,
)
_P80 = replace(_P82, name="8.0")
_P72 = replace(_P80, name="7.2", unique_weight_names=True, uint8_weights_as_int32=False)
_P71 = replace(_P72, name="7.1", names_constants=False, node_label_fallback=False)
_P70 = replace(_P71, name="7.0", shared_suffix_counter=False)
_P60 = replace(
    _P70,
    name="6.0",
    implicit_batch=True,
    names_layers=False,
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
    names_helper_layers=True,
    native_int64=True,
    cast_layers=True,
    skip_empty_outputs=True,
    exact_output_count=True,
    dtypes=_DTYPES_10,
)
_P103 = replace(_P101, name="10.3")
_P107 = replace(_P103, name="10.7", squeeze_layers=True)
_P1010 = replace(_P107, name="10.10", uint8_weights_as_int32=False, converts_uint8_inputs=True)

_PROFILES = {
    p.name: p
    for p in (
        _P60, _P70, _P71, _P72, _P80, _P82, _P84, _P85, _P86, _P101, _P103, _P107, _P1010,
    )
}  # fmt: skip


def get_profile(name: str) -> Profile:
    """Return the profile of that name (a member of ``versions.PROFILES``)."""
    return _PROFILES[name]
