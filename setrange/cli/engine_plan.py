# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan of an engine, whoever builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.cli.options import parser_options
from setrange.errors import UnsupportedError
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.cli.apply import Request
    from setrange.exporters.qdq import QdqModel
    from setrange.importer.parser import ParserOptions
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.plan import Plan
    from setrange.ranges import RangeFile
    from setrange.report.console import Console

__all__ = ["explicit_model", "plan_of_network"]


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


def explicit_model(
    model: Model, version: TrtVersion, request: Request, console: Console, *, fp16: bool
) -> tuple[Plan, QdqModel]:
    """Make what a TensorRT without ranges gets: a Q/DQ model, FP16 where it has no pairs.

    Raises:
        SetrangeError: There is none, or a range is missing.
    """
    from setrange.cli.apply_qdq import prepare_qdq

    chosen, rest = _typed(model, fp16=fp16)
    plan, made = prepare_qdq(request, chosen, console)
    console.say(
        f"TensorRT {version} has no ranges: it gets a Q/DQ model, strongly typed; "
        f"the rest {rest}"
    )
    return plan, made


def _typed(model: Model, *, fp16: bool) -> tuple[Model, str]:
    """The model in FP16 if that is wanted and safe, and what is to be said of it."""
    from setrange.exporters.qdq.opset import needed_opset, raised
    from setrange.model.half import to_half

    if not fp16:
        return model, "keeps the model's types"
    try:
        return raised(to_half(model), needed_opset(has_float16=True)), "is FP16"
    except UnsupportedError as error:
        return model, f"keeps the model's types: {error}"
