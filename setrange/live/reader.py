# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""An ``INetworkDefinition`` as our ``Network``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.importer.profiles import get_profile
from setrange.live.layer_params import layer_params
from setrange.live.profiles import names_of_dimensions
from setrange.machine.bindings import profile_of
from setrange.model.types import DataType
from setrange.network import Layer, LayerKind, Network, Tensor
from setrange.network.shape_tensors import mark_shape_tensors

if TYPE_CHECKING:
    from collections.abc import Collection

    from setrange.network.graph import Shape
    from setrange.versions import TrtVersion

__all__ = ["LiveNetwork", "read_network"]

_KINDS = {kind.name: kind for kind in LayerKind} | {"RNN_V2": LayerKind.RNN}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNetwork:
    """A network that TensorRT's parser made.

    Attributes:
        network: The same as our ``Network``.
        tensors: ``ITensor`` behind each of its tensors.
        layers: ``ILayer`` behind each of its layers, in order.
    """

    network: Network
    tensors: dict[Tensor, Any]
    layers: list[Any]


def read_network(
    trt: Any,
    definition: Any,
    version: TrtVersion,
    *,
    model: str = "",
    onnx_values: Collection[str] = frozenset(),
) -> LiveNetwork:
    """Read layers and tensors with their names, types, shapes and constants.

    Args:
        trt: The bindings.
        definition: A parsed ``INetworkDefinition``.
        version: Release of the bindings.
        model: What to show as the model.
        onnx_values: Value names of the model: a tensor of that name carries that value.
    """
    profile = get_profile(profile_of(version))
    network = Network(
        trt=str(version), profile=profile.name, naming=profile.naming, model=model
    )
    live = LiveNetwork(network=network, tensors={}, layers=[])
    # TensorRT insists on unique tensor names, so a name is as good as the pointer.
    by_name: dict[str, Tensor] = {}

    def add(tensor: Tensor, source: Any) -> None:
        tensor.name = source.name
        tensor.dtype = DataType.label_of_trt(source.dtype.name)
        tensor.shape = _shape(source)
        if source.name in onnx_values:
            tensor.onnx_value = source.name
        by_name[source.name] = tensor
        live.tensors[tensor] = source

    for i in range(definition.num_inputs):
        tensor = Tensor()
        network.inputs.append(tensor)
        source = definition.get_input(i)
        add(network.inputs[-1], source)
        network.dimension_names[source.name] = names_of_dimensions(
            source, len(network.inputs[-1].shape)
        )
    for i in range(definition.num_layers):
        source = definition.get_layer(i)
        live.layers.append(source)
        kind = _KINDS.get(source.type.name, LayerKind.UNKNOWN)
        outputs = [source.get_output(k) for k in range(source.num_outputs)]
        layer = Layer(network, kind, [], [""] * len(outputs))
        layer.name = source.name
        for tensor, output in zip(layer.outputs, outputs, strict=True):
            add(tensor, output)
        layer.params.update(layer_params(trt, kind, source, layer))
    _connect(live, by_name)
    for i in range(definition.num_outputs):
        network.outputs.append(by_name[definition.get_output(i).name])
    mark_shape_tensors(network)
    for tensor in network.inputs:
        if not tensor.is_float:  # of these TensorRT itself knows
            tensor.is_shape_tensor = live.tensors[tensor].is_shape_tensor
    return live


def _connect(live: LiveNetwork, by_name: dict[str, Tensor]) -> None:
    """Set the inputs, once all tensors are known: loops refer to later layers."""
    for layer, source in zip(live.network.layers, live.layers, strict=True):
        for i in range(source.num_inputs):
            given = source.get_input(i)
            if given is None:
                layer.inputs.append(None)
            else:
                layer.set_input(i, by_name[given.name])


def _shape(source: Any) -> Shape:
    try:
        return tuple(source.shape)
    except ValueError:  # the bindings' answer for a tensor of unknown rank
        return (-1,)
