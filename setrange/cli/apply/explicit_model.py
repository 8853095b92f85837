# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What TensorRT 11 builds an engine from, whoever calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.cli.apply.qdq import check_dla_release, prepare_qdq
from setrange.cli.correction_option import CORRECTION
from setrange.cli.given_options import refuse_given

if TYPE_CHECKING:
    from setrange.cli.apply.request import EngineOptions, Request
    from setrange.exporters.qdq import QdqModel
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["explicit_model", "refuse_qdq_options"]


def explicit_model(
    model: Model,
    version: TrtVersion,
    request: Request,
    options: EngineOptions,
    console: Console,
    *,
    fp16: bool,
) -> tuple[Plan, QdqModel]:
    """Make what a TensorRT without ranges gets: a Q/DQ model, FP16 where it has no pairs.

    Raises:
        SetrangeError: There is none, or a range is missing.
    """
    if request.target == "dla":
        check_dla_release(version)
    plan, made = prepare_qdq(
        request, options.qdq(fp16=fp16), model, console, correction=options.correction
    )
    rest = "is FP16" if fp16 else "keeps the model's types"
    console.say(
        f"TensorRT {version} has no ranges: it gets a Q/DQ model, strongly typed; "
        f"the rest {rest}"
    )
    return plan, made


def refuse_qdq_options(version: TrtVersion) -> None:
    """Refuse options of Q/DQ models for a TensorRT that gets ranges instead.

    Raises:
        UsageError: There is one.
    """
    refuse_given(
        {"placement", "weights", "quantize_small", "residual", "dtype"}
        | {"weight_scales", "asymmetric", "scaling", *CORRECTION},
        f"for Q/DQ models; an engine of TensorRT {version} is built with ranges, without "
        f"Q/DQ nodes",
    )
