# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The plan: every tensor with its range, its source and what there is to say."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from setrange.errors import UsageError
from setrange.findings import Finding, Level
from setrange.importer import import_network
from setrange.network import LayerKind
from setrange.plan import Plan, Source, make_plan
from setrange.ranges.model import DynamicRange, RangeEntry, RangeFile
from tests.networks import Maker, ranges_of
from tests.resolver.networks import resnet50_tail

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.network import Network


def codes(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.findings]


def sources(plan: Plan) -> dict[str, str]:
    return {planned.tensor.name: planned.source.value for planned in plan.tensors}


def network_with_hole() -> Network:
    make = Maker()
    x = make.input("x")
    make.node("Sigmoid", "s", name="act")
    s = make.add(LayerKind.ACTIVATION, [x], "s", op="sigmoid")
    make.node("Cast", "i", name="cast")
    i = make.add(LayerKind.CAST, [s], "i", dtype="int32")
    make.node("MatMul", "y", name="fc")
    weight = make.constant([[0.5, -2.0]], "fc.weight")
    y = make.add(LayerKind.MATRIX_MULTIPLY, [s, weight], "y", op0="none", op1="none")
    return make.output(y, i)


class TestSources:
    def test_each_tensor_says_where_its_range_came_from(self) -> None:
        plan = make_plan(network_with_hole(), ranges_of({"x": (-1.0, 2.0)}))
        assert sources(plan) == {
            "x": "given",
            "s": "derived",
            "i": "not needed",
            "(Unnamed Layer* 2) [Constant]_output": "derived",
            "y": "missing",
        }
        assert [plan.count(source) for source in Source] == [1, 2, 0, 0, 1, 1]
        assert [planned.tensor.name for planned in plan.missing()] == ["y"]

    def test_in_words(self) -> None:
        plan = make_plan(network_with_hole(), ranges_of({"x": (-1.0, 2.0)}))
        assert [planned.why for planned in plan.tensors] == [
            "given",
            "sigmoid is at most 1",
            "INT32: never quantized",
            "max |values| of fc.weight",
            "",
        ]

    def test_without_any_ranges(self) -> None:
        plan = make_plan(network_with_hole(), None)
        assert plan.count(Source.GIVEN) == 0
        assert plan.count(Source.DERIVED) == 2

    def test_fill_none_and_bounds(self) -> None:
        ranges = ranges_of({"x": 1.0})
        none = make_plan(network_with_hole(), ranges, fill="none")
        assert none.count(Source.DERIVED) == none.count(Source.BOUND) == 0
        bounds = make_plan(network_with_hole(), ranges, fill="bounds")
        assert bounds.missing() == []
        (bound,) = (p for p in bounds.tensors if p.source is Source.BOUND)
        assert bound.range == DynamicRange(-2.0, 0.5)

    def test_zero_has_no_sign(self) -> None:
        make = Maker()
        make.add(LayerKind.UNARY, [make.input("x")], "y", op="neg")
        plan = make_plan(make.network, ranges_of({"x": (0.0, 3.0)}))
        assert repr(plan.tensors[1].range) == "DynamicRange(min=-3.0, max=0.0)"

    def test_precision_goes_along(self) -> None:
        ranges = ranges_of({"x": 1.0}, precision={"/head/*": "fp16"})
        assert make_plan(network_with_hole(), ranges).precision == {"/head/*": "fp16"}

    def test_exact_scales_are_kept_and_copied(self) -> None:
        make = Maker()
        make.add(LayerKind.SHUFFLE, [make.input("x")], "y")
        entry = RangeEntry(name="x", range=DynamicRange.symmetric(3.0), scale=0.023622048)
        plan = make_plan(make.network, RangeFile(entries={"x": entry}))
        assert [planned.scale for planned in plan.tensors] == [0.023622048, 0.023622048]

    def test_the_entry_used_is_named(self) -> None:
        plan = make_plan(resnet50_tail(), ranges_of({"pred_1@Constant[0]": 1.0}))
        (given,) = (p for p in plan.tensors if p.source is Source.GIVEN)
        assert given.entry == "pred_1@Constant[0]"
        assert given.tensor.name == "(Unnamed Layer* 174) [Constant]_output"

    @pytest.mark.parametrize("option", [{"fill": "all"}, {"target": "npu"}])
    def test_unknown_options(self, option: dict[str, Any]) -> None:
        with pytest.raises(UsageError, match="expected"):
            make_plan(network_with_hole(), None, **option)


class TestFindings:
    def test_a_missing_range_says_what_the_tensor_is_and_what_to_paste(self) -> None:
        plan = make_plan(resnet50_tail(), None)
        missing = {f.tensor: f for f in plan.findings if f.code == "SR201"}
        name = "(Unnamed Layer* 175) [Matrix Multiply]_output"
        assert "product of Gemm fc before its bias is added" in missing[name].message
        help_text = missing[name].help
        assert help_text is not None
        line = help_text.partition(": ")[2]
        assert json.loads(f"{{{line}}}") == {name: {"min": None, "max": None}}

    def test_an_entry_that_nobody_filled_in_says_nothing_more(self) -> None:
        plan = make_plan(network_with_hole(), ranges_of({"x": None}))
        assert codes(plan) == ["SR201", "SR201"]

    @pytest.mark.parametrize(
        "entry",
        [
            RangeEntry(name="x", reason="0 in the cache"),
            RangeEntry(name="x", range=DynamicRange(0.0, 0.0)),
        ],
    )
    def test_unusable_values(self, entry: RangeEntry) -> None:
        plan = make_plan(network_with_hole(), RangeFile(entries={"x": entry}))
        assert codes(plan) == ["SR206", "SR201", "SR201"]
        assert sources(plan)["x"] == "missing"

    def test_unusable_values_are_derived_where_they_can_be(self) -> None:
        entry = RangeEntry(name="s", reason="0 in the cache")
        plan = make_plan(network_with_hole(), RangeFile(entries={"s": entry}))
        assert sources(plan)["s"] == "derived"

    def test_zero_on_all_data_gets_a_positive_range_and_a_warning(self) -> None:
        entry = RangeEntry(name="x", reason="0 on all of the data")
        plan = make_plan(network_with_hole(), RangeFile(entries={"x": entry}))
        assert codes(plan) == ["SR214", "SR201"]
        assert sources(plan)["x"] == "derived"
        x = plan.tensors[0]
        assert x.range == DynamicRange(-1.0, 1.0)
        assert x.why == "0 on all of the data: all zero, any positive range will do"

    def test_zero_on_all_data_reaches_copies_that_the_parser_makes(self) -> None:
        make = Maker()
        mask = make.input("mask")
        make.node("Sub", "inv")
        inv = make.add(LayerKind.ELEMENTWISE, [mask, mask], "inv", op="sub")
        make.node("Add", "y")
        moved = make.add(LayerKind.SHUFFLE, [inv])
        y = make.add(LayerKind.ELEMENTWISE, [moved, mask], "y", op="sum")
        plan = make_plan(
            make.output(y),
            RangeFile(
                entries={
                    **ranges_of({"mask": (0.0, 1.0), "y": (0.0, 1.0)}).entries,
                    "inv": RangeEntry(name="inv", reason="0 on all of the data"),
                }
            ),
        )
        assert plan.missing() == []
        amax = {p.tensor.name: p.range and p.range.amax for p in plan.tensors}
        assert amax[moved.name] == amax["inv"] == 1.0
        assert [f.tensor for f in plan.findings if f.code == "SR214"] == ["inv"]

    def test_zero_on_all_data_counts_for_nothing_where_a_neighbour_says_more(self) -> None:
        entries = {"s": RangeEntry(name="s", reason="0 on all of the data")}
        plan = make_plan(network_with_hole(), RangeFile(entries=entries))
        assert sources(plan)["s"] == "derived"
        assert plan.tensors[1].range == DynamicRange(0.0, 1.0)  # a sigmoid's
        assert "SR214" not in codes(plan)
        none = make_plan(network_with_hole(), RangeFile(entries=entries), fill="none")
        assert codes(none) == ["SR206", "SR201", "SR201", "SR201", "SR201"]

    def test_what_to_do_about_an_unusable_value_is_true(self) -> None:
        entry = RangeEntry(name="s", reason="infinite in the cache")
        plan = make_plan(network_with_hole(), RangeFile(entries={"s": entry}))
        finding = plan.findings[0]
        assert "it is derived instead" in finding.message
        assert finding.help is None
        entry = RangeEntry(name="x", reason="infinite in the cache")
        plan = make_plan(network_with_hole(), RangeFile(entries={"x": entry}))
        assert "it is ignored" in plan.findings[0].message
        assert plan.findings[0].help is not None
        assert "derive" not in plan.findings[0].help  # nothing derives a network input

    @pytest.mark.parametrize("kind", [k for k in LayerKind if k.is_plugin])
    def test_what_only_leaves_a_plugin_needs_no_range(self, kind: LayerKind) -> None:
        make = Maker()
        x = make.input("x")
        make.node("MyPlugin", "out", "read", "both", name="p")
        out, read, both = (make.add(kind, [x], name) for name in ("out", "read", "both"))
        make.node("Relu", "y")
        y = make.add(LayerKind.ELEMENTWISE, [read, both], "y", op="sum")
        network = make.output(out, both, y)
        plan = make_plan(network, ranges_of({"x": (-1.0, 1.0), "y": (-2.0, 2.0)}))
        found = sources(plan)
        assert [found[name] for name in ("out", "read", "both")] == [
            "not needed",
            "missing",
            "missing",
        ]
        assert "only leaves the network" in plan.tensors[1].why
        given = make_plan(network, ranges_of({"out": 3.0}))
        assert sources(given)["out"] == "given"

    def test_all_zero_constants_get_a_positive_range(self) -> None:
        make = Maker()
        zeros = make.constant([0.0, 0.0], "bias")
        make.add(LayerKind.SHUFFLE, [zeros], "y")
        plan = make_plan(make.network, None)
        assert codes(plan) == ["SR205"]
        for planned in plan.tensors:
            assert planned.range == DynamicRange(-1.0, 1.0)
            assert planned.source is Source.DERIVED
            assert "all zero" in planned.why

    def test_constants_that_are_not_finite_are_not_just_missing(self) -> None:
        make = Maker()
        make.constant([0.0, -math.inf], "mask")
        assert codes(make_plan(make.network, None)) == ["SR208"]
        assert codes(make_plan(make.network, None, fill="none")) == ["SR201"]

    def test_one_note_for_all_asymmetric_ranges(self) -> None:
        make = Maker()
        for name in "abc":
            make.input(name)
        values = {"a": (0.0, 49.3), "b": (-1.0, 2.0), "c": 3.0}
        plan = make_plan(make.network, ranges_of(values))
        (finding,) = plan.findings
        assert (finding.code, finding.level) == ("SR202", Level.NOTE)
        assert "2 given ranges" in finding.message
        assert "'a' [0, 49.3] becomes ±49.3" in finding.message

    @pytest.mark.parametrize(("after", "found"), [(8.0, True), (3.9, False)])
    def test_copies_whose_ranges_differ(self, after: float, found: bool) -> None:
        make = Maker()
        make.node("Transpose", "y", name="t")
        make.add(LayerKind.SHUFFLE, [make.input("x")], "y")
        plan = make_plan(make.network, ranges_of({"x": 2.0, "y": after}))
        assert codes(plan) == (["SR204"] if found else [])
        assert [p.range for p in plan.tensors] == [
            DynamicRange.symmetric(2.0),
            DynamicRange.symmetric(after),
        ]

    def test_bounds_are_summarized(self) -> None:
        make = Maker()
        tensor = make.input("x")
        for i in range(8):
            twice = make.constant([2.0] * 4)
            tensor = make.add(LayerKind.ELEMENTWISE, [tensor, twice], f"t{i}", op="prod")
        plan = make_plan(make.network, ranges_of({"x": 1.0}), fill="bounds")
        by_code = {f.code: f for f in plan.findings}
        assert "7 ranges are worst-case bounds" in by_code["SR203"].message
        assert "'t6', is 64 times" in by_code["SR203"].message
        assert "'t7'" in by_code["SR207"].message
        assert codes(plan).count("SR201") == 1

    def test_findings_of_the_importer_come_first(self) -> None:
        network = network_with_hole()
        network.findings.append(Finding(code="SR301", message="op not modelled"))
        assert codes(make_plan(network, None))[0] == "SR301"

    def test_unknown_names_are_in_the_plan(self) -> None:
        plan = make_plan(network_with_hole(), ranges_of({"x": 1.0, "z": 1.0}))
        assert [(item.entry, item.code) for item in plan.unresolved] == [("z", "SR101")]


class TestDla:
    def test_pooling_keeps_one_range(self) -> None:
        make = Maker()
        make.add(LayerKind.POOLING, [make.input("x")], "y", op="average")
        values = {"x": 8.0, "y": 6.0}
        plan = make_plan(make.network, ranges_of(values), target="dla")
        assert [p.range for p in plan.tensors] == [DynamicRange.symmetric(8.0)] * 2
        assert [p.source for p in plan.tensors] == [Source.GIVEN, Source.GIVEN]
        (finding,) = plan.findings
        assert finding.code == "SR209"
        assert "'y' takes ±8 of 'x' instead of ±6" in finding.message

    def test_on_gpu_given_ranges_stay(self) -> None:
        make = Maker()
        make.add(LayerKind.POOLING, [make.input("x")], "y", op="average")
        plan = make_plan(make.network, ranges_of({"x": 8.0, "y": 6.0}))
        assert plan.tensors[1].range == DynamicRange.symmetric(6.0)

    def test_elementwise_inputs_are_equal_also_across_layers(self) -> None:
        make = Maker()
        a, b, c = (make.input(name) for name in "abc")
        make.add(LayerKind.ELEMENTWISE, [a, b], "d", op="sum")
        make.add(LayerKind.ELEMENTWISE, [b, c], "e", op="sum")
        values = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 5.0, "e": 5.0}
        plan = make_plan(make.network, ranges_of(values), target="dla")
        amax = {p.tensor.name: p.range.amax for p in plan.tensors if p.range is not None}
        assert amax == {"a": 3, "b": 3, "c": 3, "d": 5, "e": 5}
        assert codes(plan) == ["SR209", "SR209"]

    def test_concatenation(self) -> None:
        make = Maker()
        a, b = make.input("a"), make.input("b")
        make.add(LayerKind.CONCATENATION, [a, b], "y", axis=0)
        plan = make_plan(make.network, ranges_of({"a": 1.0, "b": 4.0}), target="dla")
        assert [p.range for p in plan.tensors] == [DynamicRange.symmetric(4.0)] * 3

    def test_one_branch_of_a_concatenation_says_nothing_of_another(self) -> None:
        """Class scores of ±0.55 must not become the range of boxes of ±1.63."""
        make = Maker()
        boxes, scores = make.input("boxes"), make.input("scores")
        make.add(LayerKind.CONCATENATION, [boxes, scores], "y", axis=0)
        plan = make_plan(make.network, ranges_of({"scores": 0.55}), target="dla")
        assert sources(plan) == {"boxes": "missing", "scores": "given", "y": "missing"}
        (missing, _) = [f for f in plan.findings if f.code == "SR201"]
        assert missing.tensor == "boxes"
        assert missing.level is Level.ERROR
        assert "'scores', so it will be at least ±0.55" in missing.message

    def test_zeros_take_any_range_without_a_word(self) -> None:
        make = Maker()
        x, bias = make.input("x"), make.input("bias")
        make.add(LayerKind.ELEMENTWISE, [x, bias], "y", op="sum")
        file = RangeFile(
            entries={
                "x": RangeEntry(name="x", range=DynamicRange.symmetric(3.0)),
                "bias": RangeEntry(name="bias", reason="0 on all of the data"),
                "y": RangeEntry(name="y", range=DynamicRange.symmetric(3.0)),
            }
        )
        plan = make_plan(make.network, file, target="dla")
        assert codes(plan) == ["SR214"]
        assert plan.tensors[1].range == DynamicRange.symmetric(3.0)

    def test_what_dla_made_equal_is_not_held_against_what_was_given(self) -> None:
        """A score given as ±1 is right, though a Concat with boxes makes ±512 of it."""
        make = Maker()
        boxes, raw = make.input("boxes"), make.input("raw")
        scores = make.add(LayerKind.ACTIVATION, [raw], "scores", op="sigmoid")
        make.add(LayerKind.CONCATENATION, [boxes, scores], "y", axis=0)
        given = {"boxes": 512.0, "raw": 9.0, "scores": 1.0, "y": 512.0}
        plan = make_plan(make.network, ranges_of(given), target="dla")
        assert codes(plan) == ["SR209"]
        assert "so all of it becomes 0" in plan.findings[0].message

    def test_the_range_of_a_concatenation_covers_its_branches(self) -> None:
        make = Maker()
        a, b = make.input("a"), make.input("b")
        make.add(LayerKind.CONCATENATION, [a, b], "y", axis=0)
        make.add(LayerKind.SHUFFLE, [b], "z")
        plan = make_plan(make.network, ranges_of({"y": 1.0}), target="dla")
        assert sources(plan) == {"a": "derived", "b": "derived", "y": "given", "z": "derived"}
        none = make_plan(make.network, ranges_of({"y": 1.0}), target="dla", fill="none")
        assert sources(none)["b"] == "missing"

    def test_the_mean_of_a_pooling_says_nothing_of_its_input(self) -> None:
        make = Maker()
        x = make.input("x")
        make.add(LayerKind.POOLING, [x], "y", op="average")
        plan = make_plan(make.network, ranges_of({"y": 0.25}), target="dla")
        assert sources(plan) == {"x": "missing", "y": "given"}

    def test_one_operand_says_nothing_of_the_other(self) -> None:
        """A gate in [0, 1] must not become the range of what it multiplies."""
        make = Maker()
        x, logits = make.input("x"), make.input("logits")
        gate = make.add(LayerKind.ACTIVATION, [logits], "gate", op="sigmoid")
        make.add(LayerKind.ELEMENTWISE, [x, gate], "y", op="prod")
        plan = make_plan(make.network, ranges_of({"logits": 4.0, "y": 2.0}), target="dla")
        assert sources(plan)["x"] == "missing"
        given = ranges_of({"x": 8.0, "logits": 4.0, "y": 2.0})
        plan = make_plan(make.network, given, target="dla")
        amax = {p.tensor.name: p.range.amax for p in plan.tensors if p.range is not None}
        assert amax == {"x": 8.0, "logits": 4.0, "gate": 8.0, "y": 2.0}

    def test_what_dla_needs_is_no_contradiction_between_copies(self) -> None:
        make = Maker()
        x, b = make.input("x"), make.input("b")
        copy = make.add(LayerKind.SHUFFLE, [b], "copy")
        make.add(LayerKind.ELEMENTWISE, [x, copy], "y", op="sum")
        values = {"x": 8.0, "b": 0.5, "copy": 0.5, "y": 9.0}
        plan = make_plan(make.network, ranges_of(values), target="dla")
        assert codes(plan) == ["SR209"]

    def test_a_given_scale_of_1_is_the_mark_of_a_fused_convolution(self) -> None:
        """What a template or a cache of NVIDIA's qdq_translator holds for it."""
        make = Maker()
        x, skip = make.input("x"), make.input("skip")
        conv = make.add(LayerKind.CONVOLUTION, [x], "conv")
        make.add(LayerKind.ELEMENTWISE, [conv, skip], "y", op="sum")
        entries = {
            name: RangeEntry(name=name, range=DynamicRange.symmetric(amax))
            for name, amax in {"x": 1.0, "skip": 2.0, "y": 3.0}.items()
        }
        marked = RangeEntry(name="conv", range=DynamicRange.symmetric(127.0), scale=1.0)
        plan = make_plan(
            make.network, RangeFile(entries={**entries, "conv": marked}), target="dla"
        )
        amax = {p.tensor.name: p.range.amax for p in plan.tensors if p.range is not None}
        assert amax == {"x": 1.0, "skip": 2.0, "conv": 127.0, "y": 3.0}
        assert codes(plan) == []

    def test_a_convolution_before_an_add_takes_scale_1(self) -> None:
        make = Maker()
        x, skip = make.input("x"), make.input("skip")
        first = make.add(LayerKind.CONVOLUTION, [x], "first")
        second = make.add(LayerKind.CONVOLUTION, [x], "second")
        make.add(LayerKind.ELEMENTWISE, [second, first], "y", op="sum")
        third = make.add(LayerKind.CONVOLUTION, [x], "third")
        make.add(LayerKind.ELEMENTWISE, [third, skip], "z", op="sum")
        values = {"x": 1.0, "skip": 2.0, "y": 3.0, "z": 4.0}
        plan = make_plan(make.network, ranges_of(values), target="dla")
        amax = {p.tensor.name: p.range.amax for p in plan.tensors if p.range is not None}
        # One of two convolutions is fused; the other branch keeps a range of its own.
        assert (amax["second"], amax["first"]) == (127.0, 3.0)
        assert (amax["third"], amax["skip"]) == (127.0, 2.0)
        scales = {p.tensor.name: p.scale for p in plan.tensors}
        assert scales["third"] == 1.0
        gpu = make_plan(make.network, ranges_of(values))
        assert {p.tensor.name: p.range.amax for p in gpu.tensors if p.range}["third"] == 4.0

    def test_a_given_range_of_such_a_convolution_stays(self) -> None:
        make = Maker()
        x, skip = make.input("x"), make.input("skip")
        conv = make.add(LayerKind.CONVOLUTION, [x], "conv")
        make.add(LayerKind.ELEMENTWISE, [conv, skip], "y", op="sum")
        values = {"x": 1.0, "skip": 2.0, "conv": 1.5, "y": 3.0}
        plan = make_plan(make.network, ranges_of(values), target="dla")
        amax = {p.tensor.name: p.range.amax for p in plan.tensors if p.range is not None}
        assert amax["conv"] == amax["skip"] == 2.0

    def test_a_missing_range_is_an_error(self) -> None:
        plan = make_plan(network_with_hole(), None, target="dla")
        assert {f.level for f in plan.findings if f.code == "SR201"} == {Level.ERROR}


class TestPurity:
    @pytest.fixture
    def network(self, resnet18: Path) -> Network:
        return import_network(resnet18, "8.6")

    def test_the_same_arguments_give_the_same_plan(self, network: Network) -> None:
        ranges = ranges_of({"input": (-2.0, 2.6), "41": 5.0, "86": (0.0, 49.3)})
        for fill in ("none", "safe", "bounds"):
            for target in ("gpu", "dla"):
                plans = [
                    json.dumps(make_plan(network, ranges, fill=fill, target=target).to_dict())
                    for _ in range(2)
                ]
                assert plans[0] == plans[1]

    def test_the_order_of_entries_does_not_matter(self, network: Network) -> None:
        values = {"input": 2.0, "41": 5.0, "86": 49.3, "92": 30.0}
        forward = make_plan(network, ranges_of(values), fill="bounds")
        backward = make_plan(network, ranges_of(dict(reversed(values.items()))), fill="bounds")
        assert forward.to_dict()["tensors"] == backward.to_dict()["tensors"]

    def test_filling_in_what_was_derived_changes_nothing(self, network: Network) -> None:
        plan = make_plan(network, ranges_of({"input": 2.0, "41": 5.0, "86": 49.3}))
        entries = {
            p.tensor.name: RangeEntry(name=p.tensor.name, range=p.range) for p in plan.tensors
        }
        again = make_plan(network, RangeFile(entries=entries))
        assert [p.range for p in again.tensors] == [p.range for p in plan.tensors]
        assert again.count(Source.DERIVED) == 0


class TestToDict:
    def test_the_whole_object(self) -> None:
        network = dataclasses.replace(network_with_hole(), model="m.onnx")
        plan = make_plan(network, ranges_of({"x": (-1.0, 127.0), "q": 1.0}))
        found = plan.to_dict()
        assert json.loads(json.dumps(found)) == found
        assert list(found) == [
            "setrange",
            "model",
            "trt",
            "profile",
            "fill",
            "target",
            "named_by",
            "counts",
            "tensors",
            "findings",
            "unresolved",
        ]
        assert found["model"] == "m.onnx"
        assert found["counts"] == {
            "given": 1,
            "derived": 2,
            "estimated": 0,
            "bound": 0,
            "missing": 1,
            "not needed": 1,
        }
        assert found["tensors"][0] == {
            "name": "x",
            "key": "x",
            "source": "given",
            "min": -1.0,
            "max": 127.0,
            "amax": 127.0,
            "scale": 1.0,
            "why": "given",
            "entry": "x",
            "kind": "Input",
            "node": "",
        }
        assert found["tensors"][3]["key"] == "y@Constant[0]"
        assert found["tensors"][3]["node"] == "fc"
        assert found["tensors"][4]["min"] is found["tensors"][4]["scale"] is None
        assert found["unresolved"] == [
            {"entry": "q", "code": "SR101", "why": "'q' is no tensor of this model"}
        ]
        assert [item["code"] for item in found["findings"]] == ["SR101", "SR201", "SR202"]


class TestNobodyChangesIt:
    def test_lists_that_it_was_made_of_can_change(self) -> None:
        made = make_plan(network_with_hole(), ranges_of({"x": (-1.0, 2.0)}))
        tensors, findings, precision = list(made.tensors), list(made.findings), {"*": "fp16"}
        plan = Plan(
            network=made.network, tensors=tensors, findings=findings, precision=precision
        )
        tensors.clear()
        findings.clear()
        precision["*"] = "int8"
        assert (plan.tensors, plan.findings) == (made.tensors, made.findings)
        assert plan.precision == {"*": "fp16"}

    def test_what_it_holds_cannot_be_changed(self) -> None:
        plan = make_plan(network_with_hole(), ranges_of({"x": (-1.0, 2.0)}))
        assert isinstance(plan.tensors, tuple)
        assert isinstance(plan.findings, tuple)
        with pytest.raises(TypeError):
            plan.precision["*"] = "fp16"  # type: ignore[index]


class TestMasksOfInfinity:
    def network(self) -> Network:
        make = Maker()
        x, keep = make.input("x"), make.input("keep", dtype="bool")
        mask = make.constant([-math.inf] * 4, "mask")
        make.node("Where", "where")
        where = make.add(LayerKind.SELECT, [keep, x, mask], "where")
        make.node("Add", "added")
        added = make.add(LayerKind.ELEMENTWISE, [where, mask], "added", op="sum")
        make.node("Softmax", "y")
        y = make.add(LayerKind.SOFTMAX, [added], "y")
        make.node("Max", "least")
        least = make.add(LayerKind.ELEMENTWISE, [x, mask], "least", op="max")
        return make.output(y, least)

    def test_nobody_is_asked_for_a_range_that_cannot_be(self) -> None:
        plan = make_plan(self.network(), ranges_of({"x": 2.0}))
        found = sources(plan)
        assert found["where"] == found["added"] == "not needed"
        assert found["(Unnamed Layer* 0) [Constant]_output"] == "not needed"
        assert found["y"] == "derived"
        [item] = [p for p in plan.tensors if p.tensor.name == "where"]
        assert "infinity" in item.why
        # The larger of a value and minus infinity is the value: a range like any other.
        assert found["least"] == "missing"

    def test_a_given_range_is_taken_as_it_is(self) -> None:
        plan = make_plan(self.network(), ranges_of({"x": 2.0, "where": 20.0}))
        found = sources(plan)
        assert found["where"] == "given"
        assert found["added"] == "not needed"
