# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""External tensor data: which files may be read, and their values, read where they lie.

A model names the files that hold its weights, and a model may come from anywhere. So this
module decides, for every command, what is read: plain files inside the model's folder, the
bytes that the tensor's type and shape need, from a file that has not changed since the model
was loaded. Nothing is mapped into memory: a file that shrinks meanwhile is an error, and not a
signal that ends the program.
"""

from __future__ import annotations

import math
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from setrange.errors import ModelError
from setrange.model.stamp import Stamp, changed, stamp_of
from setrange.model.types import EXTERNAL, DataType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt
    from onnx import TensorProto

__all__ = [
    "IN_PLACE",
    "ExternalData",
    "check_external",
    "data_file",
    "has_raw_data",
    "is_external",
    "is_in_place",
    "open_data",
]

#: Bytes read at a time: small enough for the processor's cache, large enough for the disk.
CHUNK = 1 << 20

#: Offsets and lengths are signed 64-bit numbers.
_MOST_BYTES = 2**63 - 1

#: Marks an external tensor whose values lie in the model file, in place of a checksum. No file
#: can know it. The stamp of the model file follows.
IN_PLACE = f"in place {os.urandom(16).hex()}"

#: What is asked of whoever gets a file refused.
_HELP = "put the data file into the model's folder and export or save the model again"


#: Real path of a data file -> what it was when its model was loaded.
_loaded: dict[str, Stamp] = {}
#: Real path of a folder -> further folders that its models lie in. A cache of downloads holds
#: links: the model and its data lie side by side elsewhere.
_behind_links: dict[str, set[str]] = {}


def check_external(tensors: Iterable[TensorProto], model_path: Path) -> None:
    """Check where a model says its values are, and note what the files are like now.

    A data file that is missing is no error yet: shapes and names are known without it.

    Args:
        tensors: Those of the model whose values lie in files beside it.
        model_path: The model file.

    Raises:
        ModelError: A tensor's values are outside the model's folder, in something that is no
            plain file, or not where it says.
    """
    base = model_path.parent
    here = os.path.realpath(base)
    _behind_links.setdefault(here, set()).add(os.path.dirname(os.path.realpath(model_path)))
    files: dict[str, Stamp | None] = {}
    for tensor in tensors:
        place = _Place.of(tensor)
        if place.location not in files:
            files[place.location] = _noted(place, base)
        found = files[place.location]
        if found is not None:
            place.check_size(found.size, base)


def data_file(tensor: TensorProto, base: Path) -> Path:
    """Return the real path of a tensor's data file, which is inside the model's folder.

    Raises:
        ModelError: It is not.
    """
    place = _Place.of(tensor)
    return _confined(place, base)


def open_data(path: Path, what: str, expected: Stamp | None = None) -> IO[bytes]:
    """Open a data file for reading.

    Args:
        path: Its real path.
        what: What is read, for messages: ``external data of tensor 'w'``.
        expected: What it must still be; by default what it was when its model was loaded.

    Raises:
        ModelError: It is missing, no plain file, or has changed.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    # Opening a pipe waits for its other end unless told not to.
    flags |= getattr(os, "O_NONBLOCK", 0)
    if expected is None:  # a real path: a link has come in between
        flags |= getattr(os, "O_NOFOLLOW", 0)
    with _explained(what, path):
        stream = os.fdopen(os.open(path, flags), "rb", buffering=0)
    problem = _problem(stream, path, what, expected or _loaded.get(str(path)))
    if problem is not None:
        stream.close()
        raise problem
    return stream


def _problem(
    stream: IO[bytes], path: Path, what: str, expected: Stamp | None
) -> ModelError | None:
    status = os.fstat(stream.fileno())
    if not stat.S_ISREG(status.st_mode):
        return ModelError(f"{what}: {path} is {_kind(status)}; {_HELP}")
    if expected is not None and stamp_of(status) != expected:
        return changed(path)
    return None


class _Place(NamedTuple):
    """The place of external data that one tensor states."""

    tensor: str
    location: str
    offset: int
    length: int | None
    needed: int | None

    @classmethod
    def of(cls, tensor: TensorProto) -> _Place:
        name = _text(tensor.name)
        info = {_text(entry.key): entry.value for entry in tensor.external_data}
        what = f"external data of tensor {name!r}"
        # Protobuf gives bytes for a string that is not UTF-8.
        location: str | bytes = info.get("location", "")
        if isinstance(location, bytes) or "\0" in location or not location:
            shown = repr(location)[:80]
            raise ModelError(
                f"{what}: the location {shown} names no file; expected a file name relative to "
                f"the model: export the model again"
            )
        count = math.prod(tensor.dims)
        dtype = DataType.of(tensor.data_type)
        needed = -(-count * dtype.bits // 8) if dtype is not None and dtype.bits else None
        offset = _number(info.get("offset") or "0", f"{what} in {location[:200]!r}: offset")
        length = None
        if info.get("length"):
            length = _number(info["length"], f"{what} in {location[:200]!r}: length")
            if needed is not None and length != needed:
                raise ModelError(
                    f"{what} in {location[:200]!r}: length {length} does not fit the shape "
                    f"{list(tensor.dims)[:9]} and type, which need {needed} bytes; the model "
                    f"file is damaged: export it again"
                )
        return cls(name, location, offset, length, needed)

    @property
    def what(self) -> str:
        """The subject of messages."""
        return f"external data of tensor {self.tensor!r}"

    def check_size(self, size: int, base: Path) -> None:
        """Refuse values that go beyond the end of the file."""
        missing = self.offset + (self.needed or self.length or 0) - size
        if missing > 0:
            raise _truncated(self.what, base / self.location, missing)


def _number(text: str | bytes, what: str) -> int:
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 20:
        number = int(text)
        if number <= _MOST_BYTES:
            return number
    shown = text if len(text) < 40 else text[:40]
    raise ModelError(
        f"{what} {shown!r} is not a number from 0 to 2^63 - 1; the model file is damaged: "
        f"export it again"
    )


def _noted(place: _Place, base: Path) -> Stamp | None:
    """Check a file and remember what it is like; ``None``: it is missing."""
    path = _confined(place, base)
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as e:
        raise _unreadable(place.what, path, e) from e
    if not stat.S_ISREG(status.st_mode):
        raise ModelError(f"{place.what}: {path} is {_kind(status)}; {_HELP}")
    stamp = stamp_of(status)
    _loaded[str(path)] = stamp
    return stamp


def _confined(place: _Place, base: Path) -> Path:
    """The real path of a data file, refused outside the model's folder."""
    location = Path(place.location)
    here = os.path.realpath(base)
    if not (location.is_absolute() or location.anchor or ".." in location.parts):
        try:
            real = Path(os.path.realpath(base / location))
        except (OSError, ValueError) as e:
            raise _unreadable(place.what, base / location, e) from e
        if any(real.is_relative_to(f) for f in (here, *_behind_links.get(here, ()))):
            return real
    raise ModelError(
        f"{place.what}: {place.location[:200]!r} is outside the model's folder {base}; only "
        f"files inside it are read: {_HELP}"
    )


def is_in_place(tensor: TensorProto) -> bool:
    """True for a tensor whose values lie in the model file itself and were left there."""
    return _mark_in(tensor) is not None


def is_external(tensor: TensorProto) -> bool:
    """True for a tensor whose values lie in a data file beside the model."""
    return tensor.data_location == EXTERNAL and not is_in_place(tensor)


def has_raw_data(tensor: TensorProto) -> bool:
    """True for a tensor that has its values as raw bytes, in memory or left in the file."""
    return tensor.HasField("raw_data") or is_in_place(tensor)


def _stamp_in(tensor: TensorProto) -> Stamp | None:
    """What the model file was when a tensor in place was read; ``None`` for another tensor."""
    entry = _mark_in(tensor)
    return None if entry is None else Stamp(*map(int, entry.removeprefix(IN_PLACE).split()))


def _mark_in(tensor: TensorProto) -> str | None:
    """The mark of a tensor in place; ``None`` for another tensor."""
    if tensor.data_location == EXTERNAL:
        for entry in tensor.external_data:
            if entry.key == "checksum" and entry.value.startswith(IN_PLACE):
                return str(entry.value)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalData:
    """Where the values of one tensor lie.

    Attributes:
        tensor: Name of the tensor, for messages.
        path: The data file.
        offset: First byte.
        code: Element type on disk (little endian).
        count: Number of elements.
        stamp: What the file must still be, where the tensor itself knows it.
    """

    tensor: str
    path: Path
    offset: int
    code: np.dtype[Any]
    count: int
    stamp: Stamp | None = None

    @classmethod
    def of(
        cls, tensor: TensorProto, base: Path, code: np.dtype[Any], count: int
    ) -> ExternalData:
        """Take the place from a ``TensorProto``; the values are not read.

        Raises:
            ModelError: The place is not inside the model's folder, or is no place.
        """
        place = _Place.of(tensor)
        stamp = _stamp_in(tensor)
        # Values that lie in the model file are where the user said: any path, any link.
        path = _confined(place, base) if stamp is None else base / place.location
        return cls(
            tensor=place.tensor,
            path=path,
            offset=place.offset,
            code=code,
            count=count,
            stamp=stamp,
        )

    @classmethod
    def bytes_of(cls, tensor: TensorProto, base: Path) -> ExternalData:
        """Take the place of all bytes of a tensor, whatever its type.

        Raises:
            ModelError: The place is not inside the model's folder, or its size is not known.
        """
        needed = _Place.of(tensor).needed
        if needed is None:
            raise ModelError(
                f"external data of tensor {tensor.name!r}: values of its type are never in a "
                f"file of their own; the model file is damaged: export it again"
            )
        return cls.of(tensor, base, np.dtype("u1"), needed)

    def read(self) -> npt.NDArray[Any]:
        """Return all values."""
        return self.part(0, self.count)

    def part(
        self, first: int, count: int, into: npt.NDArray[Any] | None = None
    ) -> npt.NDArray[Any]:
        """Return ``count`` values from value ``first`` on, in memory used before if given."""
        with self._opened() as stream:
            try:
                values = np.empty(count, dtype=self.code) if into is None else into[:count]
            except (MemoryError, ValueError) as e:
                raise MemoryError(f"{self._what}: {count} values do not fit into memory") from e
            stream.seek(self.offset + first * self.code.itemsize)
            self._fill(stream, values.view(np.uint8).data)
        return values

    def chunks(self) -> Iterator[npt.NDArray[Any]]:
        """Yield the values in pieces; each piece is valid until the next."""
        buffer = np.empty(CHUNK // self.code.itemsize, dtype=self.code)
        memory = buffer.view(np.uint8).data
        left = self.count * self.code.itemsize
        with self._opened() as stream:
            stream.seek(self.offset)
            while left:
                piece = memory[: min(left, len(memory))]
                self._fill(stream, piece)
                left -= len(piece)
                yield buffer[: len(piece) // self.code.itemsize]

    def read_with(self, others: Iterable[ExternalData], into: npt.NDArray[np.uint8]) -> None:
        """Read all bytes of this tensor and of others in the same file, one behind the other.

        Args:
            others: Tensors in the same file.
            into: Memory of as many bytes.
        """
        start = 0
        with self._opened() as stream:
            for data in (self, *others):
                end = start + data.count * data.code.itemsize
                stream.seek(data.offset)
                data._fill(stream, into[start:end].data)
                start = end

    @property
    def _what(self) -> str:
        return f"external data of tensor {self.tensor!r}"

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """Open the file; what was read counts only if the file is the same at the end."""
        with open_data(self.path, self._what, self.stamp) as stream:
            before = os.fstat(stream.fileno())
            missing = self.offset + self.count * self.code.itemsize - before.st_size
            if missing > 0:
                raise _truncated(self._what, self.path, missing)
            yield stream
            if stamp_of(os.fstat(stream.fileno())) != stamp_of(before):
                raise changed(self.path)

    def _fill(self, stream: IO[bytes], memory: memoryview) -> None:
        filled = 0
        with _explained(self._what, self.path):
            while filled < len(memory):
                got = stream.readinto(memory[filled:])  # type: ignore[attr-defined]
                if not got:
                    raise changed(self.path)
                filled += got


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _kind(status: os.stat_result) -> str:
    kinds = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    )
    found = next((name for test, name in kinds if test(status.st_mode)), "something else")
    return f"{found}, no plain file"


def _truncated(what: str, path: Path, missing: int) -> ModelError:
    return ModelError(
        f"{what}: {path} ends {missing} bytes too early; copy the whole file next to the model"
    )


def _unreadable(what: str, path: Path, error: OSError | ValueError) -> ModelError:
    reason = getattr(error, "strerror", None) or error
    return ModelError(
        f"{what} cannot be read from {path} ({reason}); put the data file next to the model"
    )


@contextmanager
def _explained(what: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise _unreadable(what, path, e) from e
