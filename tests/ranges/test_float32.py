# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.ranges.float32 import (
    amax_of_scale,
    bits_of,
    exact_amax,
    float_of_bits,
    scale_of_amax,
    scale_of_entry,
    shortest,
    to_float32,
)
from setrange.ranges.model import DynamicRange, RangeEntry

POSITIVE_BITS = st.integers(1, 0x7F7FFFFF)


@pytest.mark.property
@given(st.integers(0, 0xFFFFFFFF))
def test_bits_survive(bits: int) -> None:
    value = float_of_bits(bits)
    if value == value:
        assert bits_of(value) == bits


@pytest.mark.property
@given(st.floats(allow_nan=False))
def test_rounds_as_numpy(value: float) -> None:
    with np.errstate(over="ignore"):
        assert to_float32(value) == float(np.float32(value))


@pytest.mark.property
@given(POSITIVE_BITS)
def test_shortest_is_the_same_float32(bits: int) -> None:
    value = float_of_bits(bits)
    assert to_float32(shortest(value)) == value
    assert len(repr(shortest(value))) <= len(repr(value))


@pytest.mark.property
@given(st.integers(0x00800000, 0x7C000000))
def test_scale_times_127_is_a_float32_multiply(bits: int) -> None:
    scale = float_of_bits(bits)
    with np.errstate(over="ignore"):
        assert amax_of_scale(scale) == float(np.float32(127) * np.float32(scale))


@pytest.mark.property
@given(st.integers(1, 0x7C000000))
def test_exact_amax_gives_the_scale_back(bits: int) -> None:
    scale = float_of_bits(bits)
    bounds = DynamicRange.symmetric(shortest(amax_of_scale(scale)))
    entry = RangeEntry(name="x", range=bounds, scale=scale)
    amax = exact_amax(bounds.amax, scale)
    assert scale_of_amax(amax) == scale == scale_of_entry(entry)


def test_known_values() -> None:
    assert f"{bits_of(scale_of_amax(5.43116)):08x}" == "3d2f2a65"
    assert f"{bits_of(scale_of_amax(1.0)):08x}" == "3c010204"
    assert f"{bits_of(scale_of_amax(2048.5 / 2048)):08x}" == "3c010a14"
    assert float_of_bits(0x7F800000) == float("inf")
    assert to_float32(1e300) == float("inf")
    assert struct.pack(">f", shortest(float_of_bits(0x4028F5C3))) == b"\x40\x28\xf5\xc3"
    assert shortest(float_of_bits(0x4028F5C3)) == 2.64


def test_entries_without_a_range_have_no_scale() -> None:
    assert scale_of_entry(RangeEntry(name="x")) is None
    assert exact_amax(2.64, None) == 2.64
