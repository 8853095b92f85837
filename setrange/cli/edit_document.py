# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``setrange edit`` opens: the files, the model, and the document of both."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.cli.options import parser_options, said_of_estimates
from setrange.errors import UsageError
from setrange.files.roles import STDOUT
from setrange.machine.target_release import target_for_names
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from setrange.editing.document import Document
    from setrange.editing.edited_model import EditedModel
    from setrange.plan.purpose import Purpose
    from setrange.ranges import RangeFile
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["EditedFiles", "edited_model", "make_document", "read_file", "say_what_is_opened"]

#: Formats that Save can write over without losing anything.
_OWN = ("setrange", "plain")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EditedFiles:
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
    def of(cls, model: str, ranges: str | None, export_to: str | None) -> EditedFiles:
        """Choose the files.

        Raises:
            UsageError: The ranges file is the model, or the folder is none.
        """
        if ranges is None:
            save = Path(model).with_suffix(".ranges.json")
        else:
            save = Path(ranges)
            if ranges == STDOUT or (save.exists() and not save.is_file()):
                raise UsageError(
                    f"{ranges}: is no file; the editor reads a ranges file and saves it there"
                )
            if not save.exists() and not save.parent.is_dir():
                raise UsageError(f"{ranges}: there is no folder {save.parent}; create it first")
        with contextlib.suppress(OSError):
            if save.samefile(model):
                raise UsageError(f"{save}: is the model itself; expected its ranges")
        folder = save.resolve().parent if export_to is None else Path(export_to).resolve()
        if not folder.is_dir():
            raise UsageError(f"--export-to {export_to}: is no folder; create it first")
        return cls(model=model, read=save if save.exists() else None, save=save, folder=folder)


def read_file(path: Path) -> RangeFile:
    """Read a ranges file of any known format.

    Raises:
        InputError: It cannot be read.
    """
    from setrange.formats.reading import read_ranges

    return read_ranges(path)


def edited_model(
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
    from setrange.exporters.qdq import QdqOptions
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
        options=QdqOptions(quantize_small=quantize_small),
    )


def _network(
    models: Any, version: TrtVersion, chosen: Purpose, trt: TrtVersion | None, console: Console
) -> tuple[Any, Any]:
    """The network; for a Q/DQ model, as another release reads it where this one does not."""
    from setrange.errors import ParserRefusedError
    from setrange.importer.model_at import ModelAt, fallback_of

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


def make_document(
    model: EditedModel, files: EditedFiles, file: RangeFile | None, chosen: Purpose
) -> Document:
    """Open the ranges.

    Raises:
        SetrangeError: They do not fit the model, or could not be saved.
    """
    from setrange.editing.document import Document

    save = files.save
    if file is not None and file.format not in _OWN:
        save = _beside(files.save, file.format)
    return Document(
        model,
        save,
        read=read_file,
        file=file,
        purpose=chosen.name,
        estimate=said_of_estimates(),
    )


def _beside(path: Path, format_id: str) -> Path:
    """Return where ranges of another format are saved: in setrange's own, beside them.

    Raises:
        UsageError: There is a file of that name.
    """
    save = path.with_suffix(".json")
    if save == path:
        save = path.with_suffix(".ranges.json")
    if not save.exists():
        return save
    convert = command_line(["setrange", "convert", str(path), "-o", "ranges.json"])
    raise UsageError(
        f"{path} is of the format {format_id}, so the editor would save {save}, which is there "
        f"already; open that one, or make a file of another name: {convert}"
    )


def say_what_is_opened(document: Document, files: EditedFiles, console: Console) -> None:
    """Say what is opened, and what of it cannot be kept."""
    from setrange.plan import Source
    from setrange.text.words import and_more, plural

    plan = document.view.plan
    if files.read is None:
        console.say(f"{document.path} is not there yet: Save makes it")
    else:
        given = plural(plan.count(Source.GIVEN), "given range")
        console.say(f"opened {files.read}: {given} of {plan.network.model}")
        if files.read != document.path:
            console.say(f"Save writes {document.path}")
    lost = [entry.name for entry in document.opened.lost]
    if lost:
        console.say(
            f"note: {plural(len(lost), 'name')} of another release mean nothing to TensorRT "
            f"{plan.network.trt}, and Save leaves them out: {and_more(lost)}"
        )
