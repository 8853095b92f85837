# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The fake offers nothing that the real bindings of its version lack."""

from __future__ import annotations

import ast
import enum
import inspect
import json
import re
from typing import Any

import pytest

from tests.fake_tensorrt.module import make_tensorrt
from tests.fake_tensorrt.names import VERSIONS
from tests.golden.corpus import golden_dir
from tests.meta.source_tree import ROOT

if not list(golden_dir().glob("trt-api-*.json")):
    pytest.skip(
        "records of the bindings of TensorRT are not here (shared/golden/trt-api-*.json)",
        allow_module_level=True,
    )


def _record(version: str) -> dict[str, Any]:
    text = (golden_dir() / f"trt-api-{version}.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text)
    return record


def _methods(record: dict[str, Any], name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for base in record["classes"].get(name, {"bases": []})["bases"]:
        found |= _methods(record, base)
    return found | record["classes"].get(name, {"methods": {}})["methods"]


def _properties(record: dict[str, Any], name: str) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for base in record["classes"].get(name, {"bases": []})["bases"]:
        found |= _properties(record, base)
    own = record["classes"].get(name, {"properties": []})["properties"]
    return found | {entry["name"]: entry["writable"] for entry in own}


def _public(made: type) -> dict[str, Any]:
    names = {**made.__dict__, **dict.fromkeys(inspect.get_annotations(made))}
    return {name: value for name, value in names.items() if not name.startswith("_")}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_is_the_records(version: str) -> None:
    assert make_tensorrt(version).__version__ == _record(version)["version"]


@pytest.mark.parametrize("version", VERSIONS)
def test_enums_have_no_member_more(version: str) -> None:
    record, trt = _record(version), make_tensorrt(version)
    known = {name.rpartition(".")[2]: set(members) for name, members in record["enums"].items()}
    for name, made in vars(trt).items():
        if inspect.isclass(made) and issubclass(made, enum.Enum):
            assert {member.name for member in made} <= known[name], name


@pytest.mark.parametrize("version", VERSIONS)
def test_classes_have_no_name_more(version: str) -> None:
    record, trt = _record(version), make_tensorrt(version)
    checked = 0
    for name, made in vars(trt).items():
        if not inspect.isclass(made) or issubclass(made, enum.Enum):
            continue
        assert name in record["classes"], name
        methods, properties = _methods(record, name), _properties(record, name)
        for attribute, value in _public(made).items():
            if attribute == "Severity":
                continue  # an enum within ILogger; the record lists it among the enums
            where = methods if inspect.isfunction(value) else properties
            assert attribute in where, f"{name}.{attribute}"
            checked += 1
        settable = getattr(made, "_settable", frozenset())
        assert all(properties.get(attribute) for attribute in settable), (name, settable)
    assert checked > 50


@pytest.mark.parametrize("version", ["10.1", "10.16", "11.1"])
def test_methods_take_the_recorded_arguments(version: str) -> None:
    """8.6's record has names only."""
    record, trt = _record(version), make_tensorrt(version)
    for name, made in vars(trt).items():
        if not inspect.isclass(made) or issubclass(made, enum.Enum):
            continue
        methods = _methods(record, name)
        for attribute, value in _public(made).items():
            lines = methods.get(attribute, [])
            if inspect.isfunction(value) and lines and "*args" not in lines[0]:
                recorded = re.findall(r"[(,] ?(\w+):", lines[0])
                assert list(inspect.signature(value).parameters) == recorded, lines[0]


def test_setrange_uses_no_other_name() -> None:
    """Every attribute of the bindings that the sources use is one the fake can be asked for."""
    used = set()
    for path in sorted((ROOT / "setrange" / "live").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {
                "trt",
                "self._trt",
            }:
                used.add(node.attr)
    offered = {name for version in VERSIONS for name in vars(make_tensorrt(version))}
    assert used <= offered
    assert {"OnnxParser", "Builder", "IProgressMonitor"} <= used
