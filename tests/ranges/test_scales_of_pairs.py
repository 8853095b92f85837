# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``own_scales`` and ``asymmetric`` of a ranges file: read, kept, and followed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from setrange import convert, read_ranges
from setrange.errors import SetrangeError
from setrange.ranges.merge import merge_ranges
from tests.cli.material import run
from tests.exporters.quantizing import save
from tests.meta.source_tree import ROOT
from tests.ranges.joined_values import GRAPH, SHAPES

if TYPE_CHECKING:
    from pathlib import Path

TENSORS: dict[str, Any] = {
    "x": 3.0,
    "a": 20.0,
    "ra": [0, 20.0],
    "b": 5.0,
    "rb": [0, 5.0],
    "both": [0, 20.0],
    **dict.fromkeys(("pa", "pb", "pc", "ab", "y"), 90.0),
}


def written(path: Path, **fields: Any) -> Path:
    path.write_text(json.dumps({"setrange": 1, "tensors": TENSORS, **fields}))
    return path


@pytest.mark.parametrize("name", ["out.json", "out.yaml"])
def test_what_is_written_reads_back_the_same(tmp_path: Path, name: str) -> None:
    given = {"own_scales": ["rb", "a[[]0]"], "asymmetric": ["*", "re:r[ab]"]}
    source = written(tmp_path / "r.json", **given)
    schema = json.loads((ROOT / "schemas" / "ranges.v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(source.read_text()))
    convert(source, tmp_path / name)
    back = read_ranges(tmp_path / name)
    assert {"own_scales": [*back.own_scales], "asymmetric": [*back.asymmetric]} == given
    merged = merge_ranges([back, read_ranges(written(tmp_path / "b.json", own_scales=["x"]))])
    assert merged.ranges.own_scales == ("rb", "a[[]0]", "x")
    done = run("convert", source, "-o", tmp_path / "r.csv")
    assert "own_scales" in done.err
    assert "asymmetric" in done.err


@pytest.mark.parametrize("field", ["own_scales", "asymmetric"])
@pytest.mark.parametrize("given", ["*", True, None, {"x": 1}, [1], [None], ["re:("]])
def test_what_are_no_names_is_refused(tmp_path: Path, field: str, given: Any) -> None:
    with pytest.raises(SetrangeError) as found:
        read_ranges(written(tmp_path / "r.json", **{field: given}))
    assert field in str(found.value)
    assert str(found.value).count("r.json:1: ") == 1


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save(tmp_path / "m.onnx", GRAPH, SHAPES)


def applied(tmp_path: Path, model: Path, *options: str, **fields: Any) -> bytes:
    """Return the Q/DQ model of a ranges file."""
    ranges, out = written(tmp_path / "r.json", **fields), tmp_path / "o.qdq.onnx"
    how = ["--quantize-small", "--overwrite", *options]
    done = run("apply", ranges, model, "-o", out, *how)
    assert done.status == 0, done.err
    return out.read_bytes()


@pytest.mark.parametrize(
    ("field", "option"),
    [("own_scales", ["--scales", "own"]), ("asymmetric", ["--asymmetric"])],
)
def test_all_of_them_are_what_the_option_says(
    tmp_path: Path, model: Path, field: str, option: list[str]
) -> None:
    plain = applied(tmp_path, model)
    wanted = applied(tmp_path, model, *option)
    assert wanted != plain
    assert applied(tmp_path, model, **{field: ["*"]}) == wanted
    assert applied(tmp_path, model, **{field: ["re:.*"]}) == wanted
    assert applied(tmp_path, model, **{field: ["x"]}) == plain
    some = applied(tmp_path, model, **{field: ["rb"]})
    assert some not in (plain, wanted)


def test_a_name_that_fits_no_tensor_is_an_error(tmp_path: Path, model: Path) -> None:
    for field in ("own_scales", "asymmetric"):
        done = run("check", written(tmp_path / "r.json", **{field: ["rc"]}), model)
        assert done.status == 2
        assert f'{field}: "rc" fits no tensor of m.onnx' in done.out + done.err


def test_dla_and_other_outputs(tmp_path: Path, model: Path) -> None:
    ranges = written(tmp_path / "r.json", asymmetric=["*"], own_scales=["rb"])
    done = run("apply", ranges, model, "-o", tmp_path / "o.cache", "--trt", "8.6")
    assert done.status == 0, done.err
    assert "own_scales and asymmetric are for Q/DQ models" in done.err
    done = run("apply", ranges, model, "-o", tmp_path / "o.qdq.onnx", "--target", "dla")
    assert done.status == 2
    assert "DLA" in done.err.splitlines()[-1]


def test_a_template_keeps_them(tmp_path: Path, model: Path) -> None:
    ranges = written(tmp_path / "r.json", asymmetric=["ra"], own_scales=["rb"])
    run("template", model, "-o", ranges, "--keep", ranges, "--overwrite")
    back = read_ranges(ranges)
    assert (back.asymmetric, back.own_scales) == (("ra",), ("rb",))
