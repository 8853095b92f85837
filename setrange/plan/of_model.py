# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From a model and a ranges file to a plan: all that comes before something is written."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.findings import Finding
from setrange.importer.model_at import ModelAt
from setrange.machine.target_release import target_for_names
from setrange.model.digest import BackgroundDigest
from setrange.model.loading import Model
from setrange.plan.guards import refuse_qdq_model
from setrange.plan.making import make_plan
from setrange.plan.precision import correction_findings, glob_findings, precision_findings
from setrange.plan.told_first import cause_first
from setrange.ranges.model import RangeFile
from setrange.resolver.module_ranges import ranges_of_tensors
from setrange.text.shell import command_line
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from setrange.estimate.estimator import EstimateOptions
    from setrange.importer.parser import ParserOptions
    from setrange.network import Network
    from setrange.plan.plan import Plan

__all__ = ["plan_model", "plan_network"]


def plan_model(
    model: str | Path | Model | ModelAt,
    ranges: str | Path | RangeFile | None,
    *,
    trt: str | TrtVersion | None = None,
    fill: str = "safe",
    target: str = "gpu",
    options: ParserOptions | None = None,
    estimate: EstimateOptions | None = None,
) -> Plan:
    """Give every tensor that TensorRT makes of a model its range, as ``setrange apply`` does.

    Names that another TensorRT release made are followed to the same tensors of this one,
    ranges of PyTorch modules to the tensors they were measured on. Whatever is not certain is
    in the plan's findings; nothing is printed. Writing a plan with errors or missing ranges
    (``write_cache`` and others) raises.

    Args:
        model: The ONNX model, or its path.
        ranges: The ranges, or the path of a file in any known format; ``None`` = only what can
            be derived without any.
        trt: TensorRT release, e.g. ``"8.6"``. If not given: the release whose names the ranges
            file holds, the installed one, or the newest with ranges.
        fill: ``none``: given ranges only. ``safe``: derive what costs no accuracy.
            ``estimate``: estimate the others as well, with ONNX Runtime. ``bounds``: interval
            arithmetic where nothing else helps.
        target: ``gpu``, or ``dla``, which needs some ranges to be equal.
        options: How TensorRT's parser is set up.
        estimate: How ranges are estimated, for ``fill="estimate"``.

    Returns:
        The plan; ``findings`` says what to look at, ``missing()`` what has no range.

    Raises:
        InputError: A file cannot be used, or the model has Q/DQ nodes already.
        ParserRefusedError: TensorRT's parser of that release refuses the model.
        UnsupportedVersionError: No parser profile for that release.
        UsageError: ``trt``, ``fill`` or ``target`` is none of these.
        BackendError: ONNX Runtime is needed for estimates, and is missing or fails.
    """
    known = _read(ranges)
    given = TrtVersion.parse(trt) if isinstance(trt, str) else trt
    version = target_for_names(given, known.named_by).version
    # Hashing goes on while the model is read.
    digest = BackgroundDigest(_path_of(model)) if _made_for(known) else None
    models = ModelAt.of(model, options)
    refuse_qdq_model(models.model)
    return plan_network(
        models.network(version),
        models,
        known,
        fill=fill,
        target=target,
        digest=digest,
        estimate=estimate,
    )


def plan_network(
    network: Network,
    models: ModelAt,
    ranges: RangeFile,
    *,
    fill: str = "safe",
    target: str = "gpu",
    digest: BackgroundDigest | None = None,
    estimate: EstimateOptions | None = None,
) -> Plan:
    """Plan the ranges of one network of a model, predicted or made by TensorRT.

    Args:
        network: The network.
        models: The model it comes from, for names that other releases made.
        ranges: As read.
        fill: ``none``, ``safe``, ``estimate`` or ``bounds``.
        target: ``gpu`` or ``dla``.
        digest: Of the model file, if it is being computed already.
        estimate: How ranges are estimated, for ``fill="estimate"``.

    Raises:
        InputError: The ranges cannot be used.
    """
    made_for = _made_for(ranges)
    if made_for and digest is None:
        digest = BackgroundDigest(models.model.path)
    ranges = ranges_of_tensors(ranges, models.model)
    estimator = None
    if fill == "estimate":
        from setrange.estimate.estimator import Estimator

        estimator = Estimator(models.model, estimate)
    plan = make_plan(
        network, ranges, fill=fill, target=target, model=models, estimator=estimator
    )
    findings = [
        *_file_findings(ranges),
        *precision_findings(ranges.precision, models.model),
        *precision_findings(ranges.weight_scales, models.model, "weight_scales"),
        *correction_findings(ranges.bias_corrections, models.model),
        *glob_findings(ranges.own_scales, network, models.model, "own_scales"),
        *glob_findings(ranges.asymmetric, network, models.model, "asymmetric"),
    ]
    if any(item.code == "SR102" for item in plan.unresolved):
        from setrange.resolver.rekey import versions_that_fit

        fitting = versions_that_fit(ranges, plan.network, models)
        findings += _other_release_findings(ranges, fitting)
    if digest is not None and digest.hexdigest() != made_for:
        findings.append(_other_model_finding(ranges, models.model))
    told = cause_first([*findings, *plan.findings], ranges)
    return dataclasses.replace(plan, findings=told)


def _read(ranges: str | Path | RangeFile | None) -> RangeFile:
    if ranges is None:
        return RangeFile()
    if isinstance(ranges, RangeFile):
        return ranges
    from setrange.formats.reading import read_ranges

    return read_ranges(ranges)


def _path_of(model: str | Path | Model | ModelAt) -> Path:
    if isinstance(model, ModelAt):
        return model.model.path
    return model.path if isinstance(model, Model) else Path(model)


def _made_for(ranges: RangeFile) -> str | None:
    """The SHA-256 of the model the ranges were made for, if the file says it."""
    return (ranges.model or {}).get("sha256")


def _file_findings(ranges: RangeFile) -> list[Finding]:
    """What the reader of the ranges file remarked."""
    if not ranges.entries:
        return []
    from setrange.formats.trt_cache import reversed_bytes

    swapped = reversed_bytes(ranges.entries, ranges.extra.get("hex", {}))
    marks = () if swapped is None else (swapped,)
    return [
        *(Finding(code="SR213", message=f"{ranges.path}: {mark}") for mark in marks),
        *(
            Finding(code="SR501", message=note)
            for note in ranges.notes
            if swapped is None or swapped not in note
        ),
        *(
            Finding(code="SR502", message=f"{loss.name!r}: {loss.message}", tensor=loss.name)
            for loss in ranges.losses
        ),
    ]


def _other_release_findings(ranges: RangeFile, fitting: Sequence[str]) -> list[Finding]:
    if not fitting:
        return []
    return [
        Finding(
            code="SR110",
            message=f"{ranges.path} says that its names are TensorRT {ranges.named_by}'s, but "
            f"all of them are TensorRT {' and '.join(fitting)}'s",
            help=command_line(_renamed(ranges.path, fitting[0])),
        )
    ]


def _other_model_finding(ranges: RangeFile, model: Model) -> Finding:
    name = (ranges.model or {}).get("file", "another model")
    return Finding(
        code="SR109",
        message=f"{ranges.path} was made for {name}; {model.path.name} has another SHA-256",
        help="if the model was exported again, check names and values: parser-made names may "
        "have moved",
    )


def _renamed(path: str, named_by: str) -> list[str]:
    return ["setrange", "convert", path, "-o", "ranges.json", "--named-by", named_by]
