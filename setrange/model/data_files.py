# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The data files beside a model that is written: under a name that no older model refers to.

A model and its data cannot be renamed in one step. So a data file never replaces one of other
content: it takes the plain name (``m.onnx.data``) where that is free, else one with a digest
of its content (``m.onnx.data`` -> ``m.onnx.3f2a8c01d4e5.data``). The model that refers to it
comes last. Until then the old model has its old data; from then on the new one has its new.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
from typing import IO, TYPE_CHECKING, Any

from setrange.errors import InputError
from setrange.files.blaming import blaming
from setrange.files.interrupts import uninterrupted
from setrange.files.roles import is_task, reads, writes
from setrange.files.staging import Staged, take_place, temporary_beside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path
    from types import TracebackType

    from onnx import TensorProto

__all__ = ["DataFile", "HashingStream", "data_of_old", "declare_data", "remove_old_data"]

#: Hex digits of the digest in a name.
_DIGITS = 12


class DataFile:
    """A data file that is being written; it gets its name when the block ends.

    Args:
        model: The model file it is for.
        ending: What follows the model's name: ``data`` or ``0.data``.

    Attributes:
        stream: What to write to.
        path: After the block: where the file will be.

    Raises:
        InputError: It cannot be written.
    """

    stream: HashingStream
    path: Path

    def __init__(self, model: Path, ending: str) -> None:
        self._model = model
        self._ending = ending
        self._temporary: Path | None = None

    def __enter__(self) -> DataFile:
        """Create a temporary file."""
        try:
            with blaming(self._model), uninterrupted():
                handle, self._temporary = temporary_beside(self._model)
                self.stream = HashingStream(os.fdopen(handle, "wb"))
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Name the file, unless there was an error."""
        try:
            with blaming(self._model):
                try:
                    if error is None:
                        self.stream.finish()
                finally:
                    self.stream.close()
                if error is None:
                    self._name()
        except BaseException:
            self._discard()
            raise
        if error is not None:
            self._discard()
            if isinstance(error, OSError) and error.filename is None:
                with blaming(self._model):
                    raise error

    def _name(self) -> None:
        temporary = self._temporary
        if temporary is None:
            return
        import filecmp

        digest = self.stream.digest.hexdigest()[:_DIGITS]
        stem = self._ending.removesuffix("data")
        plain = self._model.with_name(f"{self._model.name}.{self._ending}")
        dated = self._model.with_name(f"{self._model.name}.{stem}{digest}.data")
        candidates = [dated, plain] if dated.exists() else [plain, dated]
        for path in candidates:
            writes(path, "the data beside it")
            if not os.path.lexists(path):
                temporary.chmod(_mode_of_new())
                take_place(Staged(temporary=temporary, target=path, is_private=True))
                self.path = path
                return
            if path.is_file() and filecmp.cmp(temporary, path, shallow=False):
                self.path = path
                self._discard()
                return
        raise InputError(
            f"{candidates[-1]}: is there already and holds something else; move it away, or "
            f"give the model another name"
        )

    def _discard(self) -> None:
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                self._temporary.unlink()


class HashingStream:
    """Writes and hashes."""

    def __init__(self, stream: IO[bytes]) -> None:
        import hashlib

        self._stream = stream
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        """Write bytes."""
        self.digest.update(data)
        return self._stream.write(data)

    def writelines(self, parts: Iterable[Any]) -> None:
        """Write pieces."""
        for part in parts:
            self.write(part)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._stream.tell()

    def finish(self) -> None:
        """Bring everything to the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _mode_of_new() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def declare_data(tensors: Iterable[TensorProto], path: Path) -> None:
    """Declare the files that hold a model's external data as inputs of this command.

    Args:
        tensors: Those of the model whose values lie in files beside it.
        path: Its file.

    Raises:
        UsageError: One of them is an output.
    """
    if not is_task():
        return
    for name in {
        entry.value
        for tensor in tensors
        for entry in tensor.external_data
        if entry.key == "location"
    }:
        reads(path.parent / name, f"the data of {path.name}")


def data_of_old(model: Path) -> list[Path]:
    """Return the data files that the model of this name has now, and that setrange named."""
    name = re.escape(model.name)
    ours = re.compile(rf"{name}(\.\d+)?(\.[0-9a-f]{{{_DIGITS}}})?\.data\Z")
    with contextlib.suppress(OSError):
        beside = [path for path in model.parent.iterdir() if ours.match(path.name)]
        return [path for path in beside if path.is_file() and _mentions(model, path.name)]
    return []


def remove_old_data(old: Collection[Path], *, keep: Collection[Path]) -> None:
    """Remove the data of a model that has been replaced.

    A file stays where another model in the folder, such as a copy of the old one, names it.

    Args:
        old: What ``data_of_old`` returned before.
        keep: Data files of the new model.
    """
    for path in old:
        with contextlib.suppress(OSError):
            models = [other for other in path.parent.iterdir() if other.suffix == ".onnx"]
            if path not in keep and not any(_mentions(other, path.name) for other in models):
                path.unlink()


def _mentions(model: Path, name: str) -> bool:
    """True if a model names a data file; also where that cannot be told."""
    if not model.is_file():
        return False
    try:
        with (
            model.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            return mapped.find(name.encode()) >= 0
    except (OSError, ValueError):
        return True
