# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from setrange.errors import InputError, UsageError
from setrange.formats.reading import read_ranges
from setrange.formats.writing import convert_file, format_of_output
from setrange.ranges.loss import LossKind

if TYPE_CHECKING:
    from pathlib import Path

CACHE = (
    "TRT-XXXX-EntropyCalibration2 \ninput: 3CAA54FC\nmask: 0\nbad: 7f800000\nb:0: 3c010204\n"
)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    path = tmp_path / "in.cache"
    path.write_text(CACHE, newline="\n")
    return path


def test_cache_to_cache_is_verbatim(cache: Path, tmp_path: Path) -> None:
    report = convert_file(cache, tmp_path / "out.cache")
    assert (tmp_path / "out.cache").read_text() == CACHE
    assert (report.from_, report.to, report.entries) == ("trt-cache", "trt-cache", 4)
    assert report.losses == ()


def test_the_report_lists_what_is_lost(cache: Path, tmp_path: Path) -> None:
    report = convert_file(cache, tmp_path / "out.txt")
    assert [(loss.name, loss.kind) for loss in report.losses] == [
        ("mask", LossKind.NO_RANGE),
        ("bad", LossKind.NO_RANGE),
        ("b:0", LossKind.NAME),
        ("collected", LossKind.FIELD),
    ]
    assert (tmp_path / "out.txt").read_text() == "input:2.6406446\n"
    assert report.to_dict() == {
        "setrange": 1,
        "source": str(cache),
        "target": str(tmp_path / "out.txt"),
        "from": "trt-cache",
        "to": "sampleint8api",
        "entries": 4,
        "named_by": None,
        "trt": None,
        "summary": {"no range": 2, "name": 1, "field": 1},
        "losses": [
            {"name": "mask", "kind": "no range", "message": "0 in the cache: left out"},
            {"name": "bad", "kind": "no range", "message": "infinite in the cache: left out"},
            {
                "name": "b:0",
                "kind": "name",
                "message": "sampleINT8API cuts names at the first colon: left out",
            },
            {
                "name": "collected",
                "kind": "field",
                "message": "how the ranges were measured: left out",
            },
        ],
        "renamed": {},
        "absent": [],
        "findings": [],
        "notes": [],
    }


def test_our_json_keeps_scale_and_reason(cache: Path, tmp_path: Path) -> None:
    report = convert_file(cache, tmp_path / "out.json")
    ranges = read_ranges(tmp_path / "out.json")
    assert ranges.entries["mask"].reason == "0 in the cache"
    assert ranges.entries["input"].scale == read_ranges(cache).entries["input"].scale
    assert [loss.message for loss in report.losses] == [
        "0 in the cache: unset",
        "infinite in the cache: unset",
    ]


def test_losses_of_the_reader_count_too(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"tensorrt": {"blob_range": {"a": 2.56}}}')
    report = convert_file(tmp_path / "in.json", tmp_path / "out.csv")
    assert [loss.kind for loss in report.losses] == [LossKind.STEPS_128]


def test_explicit_formats(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a: 12345678\n")
    convert_file(tmp_path / "in", tmp_path / "out", from_="sampleint8api", to="ppq")
    assert read_ranges(tmp_path / "out").entries["a"].amax == 12345678.0


@pytest.mark.parametrize(
    ("name", "fmt"),
    [
        ("a.json", "setrange"),
        ("A.JSON", "setrange"),
        ("a.cache", "trt-cache"),
        ("a.calib", "trt-cache"),
        ("a.txt", "sampleint8api"),
        ("a.csv", "csv"),
        ("a.yml", "yaml"),
        ("a.flatbuffers", "ort-flatbuffers"),
    ],
)
def test_the_ending_names_the_format(name: str, fmt: str) -> None:
    assert format_of_output(name) == fmt


@pytest.mark.parametrize("name", ["a", "a.bin", "a.onnx", ".json"])
def test_other_endings_need_to(name: str) -> None:
    with pytest.raises(UsageError, match="name the format with --to"):
        format_of_output(name)


def test_a_bad_output_is_refused_before_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no directory"):
        convert_file(tmp_path / "missing", tmp_path / "no" / "out.json")


def test_a_failed_conversion_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"a": 1}')
    with pytest.raises(UsageError, match="--trt"):
        convert_file(tmp_path / "in.json", tmp_path / "out.cache")
    assert os.listdir(tmp_path) == ["in.json"]
