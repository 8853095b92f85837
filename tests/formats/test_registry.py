# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.errors import FormatError, InputError, RangeFileError, UsageError
from setrange.formats.registry import FORMATS, format_by_id, read_source, sniff, write_format
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.loss import LossKind
from tests.formats.material import source
from tests.formats.samples import SAMPLES
from tests.fuzz.corpora.readers import fuzz
from tests.meta.interpreter import python

if TYPE_CHECKING:
    from pathlib import Path

ALL = [(format_id, data) for format_id, samples in SAMPLES.items() for data in samples]


def test_every_format_has_samples_and_its_own_id() -> None:
    ids = [entry.id for entry in FORMATS]
    assert sorted(SAMPLES) == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_an_ending_means_one_format() -> None:
    endings = [ending for entry in FORMATS for ending in entry.extensions]
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize(("format_id", "data"), ALL)
def test_content_shows_the_format(format_id: str, data: bytes) -> None:
    ranges = read_source(source(data))
    assert ranges.format == format_id
    assert ranges.path == "file"
    assert ranges.entries


@pytest.mark.parametrize(("format_id", "data"), ALL)
def test_reading_by_name_gives_the_same(format_id: str, data: bytes) -> None:
    assert read_source(source(data), format_id) == read_source(source(data))


def test_sniffing_never_raises() -> None:
    for data in (b"", b"{", b"[1", b"\x00\xff", b'{"a": }', b"{}", b"\xff\xfe\x00", b"[]"):
        for known in FORMATS:
            known.sniff(source(data))


def test_ambiguity_names_the_candidates_and_the_option() -> None:
    text = '{"tensor_scales": {"a": 1}, "act_quant_info": {"a": 2}}'
    with pytest.raises(FormatError, match=r"any of tao, ppq, .*--from"):
        sniff(source(text))
    assert read_source(source(text), "ppq").entries["a"].amax == 2.0


def test_digits_that_are_hex_and_decimal_are_ambiguous() -> None:
    with pytest.raises(FormatError, match=r"any of trt-cache, sampleint8api"):
        sniff(source("a: 12345678\n"))


def test_unknown_text_lists_what_was_tried() -> None:
    with pytest.raises(RangeFileError) as caught:
        sniff(source("ranges of my model\n"))
    assert "it begins with 'ranges of my model'" in str(caught.value)
    assert all(entry.id in str(caught.value) for entry in FORMATS)
    assert "--from" in str(caught.value)


def test_swapped_arguments_are_recognized() -> None:
    import onnx.helper

    graph = onnx.helper.make_graph([], "g", [], [])
    model = onnx.helper.make_model(graph, producer_name="x").SerializeToString()
    with pytest.raises(RangeFileError, match="is an ONNX model"):
        sniff(source(model))


def test_broken_json_is_reported_as_such() -> None:
    with pytest.raises(RangeFileError, match=r"file:1:14: not valid JSON"):
        sniff(source('{"setrange": '))


def test_formats_that_are_only_read() -> None:
    ranges = RangeFile(entries={"a": RangeEntry(name="a", range=DynamicRange(-1.0, 1.0))})
    with pytest.raises(UsageError, match=r"reads ONNX Runtime calibration.cache but does not"):
        write_format(ranges, "ort-cache")


def test_near_ids() -> None:
    with pytest.raises(UsageError, match="did you mean 'mqbench'"):
        format_by_id("mqbnch")
    with pytest.raises(UsageError, match="expected one of setrange"):
        format_by_id("zzz")


def test_nothing_to_write_is_an_error() -> None:
    with pytest.raises(InputError, match="no tensor to write"):
        write_format(RangeFile(), "csv")
    unset = RangeFile(entries={"a": RangeEntry(name="a", reason="not filled in")})
    for entry in FORMATS:
        if entry.write is None or entry.id in {"setrange", "csv", "yaml"}:
            continue
        with pytest.raises(InputError, match=r'e\.g\. "a": not filled in: left out'):
            write_format(RangeFile(named_by="8.6", entries=unset.entries), entry.id)


def test_precision_rules_are_a_loss_where_they_cannot_be_kept() -> None:
    ranges = RangeFile(
        entries={"a": RangeEntry(name="a", range=DynamicRange(-1.0, 1.0))},
        precision={"/head/*": "fp16"},
    )
    assert [loss.kind for loss in write_format(ranges, "tao").losses] == [LossKind.FIELD]
    assert write_format(ranges, "setrange").losses == ()
    assert write_format(ranges, "yaml").losses == ()


@pytest.mark.property
@pytest.mark.parametrize("format_id", SAMPLES)
def test_mutilated_files_raise_only_our_errors(format_id: str) -> None:
    read, refused = fuzz(format_id, 300, seed=1)
    assert read
    assert refused


def test_a_large_cache_converts_without_heavy_imports(tmp_path: Path) -> None:
    lines = ["TRT-8601-EntropyCalibration2"]
    lines += [f"/model.{i}/conv/Conv_output_0: 3c{i:06x}" for i in range(5000)]
    (tmp_path / "big.cache").write_text("\n".join(lines) + "\n")
    code = (
        "import sys; from setrange.formats.writing import convert_file;"
        f"report = convert_file({str(tmp_path / 'big.cache')!r}, {str(tmp_path / 'o.json')!r});"
        "heavy = {'onnx', 'numpy', 'jsonschema', 'yaml', 'flatbuffers'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy or report.entries != 5000 else 0)"
    )
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
