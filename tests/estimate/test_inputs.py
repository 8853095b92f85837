# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Made inputs: always the same, in bounds, of the right shape, kind and scale."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setrange.errors import UsageError
from setrange.estimate.feeds import FAMILIES, Feeder
from setrange.estimate.kinds import InputKind, role_of
from setrange.estimate.noise import Chance, fractal
from setrange.estimate.pictures import PICTURES, picture
from setrange.estimate.scales import (
    USUAL,
    candidates,
    parse_range,
    parse_size,
    plain,
    preprocessed,
)
from setrange.estimate.signals import features, signal, tokens
from setrange.measure.model_input import Input
from setrange.model.loading import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

sizes = st.integers(1, 70)
families = st.integers(0, FAMILIES - 1)


@given(
    st.sampled_from(PICTURES), st.integers(0, 9), st.sampled_from([1, 3, 4, 7]), sizes, sizes
)
def test_pictures_are_the_same_again_and_in_bounds(
    family: str, number: int, channels: int, height: int, width: int
) -> None:
    made = picture(family, number, channels, height, width)
    assert made.shape == (channels, height, width)
    assert made.dtype == np.float32
    assert 0 <= made.min() <= made.max() <= 1
    assert made.tobytes() == picture(family, number, channels, height, width).tobytes()


def test_pictures_of_a_family_differ_and_fill_the_scale() -> None:
    for family in PICTURES:
        made = [picture(family, number, 3, 64, 64) for number in range(8)]
        assert len({hashlib.sha256(one.tobytes()).hexdigest() for one in made}) == 8
        assert max(one.max() for one in made) - min(one.min() for one in made) > 0.8


def test_shapes_differ_in_lightness_more_than_in_colour() -> None:
    """Wholly colourful ones made the first layers' ranges up to twice too wide."""
    made = [picture("dead leaves", number, 3, 96, 96) for number in range(8)]
    lightness = [one.mean(axis=0) for one in made]
    color = [one - light for one, light in zip(made, lightness, strict=True)]
    assert np.var(color) < 0.25 * np.mean([light.var() for light in lightness])


def test_some_pictures_are_sharp_and_others_soft() -> None:
    """A step of two colours is between two pixels of a row, or takes some."""
    spans = []
    for number in range(3, 60, 4):  # the others are ramps, gratings and checkerboards
        steps = np.diff(picture("edges", number, 1, 64, 64)[0], axis=1)
        spans.append(int((np.abs(steps) > 1e-6).sum(axis=1).max()))
    assert 1 <= spans.count(1) <= 0.7 * len(spans)


def test_noise_is_the_smoother_the_steeper_its_spectrum() -> None:
    def roughness(beta: float) -> float:
        made = fractal(Chance(0, 0), (128, 128), beta)
        return float(np.abs(np.diff(made, axis=1)).mean())

    assert roughness(1.6) < 0.7 * roughness(1.0) < 0.5 * roughness(0.0)


@given(families, st.integers(0, 5), st.integers(1, 4), st.integers(1, 300))
def test_signals(family: int, number: int, channels: int, length: int) -> None:
    made = signal(family, number, channels, length)
    assert made.shape == (channels, length)
    assert 0 <= made.min() <= made.max() <= 1
    assert made.tobytes() == signal(family, number, channels, length).tobytes()


@given(families, st.integers(0, 5), st.lists(st.integers(1, 9), max_size=4))
def test_features(family: int, number: int, shape: list[int]) -> None:
    made = features(family, number, tuple(shape))
    assert made.shape == tuple(shape)
    assert 0 <= made.min() <= made.max() <= 1


@given(families, st.integers(0, 8), st.sampled_from([1, 2, 50, 257, 30522]), sizes)
def test_tokens_are_below_the_vocabulary(
    family: int, number: int, vocabulary: int, length: int
) -> None:
    made = tokens(family, number, (2, length), vocabulary)
    assert made.shape == (2, length)
    assert 0 <= made.min() <= made.max() < vocabulary
    assert (made == tokens(family, number, (2, length), vocabulary)).all()


def empty_model() -> Model:
    from pathlib import Path

    return Model(path=Path("m.onnx"), proto=onnx.ModelProto(), opsets={"": 13})


def input_of(name: str, shape: Sequence[Any], dtype: str = "float32") -> Input:
    return Input(name=name, dtype=np.dtype(dtype), shape=tuple(shape))


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "kind", "channels"),
    [
        ("images", (1, 3, 224, 224), "float32", InputKind.PICTURE, 1),
        ("images", ("N", 3, "h", "w"), "float32", InputKind.PICTURE, 1),
        ("input:0", (None, 224, 224, 3), "float32", InputKind.PICTURE, 3),
        ("x", (None, None, None, None), "float32", InputKind.PICTURE, 1),
        ("gray", (1, 1, 64, "w"), "float32", InputKind.PICTURE, 1),
        ("frame", (1, 480, 640, 3), "uint8", InputKind.PICTURE, 3),
        ("clip", (1, 3, 16, 112, 112), "float32", InputKind.PICTURE, 1),
        ("image", (3, 64, 64), "float32", InputKind.PICTURE, 0),
        ("mel", (1, 80, 300), "float32", InputKind.SERIES, 1),
        ("sensors", ("N", "T", 6), "float32", InputKind.SERIES, 2),
        ("audio", ("N", "T"), "float32", InputKind.SIGNAL, -1),
        ("wave", (1, 16000), "float32", InputKind.SIGNAL, -1),
        ("row", ("N", 12), "float32", InputKind.FEATURES, -1),
        ("attention_mask", ("N", "T"), "int64", InputKind.MASK, -1),
        ("padding_mask", ("N", "T"), "float32", InputKind.MASK, -1),
        ("keep", ("N", "T"), "bool", InputKind.MASK, -1),
        ("h0", (1, 1, 128), "float32", InputKind.STATE, -1),
        ("past_key_values.0.key", (1, 4, "past", 32), "float32", InputKind.STATE, -1),
        ("sr", (), "int64", InputKind.NUMBER, -1),
        ("scale_factor", (1, 2), "float32", InputKind.NUMBER, -1),
        ("threshold", (), "float32", InputKind.NUMBER, -1),
    ],
)
def test_kinds_of_inputs(
    name: str, shape: Sequence[Any], dtype: str, kind: InputKind, channels: int
) -> None:
    role = role_of(empty_model(), input_of(name, shape, dtype))
    assert role.kind is kind
    assert role.channels == channels


def test_feeds_have_the_shapes_of_the_inputs() -> None:
    items = [
        input_of("images", ("N", 3, "h", "w")),
        input_of("film", (1, 4, 3, 32, 32)),
        input_of("clip", (2, 3, 5, 16, 24)),
        input_of("gray", (2, 40, 48, 1)),
        input_of("frame", (1, 20, 30, 3), "uint8"),
        input_of("ids", ("N", "T"), "int64"),
        input_of("attention_mask", ("N", "T"), "int64"),
        input_of("h", (1, "N", 16)),
        input_of("im_shape", (1, 2)),
        input_of("half", (1, 3, 16, 16), "float16"),
    ]
    feeder = Feeder(empty_model(), items, (40, 56))
    scales = {
        "images": USUAL[3],
        "film": plain(-1, 1),
        "clip": plain(-1, 1),
        "gray": plain(0, 255),
        "half": USUAL[0],
    }
    for family in range(FAMILIES):
        feeds = feeder.feeds(scales, family, 1)
        assert {name: array.shape for name, array in feeds.items()} == {
            "images": (1, 3, 40, 56),
            "film": (1, 4, 3, 32, 32),
            "clip": (2, 3, 5, 16, 24),
            "gray": (2, 40, 48, 1),
            "frame": (1, 20, 30, 3),
            "ids": (1, 128),
            "attention_mask": (1, 128),
            "h": (1, 1, 16),
            "im_shape": (1, 2),
            "half": (1, 3, 16, 16),
        }
        assert [feeds[item.name].dtype for item in items] == [item.dtype for item in items]
        assert feeds["frame"].max() > 50
        assert feeds["gray"].max() > 50
        assert set(feeds["attention_mask"].reshape(-1).tolist()) == {0, 1}
        assert feeds["im_shape"].tolist() == [[40.0, 56.0]]


def test_scales_of_each_channel() -> None:
    made = np.stack([np.zeros((1, 2, 2)), np.ones((1, 2, 2))]).repeat(3, axis=1)
    scaled = USUAL[3].applied(made.astype(np.float32), 1)
    np.testing.assert_allclose(scaled[0, :, 0, 0], [-2.1179, -2.0357, -1.8044], atol=1e-4)
    np.testing.assert_allclose(scaled[1, :, 0, 0], [2.2489, 2.4286, 2.64], atol=1e-4)
    # Of another number of channels all take the widest.
    gray = USUAL[3].applied(made[:, :1].astype(np.float32), 1)
    assert gray.min() == pytest.approx(-2.1179, abs=1e-4)
    assert gray.max() == pytest.approx(2.64, abs=1e-4)


def test_a_range_may_stand_for_a_usual_scale() -> None:
    assert candidates(0.0, 1.0) == [USUAL[0]]
    assert candidates(-2.118, 2.64) == [USUAL[3]]
    assert candidates(-2.64, 2.64)[0] is USUAL[3]  # as a calibration cache keeps it
    assert candidates(-255.0, 255.0)[0] is USUAL[4]
    assert candidates(-7.0, 7.0) == [plain(-7.0, 7.0)]
    assert [scale.name for scale in candidates(-1.0, 1.0)] == ["-1..1"]
    assert candidates(0.1, 0.9) == [plain(0.1, 0.9)]


@pytest.mark.parametrize("text", ["", "1", "0..", "..1", "a..b", "1..0", "0..inf", "0..1..2"])
def test_ranges_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--input-range"):
        parse_range(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "1,2,3", "a", "99999", "1.5", "12,"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--input-size"):
        parse_size(text)


def test_ranges_and_sizes() -> None:
    assert parse_range("-1..1") == (-1.0, 1.0)
    assert parse_range("0..255") == (0.0, 255.0)
    assert parse_size("224") == (224, 224)
    assert parse_size("48,320") == (48, 320)
    assert preprocessed((0.5,), (0.25,)).bounds == (-2.0, 2.0)
