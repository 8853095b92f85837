# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What TensorRT 11 builds an engine from, whoever calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.errors import UnsupportedError

if TYPE_CHECKING:
    from setrange.cli.apply import Request
    from setrange.exporters.qdq import QdqModel
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["explicit_model"]


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
