# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The data of the page: `check --json` with additions, as the schema says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from setrange import ModelAt, RangeFile, plan_model
from setrange.page.data import report_data
from setrange.page.network_facts import NetworkFacts
from setrange.ranges.model import DynamicRange, RangeEntry
from tests.cli.material import run, small_cnn
from tests.page.schema import check_schema

if TYPE_CHECKING:
    from pathlib import Path

RANGES = {"input": 1.0, "conv": 8.0, "relu": 8.0, "pool": 4.0, "flat": 4.0, "out": 16.0}


def ranges_file(values: dict[str, float], **fields: Any) -> RangeFile:
    entries = {
        name: RangeEntry(name=name, range=DynamicRange.symmetric(amax))
        for name, amax in values.items()
    }
    return RangeFile(entries=entries, **fields)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return small_cnn(tmp_path / "small.onnx")


def test_it_holds_what_check_prints(model: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "r.json"
    ranges.write_text(json.dumps(RANGES))
    checked = json.loads(run("check", ranges, model, "--trt", "8.6", "--json").out)
    shown = json.loads(run("report", ranges, model, "--trt", "8.6", "--json").out)
    check_schema(shown)
    tensors = checked.pop("tensors")
    assert {name: shown[name] for name in checked} == checked
    assert [
        {name: mine[name] for name in theirs}
        for mine, theirs in zip(shown["tensors"], tensors, strict=True)
    ] == tensors


def test_what_the_file_says_of_a_number_is_told(model: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "r.json"
    entry = {"amax": 8, "source": "measured: entropy"}
    ranges.write_text(json.dumps({"setrange": 1, "tensors": {**RANGES, "conv": entry}}))
    data = json.loads(run("report", ranges, model, "--json").out)
    check_schema(data)
    notes = {tensor["name"]: tensor.get("note") for tensor in data["tensors"]}
    assert notes["conv"] == "measured: entropy"
    assert notes["relu"] is None


def test_layers_and_tensors_refer_to_each_other(model: Path) -> None:
    data = report_data(plan_model(model, ranges_file(RANGES), trt="8.6"))
    check_schema(data)
    for place, layer in enumerate(data["layers"]):
        assert all(data["tensors"][i]["layer"] == place for i in layer["outputs"])
        assert all(place in data["tensors"][i]["consumers"] for i in layer["inputs"] if i >= 0)
    [first], [last] = data["inputs"], data["outputs"]
    assert data["tensors"][first]["name"] == "input"
    assert data["tensors"][first]["layer"] is None
    assert data["tensors"][last]["name"] == "out"
    conv = data["layers"][data["tensors"][first]["consumers"][0]]
    assert (conv["kind"], conv["node"], conv["op"]) == ("Convolution", "Conv_0", "Conv")


def test_names_of_other_releases_are_told_where_they_differ(model: Path) -> None:
    models = ModelAt.of(model)
    plan = plan_model(models, ranges_file(RANGES), trt="8.6")
    facts = NetworkFacts.of(plan.network, models=models, releases=["8.6", "10.3", "8.5"])
    data = report_data(plan, facts)
    assert data["releases"] == ["8.6", "10.3", "8.5"]
    by_name = {tensor["name"]: tensor for tensor in data["tensors"]}
    assert "names" not in by_name["conv"]
    [weights] = [t for t in data["tensors"] if t["what"].startswith("weights fc.weight")]
    assert weights["names"] == {"10.3": "fc.weight_output"}


def test_a_release_that_refuses_the_model_is_left_out(model: Path) -> None:
    models = ModelAt.of(small_cnn(model, batch="N"))
    plan = plan_model(models, None, trt="8.6")
    facts = NetworkFacts.of(plan.network, models=models, releases=["6.0", "8.5"])
    assert facts.releases in (("8.6", "8.5"), ("8.6", "6.0", "8.5"))


def test_a_derived_range_says_what_it_follows_from(model: Path) -> None:
    data = report_data(plan_model(model, ranges_file({"input": 1.0, "conv": 8.0}), trt="8.6"))
    check_schema(data)
    by_name = {tensor["name"]: tensor for tensor in data["tensors"]}
    assert by_name["relu"]["source"] == "derived"
    operands = [data["tensors"][i]["name"] for i in by_name["relu"]["operands"]]
    assert operands == ["conv"]


def test_missing_ranges_say_what_is_needed_and_what_follows(model: Path) -> None:
    data = report_data(plan_model(model, ranges_file({"input": 1.0}), trt="8.6"))
    check_schema(data)
    needs = {t["name"]: t["need"] for t in data["tensors"] if t["source"] == "missing"}
    assert needs["conv"].startswith("needed")
    assert needs["pool"].startswith("derived")
    assert data["verdict"]["level"] == "warning"
    assert data["pages"]["SR201"]["text"].startswith("**What it means.**")


def test_precision_rules_are_told_of_the_layers(model: Path) -> None:
    ranges = ranges_file(RANGES, precision={"*": "int8", "Gemm_*": "fp16"})
    data = report_data(plan_model(model, ranges, trt="8.6"))
    check_schema(data)
    asked = {layer["node"]: layer.get("asked") for layer in data["layers"]}
    assert (asked["Conv_0"], asked["Gemm_0"]) == ("int8", "fp16")


@pytest.mark.parametrize(
    ("ranges", "level"),
    [(RANGES, "good"), ({}, "warning"), ({"nonsense": 1.0, **RANGES}, "error")],
)
def test_the_verdict_is_one_sentence(model: Path, ranges: dict[str, float], level: str) -> None:
    verdict = report_data(plan_model(model, ranges_file(ranges), trt="8.6"))["verdict"]
    assert verdict["level"] == level
    assert verdict["text"].count(". ") == 0
    assert verdict["text"].endswith(".")


def test_a_qdq_model_needs_fewer(model: Path, tmp_path: Path) -> None:
    def sources(purpose: str) -> list[str]:
        done = run("report", model, "--for", purpose, "--json")
        data = json.loads(done.out)
        check_schema(data)
        assert data["for"] == purpose
        return [tensor["source"] for tensor in data["tensors"]]

    assert sources("qdq").count("missing") < sources("cache").count("missing")


def test_equal_plans_are_equal_pages(model: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "r.json"
    ranges.write_text(json.dumps(RANGES))
    one, two = tmp_path / "one.html", tmp_path / "two.html"
    for out in (one, two):
        assert run("report", ranges, model, "-o", out).status == 0
    assert one.read_bytes() == two.read_bytes()
