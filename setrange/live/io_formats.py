# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Types and memory formats of network inputs and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.errors import UnsupportedError, UsageError
from setrange.findings import Finding
from setrange.live.precision import DATA_TYPES
from setrange.machine.bindings import has_ranges
from setrange.ranges.float32 import float32_scale, shortest

if TYPE_CHECKING:
    from setrange.build_settings.config import BuildConfig
    from setrange.network import Network
    from setrange.plan import Plan

__all__ = ["check_io", "set_io_formats", "types_of_the_model"]


def check_io(plan: Plan, settings: BuildConfig) -> list[Finding]:
    """Refuse what ``io`` cannot ask of a network, and say how INT8 ends are fed and read.

    Args:
        plan: Ranges of the network.
        settings: With the types and formats to come.

    Returns:
        A note (SR407) for each INT8 input or output, with its scale.

    Raises:
        UsageError: There is no such input or output, or an INT8 one has no range.
    """
    planned = {item.tensor.name: item for item in plan.tensors}
    ends = _ends(plan.network)
    notes = []
    for name, wanted in settings.io.items():
        if name not in ends:
            raise UsageError(
                f"io names {name!r}, but the model's inputs and outputs are "
                f"{', '.join(map(repr, ends))}"
            )
        if wanted.dtype is None:
            continue
        tensor = planned[name].tensor
        if not tensor.is_float:
            raise UsageError(
                f"io makes {name!r} {wanted.dtype}, but it is {tensor.dtype}; only float "
                f"inputs and outputs can be given another type"
            )
        if wanted.dtype != "int8":
            continue
        found = planned[name].range
        if found is None:
            raise UsageError(
                f"io makes {name!r} int8, so it needs a range; give it one in the ranges file"
            )
        scale = shortest(float32_scale(found.amax, planned[name].scale))
        end = ends[name]
        how = "feed round(value / {})" if end == "input" else "value = number * {}"
        message = f"the {end} {name!r} is INT8: {how.format(scale)}"
        notes.append(Finding(code="SR407", tensor=name, message=message))
    return notes


def types_of_the_model(version: object, name: str) -> UnsupportedError:
    """Return what to raise where TensorRT (11) takes no type for an input or output."""
    return UnsupportedError(
        f"TensorRT {version} takes the types of inputs and outputs from the model; leave io: "
        f"{name}: dtype out of the build settings"
    )


def _ends(network: Network) -> dict[str, str]:
    return {tensor.name: "output" for tensor in network.outputs} | {
        tensor.name: "input" for tensor in network.inputs
    }


def set_io_formats(trt: Any, definition: Any, settings: BuildConfig) -> None:
    """Set types and memory formats of network inputs and outputs.

    Args:
        trt: The bindings.
        definition: ``INetworkDefinition``.
        settings: What the user wants; ``check_io`` has seen it.

    Raises:
        UnsupportedError: This TensorRT takes no types: the model's own are used.
    """
    tensors = {
        tensor.name: tensor
        for tensor in (
            *(definition.get_input(i) for i in range(definition.num_inputs)),
            *(definition.get_output(i) for i in range(definition.num_outputs)),
        )
    }
    for name, wanted in settings.io.items():
        if wanted.dtype is not None:
            if not has_ranges(trt):
                raise types_of_the_model(trt.__version__, name)
            tensors[name].dtype = getattr(trt.DataType, DATA_TYPES[wanted.dtype])
        if wanted.formats:
            tensors[name].allowed_formats = sum(
                1 << int(getattr(trt.TensorFormat, form.upper())) for form in wanted.formats
            )
