# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Images that claim to be huge, and broken ones: one message, little time and memory."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.errors import InputError, UsageError
from setrange.measure.data import DataOptions, samples_of
from setrange.measure.decoding import MOST_PIXELS, decoded, pillow
from setrange.measure.images import ImageOptions
from setrange.measure.inputs import Input, Inputs
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

Image = pytest.importorskip("PIL.Image")


def png(path: Path, width: int, height: int, *, depth: int = 1, color: int = 0) -> Path:
    """A PNG whose pixels are not there: only its header is looked at."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    rows = zlib.compress(b"\0" * 64)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return path


def read(path: Path, resize: tuple[int, ...] | None = (8,)) -> np.ndarray:
    return decoded(pillow(), path, "RGB", resize)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("width", "height", "message"),
    [
        (9_000, 9_000, "has 81 megapixels (9000 x 9000); expected at most 40"),
        (12_000, 12_000, "has 144 megapixels"),
        (60_000, 60_000, "megapixels"),
        (1, 170_000_000, "expected at most 100000 on a side"),
        (1, 90_000, "would be resized to 720000 x 8"),
    ],
)
def test_sizes_are_refused_before_decoding(
    tmp_path: Path, width: int, height: int, message: str
) -> None:
    path = png(tmp_path / "a.png", width, height)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    if (width, height) != (
        1,
        90_000,
    ):  # that one is decoded first, and its pixels are not there
        assert message in str(caught.value)


def test_what_is_not_resized_is_smaller(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", 5_000, 5_000)
    with pytest.raises(InputError, match="is not resized; expected at most 16"):
        read(path, None)


def test_a_thin_image_is_not_stretched(tmp_path: Path) -> None:
    Image.new("1", (1, 90_000)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="would be resized to 720000 x 8"):
        read(tmp_path / "a.png")


def test_a_large_jpeg_is_decoded_smaller(tmp_path: Path) -> None:
    gradient = np.linspace(0, 255, 8_001, dtype=np.uint8)
    values = np.broadcast_to(gradient[:, np.newaxis], (8_001, 5_003))
    Image.fromarray(np.ascontiguousarray(values)).save(tmp_path / "a.jpg", quality=80)
    assert values.size > MOST_PIXELS
    found = read(tmp_path / "a.jpg", (10, 10))
    wanted = np.linspace(12, 243, 10)
    assert np.abs(found[:, 5, 0] - wanted).max() < 6


MEMORY = """
import resource, sys
from pathlib import Path
from setrange.measure.decoding import decoded, pillow
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
decoded(pillow(), Path(sys.argv[1]), "RGB", (224,))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.png", "RGBA", {"compress_level": 1}),
        ("a.webp", "RGBA", {"lossless": True, "method": 0}),
    ],
)
def test_memory_is_limited(
    tmp_path: Path, name: str, mode: str, options: dict[str, Any]
) -> None:
    if sys.platform != "linux":
        pytest.skip("ru_maxrss has other units")
    side = int(MOST_PIXELS**0.5)
    Image.new(mode, (side, side)).save(tmp_path / name, **options)
    assert (tmp_path / name).stat().st_size < 1 << 20
    command = [sys.executable, "-c", MEMORY, str(tmp_path / name)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 750  # and ONNX Runtime with a model takes some 200


def progressive(scans: int, side: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (9, 99, 200)).save(stream, "JPEG", progressive=True)
    whole = stream.getvalue()
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * scans + b"\xff\xd9"


def test_many_passes_over_a_large_image(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(progressive(3, 64))
    assert read(path).shape == (8, 8, 3)
    path.write_bytes(progressive(400, 2_000))
    with pytest.raises(InputError, match=r"progressive JPEG of 4 megapixels in .* passes"):
        read(path)


def broken_tiff() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 8), 9, np.uint16)).save(stream, "TIFF")
    return stream.getvalue()


@pytest.mark.parametrize("place", range(4, 200, 7))
def test_damaged_files_are_named(tmp_path: Path, place: int) -> None:
    data = bytearray(broken_tiff())
    place = min(place, len(data) - 1)
    data[place] ^= 0x55
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    message = f"{path}: "
    try:
        read(path)
    except InputError as error:
        message = str(error)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


def test_programs_are_not_run(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(touched) (w) file\n"
    )
    with pytest.raises(InputError, match="is no image that is read here"):
        read(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resize": (10**6, 10**6)}, "--resize 1000000,1000000: expected at most"),
        ({"resize": (10**9,)}, "--resize 1000000000: expected at most"),
        ({"resize": (8,), "crop": (10**5, 10**5)}, "--crop 100000,100000: expected at most"),
        ({"mean": (float("nan"),)}, "--mean: expected finite numbers"),
        ({"std": (float("inf"),)}, "--std: expected finite numbers"),
    ],
)
def test_absurd_options(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    inputs = Inputs([Input(name="x", dtype=np.dtype("f4"), shape=("N", 3, None, None))])
    data = DataOptions.of(tmp_path / "a.png", images=ImageOptions(**options))
    with pytest.raises(UsageError, match=message):
        list(samples_of(data, inputs))
