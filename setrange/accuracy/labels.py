# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Class numbers of samples, from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError
from setrange.files.arrays import NpyFile, open_arrays
from setrange.files.text_encoding import decoded

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Labels", "read_labels"]

#: Names of the labels' array in a ``.npz`` that holds more than one.
_NAMES = ("labels", "label", "y", "targets", "target")


class Labels:
    """Class numbers in the order of the samples, handed out row by row.

    Args:
        values: Class of each row, from 0.
        source: What to call them in messages.
    """

    def __init__(self, values: npt.NDArray[np.int64], source: str) -> None:
        self.values = values
        self.source = source
        self._used = 0

    def take(self, rows: int, classes: int | None) -> npt.NDArray[np.int64]:
        """Return the labels of the next rows.

        Args:
            rows: How many.
            classes: How many classes there are, if that is known.

        Raises:
            InputError: There are none left, or a label is no class.
        """
        taken = self.values[self._used : self._used + rows]
        if taken.size < rows:
            raise InputError(
                f"{self.source}: holds {self.values.size} labels, and the data more rows than "
                f"that; give one label for each row of the output, in the order of the data"
            )
        if classes is not None and taken.size and not 0 <= taken.min() <= taken.max() < classes:
            index = int(np.flatnonzero((taken < 0) | (taken >= classes))[0])
            raise InputError(
                f"{self.source}: label {self._used + index + 1} is {taken[index]}; the model "
                f"has the classes 0 to {classes - 1} (count from 0)"
            )
        self._used += rows
        return taken

    def check_all_used(self) -> None:
        """Refuse labels that are left over: they belong to other data, or to another order.

        Raises:
            InputError: There are more labels than rows.
        """
        if self._used < self.values.size:
            raise InputError(
                f"{self.source}: holds {self.values.size} labels for {self._used} rows of "
                f"data; give one for each (or --samples, to take the first ones)"
            )


def read_labels(path: str | Path) -> Labels:
    """Read class numbers: ``.npy``, ``.npz``, or text with one a line (the last column).

    Raises:
        InputError: The file cannot be read, or holds something else.
    """
    file = Path(path)
    try:
        file.stat()
        if file.suffix.lower() in (".npy", ".npz"):
            return Labels(_of_array(_array(file), str(path)), str(path))
        text = decoded(file.read_bytes())
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"{path}: cannot be read as labels: {reason}") from error
    return Labels(_of_text(text, str(path)), str(path))


def _array(file: Path) -> npt.NDArray[Any]:
    found = open_arrays(file)
    if isinstance(found, NpyFile):
        return found.whole()
    with found as archive:
        held = list(archive.headers)
        names = [name for name in _NAMES if name in held] or held
        if len(held) != 1 and names == held:
            raise InputError(
                f"{file}: holds {len(names)} arrays ({', '.join(names[:5])}); give the labels "
                f"alone, or call their array 'labels'"
            )
        return archive.read(names[0])


def _of_array(array: npt.NDArray[Any], source: str) -> npt.NDArray[np.int64]:
    flat = array.reshape(-1)
    is_column = array.ndim >= 1 and array.size == array.shape[0]
    if not is_column or array.dtype.kind not in "iuf":
        raise InputError(
            f"{source}: holds {array.dtype}{list(array.shape)}; expected one class number for "
            f"each sample"
        )
    with np.errstate(invalid="ignore"):
        values = flat.astype(np.int64)
    if not np.array_equal(values, flat):
        raise InputError(f"{source}: holds fractions; expected class numbers")
    return values


def _of_text(text: str, source: str) -> npt.NDArray[np.int64]:
    values: list[int] = []
    is_first = True
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.split("#")[0].strip()
        if not stripped:
            continue
        last = stripped.replace(";", ",").replace("\t", ",").split(",")[-1].strip().strip("\"'")
        last = last.split()[-1] if last else last
        try:
            values.append(int(last))
        except ValueError as error:
            if not is_first:
                raise InputError(
                    f"{source}:{number}: {last!r} is no class number; expected one a line, or "
                    f"in the last column"
                ) from error
        is_first = False
    if not values:
        raise InputError(f"{source}: holds no labels; expected one class number a line")
    return np.array(values, dtype=np.int64)
