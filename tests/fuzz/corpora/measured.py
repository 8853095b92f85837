# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""States of collect, arrays and images: what holds samples and what was measured on them."""

from __future__ import annotations

import functools
import io
import json
import pathlib
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.files.arrays import NpyFile, open_arrays
from setrange.measure.inputs import Input, Inputs
from setrange.measure.method import METHODS, Method
from setrange.measure.observed import Observed
from setrange.measure.result import ranges_of_state
from setrange.measure.sources import samples_of_files
from setrange.measure.state import State, read_state, write_state
from setrange.measure.state_head import Header
from tests.fuzz.corpus import Corpus, edit

if TYPE_CHECKING:
    import random
    from pathlib import Path

    import numpy.typing as npt

#: Bytes that mean something in NumPy's files.
_TOKENS = (
    b"\x93NUMPY", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"'descr'", b"'shape'",
    b"(9999999999,)", b"(0,)", b"()", b"-1", b"|O", b"<f8", b">i4", b"|S5", b"True",
    b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x01", b"(" * 99, b"{", b"}", b",", b"'",
)  # fmt: skip

#: Numbers on the edge of something.
_INTEGERS = (0, 1, -1, 2, 127, 128, 32_639, 32_640, 2**31, 2**40, 2**53, 2**53 + 1, -(2**63))
_FLOATS = (
    0.0, -0.0, 1.0, -1.0, 1e-45, 1e30, -1e30, 65504.0, 3.4028234663852886e38,
    -3.4028234663852886e38, 3.4028235677973366e38, 1e300, float("inf"), -float("inf"),
    float("nan"),
)  # fmt: skip


def _state(method: str, folder: Path) -> Path:
    """Write a small state that a run could have written."""
    observed = (
        Observed(name="x", base="x", is_rectified=False),
        Observed(name="r", base="x", is_rectified=True, factor=0.5),
        Observed(name="y", base="y", is_rectified=False),
    )
    header = Header(
        model="m.onnx",
        sha256="0" * 64,
        method=Method.of(method),
        batch=2,
        provider="CPUExecutionProvider",
        onnxruntime="1.0",
        random=False,
        images=None,
        observed=observed,
        unmeasured=(("b", "in a body"),),
    )
    state = State.empty(header, (1, 2))
    values = np.linspace(-3, 5, 40, dtype=np.float32)
    for scale in (1.0, 1e-3):
        whole = [values * np.float32(scale), np.abs(values)]
        extremes = [np.asarray(f(v)) for v in whole for f in (np.min, np.max)]
        state.statistics.update(whole if METHODS[method] == "histograms" else extremes)
        state.batches += 1
        state.add_digest(7)
    state.is_complete = True
    path = folder / "whole.state.npz"
    write_state(state, path)
    return path


@functools.cache
def _parts(method: str) -> tuple[bytes, dict[str, Any], dict[str, npt.NDArray[Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        data = _state(method, pathlib.Path(folder)).read_bytes()
    with np.load(io.BytesIO(data)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return data, json.loads(arrays.pop("head").tobytes()), arrays


def _states(rng: random.Random, folder: Path) -> None:
    data, head, arrays = _parts(rng.choice(list(METHODS)))
    path = folder / "case.state.npz"
    way = rng.random()
    if way < 0.2:
        path.write_bytes(_edited(data, rng))
    else:
        arrays = dict(arrays)
        for _ in range(rng.choice((1, 1, 2, 4))):
            if way < 0.6:
                head = _changed(head, rng)
            else:
                name = rng.choice(list(arrays))
                arrays[name] = _other(arrays[name].copy(), rng)
        text = np.frombuffer(json.dumps(head).encode(), np.uint8)
        np.savez(path, head=text, **arrays)
    state = read_state(path)
    ranges_of_state(state)
    write_state(state, folder / "again.state.npz")
    read_state(folder / "again.state.npz")


def _changed(value: Any, rng: random.Random) -> Any:
    """Return a copy of a JSON value in which one thing is another."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        value = dict(value)
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            del value[key]
        else:
            value[key] = _changed(value[key], rng)
        return value
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        return [_changed(item, rng) if i == at else item for i, item in enumerate(value)]
    odd: list[Any] = [None, True, "", "x", "a" * 64, [], {}, [1, 2], [[1, 2]], 10**30, 0.5]
    return rng.choice([*odd, *_INTEGERS, *_FLOATS])


def _other(array: npt.NDArray[Any], rng: random.Random) -> npt.NDArray[Any]:
    """Return an array of other values, or of another shape or type."""
    if array.size and rng.random() < 0.8:
        numbers = _INTEGERS if array.dtype.kind == "i" else _FLOATS
        array.reshape(-1)[rng.randrange(array.size)] = rng.choice(numbers)
        return array
    types = [array.astype("f4"), array.astype("S4"), array.astype(object), array.astype("c8")]
    shapes = [array.T, array[:-1], array.reshape(-1), array[np.newaxis], np.zeros(0)]
    return rng.choice([*types, *shapes])


def _edited(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        edit(changed, rng, [data], _TOKENS)
    return bytes(changed)


_INPUTS = (
    Inputs([Input(name="x", dtype=np.dtype("f4"), shape=("N", 3))]),
    Inputs([Input(name="x", dtype=np.dtype("f4"), shape=(2, None))]),
    Inputs(
        [
            Input(name="x", dtype=np.dtype("i8"), shape=("N", "L")),
            Input(name="k", dtype=np.dtype("f4"), shape=()),
        ]
    ),
)


@functools.cache
def _array_files() -> tuple[tuple[str, bytes], ...]:
    made = []
    for kind, shape in (
        ("f4", (4, 3)),
        (">f8", (3,)),
        ("i8", (2, 2)),
        ("f4", ()),
        ("V2", (2, 3)),
    ):
        array = np.zeros(shape, np.dtype(kind))
        plain, packed, stored = io.BytesIO(), io.BytesIO(), io.BytesIO()
        np.save(plain, array)
        np.savez_compressed(packed, x=array, k=np.float32(1))
        np.savez(stored, x=array, k=np.float32(1))
        made += [("a.npy", plain.getvalue()), ("a.npz", packed.getvalue())]
        made.append(("a.npz", stored.getvalue()))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.npy", made[0][1])
    return (*made, ("a.npz", many.getvalue()))


def _arrays(rng: random.Random, folder: Path) -> None:
    name, data = rng.choice(_array_files())
    path = folder / name
    if name.endswith(".npz") and rng.random() < 0.5:
        # The member is edited, and the archive is whole.
        with zipfile.ZipFile(path, "w", rng.choice((0, 8))) as archive:
            for member in ("x", "k"):
                archive.writestr(f"{member}.npy", _edited(_array_files()[0][1], rng))
    else:
        path.write_bytes(_edited(data, rng))
    found = open_arrays(path)
    if isinstance(found, NpyFile):
        found.whole()
    else:
        with found as arrays:
            for array in arrays.headers:
                arrays.read(array)
    inputs = rng.choice(_INPUTS).along(rng.choice((None, None, 0, "none")))
    for number, sample in enumerate(samples_of_files([path], inputs)):
        sample.load()
        if number == 20:
            break


@functools.cache
def _image_files() -> tuple[bytes, ...]:
    from PIL import Image

    values = np.arange(16 * 12 * 4, dtype=np.uint8).reshape(16, 12, 4)
    rgba = Image.fromarray(values)
    rgb, gray, deep = rgba.convert("RGB"), rgba.convert("L"), Image.new("I;16", (12, 16), 999)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: list[tuple[Any, str, dict[str, Any]]] = [
        (rgb, "JPEG", {}), (rgb, "JPEG", {"progressive": True, "exif": exif}),
        (rgba, "PNG", {}), (deep, "PNG", {}), (rgb.convert("P"), "PNG", {"transparency": 3}),
        (gray.convert("1"), "PNG", {}), (rgba, "TIFF", {}), (deep, "TIFF", {}),
        (rgb, "TIFF", {"compression": "tiff_lzw"}), (gray.convert("F"), "TIFF", {}),
        (rgb.convert("CMYK"), "TIFF", {"compression": "tiff_deflate"}),
        (rgba, "WEBP", {"lossless": True}), (rgb, "WEBP", {}), (rgb.convert("P"), "GIF", {}),
        (rgb, "BMP", {}), (gray, "PPM", {}), (rgb, "TGA", {}),
    ]  # fmt: skip
    made = []
    for image, kind, options in kinds:
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        made.append(stream.getvalue())
    return tuple(made)


def _images(rng: random.Random, folder: Path) -> None:
    from setrange.measure.decoding import decoded, pillow

    data = bytearray(rng.choice(_image_files()))
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(64) % len(data)
        if rng.random() < 0.8:
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        else:
            del data[at : at + rng.choice((1, 4, 64))]
        if not data:
            break
    path = folder / "a.png"
    path.write_bytes(data)
    decoded(pillow(), path, rng.choice(("RGB", "L")), rng.choice((None, (8,), (9, 4))))


CORPORA = [
    Corpus(name="measured/states", attack=_states, weight=3),
    Corpus(name="measured/arrays", attack=_arrays, weight=3),
    Corpus(name="measured/images", attack=_images, weight=3),
]
