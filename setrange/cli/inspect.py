# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange inspect``: the layers and tensors TensorRT will make of a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import ModelFile
from setrange.cli.given_options import refuse_given
from setrange.cli.options import json_option, parser_options, trt_option, verbosity_options
from setrange.errors import UsageError
from setrange.files.kinds import ENGINE_ENDINGS, is_text
from setrange.machine.target_release import target_for_names
from setrange.report.console import print_lines, print_product
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.network import Network
    from setrange.report.console import Console

__all__ = ["command"]

_BLOCKED = 1

#: Endings of engines and of the JSON TensorRT writes about one.
_ENGINE_ENDINGS = (*ENGINE_ENDINGS, ".json")


@click.command("inspect")
@click.argument("model", metavar="MODEL", type=ModelFile())
@trt_option
@json_option
@click.option("--diff-trt", metavar="A,B", help="Show what moves between two releases instead.")
@click.option("--strict", is_flag=True, help="Exit 1 where the prediction is not exact.")
@verbosity_options
def command(
    *,
    model: str,
    trt: TrtVersion | None,
    as_json: bool,
    diff_trt: str | None,
    strict: bool,
    console: Console,
) -> int:
    """List the layers and tensors TensorRT will make of MODEL, from the ONNX file alone.

    A name like "(Unnamed Layer* 48) [Constant]_output" is what a calibration cache or a log
    calls the tensor. "?" after a kind marks a layer whose prediction is assumed.

    MODEL may be an engine too, the layer JSON of one (OUT.layers.json, or what
    trtexec --exportLayerInfo writes), or a verbose log that lists its layers. The command then
    lists which layers run in INT8, and why others do not.
    """
    if model.lower().endswith(_ENGINE_ENDINGS) or is_text(model):
        from setrange.cli.inspect_engine import inspect_engine

        refuse_given(
            {"trt", "native_instancenorm", "plugin", "diff_trt", "strict"},
            f"for ONNX models, of which the layers are predicted; {model} has its layers",
        )
        inspect_engine(model, as_json=as_json, console=console)
        return 0
    from setrange.importer.model_at import ModelAt
    from setrange.report.progress import progress

    if diff_trt is not None:
        if trt is not None:
            raise UsageError("--diff-trt names both releases; leave --trt out")
        versions = _two_versions(diff_trt)
    else:
        target = target_for_names(trt)
        console.detail(str(target))
        versions = [target.version]
    with progress(console, f"reading {model}"):
        models = ModelAt.of(model, parser_options())
        networks = [models.network(version) for version in versions]
    if diff_trt is not None:
        _show_diff(*networks, as_json=as_json, console=console)
    else:
        _show(networks[0], as_json=as_json, console=console)
    return _BLOCKED if strict and not all(map(_is_exact, networks)) else 0


def _two_versions(text: str) -> list[TrtVersion]:
    versions = [TrtVersion.parse(part) for part in text.split(",")]
    if len(versions) != 2:
        raise UsageError(f"--diff-trt {text}: expected two releases, e.g. --diff-trt 8.6,10.3")
    return versions


def _show(network: Network, *, as_json: bool, console: Console) -> None:
    from setrange.report.findings import show_findings
    from setrange.report.layers import layers_text, network_heading

    if as_json:
        print_product(json.dumps(network.to_dict()))
    else:
        print_lines(layers_text(network, keys=console.is_verbose).split("\n"))
    console.say(f"{network.model}: {network_heading(network)}")
    show_findings(console, network.findings)


def _show_diff(before: Network, after: Network, *, as_json: bool, console: Console) -> None:
    from setrange.network.diff import diff_networks
    from setrange.report.layers import diff_text, network_heading

    changes = diff_networks(before, after)
    if as_json:
        product = {
            "setrange": 1,
            "model": before.model,
            "trt": [before.trt, after.trt],
            "changes": [change.to_dict() for change in changes],
        }
        print_product(json.dumps(product))
    elif changes:
        print_lines(diff_text(changes).split("\n"))
    for network in (before, after):
        console.say(f"{network.model}: {network_heading(network)}")
    moved = sum(change.needs_range for change in changes)
    console.say(f"{len(changes)} tensors move, {moved} of them with a range")


def _is_exact(network: Network) -> bool:
    from setrange.network import Confidence

    return network.confidence is Confidence.EXACT
