# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Exports: what may be written where, and the command that writes it.

The rule: an export goes into one folder that was chosen when the editor was started, under a
plain file name whose ending says what it is. It is never written through a link. What else
may not be replaced (an input, a file of another kind) ``setrange apply`` itself refuses.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.editing.requests import choice, flag, text
from setrange.errors import UsageError
from setrange.files.windows import check_name
from setrange.machine.bindings import is_installed
from setrange.machine.find_trtexec import trtexec_paths
from setrange.machine.rtx_bindings import is_rtx_installed
from setrange.ranges.problems import quoted
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["KINDS", "Export", "Exports", "Kind"]

#: Longer names do not fit beside what is written next to them.
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What can be exported.

    Attributes:
        to: As ``apply --to`` takes it.
        title: For people.
        phrase: The same within a sentence, with its article.
        endings: Of its name; the first is proposed.
        not_endings: Endings that mean something else, though one of ``endings`` fits.
        has_release: It is for one TensorRT release.
        has_fp16: What stays float may be FP16.
    """

    to: str
    title: str
    phrase: str
    endings: tuple[str, ...]
    not_endings: tuple[str, ...] = ()
    has_release: bool = False
    has_fp16: bool = False


KINDS: dict[str, Kind] = {
    "cache": Kind(
        to="cache",
        title="Calibration cache",
        phrase="a calibration cache",
        endings=(".cache",),
        has_release=True,
    ),
    "qdq": Kind(
        to="qdq",
        title="Q/DQ model",
        phrase="a Q/DQ model",
        endings=(".qdq.onnx", ".onnx"),
        not_endings=(".ranged.onnx",),
        has_fp16=True,
    ),
    "ranged": Kind(
        to="ranged-onnx",
        title="Ranged model",
        phrase="a ranged model",
        endings=(".ranged.onnx",),
        has_release=True,
    ),
    "engine": Kind(
        to="engine", title="Engine", phrase="an engine", endings=(".engine", ".plan")
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export that is allowed.

    Attributes:
        target: Where to.
        arguments: Of ``setrange``.
        exists: There is a file of that name.
    """

    target: Path
    arguments: tuple[str, ...]
    exists: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """Checks what the page asks for, and turns it into a command.

    Attributes:
        folder: Where exports go.
        model: The model's path, as it was given.
        ranges: The ranges file's path.
        stem: What proposed names begin with.
        release: The TensorRT release whose names are edited.
        options: Further options of ``apply``, as they were given to the editor.
        qdq_options: The same for what Q/DQ models are made on the way to.
    """

    folder: Path
    model: str
    ranges: str
    stem: str
    release: str
    options: Sequence[str] = ()
    qdq_options: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what the dialog shows."""
        return {
            "folder": str(self.folder),
            "release": self.release,
            "kinds": [
                {
                    "id": name,
                    "title": kind.title,
                    "name": f"{self.stem}{kind.endings[0]}",
                    "endings": list(kind.endings),
                    "release": kind.has_release,
                    "fp16": kind.has_fp16,
                    "unavailable": _no_builder() if name == "engine" else None,
                }
                for name, kind in KINDS.items()
            ],
        }

    def export(self, request: Mapping[str, Any], *, target: str = "gpu") -> Export:
        """Return what a request asks for.

        Args:
            request: ``{"what": "cache", "name": "model.cache", "trt": "8.6"}``, with
                ``allow_missing`` and ``fp16`` where they are meant.
            target: ``gpu`` or ``dla``.

        Raises:
            UsageError: It is not allowed; the message says why.
            InputError: The name is none that this system can hold.
        """
        kind = KINDS[choice(request, "what", KINDS)]
        path = self._path(text(request, "name"), kind)
        arguments = ["apply", self.ranges, self.model, "-o", str(path), "--to", kind.to]
        if kind.has_release:
            arguments += ["--trt", str(TrtVersion.parse(text(request, "trt")))]
        if target != "gpu":
            arguments += ["--target", target]
        if flag(request, "allow_missing"):
            arguments.append("--allow-missing")
        if flag(request, "fp16"):
            if not kind.has_fp16:
                raise UsageError(f"{kind.title}: FP16 is not chosen here, but by the builder")
            arguments.append("--fp16")
        arguments += self.options
        if kind.to in ("qdq", "engine"):
            arguments += self.qdq_options
        return Export(
            target=path,
            arguments=tuple(arguments),
            exists=os.path.lexists(path),
        )

    def refuse_inputs(self, target: Path) -> None:
        """Refuse a target that is a file the export is made of, under whatever name.

        Raises:
            UsageError: It is.
        """
        inputs = {"the model": self.model, "the ranges file": self.ranges}
        for what, path in inputs.items():
            with contextlib.suppress(OSError):
                if target.samefile(path):
                    raise UsageError(
                        f"{target}: is {what} that is edited, and no export replaces it; "
                        f"choose another name"
                    )

    def _path(self, name: str, kind: Kind) -> Path:
        """The file of that name in the folder.

        Raises:
            UsageError: It would be elsewhere, or the name misleads.
        """
        if not name or name != name.strip():
            raise UsageError("the name of the file is empty, or begins or ends with a blank")
        if len(name.encode("utf-8", "replace")) > _LONGEST:
            raise UsageError(f"the name of the file is longer than {_LONGEST} bytes")
        has_separator = any(sign in name for sign in "/\\:") or name.startswith(".")
        if has_separator or not name.isprintable() or Path(name).name != name:
            raise UsageError(
                f"{quoted(name)} is no plain file name; exports go into {self.folder}, and "
                f"nowhere else"
            )
        lower = name.lower()
        is_other = lower.endswith(kind.not_endings) if kind.not_endings else False
        if is_other or not lower.endswith(kind.endings):
            listed = " or ".join(kind.endings)
            raise UsageError(f"{quoted(name)}: {kind.phrase} is written to a name in {listed}")
        check_name(name)
        path = self.folder / name
        if path.is_symlink():
            raise UsageError(f"{path}: is a link to another place; choose another name")
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; choose another name")
        return path


def _no_builder() -> str | None:
    """Why no engine can be built on this machine; ``None`` where one can."""
    if is_installed("tensorrt") or is_rtx_installed() or trtexec_paths():
        return None
    return "no TensorRT is installed here; setrange doctor says how to get one"
