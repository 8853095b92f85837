# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person can do to a ranges file, without a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setrange.editing.saving import ChangedUnderneathError
from setrange.errors import SetrangeError, UsageError
from setrange.formats.reading import read_ranges
from setrange.plan import plan_model
from tests.editing.material import (
    give,
    opened_document,
    place,
    planned,
    ranges,
    save_model,
    snapshots,
)

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.editing.document import Document


def needed(document: Document) -> list[str]:
    found = snapshots(document).whole()["edit"]["needed"]
    return [document.model.tensors[item["tensor"]].name for item in found]


def test_the_list_of_what_is_needed_gets_shorter(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    seen = [needed(document)]
    while seen[-1]:
        give(document, seen[-1][0], "3")
        seen.append(needed(document))
    assert [len(names) for names in seen] == list(range(len(seen) - 1, -1, -1))
    assert not document.view.plan.missing()
    assert len(ranges(document)) < len(document.model.tensors)  # the others follow


def test_a_given_range_and_what_follows(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    give(document, "c1", "-2,5 4")
    assert ranges(document) == {"c1": (-2.5, 4.0)}
    assert planned(document, "c1") == ("given", 4.0)
    assert planned(document, "r1") == ("derived", 4.0)
    assert planned(document, "c2") == ("missing", None)


def test_the_plan_is_that_of_the_command(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    give(document, "x", "1")
    give(document, "c1", "-2 4")
    document.save()
    plan = plan_model(tmp_path / "model.onnx", document.path, trt="8.6")
    shown = snapshots(document).whole()
    expected = plan.to_dict()
    for ours, theirs in zip(shown["tensors"], expected["tensors"], strict=True):
        assert {key: ours[key] for key in theirs} == theirs
    assert shown["counts"] == expected["counts"]
    assert shown["findings"] == expected["findings"]


def test_the_same_for_many(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    chosen = [place(document, name) for name in ("x", "c1", "c2")]
    done = document.change({"kind": "set", "tensors": chosen, "text": "5"})
    assert ranges(document) == dict.fromkeys(("x", "c1", "c2"), (-5.0, 5.0))
    assert done.label == "set 3 ranges"
    document.change({"kind": "undo"})
    assert ranges(document) == {}


def test_min_max_and_amax_of_the_panel(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    at = place(document, "x")
    document.change({"kind": "set", "tensors": [at], "min": "-1,5", "max": "2"})
    assert ranges(document) == {"x": (-1.5, 2.0)}
    document.change({"kind": "set", "tensors": [at], "amax": "3"})
    assert ranges(document) == {"x": (-3.0, 3.0)}


def test_clear(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    give(document, "c1", "4")
    document.change({"kind": "clear", "tensors": [place(document, "c1")]})
    assert ranges(document) == {}
    assert planned(document, "r1") == ("missing", None)
    with pytest.raises(UsageError, match="nothing to clear"):
        document.change({"kind": "clear", "tensors": [place(document, "c1")]})


def test_take_from_producer(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    give(document, "x", "0 7")
    document.change({"kind": "producer", "tensors": [place(document, "c1")]})
    assert ranges(document)["c1"] == (0.0, 7.0)
    with pytest.raises(UsageError, match="input of the network"):
        document.change({"kind": "producer", "tensors": [place(document, "x")]})


def test_take_from_a_producer_that_has_none(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    with pytest.raises(UsageError, match='"c2" is made from has no range yet'):
        document.change({"kind": "producer", "tensors": [place(document, "c2")]})
    assert ranges(document) == {}


def test_a_column_by_name(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    done = document.change({"kind": "paste", "text": "x\t1\nc1\t-2,5\t4\nnobody\t1"})
    assert ranges(document) == {"x": (-1.0, 1.0), "c1": (-2.5, 4.0)}
    assert "1 name of no use here: 'nobody'" in done.message
    with pytest.raises(UsageError, match="none of the 1 name"):
        document.change({"kind": "paste", "text": "nobody\t1"})


def test_a_column_into_rows(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    rows = [place(document, name) for name in ("c2", "x", "c1")]
    document.change({"kind": "paste", "text": "1\n\n3", "tensors": rows})
    assert ranges(document) == {"c2": (-1.0, 1.0), "c1": (-3.0, 3.0)}
    with pytest.raises(UsageError, match="2 numbers cannot be put into 3 rows"):
        document.change({"kind": "paste", "text": "1\n2", "tensors": rows})
    document.change({"kind": "paste", "text": "8\n9", "tensors": rows, "downward": True})
    assert ranges(document)["x"] == (-9.0, 9.0)


def test_half_precision(tmp_path: Path) -> None:
    document = opened_document(tmp_path, purpose="qdq")
    at = place(document, "c2")
    before = needed(document)
    document.change({"kind": "precision", "tensors": [at], "on": True})
    assert dict(document.state.precision) == {"conv2": "fp16"}
    assert snapshots(document).whole()["edit"]["fp16"] == [at]
    assert set(needed(document)) < set(before)  # its input needs no range any more
    document.change({"kind": "precision", "tensors": [at], "on": False})
    assert dict(document.state.precision) == {}
    with pytest.raises(UsageError, match="made by no node"):
        document.change({"kind": "precision", "tensors": [place(document, "x")], "on": True})


def test_half_precision_of_nodes_with_odd_names(tmp_path: Path) -> None:
    """A node may be called as a glob is written, and the others stay as they are."""
    save_model(tmp_path / "model.onnx", names=("conv*", "relu1", "conv2", "re:conv2"))
    document = opened_document(tmp_path)
    for name in ("c1", "y"):
        document.change({"kind": "precision", "tensors": [place(document, name)], "on": True})
    marked = snapshots(document).whole()["edit"]["fp16"]
    assert [document.model.tensors[at].name for at in marked] == ["c1", "y"]
    assert not [f for f in document.view.plan.findings if f.code == "SR111"]


def test_a_node_without_a_name_cannot_be_marked(tmp_path: Path) -> None:
    save_model(tmp_path / "model.onnx", names=("", "relu1", "conv2", "relu2"))
    document = opened_document(tmp_path)
    with pytest.raises(UsageError, match="has no name"):
        document.change({"kind": "precision", "tensors": [place(document, "c1")], "on": True})


def test_other_rules_of_the_file_are_kept(tmp_path: Path) -> None:
    document = opened_document(
        tmp_path, text='{"setrange": 1, "tensors": {"x": 1}, "precision": {"conv*": "fp16"}}'
    )
    at = place(document, "c1")
    document.change({"kind": "precision", "tensors": [at], "on": False})
    assert dict(document.state.precision) == {"conv*": "fp16", "conv1": "int8"}
    document.change({"kind": "precision", "tensors": [at], "on": True})
    assert snapshots(document).whole()["edit"]["fp16"] == [at, place(document, "c2")]


def test_undo_and_redo(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    with pytest.raises(UsageError, match="nothing to undo"):
        document.change({"kind": "undo"})
    give(document, "x", "1")
    give(document, "c1", "2")
    document.change({"kind": "undo"})
    assert ranges(document) == {"x": (-1.0, 1.0)}
    assert document.redo_label == "set 1 range"
    document.change({"kind": "redo"})
    assert set(ranges(document)) == {"x", "c1"}
    document.change({"kind": "undo"})
    give(document, "c2", "3")  # what was undone is gone
    with pytest.raises(UsageError, match="nothing to redo"):
        document.change({"kind": "redo"})


@pytest.mark.parametrize(
    "request_",
    [
        {"kind": "set", "tensors": [0], "text": "6 1"},
        {"kind": "set", "tensors": [0], "text": "0"},
        {"kind": "set", "tensors": [], "text": "1"},
        {"kind": "set", "tensors": [999], "text": "1"},
        {"kind": "set", "tensors": [-1], "text": "1"},
        {"kind": "set", "tensors": [True], "text": "1"},
        {"kind": "set", "tensors": "0", "text": "1"},
        {"kind": "set", "tensors": [0], "text": 1},
        {"kind": "set", "tensors": [0]},
        {"kind": "nothing"},
        {"kind": 7},
        {},
        {"kind": "paste", "text": "1", "tensors": []},
        {"kind": "accept", "tensors": None},
        {"kind": "precision", "tensors": [1], "on": "yes"},
        {"kind": "remove", "names": ["x"]},
        {"kind": "remove", "names": "x"},
        {"kind": "purpose", "name": "dla"},
        {"kind": "purpose", "name": "toast"},
    ],
)
def test_what_cannot_be_done_changes_nothing(tmp_path: Path, request_: dict[str, Any]) -> None:
    document = opened_document(tmp_path, text='{"setrange": 1, "tensors": {"x": 1}}')
    state, version = document.state, document.version
    with pytest.raises(SetrangeError):
        document.change(request_)
    assert document.state is state
    assert document.version == version
    assert document.undo_label is None


def test_an_operation_that_changes_nothing_is_no_step(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    give(document, "x", "1")
    give(document, "x", "1")
    document.change({"kind": "undo"})
    assert ranges(document) == {}


def test_what_the_ranges_are_for(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    for_cache = needed(document)
    document.change({"kind": "purpose", "name": "qdq"})
    assert needed(document) == ["x", "r1"] != for_cache
    document.change({"kind": "undo"})
    assert needed(document) == for_cache


# -- the file ---------------------------------------------------------------------------


def test_nothing_is_written_before_it_is_saved(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    give(document, "x", "1")
    assert not document.path.exists()
    assert document.is_dirty
    document.save()
    assert not document.is_dirty
    file = read_ranges(document.path)
    assert file.entries["x"].amax == 1.0
    assert file.model is not None
    assert file.model["sha256"] == document.model.digest.hexdigest()
    assert [e.name for e in file.entries.values() if (e.need or "").startswith("needed")] == (
        needed(document)
    )


def test_dirty_is_what_saving_would_change(tmp_path: Path) -> None:
    document = opened_document(tmp_path, text='{"setrange": 1, "tensors": {"x": 1}}')
    assert not document.is_dirty
    give(document, "x", "2")
    assert document.is_dirty
    give(document, "x", "1")
    assert not document.is_dirty
    give(document, "c1", "1")
    document.save()
    document.change({"kind": "undo"})
    assert document.is_dirty


def test_what_is_saved_is_opened_again(tmp_path: Path) -> None:
    document = opened_document(tmp_path, purpose="qdq")
    give(document, "x", "0 1")
    document.change({"kind": "precision", "tensors": [place(document, "c2")], "on": True})
    document.save()
    again = opened_document(tmp_path, text=document.path.read_text(encoding="utf-8"))
    assert ranges(again)["x"] == (0.0, 1.0)
    assert dict(again.state.precision) == {"conv2": "fp16"}
    assert read_ranges(document.path).purpose == "qdq"


def test_what_the_file_holds_besides_is_kept(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "setrange": 1,
            "tensors": {
                "x": {"min": -1.0, "max": 2.0, "source": "measured by Ana"},
                "nobody": {"amax": 3.0},
                "*c*": 9.0,
                "c1": {"min": -4.0, "max": 4.0, "scale": 4.0 / 127},
            },
            "precision": {"relu*": "fp16"},
            "collected": {"method": "entropy", "samples": 500},
        }
    )
    document = opened_document(tmp_path, text=text)
    give(document, "y", "5")
    document.save()
    file = read_ranges(document.path)
    assert file.entries["x"].source == "measured by Ana"
    assert file.entries["nobody"].amax == 3.0
    assert file.entries["*c*"].amax == 9.0
    assert file.entries["c1"].scale is not None
    assert file.precision == {"relu*": "fp16"}
    assert file.collected == {"method": "entropy", "samples": 500}
    assert file.entries["y"].amax == 5.0


def test_entries_of_no_use_go_when_somebody_says_so(tmp_path: Path) -> None:
    document = opened_document(
        tmp_path, text='{"setrange": 1, "tensors": {"x": 1, "nobody": 2, "c*": 9}}'
    )
    shown = snapshots(document).whole()["edit"]
    assert [entry["name"] for entry in shown["others"]] == ["nobody"]
    assert "is no tensor" in shown["others"][0]["why"]
    assert [entry["name"] for entry in shown["patterns"]] == ["c*"]
    assert planned(document, "c1") == ("given", 9.0)
    with pytest.raises(UsageError, match='from the pattern "c\\*"'):
        document.change({"kind": "clear", "tensors": [place(document, "c1")]})
    document.change({"kind": "remove", "names": ["nobody", "c*"]})
    assert planned(document, "c1") == ("missing", None)
    document.save()
    assert not {"nobody", "c*"} & set(read_ranges(document.path).entries)


def test_two_entries_for_one_tensor(tmp_path: Path) -> None:
    """The one that was not used must not speak up when the other one is changed or cleared."""
    document = opened_document(
        tmp_path, text='{"setrange": 1, "tensors": {"c1": 4, "c1@Convolution[0]": 5}}'
    )
    assert [f.code for f in document.view.plan.findings if f.code == "SR105"]
    at = place(document, "c1")
    assert planned(document, "c1") == ("given", 4.0)
    give(document, "c1", "6")
    assert planned(document, "c1") == ("given", 6.0)
    document.change({"kind": "clear", "tensors": [at]})
    assert planned(document, "c1") == ("missing", None)


def test_a_template_is_filled_in(tmp_path: Path) -> None:
    """Null is nobody's word, and what was derived is derived again."""
    document = opened_document(tmp_path)
    give(document, "c1", "4")
    document.save()
    assert read_ranges(document.path).entries["r1"].is_proposal
    again = opened_document(tmp_path, text=document.path.read_text(encoding="utf-8"))
    give(again, "c1", "8")
    assert planned(again, "r1") == ("derived", 8.0)
    assert not [entry for entry in again.state.ranges.values() if entry.range is None]


def test_names_of_another_release(tmp_path: Path) -> None:
    """They are this release's from now on, and the file says so."""
    text = (
        '{"setrange": 1, "named_by": "7.2", "tensors": {"x": 1, "(Unnamed Layer* 77) [X]": 2}}'
    )
    document = opened_document(tmp_path, text=text, trt="8.6")
    assert [entry.name for entry in document.opened.lost] == ["(Unnamed Layer* 77) [X]"]
    document.save()
    assert read_ranges(document.path).named_by == "8.6"
    assert "(Unnamed Layer* 77) [X]" not in read_ranges(document.path).entries


def test_a_file_changed_underneath(tmp_path: Path) -> None:
    document = opened_document(tmp_path, text='{"setrange": 1, "tensors": {"x": 1}}')
    give(document, "x", "2")
    document.path.write_text('{"setrange": 1, "tensors": {"x": 7}}', encoding="utf-8")
    assert document.is_changed_on_disk()
    with pytest.raises(ChangedUnderneathError, match="was changed since"):
        document.save()
    assert read_ranges(document.path).entries["x"].amax == 7.0
    document.save(force=True)
    assert read_ranges(document.path).entries["x"].amax == 2.0
    assert not document.is_changed_on_disk()


def test_a_file_made_or_removed_underneath(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    give(document, "x", "2")
    document.path.write_text("{}", encoding="utf-8")
    with pytest.raises(ChangedUnderneathError, match="is there since"):
        document.save()
    document.path.unlink()
    document.save()
    document.path.unlink()
    give(document, "x", "3")
    with pytest.raises(ChangedUnderneathError, match="was removed since"):
        document.save()


def test_load_again(tmp_path: Path) -> None:
    document = opened_document(tmp_path, text='{"setrange": 1, "tensors": {"x": 1}}')
    give(document, "x", "2")
    document.path.write_text('{"setrange": 1, "tensors": {"x": 7}}', encoding="utf-8")
    document.reload()
    assert planned(document, "x") == ("given", 7.0)
    assert not document.is_dirty
    assert document.undo_label is None


def test_load_again_what_cannot_be_read(tmp_path: Path) -> None:
    document = opened_document(tmp_path, text='{"setrange": 1, "tensors": {"x": 1}}')
    give(document, "x", "2")
    document.path.write_text("{", encoding="utf-8")
    with pytest.raises(SetrangeError, match="not valid JSON"):
        document.reload()
    assert planned(document, "x") == ("given", 2.0)


# -- estimates ---------------------------------------------------------------------------


def test_estimates_are_proposed_and_accepted(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    document = opened_document(tmp_path)
    with pytest.raises(SetrangeError, match="scale of input 'x' is not known"):
        document.estimate()
    give(document, "x", "-1 1")
    assert document.estimate() > 0
    assert planned(document, "c1") == (
        "missing",
        None,
    )  # nothing is taken before it is accepted
    shown = snapshots(document).whole()["edit"]["estimates"]
    at = place(document, "c1")
    assert shown[str(at)]["why"].startswith("estimated: within")
    document.change({"kind": "accept", "tensors": [at]})
    source, amax = planned(document, "c1")
    assert source == "estimated"
    assert amax == max(-shown[str(at)]["min"], shown[str(at)]["max"])
    assert str(at) not in snapshots(document).whole()["edit"]["estimates"]
    document.change({"kind": "accept", "tensors": None})
    assert not document.view.plan.missing()
    document.save()
    again = opened_document(tmp_path, text=document.path.read_text(encoding="utf-8"))
    assert planned(again, "c1") == (source, amax)


def test_only_estimates_that_are_needed_are_accepted(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    document = opened_document(tmp_path, purpose="qdq")
    give(document, "x", "-1 1")
    document.estimate()
    shown = snapshots(document).whole()["edit"]["estimates"]
    assert [document.model.tensors[int(at)].name for at in shown] == ["r1"]
    document.change({"kind": "accept", "tensors": None})
    assert planned(document, "r1")[0] == "estimated"
    assert planned(document, "c2")[0] == "missing"
    with pytest.raises(UsageError, match="no estimate for these"):
        document.change({"kind": "accept", "tensors": [place(document, "c2")]})


# -- anything, in any order ---------------------------------------------------------------

_TENSORS = st.lists(st.integers(0, 4), min_size=1, max_size=3)
_STEPS = st.one_of(
    st.builds(
        lambda tensors, text: {"kind": "set", "tensors": tensors, "text": text},
        _TENSORS,
        st.sampled_from(["1", "0 6", "-2,5 4", "-1e3 2e3", "6 1", "0"]),
    ),
    st.builds(lambda tensors: {"kind": "clear", "tensors": tensors}, _TENSORS),
    st.builds(lambda tensors: {"kind": "producer", "tensors": tensors}, _TENSORS),
    st.builds(
        lambda tensors, on: {"kind": "precision", "tensors": tensors, "on": on},
        _TENSORS,
        st.booleans(),
    ),
    st.sampled_from(
        [
            {"kind": "undo"},
            {"kind": "redo"},
            {"kind": "purpose", "name": "qdq"},
            {"kind": "purpose", "name": "cache"},
            {"kind": "paste", "text": "x 3\nc1 -1 2\nnobody 4"},
            {"kind": "remove", "names": ["nobody"]},
            {"kind": "save"},
        ]
    ),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.mark.property
@settings(max_examples=25)
@given(st.lists(_STEPS, max_size=12))
def test_any_steps(home: Path, steps: list[dict[str, Any]]) -> None:
    """The page has what the server has, undo leads back, and the file says what was shown."""
    tensors = {"x": 1, "nobody": 2, "c*": 9}
    text = json.dumps({"setrange": 1, "tensors": tensors, "precision": {"*1": "fp16"}})
    document = opened_document(home, text=text)
    first = document.state
    sent = snapshots(document)
    shown = json.loads(json.dumps(sent.whole()))
    for step in steps:
        version = document.version
        try:
            if step["kind"] == "save":
                document.save()
            else:
                document.change(step)
        except UsageError:
            assert document.version == version
            continue
        answer = json.loads(json.dumps(sent.since(version)))
        shown = apply_patch(shown, answer["patch"])
        assert shown == json.loads(json.dumps(snapshots(document).whole()))
    document.save()
    assert not document.is_dirty
    before = [planned.range for planned in document.view.plan.tensors]
    read = read_ranges(document.path)
    plan = plan_model(home / "model.onnx", read, trt="8.6")
    assert [planned.range for planned in plan.tensors] == before
    assert read.precision == dict(document.state.precision)
    while document.undo_label is not None:
        document.change({"kind": "undo"})
    assert document.state == first


# -- what is sent to the page -------------------------------------------------------------


def apply_patch(data: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """What the page does with a patch."""
    tensors = [dict(tensor) for tensor in data["tensors"]]
    for at, fields in patch["tensors"].items():
        tensors[int(at)].update(fields)
    for at, names in patch["dropped"].items():
        for name in names:
            del tensors[int(at)][name]
    rest = {k: v for k, v in patch.items() if k not in ("tensors", "dropped", "splices")}
    made = {**data, **rest, "tensors": tensors}
    made["edit"] = {"needed": data["edit"]["needed"], **made["edit"]}
    for splice in patch["splices"]:
        *above, last = splice["place"]
        holder = made["edit"] if above else made
        old = list(holder[last])
        old[splice["at"] : splice["at"] + splice["gone"]] = splice["new"]
        holder[last] = old
    return made


def test_patches_make_the_whole(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    sent = snapshots(document)
    shown = json.loads(json.dumps(sent.whole()))
    steps: list[dict[str, Any]] = [
        {"kind": "set", "tensors": [place(document, "c1")], "text": "-2 4"},
        {"kind": "set", "tensors": [place(document, "x")], "text": "1"},
        {"kind": "purpose", "name": "qdq"},
        {"kind": "precision", "tensors": [place(document, "c2")], "on": True},
        {"kind": "clear", "tensors": [place(document, "c1")]},
        {"kind": "undo"},
        {"kind": "undo"},
        {"kind": "redo"},
    ]
    for step in steps:
        version = document.version
        document.change(step)
        answer = json.loads(json.dumps(sent.since(version)))
        shown = apply_patch(shown, answer["patch"])
        assert shown == json.loads(json.dumps(snapshots(document).whole()))


def test_a_patch_is_small(tmp_path: Path) -> None:
    """However long the list of what is missing is, one change is one change."""
    document = opened_document(tmp_path)
    sent = snapshots(document)
    sent.whole()
    version = document.version
    give(document, "c1", "-1 4")  # a finding goes, and another one comes at the end
    splices = [item for item in sent.since(version)["patch"]["splices"] if item["new"]]
    assert all(len(item["new"]) <= 1 for item in splices)


def test_a_page_that_is_behind_gets_the_whole(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    sent = snapshots(document)
    version = sent.whole()["edit"]["version"]
    give(document, "x", "1")
    sent.whole()
    give(document, "c1", "1")
    assert sent.since(version)["data"] == snapshots(document).whole()
