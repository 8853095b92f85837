# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The five stories setrange was made for, from the files to the cache."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from setrange import import_network, read_ranges
from setrange.ranges.float32 import bits_of
from tests.e2e.conftest import setrange
from tests.meta.interpreter import python
from tests.meta.source_tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NVIDIA = ROOT / "tests" / "data" / "nvidia-resnet50"
FIRST = NVIDIA / "ranges-trt5.1.txt"
SECOND = NVIDIA / "ranges-trt8.txt"

#: What becomes of the lists' parser-made names on 8.6; None has no counterpart there.
ON_8_6 = {
    FIRST: {
        "(Unnamed Layer* 174) [Shuffle]_output": "(Unnamed Layer* 179) [Shuffle]_output",
        "(Unnamed Layer* 175) [Softmax]_output": "(Unnamed Layer* 180) [Softmax]_output",
    },
    SECOND: {
        "(Unnamed Layer* 175) [Shuffle]_output": None,
        "(Unnamed Layer* 176) [Matrix Multiply]_output": (
            "(Unnamed Layer* 175) [Matrix Multiply]_output"
        ),
        "(Unnamed Layer* 177) [Constant]_output": "(Unnamed Layer* 176) [Constant]_output",
        "(Unnamed Layer* 178) [Shuffle]_output": "(Unnamed Layer* 177) [Shuffle]_output",
        "(Unnamed Layer* 181) [Shuffle]_output": "(Unnamed Layer* 179) [Shuffle]_output",
        "(Unnamed Layer* 182) [Softmax]_output": "(Unnamed Layer* 180) [Softmax]_output",
    },
}


def listed(path: Path) -> dict[str, float]:
    """A sampleINT8API list, read without setrange."""
    lines = path.read_text().splitlines()
    return {name: float(amax) for name, amax in (line.rsplit(":", 1) for line in lines)}


def cached(path: Path) -> tuple[str, dict[str, int]]:
    """Header and scale bits of a cache, read without setrange."""
    header, *lines = path.read_bytes().decode().split("\n")
    assert lines.pop() == ""
    pairs = [line.rsplit(": ", 1) for line in lines]
    assert all(len(digits) == 8 for _, digits in pairs)
    return header, {name: int(digits, 16) for name, digits in pairs}


def float_names(model: Path, trt: str) -> list[str]:
    return [tensor.name for tensor in import_network(model, trt).float_tensors()]


def bits(amax: float) -> int:
    return bits_of(np.float32(amax / 127).item())


def checked(model: Path, ranges: Path, *options: object) -> tuple[int, dict[str, Any]]:
    """Exit status and product of `check --json`."""
    done = setrange("check", ranges, model, "--json", *options)
    return done.status, json.loads(done.out)


def planned(model: Path, ranges: Path, *options: object) -> dict[str, dict[str, Any]]:
    """Tensors of `check --json` by name."""
    _, product = checked(model, ranges, *options)
    return {entry["name"]: entry for entry in product["tensors"]}


def largest_weight(model: Path, name: str) -> float:
    """max |values| of an initializer, read without setrange."""
    (weights,) = (w for w in onnx.load(model).graph.initializer if w.name == name)
    return float(np.abs(numpy_helper.to_array(weights)).max())


def test_1_template_lists_what_needs_a_range(resnet50: Path, tmp_path: Path) -> None:
    out = tmp_path / "template.json"
    done = setrange("template", resnet50, "--trt", "8.6", "-o", out)
    assert (done.status, done.out) == (0, "")
    template = json.loads(out.read_text())
    assert template["named_by"] == "8.6"
    assert template["model"]["file"] == "resnet50.onnx"
    assert len(template["model"]["sha256"]) == 64
    groups = ("needed", "derived", "optional", "")
    place = {name: index for index, name in enumerate(float_names(resnet50, "8.6"))}
    assert list(template["tensors"]) == sorted(
        template["tensors"],
        key=lambda name: (
            groups.index(re.split("[: ]", template["tensors"][name].get("need", ""))[0]),
            place[name],
        ),
    )
    filled = {name for name, entry in template["tensors"].items() if entry["min"] is not None}
    assert filled >= {
        "(Unnamed Layer* 176) [Constant]_output",
        "(Unnamed Layer* 177) [Shuffle]_output",
        "(Unnamed Layer* 180) [Softmax]_output",
        "gpu_0/softmax_1",
    }
    for name in filled:
        assert template["tensors"][name]["source"].startswith("derived: ")
    to_fill = set(template["tensors"]) - filled
    assert {"gpu_0/data_0", "gpu_0/conv1_1", "gpu_0/pred_1"} <= to_fill
    constant = template["tensors"]["(Unnamed Layer* 176) [Constant]_output"]
    largest = largest_weight(resnet50, "gpu_0/pred_b_0")
    assert constant["max"] == pytest.approx(largest, rel=1e-6)
    assert "gpu_0/pred_b_0" in constant["source"]


def test_1_template_goes_to_stdout_as_ascii_json(resnet18: Path) -> None:
    done = setrange("template", resnet18, "--trt", "8.6", "-q")
    assert (done.status, done.err) == (0, "")
    assert done.out.isascii()
    assert "input" in json.loads(done.out)["tensors"]


@pytest.mark.parametrize("ranges", [FIRST, SECOND], ids=lambda path: path.stem)
def test_2_nvidias_lists_as_they_are_on_8_6(
    resnet50: Path, tmp_path: Path, ranges: Path
) -> None:
    out = tmp_path / "resnet50.cache"
    done = setrange("apply", ranges, resnet50, "--trt", "8.6", "-o", out)
    assert (done.status, done.out) == (0, ""), done.err
    header, scales = cached(out)
    assert header == "TRT-8601-EntropyCalibration2"
    assert set(scales) <= set(float_names(resnet50, "8.6"))
    assert all(0 < scale < 0x7F800000 for scale in scales.values())
    moved = ON_8_6[ranges]
    for name, amax in listed(ranges).items():
        name_there = moved.get(name, name)
        if name_there is None:
            assert name in done.err
            assert "SR102" in done.err
        else:
            assert scales[name_there] == bits(amax), name_there
    assert "SR104" in done.err
    assert "missing 0" in done.err
    given = len(listed(ranges)) - list(moved.values()).count(None)
    assert f"given {given} " in done.err


@pytest.mark.parametrize("ranges", [FIRST, SECOND], ids=lambda path: path.stem)
def test_2_the_pairs_are_named_in_the_findings(resnet50: Path, ranges: Path) -> None:
    status, product = checked(resnet50, ranges, "--trt", "8.6")
    assert status == 0
    found = product["findings"]
    aligned = " ".join(finding["message"] for finding in found if finding["code"] == "SR104")
    for name, there in ON_8_6[ranges].items():
        if there is not None and there != name:
            assert name in aligned
            assert there in aligned


@pytest.mark.parametrize(
    ("trt", "header", "softmax"),
    [
        ("10.3", "TRT-100300-EntropyCalibration2", "n175_output"),
        ("7.2", "TRT-7203-EntropyCalibration2", "(Unnamed Layer* 178) [Softmax]_output"),
    ],
)
@pytest.mark.parametrize("ranges", [FIRST, SECOND], ids=lambda path: path.stem)
def test_2_other_releases(
    resnet50: Path, tmp_path: Path, ranges: Path, trt: str, header: str, softmax: str
) -> None:
    out = tmp_path / "resnet50.cache"
    done = setrange("apply", ranges, resnet50, "--trt", trt, "-o", out)
    assert done.status == 0, done.err
    first, scales = cached(out)
    assert first == header
    assert set(scales) <= set(float_names(resnet50, trt))
    values = listed(ranges)
    for name, amax in values.items():
        if not name.startswith("("):
            assert scales[name] == bits(amax), name
    assert scales[softmax] == bits(0.0303731018212) or ranges == SECOND
    # The trap: "same index" would put the logits' 6.46 on the Shuffle before the FC.
    if trt == "7.2":
        flattened = scales["(Unnamed Layer* 174) [Shuffle]_output"]
        assert flattened != bits(6.46343339607)


def test_2_the_next_command_can_be_pasted(resnet50: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    done = setrange("apply", SECOND, resnet50, "--trt", "8.6", "-o", "x.cache", cwd=folder)
    last = done.err.splitlines()[-1]
    assert last.startswith("next: ")
    command = shlex.split(last.removeprefix("next: "))
    assert command[0] == "trtexec"
    assert {"--int8", f"--calib={folder / 'x.cache'}", f"--onnx={resnet50}"} <= set(command)


_NO_BUILDER = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in ("tensorrt", "tensorrt_rtx"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from setrange.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_3_an_engine_without_tensorrt(resnet50: Path, tmp_path: Path) -> None:
    out = tmp_path / "resnet50.engine"
    done = python("-c", _NO_BUILDER, "apply", str(SECOND), str(resnet50), "-o", str(out))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("error:") == 1
    for part in ("TensorRT", "install", "-o", ".cache"):
        assert part in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_4_the_seed_case_in_words(resnet18: Path, tmp_path: Path) -> None:
    """Ranges for ONNX names only, TensorRT 6: what are 48, 50 and 51?"""
    ranges = tmp_path / "ranges.json"
    names = ["input", *(str(number) for number in range(41, 89)), "90", "92"]
    ranges.write_text(json.dumps({name: 10.0 + i for i, name in enumerate(names)}))
    done = setrange("check", ranges, resnet18, "--trt", "6.0")
    assert done.status == 0, done.err
    made = {
        "(Unnamed Layer* 48) [Constant]_output": ("MatMul", "89"),
        "(Unnamed Layer* 50) [Shuffle]_output": ("Add 92", "input flattened"),
        "(Unnamed Layer* 51) [Scale]_output": ("Add 92", "after the bias"),
    }
    lines = done.out.splitlines()
    for name, words in made.items():
        at = next(i for i, line in enumerate(lines) if name in line)
        text = " ".join(lines[at : at + 3])
        for word in words:
            assert word in text, text
    tensors = planned(resnet18, ranges, "--trt", "6.0")
    constant = tensors["(Unnamed Layer* 48) [Constant]_output"]
    assert constant["amax"] == pytest.approx(largest_weight(resnet18, "89"), rel=1e-6)
    shuffle = tensors["(Unnamed Layer* 50) [Shuffle]_output"]
    assert shuffle["max"] == 10.0 + names.index("90")


def test_5_ranges_for_convolutions_only(resnet50: Path, tmp_path: Path) -> None:
    convolutions = [
        node.output[0] for node in onnx.load(resnet50).graph.node if node.op_type == "Conv"
    ]
    ranges, out = tmp_path / "ranges.json", tmp_path / "x.cache"
    ranges.write_text(json.dumps(dict.fromkeys(convolutions, 5.0)))
    done = setrange("apply", ranges, resnet50, "--trt", "8.6", "-o", out)
    assert done.status == 1
    assert "SR201" in done.err
    assert "gpu_0/data_0" in done.err
    assert not out.exists()
    counts = {}
    for fill in ("none", "safe", "bounds"):
        tensors = planned(resnet50, ranges, "--trt", "8.6", "--fill", fill)
        counts[fill] = {name for name, entry in tensors.items() if entry["source"] == "missing"}
    assert counts["bounds"] < counts["safe"] < counts["none"]
    assert "gpu_0/data_0" in counts["bounds"]
    done = setrange(
        "apply",
        ranges,
        resnet50,
        "--trt",
        "8.6",
        "-o",
        out,
        "--allow-missing",
        "--fill",
        "bounds",
    )
    assert done.status == 0, done.err
    _, scales = cached(out)
    assert not set(scales) & counts["bounds"]
    assert all(scales[name] == bits(5.0) for name in convolutions)


def test_the_filled_in_template_is_accepted_and_gives_the_same_cache(
    resnet50: Path, tmp_path: Path
) -> None:
    """template -> fill in -> apply is the same as apply on the list itself."""
    template = tmp_path / "template.json"
    setrange("template", resnet50, "--trt", "8.6", "--fill", "none", "-o", template)
    filled = json.loads(template.read_text())
    values = listed(SECOND)
    for name, there in ON_8_6[SECOND].items():
        amax = values.pop(name)
        if there is not None:
            values[there] = amax
    for name, amax in values.items():
        filled["tensors"][name] = amax
    template.write_text(json.dumps(filled))
    caches = []
    for ranges in (SECOND, template):
        out = tmp_path / f"{ranges.stem}.cache"
        assert setrange("apply", ranges, resnet50, "--trt", "8.6", "-o", out).status == 0
        caches.append(out.read_bytes())
    assert caches[0] == caches[1]
    assert read_ranges(out).named_by == "8.6.1"
