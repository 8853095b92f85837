# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.errors import RangeFileError, UsageError
from setrange.formats.reading import read_ranges
from setrange.ranges import DynamicRange
from tests.meta.interpreter import python

if TYPE_CHECKING:
    from pathlib import Path

TEXT = '{\n  "input": [-1, 2.64],\n  "größe": 3\n}\n'


@pytest.mark.parametrize(
    ("encoding", "noted"),
    [
        ("utf-8", None),
        ("utf-8-sig", "byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_reads_every_encoding_and_line_end(
    tmp_path: Path, encoding: str, noted: str | None, newline: str
) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(TEXT.replace("\n", newline).encode(encoding))
    ranges = read_ranges(path)
    assert ranges.entries["input"].range == DynamicRange(-1.0, 2.64)
    assert ranges.entries["größe"].amax == 3.0
    assert [entry.line for entry in ranges.entries.values()] == [2, 3]
    assert any(noted in note for note in ranges.notes) if noted else True
    assert (len(ranges.notes) > 0) == (noted is not None or newline != "\n")


def test_big_endian_utf16_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(b"\xfe\xff" + TEXT.encode("utf-16-be"))
    assert list(read_ranges(path).entries) == ["input", "größe"]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(b'{"a\xff": 1}')
    with pytest.raises(RangeFileError, match="byte 3 is not valid UTF-8"):
        read_ranges(path, fmt="setrange")


def test_missing_file_suggests_a_near_name(tmp_path: Path) -> None:
    (tmp_path / "ranges.json").write_text("{}")
    with pytest.raises(RangeFileError, match=r"no such file; did you mean .*ranges\.json\?"):
        read_ranges(tmp_path / "range.json")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(RangeFileError, match=r"r\.json: no such file"):
        read_ranges(tmp_path / "nowhere" / "r.json")


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(RangeFileError, match="is a directory; expected a ranges file"):
        read_ranges(tmp_path)


def test_null_in_the_path() -> None:
    with pytest.raises(RangeFileError, match="cannot be read"):
        read_ranges("a\0b")


def test_unknown_format_id(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"a": 1}')
    with pytest.raises(UsageError, match="did you mean 'trt-cache'"):
        read_ranges(tmp_path / "r.json", fmt="trt_cache")


def test_problems_beyond_a_hundred_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("{" + ",".join(f'"{i}": 0' for i in range(150)) + "}")
    with pytest.raises(RangeFileError) as caught:
        read_ranges(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 101
    assert lines[-1].endswith("... and 50 more problems")


def test_reading_imports_nothing_heavy(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(TEXT, encoding="utf-8")
    code = (
        "import sys; from setrange import read_ranges, write_ranges;"
        f"write_ranges(read_ranges({str(path)!r}), sys.stdout);"
        "heavy = {'onnx', 'numpy', 'jsonschema', 'yaml', 'rich', 'click'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    assert "gr\\u00f6\\u00dfe" in done.stdout
