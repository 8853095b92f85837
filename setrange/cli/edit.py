# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange edit``: fill a ranges file in, in the browser."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from setrange.cli.file_arguments import InputFile, ModelFile
from setrange.cli.options import (
    estimating_options,
    parser_flags,
    parser_options,
    quantize_small_option,
    said_of_estimates,
    target_option,
    trt_option,
    verbosity_options,
)
from setrange.cli.purpose import chosen_purpose, purpose_option
from setrange.errors import UsageError
from setrange.files.interrupts import Terminated
from setrange.machine.target_release import target_for_names
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.editing.document import Document
    from setrange.editing.edited_model import EditedModel
    from setrange.editing.server.app import Editor
    from setrange.plan.purpose import Purpose
    from setrange.ranges import RangeFile
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]

#: Formats that Save can write over without losing anything.
_OWN = ("setrange", "plain")


@click.command("edit")
@click.argument("model", metavar="MODEL", type=ModelFile())
@click.argument("ranges", metavar="[RANGES]", required=False, type=InputFile())
@purpose_option("List what this output needs. Without it, --trt decides, then the file.")
@trt_option
@click.option(
    "--fill",
    type=click.Choice(["none", "safe", "bounds"]),
    default="safe",
    show_default=True,
    help="Fill in missing ranges: by safe rules, or by wide bounds too.",
)
@estimating_options("For estimates")
@target_option
@quantize_small_option
@click.option(
    "--export-to",
    metavar="DIR",
    type=InputFile(),
    help="Let exports be written into this folder; without it, into that of the ranges file.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Listen on this port; without it, on a free one.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open nothing.")
@verbosity_options
def command(
    *,
    model: str,
    ranges: str | None,
    purpose: str | None,
    trt: TrtVersion | None,
    fill: str,
    target: str,
    quantize_small: bool,
    export_to: str | None,
    port: int,
    no_browser: bool,
    console: Console,
) -> None:
    """Fill in a ranges file for MODEL, in a page of your browser.

    RANGES is opened, or made when you save; without it, it is MODEL's name with the ending
    .ranges.json. Ranges of another format are read, and saved in setrange's own beside them.

    The page comes from this machine and can be reached from this machine only. Nothing is
    written before you click Save or Export. The editor ends with Stop in the page, or ^C here.
    """
    from setrange.editing.server.running import (
        check_installed,
        listening_socket,
        new_token,
        serving,
    )

    check_installed()
    if ranges is not None and ranges.lower().endswith(".onnx") and not _is_onnx(model):
        raise UsageError(
            f"the model comes first, then the ranges: "
            f"{command_line(['setrange', 'edit', ranges, model])}"
        )
    files = _Files.of(model, ranges, export_to)
    file = None if files.read is None else _read(files.read)
    chosen = chosen_purpose(
        purpose, trt=trt, target=target, in_file=None if file is None else file.purpose
    )
    edited = _edited_model(
        model, file, chosen, trt=trt, fill=fill, quantize_small=quantize_small, console=console
    )
    document = _document(edited, files, file, chosen)
    _show(document, files, console)
    flags = [*parser_flags(), *(["--fill", fill] if fill != "safe" else [])]
    make = _editor(document, files, flags)
    listening = listening_socket(port)
    token = new_token()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/#{token}"
    with serving(make, listening, token) as served:
        console.always(f"the editor is at {address}")
        console.say("it ends with Stop in the page, or with ^C here")
        if not no_browser:
            open_browser(address)
        _wait(served.ended, document, console)
    console.say("the editor has ended")


def _is_onnx(path: str) -> bool:
    return path.lower().endswith(".onnx")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What is read and where things are written.

    Attributes:
        model: The model.
        read: The ranges file that is there; ``None`` where there is none yet.
        save: Where the ranges are saved.
        folder: Where exports go.
    """

    model: str
    read: Path | None
    save: Path
    folder: Path

    @classmethod
    def of(cls, model: str, ranges: str | None, export_to: str | None) -> _Files:
        """Choose the files.

        Raises:
            UsageError: The ranges file is the model, or the folder is none.
        """
        if ranges is None:
            save = Path(model).with_suffix(".ranges.json")
        else:
            save = Path(ranges)
            if save.is_dir():
                raise UsageError(f"{ranges}: is a folder; expected a ranges file")
            if not save.exists() and not save.parent.is_dir():
                raise UsageError(f"{ranges}: there is no folder {save.parent}; create it first")
        with contextlib.suppress(OSError):
            if save.samefile(model):
                raise UsageError(f"{save}: is the model itself; expected its ranges")
        folder = save.resolve().parent if export_to is None else Path(export_to).resolve()
        if not folder.is_dir():
            raise UsageError(f"--export-to {export_to}: is no folder; create it first")
        return cls(model=model, read=save if save.exists() else None, save=save, folder=folder)


def _read(path: Path) -> RangeFile:
    from setrange.formats.reading import read_ranges

    return read_ranges(path)


def _edited_model(
    model: str,
    file: RangeFile | None,
    chosen: Purpose,
    *,
    trt: TrtVersion | None,
    fill: str,
    quantize_small: bool,
    console: Console,
) -> EditedModel:
    """Read and import the model.

    Raises:
        SetrangeError: It cannot be, or cannot be edited.
    """
    from setrange.editing.edited_model import EditedModel
    from setrange.importer.model_at import ModelAt
    from setrange.model.digest import BackgroundDigest
    from setrange.plan.guards import refuse_qdq_model
    from setrange.report.progress import progress

    release = target_for_names(trt, None if file is None else file.named_by)
    with progress(console, f"reading {model}"):
        digest = BackgroundDigest(model)
        models = ModelAt.of(model, parser_options())
        refuse_qdq_model(models.model)
        network, models = _network(models, release.version, chosen, trt, console)
    console.detail(str(release))
    return EditedModel(
        network=network,
        models=models,
        digest=digest,
        fill=fill,
        purposes=_purposes(chosen, trt),
        placement={"quantize_small": quantize_small},
    )


def _network(
    models: Any, version: TrtVersion, chosen: Purpose, trt: TrtVersion | None, console: Console
) -> tuple[Any, Any]:
    """The network; for a Q/DQ model, as another release reads it where this one does not."""
    from setrange.errors import ParserRefusedError
    from setrange.importer.fallback import fallback_of
    from setrange.importer.model_at import ModelAt

    try:
        return models.network(version), models
    except ParserRefusedError:
        other = None
        if chosen.is_qdq and trt is None:
            other = fallback_of(models.model, version, parser_options())
        if other is None:
            raise
    console.say(f"note: {other.why}")
    models = ModelAt(models.model, other.options)
    return models.network(other.version), models


def _purposes(chosen: Purpose, trt: TrtVersion | None) -> dict[str, Purpose]:
    """What the ranges can be for without another network: the page offers these."""
    from setrange.plan.purpose import purpose_of
    from setrange.ranges.own_reader import PURPOSES

    found = {chosen.name: chosen}
    if chosen.target == "dla":
        return found
    for name in PURPOSES:
        with contextlib.suppress(UsageError):
            other = purpose_of(name, trt=trt)
            if other.target == "gpu":
                found.setdefault(name, other)
    return {name: found[name] for name in PURPOSES if name in found}


def _document(
    model: EditedModel, files: _Files, file: RangeFile | None, chosen: Purpose
) -> Document:
    from setrange.editing.document import Document

    save = files.save
    if file is not None and file.format not in _OWN:
        save = save.with_suffix(".json")
        if save.exists():
            raise UsageError(
                f"{files.save} is of the format {file.format}, so the editor would save "
                f"{save}, which is there already; open that one, or convert the ranges to a "
                f"file of another name: "
                f"{command_line(['setrange', 'convert', str(files.save), '-o', 'ranges.json'])}"
            )
    return Document(
        model,
        save,
        read=_read,
        file=file,
        purpose=chosen.name,
        estimate=said_of_estimates(),
    )


def _show(document: Document, files: _Files, console: Console) -> None:
    """Say what is opened."""
    from setrange.plan import Source

    plan = document.view.plan
    if files.read is None:
        console.say(f"{document.path} is not there yet: Save makes it")
    else:
        given = plan.count(Source.GIVEN)
        console.say(f"opened {files.read}: {given} given ranges of {plan.network.model}")
        if files.read != document.path:
            console.say(f"Save writes {document.path}")
    if document.opened.lost:
        from setrange.text.words import and_more, plural

        lost = document.opened.lost
        console.say(
            f"note: {plural(len(lost), 'entry')[:-1]}ies of another release's names mean "
            f"nothing to TensorRT {plan.network.trt}, and Save leaves them out: "
            f"{and_more([entry.name for entry in lost])}"
            if len(lost) != 1
            else f"note: the entry {lost[0].name!r} has another release's name, which means "
            f"nothing to TensorRT {plan.network.trt}, and Save leaves it out"
        )


def _editor(
    document: Document, files: _Files, flags: list[str]
) -> Callable[[Callable[[], None]], Editor]:
    """Return what makes the editor, given what ends its server."""
    from setrange.editing.exporting import Exports
    from setrange.editing.jobs import Jobs
    from setrange.editing.server.app import Editor
    from setrange.page.data import report_data
    from setrange.page.html import page_html
    from setrange.page.network_facts import NetworkFacts

    model = document.model
    facts = NetworkFacts.of(model.network, models=model.models)
    page = page_html("setrange edit", entry="edit/main.js", connect=True)
    exports = Exports(
        folder=files.folder,
        model=files.model,
        ranges=str(document.path),
        stem=Path(files.model).stem,
        release=model.network.trt,
        options=flags,
    )

    def make(stop: Callable[[], None]) -> Editor:
        return Editor(
            document=document,
            describe=lambda view, purpose: report_data(
                view.plan, facts, purpose=purpose, needs=view.needs
            ),
            page=page,
            exports=exports,
            jobs=Jobs(Path(os.getcwd())),
            stop=stop,
        )

    return make


def open_browser(address: str) -> None:
    """Open the address; some browsers hold up who starts them, so in a thread."""
    import webbrowser

    def open_it() -> None:
        with contextlib.suppress(Exception):
            webbrowser.open(address)

    threading.Thread(target=open_it, daemon=True).start()


#: Seconds between two looks: a wait without an end cannot be interrupted on Windows.
_A_MOMENT = 0.5


def _wait(ended: threading.Event, document: Document, console: Console) -> None:
    """Wait for the end: Stop in the page, or ^C, twice where something is not saved."""
    is_warned = False
    while True:
        try:
            while not ended.wait(_A_MOMENT):
                pass
            return
        except Terminated:
            raise
        except KeyboardInterrupt:
            if is_warned or not document.is_dirty:
                return
            is_warned = True
            console.always(
                f"there are changes that are not saved to {document.path}: save them in the "
                f"page, or press ^C again to end without them"
            )
