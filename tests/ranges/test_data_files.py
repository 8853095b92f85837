# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import RangeFileError
from setrange.files.resources import resource_text
from setrange.formats.reading import read_ranges
from setrange.ranges import format_ranges
from setrange.ranges.own_reader import read_own
from setrange.ranges.source import SourceFile

DATA = Path(__file__).parents[1] / "data"
VALID = sorted((DATA / "valid").glob("*.json"))
STRUCTURE = sorted((DATA / "invalid" / "structure").glob("*.json"))
MEANING = sorted((DATA / "invalid" / "meaning").glob("*.json"))


@functools.cache
def validator() -> jsonschema.Draft202012Validator:
    loaded = json.loads(resource_text("schemas/ranges.v1.schema.json"))
    jsonschema.Draft202012Validator.check_schema(loaded)
    return jsonschema.Draft202012Validator(loaded)


@pytest.fixture
def schema() -> jsonschema.Draft202012Validator:
    return validator()


def test_there_are_files() -> None:
    assert len(VALID) >= 8
    assert len(STRUCTURE) >= 20
    assert len(MEANING) >= 20


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_file_is_read_and_written_as_expected(path: Path) -> None:
    expected = path.with_suffix(".written").read_text(encoding="utf-8")
    assert format_ranges(read_ranges(path)) == expected


@pytest.mark.parametrize("path", STRUCTURE + MEANING, ids=lambda path: path.stem)
def test_invalid_file_names_every_problem(path: Path) -> None:
    expected = path.with_suffix(".message").read_text(encoding="utf-8").removesuffix("\n")
    with pytest.raises(RangeFileError) as caught:
        read_ranges(path)
    assert str(caught.value).replace(str(path), "FILE") == expected


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_schema_takes_what_the_reader_takes(
    path: Path, schema: jsonschema.Draft202012Validator
) -> None:
    schema.validate(json.loads(path.read_text(encoding="utf-8")))
    schema.validate(json.loads(path.with_suffix(".written").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", STRUCTURE, ids=lambda path: path.stem)
def test_schema_refuses_wrong_structure(
    path: Path, schema: jsonschema.Draft202012Validator
) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    assert not schema.is_valid(value)
    # ... and each entry that the reader names, one by one.
    if isinstance(value, dict) and "setrange" not in value and "tensors" not in value:
        for name, entry in value.items():
            assert not schema.is_valid({name: entry}), name


@pytest.mark.parametrize("path", MEANING, ids=lambda path: path.stem)
def test_meaning_is_beyond_the_schema(
    path: Path, schema: jsonschema.Draft202012Validator
) -> None:
    """Files in ``meaning`` are there because a schema cannot tell: else they are misplaced."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return
    if path.stem in {"duplicate-tensors", "not-finite", "several", "syntax-deep"}:
        return  # Python's reader hides or admits what is wrong
    schema.validate(value)


NUMBERS = st.sampled_from([-2, -1, 0, 0.0, 0.5, 1, 2])
ODD = st.none() | st.booleans() | st.text(max_size=2) | st.just([]) | st.just({})
ENTRIES = (
    NUMBERS
    | ODD
    | st.lists(NUMBERS | ODD, max_size=3)
    | st.fixed_dictionaries(
        {},
        optional={
            "min": NUMBERS | st.none() | ODD,
            "max": NUMBERS | st.none() | ODD,
            "scale": NUMBERS | ODD,
            "amax": NUMBERS | ODD,
            "source": st.just("x") | ODD,
            "reason": st.just("x") | ODD,
            "need": st.just("x") | ODD,
            "proposed": st.just([0, 1]) | ODD,
            "mim": NUMBERS,
        },
    )
)
TENSORS = st.dictionaries(st.sampled_from(["a", "b", "tensors", ""]), ENTRIES, max_size=2)
FILES = st.fixed_dictionaries(
    {"setrange": st.just(1) | ODD | NUMBERS, "tensors": TENSORS | ODD},
    optional={
        "named_by": st.sampled_from(["8.6", "v10.1.2.3", "8", "8.6 ", "8.6.", "123.1"]) | ODD,
        "model": st.fixed_dictionaries(
            {}, optional={"file": ODD, "sha256": st.just("a" * 64) | ODD, "x": ODD}
        )
        | ODD,
        "precision": st.dictionaries(st.text(max_size=1), st.sampled_from(["fp16", "f"]) | ODD),
        "collected": st.dictionaries(st.text(max_size=1), ODD) | ODD,
        "$schema": ODD,
        "tensor": ODD,
    },
)
#: What only the reader can tell.
MEANINGS = ("is greater than max", "remove the one that is out of date")


@pytest.mark.property
@given(TENSORS | FILES | ODD)
def test_reader_and_schema_agree_on_structure(value: Any) -> None:
    try:
        read_own(SourceFile("x", json.dumps(value).encode()))
        problems = []
    except RangeFileError as error:
        problems = str(error).splitlines()
    structural = [text for text in problems if not any(m in text for m in MEANINGS)]
    if validator().is_valid(value) and not structural:
        return
    if problems and not structural:
        return  # right in structure as far as the reader could see
    assert structural, "the schema refuses it, the reader does not"
    assert not validator().is_valid(value), f"only the reader refuses it: {structural}"
