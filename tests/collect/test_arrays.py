# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NumPy's files from anybody: read as numpy reads them, or refused in one message."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from setrange.errors import InputError
from setrange.files.arrays import NpyFile, NpzFile, open_arrays
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from pathlib import Path

TYPES = ["?", "i1", "<i2", ">i4", "u8", "<f2", ">f4", "f8", "c8"]


def saved(array: np.ndarray, *, packed: bool = False) -> bytes:
    stream = io.BytesIO()
    if packed:
        np.savez_compressed(stream, array=array)
    else:
        np.save(stream, array)
    return stream.getvalue()


def with_header(text: str, data: bytes = b"", version: int = 1) -> bytes:
    encoded = text.encode()
    length = struct.pack("<H" if version == 1 else "<I", len(encoded))
    return b"\x93NUMPY" + bytes([version, 0]) + length + encoded + data


@given(
    array=st.sampled_from(TYPES).flatmap(
        lambda kind: hnp.arrays(np.dtype(kind), hnp.array_shapes(min_dims=0, min_side=0))
    ),
    is_fortran=st.booleans(),
)
def test_what_numpy_writes_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, is_fortran: bool
) -> None:
    if is_fortran:
        array = np.asfortranarray(array) if array.ndim else array
    path = tmp_path_factory.mktemp("arrays") / "a.npy"
    path.write_bytes(saved(array))
    plain = open_arrays(path)
    assert isinstance(plain, NpyFile)
    path.write_bytes(saved(array, packed=True))
    packed = open_arrays(path)  # whatever it is called
    assert isinstance(packed, NpzFile)
    with packed as archive:
        read = archive.read("array")
    path.write_bytes(saved(array))
    plain = NpyFile(path)
    for found in (plain.whole(), read):
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()
    if array.ndim:
        assert plain.rows(1, 3).tobytes() == array[1:3].tobytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 3), }", "header is damaged"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (10000000, 9999), }", "cut off"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % ("9," * 65), "shape"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }" % ("9" * 5000), "shape"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': %s}" % ("(" * 4000), "damaged"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "Python objects"),
        ("{'descr': '|S4', 'fortran_order': False, 'shape': (1,), }", "bytes"),
        ("{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", "text"),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "records"),
        ("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", "type is not NumPy's"),
        ("__import__('os').system('true')", "header is damaged"),
        ("", "header is damaged"),
    ],
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_header_is_not_believed(
    tmp_path: Path, text: str, message: str, is_packed: bool
) -> None:
    path = tmp_path / "a.npy"
    data = with_header(text, b"\0\0\0\0")
    if is_packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", data)
    else:
        path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        open_arrays(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 400


def broken_archives() -> list[tuple[str, Any, str]]:
    plain = saved(np.arange(1000.0), packed=True)
    flags = bytearray(plain)
    at = plain.rindex(b"PK\x01\x02")
    flags[at + 8] |= 1
    method = bytearray(plain)
    method[at + 10] = 99
    cut = bytearray(plain)
    cut[200:260] = bytes(60)
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("x.npy", saved(np.zeros(2)))
        archive.writestr("x", saved(np.ones(2)))  # both are "x" to numpy
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("x.txt", b"no array")
    squeezed = io.BytesIO()
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.npy", saved(np.zeros(2)))
    return [
        ("encrypted", bytes(flags), "is encrypted"),
        ("odd method", bytes(method), "way that NumPy does not write"),
        ("lzma", squeezed.getvalue(), "way that NumPy does not write"),
        ("damaged", bytes(cut), "no readable NumPy file"),
        ("cut off", plain[: len(plain) // 2], "no readable NumPy file"),
        ("a name twice", twice.getvalue(), "is there twice"),
        ("no array", other.getvalue(), "does not start as one"),
    ]


@pytest.mark.parametrize(("what", "data", "message"), broken_archives())
def test_archives_that_are_none(tmp_path: Path, what: str, data: bytes, message: str) -> None:
    path = tmp_path / f"{what}.npz"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):  # noqa: SIM117
        with open_arrays(path) as archive:  # type: ignore[union-attr]
            archive.read("array")


def test_bombs_are_refused_by_what_their_directory_says(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        chunk = bytes(1 << 20)
        with archive.open("input.npy", "w", force_zip64=True) as part:
            text = "{'descr': '<f4', 'fortran_order': False, 'shape': (83886080,), }"
            part.write(with_header(text))
            for _ in range(320):
                part.write(chunk)
    assert bomb.stat().st_size < 500_000
    with pytest.raises(InputError, match="more than 256 MiB of values in a much smaller file"):
        open_arrays(bomb)
    model = small_cnn(tmp_path / "m.onnx")
    found = run("collect", model, "--data", bomb, "-o", tmp_path / "r.json")
    assert found.status == 2
    assert "save the arrays with numpy.savez" in found.err


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(saved(np.zeros((4, 3))))
    file = NpyFile(path)
    path.write_bytes(saved(np.zeros((40, 3))))
    with pytest.raises(InputError, match="changed while it was being read"):
        file.rows(0, 1)


def test_pickles_are_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x80\x04\x95")
    with pytest.raises(InputError, match="does not start as one"):
        open_arrays(path)


def test_rows_without_a_value(tmp_path: Path) -> None:
    from setrange.measure.inputs import Input, Inputs
    from setrange.measure.sources import samples_of_files

    path = tmp_path / "a.npy"
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 0), }"
    path.write_bytes(with_header(text))
    inputs = Inputs([Input(name="x", dtype=np.dtype("f4"), shape=("N", "L"))])
    with pytest.raises(InputError, match="rows without a value"):
        next(iter(samples_of_files([path], inputs)))
