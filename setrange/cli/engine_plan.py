# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan of an engine, whoever builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.cli.options import parser_options
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.cli.apply import Request
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.ranges import RangeFile

__all__ = ["plan_of_network"]


def plan_of_network(
    network: Network,
    model: Model,
    ranges: RangeFile,
    request: Request,
    options: ParserOptions | None = None,
) -> Plan:
    """Return the plan for a network of the model, predicted or made by TensorRT.

    Raises:
        SetrangeError: The ranges cannot be used.
    """
    from setrange.conversion import ranges_of_tensors
    from setrange.importer.parser import import_model
    from setrange.plan import make_plan

    chosen = options or parser_options()
    return make_plan(
        network,
        ranges_of_tensors(ranges, model),
        fill=request.fill,
        target=request.target,
        import_at=lambda trt: import_model(model, TrtVersion.parse(trt), chosen),
        onnx_values=model.value_names(),
    )
