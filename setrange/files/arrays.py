# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NumPy's files, .npy and .npz, from anybody: what a header says is checked first.

numpy.load allocates what a header asks for, evaluates the header as Python, and lets through
what zipfile and zlib raise. Here a file is read whose header is one of plain numbers, whose
size is that of its values, and which does not grow beyond measure when it is unpacked.

Source: numpy/lib/format.py of NumPy 2 (the format's versions 1.0 to 3.0); zip's own fields as
Python's zipfile names them.
"""

from __future__ import annotations

import io
import math
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from setrange.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import numpy.typing as npt

__all__ = [
    "MOST_GROWTH",
    "SMALL_ARCHIVE",
    "ArrayHeader",
    "NpyFile",
    "NpzFile",
    "is_npz",
    "open_arrays",
]

#: An archive may hold this many bytes of values, whatever its size ...
SMALL_ARCHIVE = 256 << 20
#: ... and a larger one this many for each of its own bytes.
MOST_GROWTH = 100

_NPY = b"\x93NUMPY"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")

#: Longest header, in bytes: what numpy reads, too.
_LONGEST_HEADER = 10_000
#: numpy's own limits since its version 2; dimensions of more digits are larger than any file.
_MOST_DIMENSIONS = 64
_MOST_DIGITS = 18

#: A header without its blanks. numpy and every other writer put down a flat dictionary.
_HEADER = re.compile(
    r"\{(?:(?:'(?:descr|fortran_order|shape)'|\"(?:descr|fortran_order|shape)\"):"
    r"(?:'[^']{1,20}'|\"[^\"]{1,20}\"|True|False|\([0-9,L]*\)),?){3}\}"
)
_FIELD = re.compile(
    r"['\"](descr|fortran_order|shape)['\"]:['\"]?([^'\"{}:]*?)['\"]?(?=,?['\"}])"
)

#: What numpy writes for an element type that is no record.
_TYPE = re.compile(r"[<>|=]?[A-Za-z?][0-9]{0,9}(?:\[[0-9]{0,9}[A-Za-z]{1,2}\])?")

#: Kinds of numpy types that are numbers (V2 is how numpy writes bfloat16).
_NUMBERS = "biufc"
_BFLOAT16 = np.dtype("V2")

#: How zip files that numpy writes are packed: stored, deflated.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayHeader:
    """The type, shape and size that the header of an array states.

    Attributes:
        shape: Its dimensions, none of them negative.
        dtype: Its element type: numbers, or two raw bytes (bfloat16).
        is_fortran: True if the first dimension varies fastest.
        start: Where its values start, in bytes from the header's first.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int

    @property
    def nbytes(self) -> int:
        """Bytes of its values."""
        return math.prod(self.shape) * self.dtype.itemsize


def is_npz(start: bytes) -> bool:
    """True if a file that starts like this is a zip archive."""
    return start.startswith(_ZIPS)


def open_arrays(path: Path) -> NpyFile | NpzFile:
    """Open a .npy or .npz file, whatever it is called; no values are read.

    Raises:
        InputError: It cannot be read, is neither, or its header is not to be believed.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_NPY))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    return NpzFile(path) if is_npz(start) else NpyFile(path)


class NpyFile:
    """A .npy file; what is asked for is read when it is asked for.

    Args:
        path: The file.

    Attributes:
        header: What its header says; the file is as long as that needs.

    Raises:
        InputError: It cannot be read, or its header is not to be believed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state: tuple[int, int] | None = None
        with self._opened() as stream:
            self.header = _header(stream, str(path), os.fstat(stream.fileno()).st_size)

    def rows(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Return ``[start:stop]`` of the array's first dimension.

        Raises:
            InputError: The file cannot be read, or is another one by now.
        """
        header = self.header
        if header.is_fortran and len(header.shape) > 1:
            return self.whole()[start:stop]  # they lie all over the file
        row = math.prod(header.shape[1:]) * header.dtype.itemsize
        shape = (max(0, min(stop, header.shape[0]) - start), *header.shape[1:])
        with self._opened() as stream:
            stream.seek(header.start + start * row)
            values = _values(stream, shape[0] * row, str(self.path))
        return values.view(header.dtype).reshape(shape)

    def whole(self) -> npt.NDArray[Any]:
        """Return the array.

        Raises:
            InputError: The file cannot be read, or is another one by now.
        """
        with self._opened() as stream:
            stream.seek(self.header.start)
            return _shaped(_values(stream, self.header.nbytes, str(self.path)), self.header)

    def _opened(self) -> BinaryIO:
        try:
            stream = self.path.open("rb")
            found = os.fstat(stream.fileno())
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be read: {error.strerror or error}"
            ) from error
        state = (found.st_size, found.st_mtime_ns)
        if self._state not in (None, state):
            stream.close()
            raise InputError(f"{self.path}: changed while it was being read; run this again")
        self._state = state
        return stream


class NpzFile:
    """A .npz file; headers are read at once, values when they are asked for.

    Args:
        source: The file, or its bytes.
        label: What to call it in messages; ``None`` = its path.

    Attributes:
        headers: What each array's header says, by name.

    Raises:
        InputError: It is damaged, encrypted, packed in an odd way, holds something else than
            arrays of numbers, or would take too much memory.
    """

    def __init__(self, source: Path | bytes, label: str | None = None) -> None:
        self._label = str(source) if label is None and isinstance(source, Path) else label or ""
        self.headers: dict[str, ArrayHeader] = {}
        self._members: dict[str, zipfile.ZipInfo] = {}
        try:
            stream = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        except OSError as error:
            raise InputError(
                f"{self._label}: cannot be read: {error.strerror or error}"
            ) from error
        self._stream = stream
        try:
            size = stream.seek(0, io.SEEK_END)
            self._archive = zipfile.ZipFile(stream)
            self._look(max(SMALL_ARCHIVE, MOST_GROWTH * size))
        except InputError:
            stream.close()
            raise
        except Exception as error:  # zipfile raises almost anything on a broken file
            stream.close()
            raise _broken(self._label, error) from error

    def __enter__(self) -> NpzFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def read(self, name: str) -> npt.NDArray[Any]:
        """Return an array.

        Raises:
            InputError: It is damaged.
            KeyError: There is none of this name.
        """
        header = self.headers[name]
        label = f"{self._label}: array {name!r}"
        try:
            with self._archive.open(self._members[name]) as part:
                part.read(header.start)
                return _shaped(_values(part, header.nbytes, label), header)
        except InputError:
            raise
        except Exception as error:  # zlib.error, BadZipFile, EOFError, ...
            raise _broken(label, error) from error

    def _look(self, most: int) -> None:
        total = 0
        for member in self._archive.infolist():
            name = member.filename.removesuffix(".npy")
            label = f"{self._label}: array {name!r}"
            if member.flag_bits & _ENCRYPTED:
                raise InputError(f"{label}: is encrypted; save the arrays with numpy.savez")
            if member.compress_type not in _METHODS:
                raise InputError(
                    f"{label}: is packed in a way that NumPy does not write (method "
                    f"{member.compress_type}); save the arrays with numpy.savez"
                )
            if name in self.headers:
                raise InputError(f"{label}: is there twice; expected one array of a name")
            total += member.file_size
            if total > most:
                raise InputError(
                    f"{self._label}: holds more than {most >> 20} MiB of values in a much "
                    f"smaller file; save the arrays with numpy.savez (not compressed), or as "
                    f".npy files"
                )
            with self._archive.open(member) as part:
                self.headers[name] = _header(part, label, member.file_size)
            self._members[name] = member


def _broken(label: str, error: Exception) -> InputError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(
        f"{label}: is no readable NumPy file: {reason}; write it with numpy.save or numpy.savez"
    )


def _header(stream: Any, label: str, size: int) -> ArrayHeader:
    """Read a header, and hold it against the bytes there are."""
    start = stream.read(8)
    if start[:6] != _NPY:
        raise InputError(
            f"{label}: is no readable NumPy file: it does not start as one; write it with "
            f"numpy.save or numpy.savez"
        )
    width = 2 if start[6:7] == b"\x01" else 4
    length = int.from_bytes(stream.read(width), "little")
    if length > _LONGEST_HEADER or start[6:7] not in (b"\x01", b"\x02", b"\x03"):
        raise InputError(f"{label}: is no readable NumPy file: its header is damaged")
    text = stream.read(length).decode("utf-8", errors="replace")
    shape, dtype, is_fortran = _parsed("".join(text.split()), label)
    header = ArrayHeader(
        shape=shape, dtype=dtype, is_fortran=is_fortran, start=8 + width + length
    )
    if header.start + header.nbytes > size:
        raise InputError(
            f"{label}: is no readable NumPy file: its header says {dtype}{list(shape)}, "
            f"{header.nbytes} bytes, and it holds {max(0, size - header.start)}; it is cut off "
            f"or damaged"
        )
    return header


def _parsed(text: str, label: str) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    fields: Mapping[str, str] = dict(_FIELD.findall(text)) if _HEADER.fullmatch(text) else {}
    if len(fields) != 3 or fields["fortran_order"] not in ("True", "False"):
        structured = "'descr':[" in text
        reason = "its values are records" if structured else "its header is damaged"
        raise InputError(
            f"{label}: is no readable NumPy file: {reason}; expected one array of numbers"
        )
    dtype = _type(fields["descr"])
    if dtype is None:
        raise InputError(f"{label}: is no readable NumPy file: its type is not NumPy's")
    if dtype.kind not in _NUMBERS and dtype != _BFLOAT16:
        raise InputError(
            f"{label}: is no readable NumPy file: it holds {_named(dtype)}; expected numbers"
        )
    digits = [part.rstrip("L") for part in fields["shape"].strip("()").split(",") if part]
    is_odd = any(not d.isdigit() or len(d) > _MOST_DIGITS for d in digits)
    if is_odd or len(digits) > _MOST_DIMENSIONS:
        raise InputError(f"{label}: is no readable NumPy file: its shape is no array's")
    return tuple(map(int, digits)), dtype, fields["fortran_order"] == "True"


def _type(text: str) -> np.dtype[Any] | None:
    try:
        return np.dtype(text) if _TYPE.fullmatch(text) else None
    except (TypeError, ValueError):
        return None


def _named(dtype: np.dtype[Any]) -> str:
    kinds = {"O": "Python objects", "S": "bytes", "U": "text", "M": "dates", "m": "durations"}
    return kinds.get(dtype.kind, f"values of type {dtype}")


def _values(stream: Any, size: int, label: str) -> npt.NDArray[np.uint8]:
    """Read so many bytes; memory is taken as they come."""
    values = np.empty(size, dtype=np.uint8)
    view = values.data
    done = 0
    while done < size:
        try:
            count = stream.readinto(view[done : done + _CHUNK])
        except OSError as error:
            raise InputError(f"{label}: cannot be read: {error.strerror or error}") from error
        if not count:
            raise InputError(f"{label}: is cut off or damaged: its last values are missing")
        done += count
    return values


def _shaped(values: npt.NDArray[np.uint8], header: ArrayHeader) -> npt.NDArray[Any]:
    order: Any = "F" if header.is_fortran else "C"
    return values.view(header.dtype).reshape(header.shape, order=order)
