# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange explain``: what the lines of a TensorRT log mean."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.file_arguments import InputFile
from setrange.cli.given_options import refuse_given
from setrange.cli.options import (
    json_option,
    parser_options,
    trt_option_that,
    verbosity_options,
)
from setrange.errors import UsageError
from setrange.report.console import print_lines, print_product
from setrange.text.shell import command_line
from setrange.text.words import did_you_mean, left_out, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.explain import Explanation, LogReport
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]

#: Kinds of unknown lines that are shown without ``-v``.
_MOST_UNKNOWN = 3

#: What looks like the name of a page, and not like the path of a log.
_NAME = re.compile(r"[A-Za-z][\w-]*\Z")

#: Names that are shown of each kind without ``-v``.
_MOST = 10


@click.command("explain")
@click.argument("log", metavar="LOG|CODE|PAGE", type=InputFile())
@click.option(
    "--model",
    metavar="MODEL",
    type=InputFile(),
    help="Say which layer produces each tensor that the log names.",
)
@trt_option_that(
    "With --model: read it as this TensorRT release does; without it, as the release that the "
    "log names."
)
@json_option
@verbosity_options
def command(
    *,
    log: str,
    model: str | None,
    trt: TrtVersion | None,
    as_json: bool,
    console: Console,
) -> None:
    """Say what each known line of LOG, a log of trtexec or TensorRT, means and what to do.

    With the CODE of a finding, such as SR104, print what it means, why it matters and what to
    do.

    With a PAGE of the documentation, such as tensor-names, print it; "index" lists all pages.

    With --model each tensor is followed to its ONNX node, for the TensorRT release that the
    log names (or --trt). LOG may be - for standard input: trtexec ... 2>&1 | setrange explain -
    """
    from setrange.explain import explain_lines, read_log
    from setrange.explain.finding_page import is_code
    from setrange.explain.pages import page_of

    is_file = os.path.lexists(log) and not os.path.isdir(log)
    if is_code(log) and not is_file:
        _show_finding(log, as_json=as_json)
        return
    page = page_of(log)
    if page is not None and (log.endswith(".md") or not is_file):
        _show_page(page, as_json=as_json)
        return
    if model is None:
        refuse_given(
            {"trt", "native_instancenorm", "plugin"},
            "for the tensors of a model (--model MODEL)",
        )
    _refuse_no_log(log)
    report = explain_lines(read_log(log))
    names = [name for e in report.explanations for name in e.tensors]
    origins = {} if model is None else _origins(model, names, trt, report)
    if as_json:
        print_product(json.dumps(_to_dict(report, origins)))
    else:
        said: set[str] = set()
        for explanation in report.explanations:
            print_lines(_text(explanation, origins, console, said))
    console.say(
        f"{plural(report.lines, 'line')}: {report.known} known, {report.unknown_count} "
        f"warnings or errors that are not"
    )
    if console.is_verbose:
        console.lines(f"  {line}" for line in report.unknown)
    else:
        _show_commonest(report, console)
    if report.lists_layers and log != "-":
        console.next_step(["setrange", "inspect", log], label="which layers run in INT8")


def _refuse_no_log(path: str) -> None:
    """Refuse files of which no line can mean anything.

    Raises:
        UsageError: It is a model, an engine or ranges, or neither a file nor a page.
    """
    from setrange.explain.pages import page_names
    from setrange.files.kinds import is_text, kind_of_file

    if path.lower().endswith(".onnx"):
        call = command_line(["setrange", "inspect", path])
        raise UsageError(f"{path} is a model, not a log; to see its layers: {call}")
    kind = kind_of_file(path)
    if kind is not None and not is_text(path):
        raise UsageError(f"{path} is {kind}; expected a log: setrange explain build.log")
    if not os.path.lexists(path) and _NAME.match(path):
        hint = did_you_mean(
            path, page_names(), otherwise="'setrange explain index' lists the pages"
        )
        raise UsageError(
            f"{path}: there is no such file, no finding of that code and no page of that name; "
            f"{hint}"
        )


def _show_commonest(report: LogReport, console: Console) -> None:
    """The commonest kinds of lines that nothing is known of, with how often they come."""
    shown = report.commonest[:_MOST_UNKNOWN]
    console.lines(
        f"  {line}" + ("" if count == 1 else f"  ({count} like this)") for line, count in shown
    )
    left = len(report.commonest) - len(shown)
    if left > 0:
        console.say(f"  and {left_out(left, 'other kinds')}")


def _show_finding(code: str, *, as_json: bool) -> None:
    from setrange.explain.finding_page import finding_page

    refuse_given(
        {"model", "trt", "native_instancenorm", "plugin"},
        "for the log of a build, not for a finding",
    )
    page = finding_page(code)
    if as_json:
        print_product(json.dumps(page.to_dict()))
    else:
        print_product(f"{page.level}[{page.code}]: {page.title}\n\n{page.text}")


def _show_page(name: str, *, as_json: bool) -> None:
    from setrange.explain.pages import page_text

    refuse_given(
        {"model", "trt", "native_instancenorm", "plugin"},
        "for the log of a build, not for a page of the documentation",
    )
    text = page_text(name)
    if as_json:
        print_product(json.dumps({"setrange": 1, "page": name, "text": text}))
    else:
        print_product(text.rstrip("\n"))


def _origins(
    model: str, names: Iterable[str], trt: TrtVersion | None, report: LogReport
) -> dict[str, str]:
    """Say in words what each tensor is."""
    from setrange.importer.parser import import_model
    from setrange.machine.target_release import target_for_names
    from setrange.model.loading import load_model
    from setrange.resolver.describe import describe_tensor

    version = trt or target_for_names(None, report.version).version
    network = import_model(load_model(model), version, parser_options())
    tensors = {tensor.name: tensor for tensor in network.tensors()}
    return {
        name: describe_tensor(tensors[name])
        if name in tensors
        else f"TensorRT {version} makes no such tensor of this model"
        for name in names
    }


def _to_dict(report: LogReport, origins: dict[str, str]) -> dict[str, Any]:
    return {
        "setrange": 1,
        "trt": report.version,
        "lines": report.lines,
        "known": report.known,
        "unknown": list(report.unknown),
        "unknown_kinds": [
            {"text": line, "count": count} for line, count in report.commonest[:_MOST_UNKNOWN]
        ],
        "explanations": [explanation.to_dict() for explanation in report.explanations],
        "origins": origins,
    }


def _text(
    explanation: Explanation, origins: dict[str, str], console: Console, said: set[str]
) -> list[str]:
    """Return the lines on one kind of line; advice that was given before is not repeated."""
    meaning = explanation.meaning
    times = "" if explanation.count == 1 else f" ({explanation.count} times)"
    lines = [f"{meaning.weight.value}: line {explanation.line}{times}: {explanation.text}"]
    lines.append(f"  means  {meaning.meaning}")
    if meaning.help and meaning.help not in said:
        lines.append(f"  help   {meaning.help}")
        said.add(meaning.help)
    is_good = meaning.weight.value == "good"
    layers = [*explanation.layers]
    if len(layers) > 1 or (layers and is_good):
        shown = layers if console.is_verbose else layers[:_MOST]
        lines += [f"  layer  {name}" for name in shown]
        if len(shown) < len(layers):
            lines.append(f"  and {left_out(len(layers) - len(shown), 'more layers')}")
    names = [] if is_good else [*explanation.tensors]
    shown = names if console.is_verbose else names[:_MOST]
    if origins or len(names) > 1:
        lines += [
            f"  tensor {name}" + (f": {origins[name]}" if name in origins else "")
            for name in shown
        ]
    if len(shown) < len(names):
        lines.append(f"  and {left_out(len(names) - len(shown), 'more tensors')}")
    return lines
