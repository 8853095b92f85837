# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange convert``: ranges from one format, or TensorRT release, to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from setrange.cli.file_arguments import (
    InputFile,
    OutputFile,
    is_stdout,
    not_to_stdout,
    output_option,
    shown_output,
)
from setrange.cli.given_options import refuse_given
from setrange.cli.options import (
    json_option,
    parser_options,
    trt_option_that,
    verbosity_options,
)
from setrange.cli.output_kinds import claim_output, ranges_kind, refuse_other_content
from setrange.errors import UsageError
from setrange.files.atomic import check_output
from setrange.files.staging import together
from setrange.report.console import print_product
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.report.console import Console
    from setrange.surgery.strip import Stripped

__all__ = ["command"]

#: Format that TensorRT itself reads.
_CACHE = "trt-cache"

#: Formats that are ONNX models themselves.
_MODELS = ("qdq-onnx", "ranged-onnx")


@click.command("convert")
@click.argument("src", metavar="SRC", type=InputFile())
@output_option(name="dst", metavar="DST", help="Write this file.")
@click.option(
    "--from",
    "from_",
    metavar="FORMAT",
    help="Name the format of SRC, where its content does not show it.",
)
@click.option(
    "--to", metavar="FORMAT", help="Name the format of DST, where its ending does not show it."
)
@click.option(
    "--model",
    metavar="MODEL",
    type=InputFile(),
    help="Find tensors in this ONNX model by their names.",
)
@trt_option_that("Write the names of this TensorRT release, e.g. 8.6 or 10.3.0.")
@click.option(
    "--named-by",
    metavar="V",
    help="Name the TensorRT release whose names SRC has, where SRC does not, or wrongly.",
)
@click.option(
    "--partial",
    is_flag=True,
    help="Use the entries that fit, of a SRC that does not fit MODEL.",
)
@click.option(
    "--force", is_flag=True, help="Write a cache although its tensor names are assumed."
)
@click.option(
    "--strip",
    "plain",
    metavar="PLAIN.onnx",
    type=OutputFile(),
    help="Also write the float model inside SRC, a Q/DQ or ranged model.",
)
@click.option(
    "--strict", is_flag=True, help="Write nothing and exit 1 where something is lost."
)
@json_option
@verbosity_options
def command(
    *,
    src: str,
    dst: str,
    from_: str | None,
    to: str | None,
    model: str | None,
    trt: TrtVersion | None,
    named_by: str | None,
    partial: bool,
    force: bool,
    plain: str | None,
    strict: bool,
    as_json: bool,
    console: Console,
) -> None:
    """Convert the ranges in SRC to DST and show what is lost.

    SRC is in any known format, recognized by its content; DST's ending says what to write:
    .json, .yaml, .csv, .cache (TensorRT calibration cache), .txt (sampleINT8API), ...

    With --model, names move to those of another TensorRT release (--trt V): a cache made
    for 8.5 becomes one for 10.3. PyTorch QAT files need --model too.

    A Q/DQ or ranged model is a SRC too: --strip also writes the float model inside, which
    setrange apply takes.
    """
    from setrange.conversion.conversion import make_conversion
    from setrange.formats.writing import format_of_output
    from setrange.report.findings import show_findings
    from setrange.report.losses import show_conversion
    from setrange.report.progress import progress

    if model is None:
        refuse_given(
            {"partial", "force", "native_instancenorm", "plugin"},
            "for a conversion with the model (--model MODEL)",
        )
    if (to or format_of_output(dst)) != _CACHE:
        refuse_given({"force"}, f"for calibration caches (-o DST.cache), not for {dst}")
    if as_json:
        not_to_stdout(dst, "--json is printed there")
    if plain is not None:
        if is_stdout(plain):
            raise UsageError("--strip -: a model needs a file; give its name")
        check_output(plain, "--strip")
    with progress(console, f"reading {model or src}"):
        made = make_conversion(
            src,
            dst,
            from_=from_,
            to=to,
            model=model,
            trt=trt,
            named_by=None if named_by is None else TrtVersion.parse(named_by),
            options=None if model is None else parser_options(),
            partial=partial,
            force=force,
        )
    report, shown = made.report, shown_output(dst)
    console.say(f"{src} ({report.from_}, {report.entries} entries) -> {shown} ({report.to})")
    show_findings(console, report.findings)
    show_conversion(report, console)
    if as_json:
        print_product(json.dumps(report.to_dict()))
    if strict:
        made.check_strict()
    claim_output(dst, ranges_kind(report.to), data=made.data)
    with together():
        stripped = None if plain is None else _strip(src, report.from_, plain)
        made.write()
    if stripped is not None:
        _show_stripped(stripped, str(plain), console)
    console.say(f"wrote {shown}")


def _strip(src: str, source_format: str, plain: str) -> Stripped:
    if source_format not in _MODELS:
        raise UsageError(
            f"--strip takes the float model out of a Q/DQ or ranged model; {src} is "
            f"{source_format}"
        )
    from setrange.surgery.strip import strip_model

    stripped = strip_model(src, plain)
    refuse_other_content(plain)
    return stripped


def _show_stripped(stripped: Stripped, plain: str, console: Console) -> None:
    console.say(
        f"wrote {plain}: without {stripped.nodes} Q/DQ nodes and {stripped.attributes} "
        f"attributes, {stripped.weights} quantized constants made float"
    )
    if stripped.activations:
        console.say(
            f"  {stripped.activations} activations were put back, for which unsigned "
            f"quantizers stood"
        )
