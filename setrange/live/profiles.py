# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Optimization profiles: sizes of dynamic inputs, values of inputs that hold dimensions."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from setrange.errors import UsageError
from setrange.model.dimension_names import is_placeholder

if TYPE_CHECKING:
    from setrange.build_settings.config import BuildConfig
    from setrange.network import Network, Tensor

__all__ = ["add_profiles", "check_profiles", "names_of_dimensions", "needs_profile"]

#: What to write for the unknown sizes of a paste-ready profile: (min, opt, max).
_BATCH = (1, 8, 32)
_SIZE = (64, 224, 512)


def names_of_dimensions(tensor: Any, rank: int) -> tuple[str, ...]:
    """The name that an ``ITensor`` of an input has for each dimension; empty for none."""
    if not hasattr(tensor, "get_dimension_name"):  # up to 8.4
        return ()
    return tuple(tensor.get_dimension_name(axis) or "" for axis in range(rank))


def needs_profile(tensor: Tensor) -> bool:
    """True for a network input that TensorRT must be told sizes or values of."""
    return -1 in tensor.shape or tensor.is_shape_tensor


def add_profiles(builder: Any, config: Any, network: Network, settings: BuildConfig) -> None:
    """Hand the profiles of the settings to the builder.

    Args:
        builder: ``IBuilder``.
        config: ``IBuilderConfig``.
        network: The network, for its inputs.
        settings: What the user wants; ``check_profiles`` has seen it.
    """
    wanting = {tensor.name: tensor for tensor in network.inputs if needs_profile(tensor)}
    for shapes in settings.profiles if wanting else ():
        profile = builder.create_optimization_profile()
        for name, size in shapes.items():
            if name not in wanting:
                continue
            put = profile.set_shape
            if wanting[name].is_shape_tensor:
                put = profile.set_shape_input
            put(name, size.min, size.opt, size.max)
        config.add_optimization_profile(profile)


def check_profiles(
    network: Network, settings: BuildConfig, *, has_placeholders: bool = True
) -> None:
    """Refuse a dynamic model whose inputs lack shapes, before the long part begins.

    Args:
        network: The network, for its inputs.
        settings: What the user wants.
        has_placeholders: TensorRT gets the placeholders that the model has for names of
            dimensions; a Q/DQ model that setrange makes has none.

    Raises:
        UsageError: With flags to paste, or with what does not fit.
    """
    inputs = {tensor.name: tensor for tensor in network.inputs}
    for profile in settings.profiles:
        for name, size in profile.items():
            if name not in inputs:
                raise UsageError(
                    f"there are shapes for {name!r}, but the model's inputs are "
                    f"{', '.join(map(repr, inputs))}"
                )
            check = _check_values if inputs[name].is_shape_tensor else _check_shape
            for given in (size.min, size.opt, size.max):
                check(inputs[name], given)
    lacking = [
        tensor
        for tensor in network.inputs
        if needs_profile(tensor)
        and not (settings.profiles and all(tensor.name in p for p in settings.profiles))
    ]
    if not lacking:
        _check_names(network, settings, has_placeholders=has_placeholders)
        return
    flags = " ".join(
        f"--{option} " + ",".join(_example(tensor, i) for tensor in lacking)
        for i, option in enumerate(("min", "opt", "max"))
    )
    names = ", ".join(f"{t.name!r} {list(t.shape)}" for t in lacking)
    values = [repr(tensor.name) for tensor in lacking if tensor.is_shape_tensor]
    about = (
        f" (of {', '.join(values)} give the values, not the shape: they become dimensions)"
        if values
        else ""
    )
    raise UsageError(
        f"the model has dynamic inputs, and TensorRT needs shapes for them: {names}; add, "
        f"with your sizes{about}: {flags}"
    )


def _check_names(network: Network, settings: BuildConfig, *, has_placeholders: bool) -> None:
    """Refuse different sizes for dimensions of one name."""
    named: dict[str, list[tuple[str, int]]] = {}
    for tensor in network.inputs:
        names = () if tensor.is_shape_tensor else network.dimension_names.get(tensor.name, ())
        for axis, name in enumerate(names):
            if name and (has_placeholders or not is_placeholder(name)):
                named.setdefault(name, []).append((tensor.name, axis))
    for profile, (name, places) in itertools.product(settings.profiles, named.items()):
        if not all(source in profile for source, _ in places):
            continue  # one of them is known
        sizes = [
            (profile[source].min[axis], profile[source].opt[axis], profile[source].max[axis])
            for source, axis in places
        ]
        low, high = max(s[0] for s in sizes), min(s[2] for s in sizes)
        if low == high or (low < high and len({s[1] for s in sizes}) == 1):
            continue
        given = "; ".join(
            f"dimension {axis} of {source!r}: {', '.join(map(str, size))}"
            for (source, axis), size in zip(places, sizes, strict=True)
        )
        raise UsageError(
            f"the model calls {len(places)} dimensions {name!r}, so TensorRT takes them for "
            f"one size, but their sizes (min, opt, max) differ: {given}; give them the same "
            f"sizes, or other names in the model "
            f"(graph.input[i].type.tensor_type.shape.dim[k].dim_param)"
        )


def _check_shape(tensor: Tensor, shape: tuple[int, ...]) -> None:
    fits = len(shape) == len(tensor.shape) and all(
        size in (-1, given) and given >= 0
        for size, given in zip(tensor.shape, shape, strict=True)
    )
    if not fits:
        raise UsageError(
            f"the shape {_shown(shape)} does not fit the input {tensor.name!r}, "
            f"which is {'x'.join('?' if s < 0 else str(s) for s in tensor.shape)}"
        )


def _check_values(tensor: Tensor, values: tuple[int, ...]) -> None:
    count = math.prod(tensor.shape)
    if len(values) != count >= 0:
        raise UsageError(
            f"the input {tensor.name!r} holds {count} dimensions, but {_shown(values)} are "
            f"{len(values)}; give its values, joined by x"
        )


def _shown(sizes: tuple[int, ...]) -> str:
    return "x".join(map(str, sizes))


def _example(tensor: Tensor, which: int) -> str:
    if tensor.is_shape_tensor:
        sizes = [1] * max(1, math.prod(tensor.shape))
    else:
        sizes = [
            size if size >= 0 else (_SIZE if axis else _BATCH)[which]
            for axis, size in enumerate(tensor.shape)
        ]
    return f"{tensor.name}:{_shown(tuple(sizes))}"
