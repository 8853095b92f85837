# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Where samples come from: files, a Python callable, random numbers; read when needed."""

from __future__ import annotations

import functools
import glob
import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError
from setrange.files.arrays import NpyFile, NpzFile, open_arrays
from setrange.files.roles import reads
from setrange.measure.user_function import FAILURES, is_function, one_line, user_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from setrange.measure.inputs import Arrays, Input, Inputs

__all__ = [
    "ARRAY_SUFFIXES",
    "RANDOM_SEED",
    "Sample",
    "checked",
    "find_files",
    "load_callable",
    "random_samples",
    "samples_of_files",
    "samples_of_iterable",
]

#: Samples of ``random_samples`` are always the same.
RANDOM_SEED = 0


#: Values of one random sample's input, at most.
_MOST_RANDOM = 1 << 26

#: What states of ``setrange collect`` end in: they lie beside results, and are no samples.
STATE_SUFFIX = ".state.npz"

#: Files that hold arrays.
ARRAY_SUFFIXES = (".npy", ".npz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample; its values are read by ``load``.

    Attributes:
        label: What to call it in messages: file and position.
        load: Returns its arrays, of the model's types, with a batch dimension.
    """

    label: str
    load: Callable[[], Arrays]


def load_callable(text: str, option: str = "--data") -> Callable[[], Iterable[Any]] | None:
    """Return what ``module:function`` names, or ``None`` where the text is a path.

    Args:
        text: What the user gave.
        option: The option it was given to, for messages.

    Raises:
        UsageError: There is no such module or function.
    """
    if not is_function(text) or Path(text).exists():
        return None
    what = "a function that yields dicts"
    return user_function(text, option=option, what=what, instead="a file, or ")


def find_files(
    places: Sequence[str],
    suffixes: Sequence[str],
    *,
    not_among: Sequence[str] = (),
    option: str = "--data",
) -> list[Path]:
    """Return the files that paths, directories and globs name, each once, in natural order.

    Args:
        places: Paths, directories (searched for ``suffixes``), globs.
        suffixes: Endings of the files that are wanted.
        not_among: Endings of files that are read in another way: named, they are an error.
        option: The option that names the places, for messages.

    Raises:
        InputError: A place holds none.
    """
    found: dict[Path, None] = {}
    for place in places:
        path = Path(place)
        if path.is_dir():
            inside = [p for p in path.rglob("*") if p.is_file()]
            files = [
                p
                for p in inside
                if p.suffix.lower() in suffixes and not p.name.endswith(STATE_SUFFIX)
            ]
        elif path.is_file():
            inside = files = [path]
        else:
            matches = map(Path, sorted(glob.glob(place, recursive=True)))
            inside = files = [p for p in matches if p.is_file()]
        other = next((p for p in files or inside if p.suffix.lower() in not_among), None)
        if other is not None:
            hint = "add" if ".npy" in suffixes else "leave out"
            what = "is an image" if ".npy" in suffixes else "holds arrays"
            raise InputError(f"{option} {place}: {other.name} {what}; {hint} --image")
        if not files:
            what = "holds no samples" if path.exists() else "no such file or directory"
            raise InputError(f"{option} {place}: {what}; expected {', '.join(suffixes)} files")
        found.update(dict.fromkeys(sorted(files, key=_natural)))
    for path in found:
        reads(path, option)
    return list(found)


def _natural(path: Path) -> list[tuple[int, int, str]]:
    pieces = re.split(r"(\d+)", path.as_posix())
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in pieces]


def samples_of_files(files: Iterable[Path], inputs: Inputs) -> Iterator[Sample]:
    """Yield the samples of ``.npy`` and ``.npz`` files; only what is asked for is read.

    Raises:
        InputError: A file cannot be read or does not fit the model.
    """
    for path in files:
        inputs.check_order(str(path))
        found = open_arrays(path)
        if isinstance(found, NpyFile):
            yield from _samples_of_file(found, inputs)
            continue
        with found as archive:
            arrays = {name: archive.read(name) for name in _wanted(archive, inputs)}
        yield from _samples(arrays, str(path), inputs)


def _wanted(archive: NpzFile, inputs: Inputs) -> list[str]:
    """Return the arrays to read: others may lie beside that of the only input."""
    names = list(archive.headers)
    if len(inputs.items) == 1 and len(names) > 1:
        return [name for name in names if name in inputs.items] or names
    return names


def _samples_of_file(file: NpyFile, inputs: Inputs) -> Iterator[Sample]:
    """Yield the samples of one array; each is read from the file alone."""
    label, header = str(file.path), file.header
    if inputs.axis or (header.is_fortran and len(header.shape) > 1):
        yield from _samples({"": file.whole()}, label, inputs)  # a sample lies all over it
        return
    # Of the array's shape and type, without its values.
    outline = np.broadcast_to(np.empty((), dtype=header.dtype), header.shape)
    count = inputs.split(inputs.fitted({"": outline}, label), label)
    rows = inputs.rows if len(header.shape) == inputs.rank else None

    def load(index: int, where: str) -> Arrays:
        part = file.whole() if rows is None else file.rows(index * rows, (index + 1) * rows)
        return checked(inputs.fitted({"": part}, where), where, inputs)

    for index in range(count):
        where = label if count == 1 else f"{label}, sample {index}"
        yield Sample(label=where, load=functools.partial(load, index, where))


def samples_of_iterable(items: Iterable[Any], label: str, inputs: Inputs) -> Iterator[Sample]:
    """Yield the samples of dicts of arrays (or plain arrays, where there is one input).

    Raises:
        InputError: An item is neither, or does not fit the model.
    """
    for number, item in enumerate(items):
        where = f"{label}, item {number}"
        if not isinstance(item, dict):
            inputs.check_order(where)
        arrays = item if isinstance(item, dict) else {"": item}
        odd = next((name for name in arrays if not isinstance(name, str)), None)
        if odd is not None:
            raise InputError(f"{where}: {odd!r} is no input's name; expected text")
        try:
            arrays = {name: np.asarray(array) for name, array in arrays.items()}
        except FAILURES as error:  # in the user's own class, perhaps
            raise InputError(f"{where}: is no array: {one_line(error)}") from error
        if not isinstance(item, dict) and len(inputs.items) != 1:
            raise InputError(
                f"{where}: is a {type(item).__name__}; expected a dict with an array for each "
                f"input: {inputs}"
            )
        # A dict is what is fed at once; where the model's batch is fixed it may be several.
        is_feed = isinstance(item, dict) and inputs.is_free
        yield from _samples(arrays, where, inputs, is_one=is_feed)


def random_samples(inputs: Inputs, count: int) -> Iterator[Sample]:
    """Yield samples of standard normal values (0 and 1 for integers); free dimensions are 1.

    Raises:
        InputError: An input is too large for that.
    """
    for item in inputs.items.values():
        if math.prod(_random_shape(item)) > _MOST_RANDOM:
            raise InputError(
                f"--random: one sample of input {item} has more than {_MOST_RANDOM} values; "
                f"give --data"
            )

    def make(number: int) -> Arrays:
        random = np.random.default_rng((RANDOM_SEED, number))
        arrays: Arrays = {}
        for item in inputs.items.values():
            shape = _random_shape(item)
            if item.dtype.kind == "f":
                values = np.asarray(random.standard_normal(shape))
            else:
                values = np.asarray(random.integers(0, 2, shape))
            arrays[item.name] = values.astype(item.dtype)
        return arrays

    return (
        Sample(label=f"random sample {number}", load=functools.partial(make, number))
        for number in range(count)
    )


def _random_shape(item: Input) -> tuple[int, ...]:
    return tuple(dim if isinstance(dim, int) else 1 for dim in item.shape)


def digest_of(arrays: Arrays) -> int:
    """Return a SHA-256 over names, types, shapes and values, as a number."""
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return int.from_bytes(digest.digest(), "big")


def _samples(
    arrays: dict[str, npt.NDArray[Any]], label: str, inputs: Inputs, *, is_one: bool = False
) -> Iterator[Sample]:
    """Yield the samples of arrays; all of them are one if ``is_one``."""
    fitted = inputs.fitted(arrays, label)
    count = inputs.split(fitted, label)
    if is_one and count:
        count = 1

    def load(index: int, where: str) -> Arrays:
        part = fitted if is_one else inputs.sample(fitted, index)
        return checked(part, where, inputs)

    for index in range(count):
        where = label if count == 1 else f"{label}, sample {index}"
        yield Sample(label=where, load=functools.partial(load, index, where))


def checked(arrays: Arrays, label: str, inputs: Inputs) -> Arrays:
    """Return arrays of the inputs' own types.

    Raises:
        InputError: They hold NaN, or values that the type cannot hold.
    """
    out: Arrays = {}
    for name, array in arrays.items():
        dtype = inputs.items[name].dtype
        if array.dtype.kind == "f" and np.isnan(array).any():
            raise InputError(f"{label}: input {name!r} holds NaN; remove or repair the sample")
        with np.errstate(over="ignore"):
            # Not ascontiguousarray: that makes a number without dimensions one of one.
            out[name] = np.asarray(array, dtype=dtype, order="C")
        if array.dtype.kind in "iu" and not np.array_equal(out[name], array):
            raise InputError(f"{label}: input {name!r} holds values that {dtype} cannot hold")
    return out
