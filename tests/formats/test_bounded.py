# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""No small file costs much time or memory: repeats of every token, archives, shared strings."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import time
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from setrange.engine_layers.builder_log import layers_of_log
from setrange.engine_layers.reader import parse_layers
from setrange.errors import FormatError, SetrangeError
from setrange.explain import MEANINGS, explain_lines, read_log
from setrange.formats.registry import FORMATS, read_source
from setrange.ranges.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Letters of a case. What is quadratic takes seconds on so many: all patterns that were did.
LENGTH = 40_000
#: Processor seconds on a busy machine; what is linear takes some hundredths.
MOST_SECONDS = 6.0

TOKENS = (
    "1", ".", "1.", "a:", "a: ", ": ", " ", "\t", '"', "'", "a ", "[", "{", "(", ",", "-", "_",
    "quantizer", "quantizer.", "._amax", "@", "@a[", "[1", "\\", "\\u", "TRT-", "0x", "1e",
    '"a":', '"a":1,', "- ", "? ", "#", "\n", "\na:1", "\na 1", "\n1,2", "(1,", "nan", "] ",
    "TensorName: ", "(Unnamed Layer* ", "Name: ", "é", "&a ", "---\n", "name,",
)  # fmt: skip
STARTS = ("", "a:1\n", '{"a": ', "TRT-8601-EntropyCalibration2\n", "name,min,max\n", '"a": ')


def assert_quick(attack: Callable[[], object], what: object) -> None:
    start = time.process_time()
    with contextlib.suppress(SetrangeError):
        attack()
    assert time.process_time() - start < MOST_SECONDS, what


def repeated(token: str) -> str:
    return (token * (LENGTH // len(token) + 1))[:LENGTH]


@pytest.mark.parametrize("start", STARTS)
def test_the_sniffer_and_what_it_finds_are_linear(start: str) -> None:
    for token in TOKENS:
        data = f"{start}{repeated(token)}x".encode()
        assert_quick(lambda data=data: read_source(SourceFile("f", data)), (start, token))


@pytest.mark.parametrize("format_id", [entry.id for entry in FORMATS])
def test_each_reader_is_linear(format_id: str) -> None:
    for token in TOKENS:
        data = repeated(token).encode()
        assert_quick(lambda data=data: read_source(SourceFile("f", data), format_id), token)


def test_names_and_texts_in_json_are_read_in_linear_time() -> None:
    for token in TOKENS:
        long = repeated(token)
        for value in (
            {f"{long}._amax": 1, "b.quantizer._amax": 2},
            {"a": f"({long})", "b": "(1,2)"},
            {"a": {"lowest": {"data": [long]}, "highest": {"data": [long]}}},
        ):
            data = json.dumps(value).encode()
            assert_quick(lambda data=data: read_source(SourceFile("f", data)), token)


def test_engine_layers_and_listings_are_read_in_linear_time() -> None:
    marks = [
        ", LayerType: a, Inputs: [",
        "], Constants: [",
        "{ Name: ",
        "] Name: ",
        ", Format: ",
    ]
    for token in (*TOKENS, *marks, "[ONNX Layer: "):
        long = repeated(token)
        tensor = {"Name": long, "Format/Datatype": long}
        layer = {"Name": long, "LayerType": long, "Metadata": long, "TacticName": long}
        text = json.dumps({"Layers": [{**layer, "Inputs": [tensor]}]})
        assert_quick(lambda text=text: parse_layers(text), token)
        line = long.replace("\n", " ")
        listing = ["Layers:", f"Name: {line}", f"] Name: a, LayerType: b, Inputs: [{line}"]
        assert_quick(lambda listing=listing: layers_of_log(listing), token)


def test_patterns_of_log_lines_are_linear() -> None:
    leads = [meaning.lead or meaning.pattern.pattern[:24] for meaning in MEANINGS]
    words = [
        " is uniformly zero",
        " due to missing int8 scales for ",
        " at input index 1",
        "aB_",
    ]
    for lead in leads:
        for token in (lead, " ", "1", *words):
            line = f"{lead}{repeated(token)[:20_000]}b"
            assert_quick(lambda line=line: explain_lines([line] * 3), (lead, token))


def test_a_log_is_a_stream_and_its_lines_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    line = b"[W] Missing scale and zero-point for tensor t, expect fall back\n"
    with path.open("wb") as stream:
        stream.write(b"[E] " + b"x" * (5 << 20) + b"\n" + line)
        for _ in range(8):
            stream.write(b"\n" * (1 << 13))
        stream.write(line)
    tracemalloc.start()
    report = explain_lines(read_log(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20
    assert report.known == 2
    assert report.unknown_count == 1
    assert report.lines == 3 + 8 * (1 << 13)


def test_flatbuffers_whose_entries_share_one_string() -> None:
    key = b"k" * 60_000
    count = 20_000
    # root -> table -> vector of `count` offsets, all to one KeyValue with one long key.
    head = struct.pack("<I", 12) + struct.pack("<HHH", 6, 8, 4) + b"\0\0"
    table = struct.pack("<iI", 8, 4)
    at = len(head) + len(table)
    entry_at = at + 4 + 4 * count
    vector = struct.pack("<I", count)
    vector += b"".join(struct.pack("<I", entry_at + 8 - (at + 4 + 4 * i)) for i in range(count))
    entry = struct.pack("<HHHH", 8, 12, 4, 8) + struct.pack("<iII", 8, 8, 8 + len(key) + 1 + 4)
    strings = struct.pack("<I", len(key)) + key + b"\0" + struct.pack("<I", 1) + b"1\0"
    data = head + table + vector + entry + strings
    tracemalloc.start()
    with pytest.raises(FormatError):
        read_source(SourceFile("f.flatbuffers", data), "ort-flatbuffers")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 << 20


@pytest.mark.parametrize("shape", [(70 << 20,), (1 << 40,), (-1,), ()])
def test_archives_are_measured_before_they_are_read(shape: tuple[int, ...]) -> None:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    body = header.encode().ljust(117) + b"\n"
    member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body)) + body
    zeros = b"\0" * (4 << 20)
    stream = io.BytesIO()
    name = "l._input_quantizer._amax.npy"
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as part,
    ):
        part.write(member)
        for _ in range(68 if shape == (70 << 20,) else 1):
            part.write(zeros)
    tracemalloc.start()
    assert_quick(lambda: read_source(SourceFile("f.npz", stream.getvalue())), shape)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_an_amax_of_many_channels_is_read_without_lists() -> None:
    stream = io.BytesIO()
    values = np.zeros(3_000_000, np.float32)
    values[7] = 2.5
    np.savez_compressed(stream, **{"l._input_quantizer._amax": values})
    ranges = read_source(SourceFile("f.npz", stream.getvalue()))
    assert ranges.entries["l._input_quantizer._amax"].amax == 2.5
