# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange check MODEL``: a Q/DQ or ranged model against TensorRT's rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from setrange.cli.options import parser_options
from setrange.errors import BlockingFindingsError, ParserRefusedError, UsageError
from setrange.exporters.qdq.rules import check_qdq
from setrange.findings import Finding, Level
from setrange.formats.ranged_onnx import has_ranges
from setrange.importer.parser import import_model
from setrange.machine.target_release import target_for_names
from setrange.model.loading import load_model
from setrange.model.qdq_nodes import QdqNodes
from setrange.model.quantizer_ops import has_qdq
from setrange.report.console import print_product
from setrange.report.findings import show_findings
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from setrange.cli.build_job import BuildJob
    from setrange.model.loading import Model
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["check_model"]


def check_model(
    path: str,
    trt: TrtVersion | None,
    *,
    build: BuildJob | None = None,
    as_json: bool,
    console: Console,
) -> None:
    """Check what a model itself says about quantization.

    Args:
        path: The model.
        trt: ``--trt``.
        build: How to build it as well, if that was asked for.
        as_json: Print the JSON form.
        console: Where messages go.

    Raises:
        BlockingFindingsError: TensorRT would refuse it, or leave it float.
        UsageError: It has neither Q/DQ nodes nor ranges.
    """
    model = load_model(path)
    if build is not None and not has_qdq(model.proto):
        raise UsageError(
            f"{path} has no Q/DQ nodes, so nothing of it would be built in INT8; with ranges: "
            f"{command_line(['setrange', 'check', 'RANGES', path, '--build'])}"
        )
    if has_qdq(model.proto):
        summary, findings = _check_qdq(model, trt, console)
    elif has_ranges(model.proto):
        summary, findings = _check_ranged(model, trt, console)
    else:
        raise UsageError(
            f"{path} has no Q/DQ nodes and no ranges of its own; to check a ranges file "
            f"against it: {command_line(['setrange', 'check', 'RANGES', path])}"
        )
    show_findings(console, findings)
    blocking = [f for f in findings if f.level is Level.ERROR or f.code == "SR201"]
    builds = []
    if build is not None and not blocking:
        from setrange.cli.check_build import build_model

        builds = build_model(model, build, console)
        summary["builds"] = [built.to_dict() for built in builds]
    if as_json:
        found = [finding.to_dict() for finding in findings]
        print_product(json.dumps({"setrange": 1, "model": path, **summary, "findings": found}))
    if build is not None:
        build.raise_if_lost(builds)
    if blocking:
        raise BlockingFindingsError(
            f"{path}: TensorRT would refuse it or leave parts of it float (above)"
        )


def _check_qdq(
    model: Model, trt: TrtVersion | None, console: Console
) -> tuple[dict[str, Any], list[Finding]]:
    found = QdqNodes(model.proto, model.base)
    sources = [node.source for node in found.nodes if node.op == "QuantizeLinear"]
    sources += [fake.source for fake in found.fakes]
    activations = sum(not found.is_constant(source) for source in sources)
    taken = [node.source for node in found.nodes] + [fake.source for fake in found.fakes]
    weights = sum(found.is_constant(found.unclipped(source)[0]) for source in taken)
    counts = {"activations": activations, "weights": weights}
    console.say(
        f"{model.path}: Q/DQ model, opset {model.opset()}: {counts['activations']} activation "
        f"pairs, {counts['weights']} weights"
    )
    findings = check_qdq(model)
    refused = None if trt is None else _refusal(model, trt)
    return {"kind": "qdq", **counts}, [*([] if refused is None else [refused]), *findings]


def _refusal(model: Model, trt: TrtVersion) -> Finding | None:
    """Say that a release does not take a Q/DQ model, if so."""
    if trt.major < 8:
        path, plain = str(model.path), "plain.onnx"
        strip = ["setrange", "convert", path, "-o", "ranges.json", "--strip", plain]
        write = ["setrange", "apply", "ranges.json", plain, "--trt", str(trt)]
        return Finding(
            code="SR615",
            message=f"TensorRT {trt} has no Q/DQ models; they came with 8.0",
            help=f"take the ranges out: {command_line(strip)}; then write a calibration cache: "
            f"{command_line([*write, '-o', 'plain.cache'])}",
        )
    try:
        import_model(model, trt, parser_options())
    except ParserRefusedError as error:
        return Finding(code="SR615", message=str(error))
    return None


def _check_ranged(
    model: Model, trt: TrtVersion | None, console: Console
) -> tuple[dict[str, Any], list[Finding]]:
    target = target_for_names(trt)
    network = import_model(model, target.version, parser_options())
    tensors = list(network.float_tensors())
    without_range = [
        t for t in tensors if t.name not in network.annotations and not t.is_network_input
    ]
    console.say(
        f"{model.path}: ranged model, {target}: "
        f"{len(network.annotations)} of {len(tensors)} float tensors have a range, "
        f"{len(network.inputs)} of the others are network inputs"
    )
    summary = {
        "kind": "ranged",
        "trt": str(target.version),
        "tensors": len(tensors),
        "ranged": len(network.annotations),
    }
    return summary, [
        Finding(
            code="SR201",
            tensor=tensor.name,
            message=f"{tensor.name!r} has no range in the file",
            help="write the file for this TensorRT: setrange apply ... -o model.ranged.onnx",
        )
        for tensor in without_range
    ]
