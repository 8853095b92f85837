# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io

import numpy as np
import pytest

from setrange.errors import FormatError
from setrange.formats.registry import read_source
from setrange.ranges import RangeEntry, RangeFile
from setrange.ranges.loss import LossKind
from setrange.resolver.module_ranges import map_module_ranges, module_of_node
from tests.formats.material import amaxes, source
from tests.formats.samples import SAMPLES

#: ResNet's first block, a head and a detector's nested lists, as torch.onnx.export names them.
NODES = [
    ("/conv1/Conv", "Conv", ["input", "conv1.weight"], ["/conv1/Conv_output_0"]),
    ("/relu/Relu", "Relu", ["/conv1/Conv_output_0"], ["/relu/Relu_output_0"]),
    ("/maxpool/MaxPool", "MaxPool", ["/relu/Relu_output_0"], ["pool"]),
    ("/layer1/layer1.0/conv1/Conv", "Conv", ["pool", "w"], ["c1"]),
    ("/layer1/layer1.0/downsample/downsample.0/Conv", "Conv", ["pool", "w2"], ["d"]),
    ("/layer1/layer1.0/Add", "Add", ["c1", "d"], ["sum"]),
    ("/model.22/cv2.0/cv2.0.0/conv/Conv", "Conv", ["sum", "w3"], ["v"]),
    ("/fc/Transpose", "Transpose", ["fc.weight"], ["t"]),
    ("/fc/MatMul", "MatMul", ["v", "t"], ["m"]),
    ("/fc/Add", "Add", ["m", "fc.bias"], ["output"]),
    ("Conv_99", "Conv", ["a", "b"], ["c"]),
]


def ranges(text: str) -> RangeFile:
    return read_source(source(text))


@pytest.mark.parametrize(
    ("node", "module"),
    [
        ("/layer1/layer1.0/conv1/Conv", "layer1.0.conv1"),
        ("/features/features.0/features.0.1/Conv", "features.0.1"),
        ("/model.22/cv2.0/cv2.0.0/conv/Conv", "model.22.cv2.0.0.conv"),
        ("/fc/Gemm", "fc"),
        ("/Add", ""),
        ("Conv_99", ""),
        ("/layer1/layer10/Conv", "layer1.layer10"),
    ],
)
def test_module_of_a_node(node: str, module: str) -> None:
    assert module_of_node(node) == module


def test_maps_to_the_tensor_the_quantizer_observes() -> None:
    given = ranges(
        """{"conv1._input_quantizer._amax": 2.64,
            "maxpool._input_quantizer._amax": 3.0,
            "layer1.0.conv1._input_quantizer._amax": 1.5,
            "layer1.0.downsample.0.input_quantizer._amax": 1.5,
            "model.22.cv2.0.0.conv.input_quantizer._amax": 7,
            "fc._input_quantizer._amax": [4.5],
            "fc.output_quantizer._amax": 9}"""
    )
    mapping = map_module_ranges(given.entries, NODES)
    assert {name: entry.amax for name, entry in mapping.entries.items()} == {
        "input": 2.64,
        "/relu/Relu_output_0": 3.0,
        "pool": 1.5,
        "sum": 7.0,
        "v": 4.5,
        "output": 9.0,
    }
    assert mapping.entries["v"].source == "fc._input_quantizer._amax"
    assert mapping.entries["v"].name == "v"
    assert mapping.unmapped == ()
    assert mapping.conflicts == ()


def test_what_cannot_be_mapped_says_why() -> None:
    given = ranges(
        """{"head._input_quantizer._amax": 1, "layer1.0.residual_quantizer._amax": 2,
            "_input_quantizer._amax": 3}"""
    )
    mapping = map_module_ranges(given.entries, NODES[:-1])
    assert dict(mapping.unmapped) == {
        "head._input_quantizer._amax": "no node of the model is in module 'head'",
        "layer1.0.residual_quantizer._amax": (
            "what 'residual_quantizer' observes does not follow from the model"
        ),
        "_input_quantizer._amax": "no node of the model is in module ''",
    }
    assert mapping.entries == {}


def test_a_quantizer_with_nodes_of_its_own() -> None:
    node = (
        "/layer1/layer1.0/residual_quantizer/QuantizeLinear",
        "QuantizeLinear",
        ["d", "s", "z"],
        ["q"],
    )
    given = ranges('{"layer1.0.residual_quantizer._amax": 2}')
    mapping = map_module_ranges(given.entries, [*NODES, node])
    assert list(mapping.entries) == ["d"]


def test_one_tensor_seen_by_two_quantizers_takes_the_widest() -> None:
    given = ranges(
        """{"layer1.0.conv1._input_quantizer._amax": 1.5,
            "layer1.0.downsample.0._input_quantizer._amax": 2.5}"""
    )
    mapping = map_module_ranges(given.entries, NODES)
    assert mapping.entries["pool"].amax == 2.5
    assert mapping.conflicts == (
        (
            "pool",
            (
                "layer1.0.conv1._input_quantizer._amax",
                "layer1.0.downsample.0._input_quantizer._amax",
            ),
        ),
    )


@pytest.mark.parametrize("prefix", ["module.", "model.", "_orig_mod."])
def test_wrappers_do_not_count(prefix: str) -> None:
    given = ranges(f'{{"{prefix}fc._input_quantizer._amax": 4.5}}')
    assert list(map_module_ranges(given.entries, NODES).entries) == ["v"]


def test_a_module_called_twice_has_two_tensors() -> None:
    nodes = [
        ("/conv/Conv", "Conv", ["a", "w"], ["b"]),
        ("/conv/Conv_1", "Conv", ["b", "w"], ["c"]),
    ]
    given = ranges('{"conv._input_quantizer._amax": 4.5}')
    assert list(map_module_ranges(given.entries, nodes).entries) == ["a", "b"]


def test_an_entry_that_is_no_quantizer() -> None:
    entries = {"input": RangeEntry(name="input")}
    assert map_module_ranges(entries, NODES).unmapped == (("input", "no key of a quantizer"),)


def test_json_and_npz_mean_the_same() -> None:
    from_json, from_npz = (read_source(source(data)) for data in SAMPLES["qat-amax"])
    key = "layer1.0.conv1._input_quantizer._amax"
    assert from_json.entries[key].range == from_npz.entries[key].range
    assert from_npz.entries["fc._input_quantizer._amax"].amax == 3.0
    assert [loss.kind for loss in from_npz.losses] == [
        LossKind.PER_CHANNEL,
        LossKind.PARAMETER,
    ]
    assert "--model" in from_npz.notes[0]


@pytest.mark.parametrize("array", [np.array("x"), np.array([True]), np.zeros((0,))])
def test_npz_of_other_things(array: np.ndarray) -> None:
    stream = io.BytesIO()
    np.savez(stream, **{"a._input_quantizer._amax": array})
    with pytest.raises(FormatError, match=r"a\._input_quantizer\._amax"):
        read_source(source(stream.getvalue()))


def test_problems_are_named() -> None:
    text = '{"a._input_quantizer._amax": "x", "b": 1}'
    with pytest.raises(FormatError) as caught:
        read_source(source(text), "qat-amax")
    assert 'amax is the text "x"; expected a number' in str(caught.value)
    assert "'b' is no amax of a quantizer" in str(caught.value)


def test_zero_is_unset() -> None:
    assert amaxes(ranges('{"a._input_quantizer._amax": 0.0}')) == {
        "a._input_quantizer._amax": None
    }
