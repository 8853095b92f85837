# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange edit``: fill a ranges file in, in the browser."""

from __future__ import annotations

import contextlib
import os
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from setrange.cli.edit_document import (
    EditedFiles,
    edited_model,
    make_document,
    read_file,
    say_what_is_opened,
)
from setrange.cli.file_arguments import InputFile, ModelFile
from setrange.cli.options import (
    estimating_options,
    parser_flags,
    quantize_small_option,
    target_option,
    trt_option,
    verbosity_options,
)
from setrange.cli.purpose import chosen_purpose, purpose_option
from setrange.errors import UsageError
from setrange.files.interrupts import Terminated
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.editing.document import Document
    from setrange.editing.server.app import Editor
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["command"]


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
    files = EditedFiles.of(model, ranges, export_to)
    file = None if files.read is None else read_file(files.read)
    chosen = chosen_purpose(
        purpose, trt=trt, target=target, in_file=None if file is None else file.purpose
    )
    if chosen.is_qdq and chosen.target == "dla":
        from setrange.cli.apply.qdq import check_dla_release

        check_dla_release(trt)
    edited = edited_model(
        model, file, chosen, trt=trt, fill=fill, quantize_small=quantize_small, console=console
    )
    document = make_document(edited, files, file, chosen)
    say_what_is_opened(document, files, console)
    flags = [*parser_flags(), *(["--fill", fill] if fill != "safe" else [])]
    qdq_flags = ["--quantize-small"] if quantize_small else []
    make = _editor(document, files, flags, qdq_flags)
    listening = listening_socket(port)
    token = new_token()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/#{token}"
    with serving(make, listening, token) as served:

        def announce() -> None:
            console.always(f"the editor is at {address}")
            console.say("it ends with Stop in the page, or with ^C here")
            if not no_browser:
                open_browser(address)

        _wait(served.ended, announce, document, console)
    console.say("the editor has ended")


def _is_onnx(path: str) -> bool:
    return path.lower().endswith(".onnx")


def _editor(
    document: Document, files: EditedFiles, flags: list[str], qdq_flags: list[str]
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
        qdq_options=qdq_flags,
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


def _wait(
    ended: threading.Event, announce: Callable[[], None], document: Document, console: Console
) -> None:
    """Announce the editor, and wait for the end: Stop in the page, or ^C.

    Where something is not saved, ^C has to come twice. All that takes time is inside the try:
    whoever presses ^C again while the warning is still being printed means it too.
    """
    is_warned = False
    say = announce
    while True:
        try:
            say()
            while not ended.wait(_A_MOMENT):
                pass
            return
        except Terminated:
            raise
        except KeyboardInterrupt:
            if is_warned or not document.is_dirty:
                return
            is_warned = True
            say = partial(_warn_of_changes, document, console)


def _warn_of_changes(document: Document, console: Console) -> None:
    console.always(
        f"there are changes that are not saved to {document.path}: save them in the "
        f"page, or press ^C again to end without them"
    )
