# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is said of caches that trtexec would refuse, and what is written instead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.material import run

if TYPE_CHECKING:
    from pathlib import Path

FULL = {"input": 1.0, "conv": 4.0, "relu": [0, 4.0], "pool": 2.0, "flat": 2.0, "out": 3.0}


@pytest.fixture
def cache(model: Path) -> Path:
    ranges, out = model.with_name("r.json"), model.with_name("good.cache")
    ranges.write_text(json.dumps(FULL))
    assert run("apply", ranges, model, "--trt", "8.6", "-o", out).status == 0
    return out


def with_header(cache: Path, header: str) -> Path:
    """The same cache under another first line; without any where that is empty."""
    _, _, rest = cache.read_text().partition("\n")
    path = cache.with_name("other.cache")
    path.write_text(f"{header}\n{rest}" if header else rest)
    return path


REFUSED = [
    ("TRT-8601-MinMaxCalibration", "its header says MinMaxCalibration"),
    ("TRT-8501-EntropyCalibration", "its header says EntropyCalibration;"),
    ("TRT-8XXX-EntropyCalibration2 ", "names no release of TensorRT"),
    ("0 3ff0000000000000 3fefffeb074a771d", "is a legacy calibrator's"),
    ("", "it has no header line"),
]


@pytest.mark.parametrize(("header", "why"), REFUSED)
def test_check_says_so_and_its_command_mends_it(
    model: Path, cache: Path, header: str, why: str
) -> None:
    other = with_header(cache, header)
    result = run("check", other, model, "--trt", "8.6", "--json")
    found = [f for f in json.loads(result.out)["findings"] if f["code"] == "SR412"]
    assert why in found[0]["message"]
    assert f"setrange apply {other} {model} --trt 8.6 -o other-new.cache" in found[0]["help"]
    made = cache.with_name("made.cache")
    assert run("apply", other, model, "--trt", "8.6", "-o", made).status == 0
    assert made.read_text().startswith("TRT-8601-EntropyCalibration2\n")


def test_the_header_of_another_major_release(model: Path, cache: Path) -> None:
    other = with_header(cache, "TRT-7203-EntropyCalibration2")
    result = run("check", other, model, "--trt", "8.6")
    assert "is for TensorRT 7.2.3, and TensorRT 8.6 refuses it" in result.out


def test_a_good_header_is_not_mentioned(model: Path, cache: Path) -> None:
    assert "SR412" not in run("check", cache, model, "--trt", "8.5").out


def test_tensorrt_11_is_not_sent_to_a_cache(model: Path, cache: Path) -> None:
    other = with_header(cache, "TRT-8601-MinMaxCalibration")
    result = run("check", other, model, "--trt", "11.4")
    assert ".cache" not in result.out.replace(str(other), "")


@pytest.mark.parametrize("header", ["TRT-8501-MinMaxCalibration", "TRT-8XXX-MinMaxCalibration"])
@pytest.mark.parametrize("with_model", [True, False])
def test_convert_writes_what_trtexec_reads(
    model: Path, cache: Path, header: str, with_model: bool
) -> None:
    other, out = with_header(cache, header), cache.with_name("new.cache")
    named = ["--named-by", "8.6"] if not with_model else ["--model", model]
    result = run("convert", other, "-o", out, "--trt", "8.6.1", *named)
    assert result.status == 0, result.err
    assert out.read_text().startswith("TRT-8601-EntropyCalibration2\n")
    assert "says EntropyCalibration2, not MinMaxCalibration" in result.err


def test_verbatim_stays_verbatim_and_says_who_reads_it(cache: Path) -> None:
    other, out = with_header(cache, "TRT-8601-MinMaxCalibration"), cache.with_name("c.cache")
    result = run("convert", other, "-o", out)
    assert out.read_bytes() == other.read_bytes()
    assert "trtexec, Polygraphy's default and DLA take EntropyCalibration2 only" in result.err


def test_through_json_it_becomes_trtexecs(cache: Path) -> None:
    other, ranges = with_header(cache, "TRT-8601-MinMaxCalibration"), cache.with_name("x.json")
    assert run("convert", other, "-o", ranges).status == 0
    out = cache.with_name("back.cache")
    assert run("convert", ranges, "-o", out).status == 0
    assert out.read_text().startswith("TRT-8601-EntropyCalibration2\n")
