# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from setrange.errors import FormatError, RangeFileError
from setrange.formats.registry import read_source, write_format
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.float32 import scale_of_entry
from setrange.ranges.own_reader import read_own
from tests.formats.material import amaxes, source

EVERYTHING = RangeFile(
    entries={
        "a,b": RangeEntry(name="a,b", range=DynamicRange(-1.0, 2.0), source='said "so"'),
        "x\ny": RangeEntry(name="x\ny", range=DynamicRange(-12.7, 12.7), scale=0.1),
        "tiny": RangeEntry(name="tiny", range=DynamicRange(-1e-5, 1e-5)),
        "zero": RangeEntry(name="zero", reason="0 in the cache"),
        "later": RangeEntry(name="later", reason="not filled in", need="needed: all"),
        "six": RangeEntry(
            name="six", range=DynamicRange(0.0, 6.0), proposed=DynamicRange(0.0, 6.0)
        ),
        "\x85\u2028é😀": RangeEntry(name="\x85\u2028é😀", range=DynamicRange(-1.0, 1.0)),
        "n" * 2000: RangeEntry(name="n" * 2000, range=DynamicRange(-1.0, 1.0)),
    },
    named_by="8.6",
    purpose="qdq",
    precision={"/head/*": "fp16"},
    model={"file": "m.onnx"},
    collected={"samples": 3, "files": ["a", "b"], "loss": 1e-7, "ok": True, "none": None},
)


@pytest.mark.parametrize("fmt", ["csv", "yaml", "setrange"])
def test_everything_about_tensors_survives(fmt: str) -> None:
    back = read_source(source(write_format(EVERYTHING, fmt).data))
    assert back.format == fmt
    assert list(back.entries) == list(EVERYTHING.entries)
    for name, entry in EVERYTHING.entries.items():
        got = back.entries[name]
        assert (got.range, got.source, got.reason) == (entry.range, entry.source, entry.reason)
        assert scale_of_entry(got) == scale_of_entry(entry)


def test_yaml_holds_the_whole_file() -> None:
    back = read_source(source(write_format(EVERYTHING, "yaml").data))
    assert [(e.need, e.proposed) for e in back.entries.values()] == [
        (e.need, e.proposed) for e in EVERYTHING.entries.values()
    ]
    assert (back.named_by, back.purpose, back.precision, back.model, back.collected) == (
        EVERYTHING.named_by,
        EVERYTHING.purpose,
        EVERYTHING.precision,
        EVERYTHING.model,
        EVERYTHING.collected,
    )


def test_other_yaml_readers_agree() -> None:
    import yaml

    loaded = yaml.safe_load(write_format(EVERYTHING, "yaml").data)
    assert loaded["tensors"]["tiny"] == {"min": -1e-5, "max": 1e-5}
    assert loaded["tensors"]["x\ny"]["scale"] == 0.1
    assert list(loaded["tensors"]) == list(EVERYTHING.entries)
    assert loaded["collected"]["loss"] == 1e-7


def test_yaml_scalars_follow_json() -> None:
    text = """# a comment
on: 1e-3
off: .5
/conv/*: [0, 2]
125: 3
"yes": 4
later:
"""
    assert amaxes(read_source(source(text), "yaml")) == {
        "on": 0.001,
        "off": 0.5,
        "/conv/*": 2.0,
        "125": 3.0,
        "yes": 4.0,
        "later": None,
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\na: 1\na: 2\n", r'file:3: tensor "a": is given twice \(first on line 2\)'),
        ("---\na: [2, 1]\nb: .nan\n", r"file:2: .*\nfile:3: tensor \"b\": amax is NaN"),
        ("---\na: [1, 2\n", r"file:3:1: not valid YAML: did not find expected"),
        ("---\na: &x [1, 2]\nb: *x\n", r"file:3: aliases are not allowed"),
        ("---\n? [a]\n: 1\n", r"file:2: a name must be text"),
        ("---\na: 1\n---\nb: 1\n", r"file:3: holds more than one document"),
        ("--- " + "[" * 100_000, r"nested more than 100 levels deep"),
        ('---\na: "1"\n', r"the text \"1\" \(remove the quotes\)"),
        ("setrange: 1\nnamed_by: 8.6\ntensors: {a: 1}\n", r"TensorRT release in quotes"),
        ("---\n", r"the file is null"),
    ],
)
def test_yaml_problems_are_named(text: str, problem: str) -> None:
    with pytest.raises(RangeFileError, match=problem):
        read_source(source(text))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_headers(delimiter: str) -> None:
    text = "Tensor,AMAX\n\na,2.5\nb, 1e-3 \nc,\n".replace(",", delimiter)
    ranges = read_source(source(text))
    assert ranges.format == "csv"
    assert amaxes(ranges) == {"a": 2.5, "b": 0.001, "c": None}
    assert [entry.line for entry in ranges.entries.values()] == [3, 4, 5]


def test_csv_problems_are_named() -> None:
    text = 'name,min,max,mx\na,2,1\nb,1\n"c\nd",0,x\n,1,2\na,0,1\ne,1,2,3,4\nf,nan,1\n'
    with pytest.raises(FormatError) as caught:
        read_source(source(text))
    assert str(caught.value).splitlines() == [
        'file:1: header: unknown field "mx"; did you mean "max"?',
        'file:2: tensor "a": min 2.0 is greater than max 1.0; swap them',
        'file:3: tensor "b": has "min" but no "max"; give both',
        'file:4: tensor "c\\nd": max is the text "x"; expected a number',
        'file:6: tensor "": the name is empty; expected a tensor name',
        'file:7: tensor "a": is given twice (first on line 2)',
        "file:8: has 5 cells, the header 4",
        'file:9: tensor "f": min is NaN; expected a finite number, or null for no range',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,min,max\n", "has no rows"),
        ("min,max\n1,2\n", 'no "name" column'),
        ('name,amax\n"a,1\n', "is not CSV"),
    ],
)
def test_csv_files_that_are_none(text: str, problem: str) -> None:
    with pytest.raises(FormatError, match=problem):
        read_source(source(text), "csv")


def test_yaml_and_json_are_one_format() -> None:
    text = '{"setrange": 1, "tensors": {"a": [0, 1], "b": null}}'
    assert read_own(source(text)).entries == read_source(source(text), "yaml").entries


def test_what_csv_does_not_hold_of_a_template_is_listed() -> None:
    lost = {loss.name for loss in write_format(EVERYTHING, "csv").losses}
    assert {"for", "need", "proposed"} <= lost


def test_patterns_in_a_format_of_names_are_remarked() -> None:
    file = RangeFile(entries={"/a/*": RangeEntry(name="/a/*", range=DynamicRange(-1.0, 1.0))})
    (note,) = write_format(file, "sampleint8api").notes
    assert '"/a/*" may be a pattern' in note
    assert write_format(file, "csv").notes == ()


def test_a_number_that_yaml_takes_for_a_comment_is_remarked() -> None:
    back = read_source(source("#12: 4.0\nimages: 1\n"))
    assert list(back.entries) == ["images"]
    assert 'write it in quotes: "#12"' in back.notes[-1]
