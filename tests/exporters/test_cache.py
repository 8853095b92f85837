# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import (
    InputError,
    SetrangeError,
    UnsupportedVersionError,
    UsageError,
)
from setrange.exporters.cache import make_cache, write_cache
from setrange.findings import Level
from setrange.formats.reading import read_ranges
from setrange.network import Layer, LayerKind, NamingScheme, Network, Tensor
from setrange.plan import Plan, PlannedTensor, Source
from setrange.ranges import DynamicRange
from setrange.ranges.float32 import SMALLEST_SCALE
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from pathlib import Path


def network(*names: str, trt: str = "8.6") -> Network:
    """A chain: one input, then an identity layer per further name ('' = nobody named it)."""
    version = TrtVersion.parse(trt)
    by_number = version.major < 10
    net = Network(
        trt=trt,
        profile=version.profile,
        naming=NamingScheme.LAYER_NUMBER if by_number else NamingScheme.LAYER_NAME,
    )
    tensor = Tensor(name=names[0], shape=(1,))
    net.inputs.append(tensor)
    for name in names[1:]:
        layer = Layer(net, LayerKind.SHUFFLE, [tensor], ["float32"])
        tensor = layer.output
        if name:
            tensor.name = tensor.onnx_value = name
    return net


def plan(
    net: Network, *ranges: DynamicRange | float | None, scales: dict[int, float] | None = None
) -> Plan:
    planned = []
    for i, (tensor, bounds) in enumerate(zip(net.tensors(), ranges, strict=True)):
        if isinstance(bounds, float):
            bounds = DynamicRange.symmetric(bounds)
        planned.append(
            PlannedTensor(
                tensor=tensor,
                source=Source.MISSING if bounds is None else Source.GIVEN,
                range=bounds,
                scale=(scales or {}).get(i),
            )
        )
    return Plan(network=net, tensors=planned)


def lines(data: bytes) -> list[str]:
    assert data.endswith(b"\n")
    assert b"\r" not in data
    return data.decode().split("\n")[:-1]


def test_every_tensor_with_a_range_in_network_order(tmp_path: Path) -> None:
    net = network("input", "", "out")
    path = tmp_path / "model.cache"
    ranges = plan(net, 1.0, None, DynamicRange(-5.43116, 2.0))
    result = write_cache(ranges, path, trt="8.6", allow_missing=True)
    assert lines(path.read_bytes()) == [
        "TRT-8601-EntropyCalibration2",
        "input: 3c010204",  # 1/127
        "out: 3d2f2a65",  # 5.43116/127
    ]
    assert result.tensors == ("input", "out")
    assert str(result.version) == "8.6.1"


def test_an_exact_scale_is_kept_to_the_last_bit() -> None:
    scale = struct.unpack(">f", bytes.fromhex("3caa54fc"))[0]
    result = make_cache(plan(network("x"), scale * 127, scales={0: scale}), trt="8.6")
    assert lines(result.data)[1] == "x: 3caa54fc"


@pytest.mark.parametrize(
    ("trt", "header"),
    [
        ("8.6", "TRT-8601-EntropyCalibration2"),
        ("8.6.0", "TRT-8600-EntropyCalibration2"),
        ("7.2", "TRT-7203-EntropyCalibration2"),
        ("10.3", "TRT-100300-EntropyCalibration2"),
        ("10.14.1", "TRT-101401-EntropyCalibration2"),
    ],
)
def test_the_header_names_the_target(trt: str, header: str) -> None:
    result = make_cache(plan(network("x", trt=trt), 1.0), trt=trt)
    assert result.header == lines(result.data)[0] == header
    assert any(header in finding.message for finding in result.findings)


def test_the_algorithm_of_the_header() -> None:
    one = plan(network("x"), 1.0)
    result = make_cache(one, trt="8.6", algorithm="MinMaxCalibration")
    assert result.header == "TRT-8601-MinMaxCalibration"
    with pytest.raises(UsageError, match="EntropyCalibration2 or MinMaxCalibration"):
        make_cache(one, trt="8.6", algorithm="minmax")


def test_dla_reads_entropy_caches_only() -> None:
    one = plan(network("x"), 1.0)
    dla = Plan(network=one.network, tensors=one.tensors, target="dla")
    with pytest.raises(UsageError, match="DLA"):
        make_cache(dla, trt="8.6", algorithm="MinMaxCalibration")


@pytest.mark.parametrize("trt", ["5.1", "9.1", "8.1"])
def test_assumed_names_need_force(trt: str) -> None:
    one = plan(network("x", trt=trt), 1.0)
    with pytest.raises(UnsupportedVersionError, match="--force"):
        make_cache(one, trt=trt)
    assert make_cache(one, trt=trt, force=True).tensors == ("x",)


def test_tensorrt_11_reads_no_caches() -> None:
    with pytest.raises(UnsupportedVersionError, match=r"10\.16.*Q/DQ"):
        make_cache(plan(network("x"), 1.0), trt="11.0")


def test_the_plan_must_be_for_that_version() -> None:
    with pytest.raises(UsageError, match=r"8\.6.*10\.3"):
        make_cache(plan(network("x"), 1.0), trt="10.3")


def test_nothing_to_write_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.cache"
    with pytest.raises(InputError, match="no tensor has a range"):
        write_cache(plan(network("x"), None), path, trt="8.6", allow_missing=True)
    assert not path.exists()


def test_a_name_with_a_line_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.cache"
    path.write_text("old")
    with pytest.raises(InputError, match="line end"):
        write_cache(plan(network("a\nb"), 1.0), path, trt="8.6")
    assert path.read_text() == "old"


def test_a_name_with_colon_and_blank_is_written_with_a_warning() -> None:
    result = make_cache(plan(network("a: b"), 1.0), trt="8.6")
    assert lines(result.data)[1] == "a: b: 3c010204"
    [warning] = [f for f in result.findings if f.code == "SR401"]
    assert warning.level is Level.WARNING
    assert warning.tensor == "a: b"


def test_parser_made_names_are_counted() -> None:
    result = make_cache(plan(network("x", ""), 1.0, 2.0), trt="8.6")
    assert lines(result.data)[2].startswith("(Unnamed Layer* 0) [Shuffle]_output: ")
    assert any(
        f.code == "SR403"
        and f.message.startswith("1 name was made up by TensorRT 8.6's parser")
        for f in result.findings
    )


def test_one_line_a_name() -> None:
    result = make_cache(plan(network("x", "y", "x"), 2.0, 1.0, 4.0), trt="8.6")
    assert result.tensors == ("x", "y")
    assert lines(result.data)[1] == f"x: {struct.pack('>f', 4 / 127).hex()}"


@pytest.mark.parametrize("scale", [0.0, math.inf, math.nan, 1e-60])
def test_an_unusable_scale_is_left_out_and_said(scale: float) -> None:
    result = make_cache(plan(network("x", "y"), 1.0, 1.0, scales={1: scale}), trt="8.6")
    assert result.tensors == ("x",)
    assert [f.tensor for f in result.findings if f.code == "SR206"] == ["y"]


def test_a_denormal_scale_is_raised_and_said() -> None:
    result = make_cache(plan(network("x"), 1.0, scales={0: 1e-40}), trt="8.6")
    assert lines(result.data)[1] == "x: 00800000"
    assert [f.code for f in result.findings if f.tensor == "x"] == ["SR404"]
    assert struct.unpack(">f", bytes.fromhex("00800000"))[0] == SMALLEST_SCALE


@pytest.mark.property
@given(amaxes=st.lists(st.floats(1e-44, 3e38), min_size=1, max_size=5))
def test_what_is_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, amaxes: list[float]
) -> None:
    net = network(*(f"t {i}" for i in range(len(amaxes))))
    path = tmp_path_factory.mktemp("cache") / "model.cache"
    try:
        result = write_cache(plan(net, *amaxes), path, trt="8.6")
    except SetrangeError:
        assert all(amax < 1e-43 for amax in amaxes)
        return
    read = read_ranges(path)
    assert tuple(read.entries) == result.tensors
    assert read.named_by == "8.6.1"
    given_amax = {f"t {i}": amax for i, amax in enumerate(amaxes)}
    for name, entry in read.entries.items():
        assert entry.amax is not None
        assert entry.amax >= 127 * SMALLEST_SCALE * (1 - 1e-6)
        if given_amax[name] > 1e-35:
            assert entry.amax == pytest.approx(given_amax[name], rel=1e-6)
