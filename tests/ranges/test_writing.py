# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import InputError
from setrange.files.atomic import atomic_file, write_bytes
from setrange.ranges import DynamicRange, RangeEntry, RangeFile, format_ranges, write_ranges
from setrange.ranges.float32 import amax_of_scale, float_of_bits, scale_of_amax, shortest
from setrange.ranges.own_reader import read_own
from setrange.ranges.source import SourceFile

FILE = RangeFile(
    named_by="8.6",
    entries={"größe": RangeEntry(name="größe", range=DynamicRange(-1.0, 2.0))},
)

BOUNDS = st.floats(-3e38, 3e38).filter(lambda x: abs(x) > 1e-40 or x == 0)


@st.composite
def entries(draw: st.DrawFn, name: str) -> RangeEntry:
    source = draw(st.none() | st.text(min_size=1))
    need = draw(st.none() | st.text(min_size=1) | st.just("needed: input of Conv c"))
    kind = draw(st.sampled_from(["range", "scale", "none"]))
    if kind == "none":
        reason = draw(st.sampled_from(["not filled in", "0 in the cache"]))
        return RangeEntry(name=name, reason=reason, source=source, need=need)
    if kind == "scale":
        scale = float_of_bits(draw(st.integers(1, 0x7C000000)))
        bounds = DynamicRange.symmetric(shortest(amax_of_scale(scale)))
        return RangeEntry(name=name, range=bounds, scale=scale, source=source, need=need)
    low, high = sorted((draw(BOUNDS), draw(BOUNDS)))
    bounds = DynamicRange(low, high)
    if scale_of_amax(bounds.amax) == 0:
        bounds = DynamicRange(low, 1.0)
    proposed = draw(st.sampled_from([None, bounds, DynamicRange(0.0, 6.0)]))
    return RangeEntry(name=name, range=bounds, source=source, need=need, proposed=proposed)


@st.composite
def range_files(draw: st.DrawFn) -> RangeFile:
    names = draw(st.lists(st.text(min_size=1), min_size=1, unique=True))
    precision = draw(st.dictionaries(st.text(), st.sampled_from(["fp32", "fp16", "int8"])))
    said = st.sampled_from([None, "tuned: +3.1 dB", 'a "reason"'])
    sources = {pattern: text for pattern in precision if (text := draw(said)) is not None}
    return RangeFile(
        entries={name: draw(entries(name)) for name in names},
        named_by=draw(st.sampled_from([None, "8.6", "10.14.1"])),
        purpose=draw(st.sampled_from([None, "qdq", "11"])),
        model=draw(st.sampled_from([None, {"file": "m.onnx", "sha256": "a" * 64}])),
        precision=precision,
        precision_sources=sources,
        weight_scales=draw(
            st.dictionaries(st.text(), st.sampled_from(["max", "mse"]) | st.floats(0.25, 2))
        ),
        bias_corrections=draw(
            st.dictionaries(
                st.text(), st.lists(st.floats(-1e38, 1e38), min_size=1).map(tuple), max_size=2
            )
        ),
        own_scales=draw(st.lists(st.text(), max_size=2).map(tuple)),
        asymmetric=draw(st.lists(st.text(), max_size=2).map(tuple)),
        collected=draw(st.none() | st.dictionaries(st.text(), st.integers(), min_size=1)),
    )


@pytest.mark.property
@given(range_files(), st.booleans())
def test_what_is_written_reads_back_the_same(ranges: RangeFile, ascii_only: bool) -> None:
    text = format_ranges(ranges, ascii_only=ascii_only)
    assert not ascii_only or text.isascii()
    back = read_own(SourceFile("x", text.encode()))
    strip = [dataclasses.replace(entry, line=0) for entry in back.entries.values()]
    assert strip == list(ranges.entries.values())
    assert (back.named_by, back.purpose, back.model, back.precision, back.collected) == (
        ranges.named_by,
        ranges.purpose,
        ranges.model,
        ranges.precision,
        ranges.collected,
    )
    assert back.precision_sources == ranges.precision_sources
    assert back.weight_scales == ranges.weight_scales
    assert back.bias_corrections == ranges.bias_corrections
    assert (back.own_scales, back.asymmetric) == (ranges.own_scales, ranges.asymmetric)
    assert format_ranges(back, ascii_only=ascii_only) == text


def test_a_path_gets_utf8_with_lf(tmp_path: Path) -> None:
    write_ranges(FILE, tmp_path / "r.json")
    data = (tmp_path / "r.json").read_bytes()
    assert "größe".encode() in data
    assert b"\r" not in data
    assert data.endswith(b"}\n")
    assert os.listdir(tmp_path) == ["r.json"]


def test_a_stream_gets_ascii() -> None:
    stream = io.StringIO()
    write_ranges(FILE, stream)
    assert stream.getvalue().isascii()


def test_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tensor"):
        write_ranges(RangeFile(), tmp_path / "r.json")
    assert os.listdir(tmp_path) == []


def test_replaces_and_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    path.chmod(0o600)
    write_ranges(FILE, path)
    assert "setrange" in path.read_text(encoding="utf-8")
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
def test_a_new_file_has_the_usual_mode_and_a_link_stays(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        write_bytes(tmp_path / "new", b"x")
    finally:
        os.umask(umask)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o644
    (tmp_path / "link").symlink_to(tmp_path / "new")
    write_bytes(tmp_path / "link", b"y")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new").read_bytes() == b"y"


def test_directory_as_output(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory; expected a file name"):
        write_ranges(FILE, tmp_path)
    with pytest.raises(InputError, match="is a directory; expected a file name"):
        write_bytes(f"{tmp_path}/new/", b"x")


def test_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no directory .*create it first"):
        write_ranges(FILE, tmp_path / "a" / "r.json")


def test_write_protected_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything
    with pytest.raises(InputError, match="write-protected"):
        write_ranges(FILE, path)
    assert path.read_text() == "old"


def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(InputError, match=r"r\.json: cannot be written: No space left"):
        write_ranges(FILE, path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["r.json"]


def test_an_error_in_the_block_is_not_blamed_on_the_output(tmp_path: Path) -> None:
    def copy() -> None:
        with atomic_file(tmp_path / "x") as stream:
            stream.write(b"half")
            stream.write((tmp_path / "other").read_bytes())

    with pytest.raises(FileNotFoundError, match="other"):
        copy()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no /dev/null")
def test_a_device_is_written_directly() -> None:
    write_bytes("/dev/null", b"x")
    assert not Path("/dev/null").is_file()
