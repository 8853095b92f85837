# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Images as data: what a model is fed, against plain numpy on the pixels."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from setrange.errors import BackendUnavailableError, InputError, UsageError
from setrange.formats.reading import read_ranges
from setrange.measure.data import DataOptions, samples_of
from setrange.measure.images import ImageOptions
from setrange.measure.inputs import Input, Inputs
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from pathlib import Path

Image = pytest.importorskip("PIL.Image")

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def pixels(height: int, width: int, *channels: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (height, width, *channels), dtype=np.uint8)


def saved(path: Path, values: np.ndarray, **options: Any) -> Path:
    Image.fromarray(values).save(path, **options)
    return path


def fed(
    place: Path, shape: tuple[int | str | None, ...], dtype: str = "f4", **options: Any
) -> np.ndarray:
    inputs = Inputs([Input(name="x", dtype=np.dtype(dtype), shape=shape)])
    data = DataOptions.of(place, images=ImageOptions(**options))
    return np.concatenate([sample.load()["x"] for sample in samples_of(data, inputs)])


def test_pixels_are_scaled_and_normalized(tmp_path: Path) -> None:
    values = pixels(8, 6, 3)
    path = saved(tmp_path / "a.png", values)
    found = fed(path, ("N", 3, 8, 6), mean=MEAN, std=STD)
    wanted = (values / 255 - MEAN) / STD
    assert found.shape == (1, 3, 8, 6)
    np.testing.assert_allclose(found[0], wanted.transpose(2, 0, 1), rtol=1e-5, atol=1e-6)


def test_bgr_nhwc_and_bytes_as_they_are(tmp_path: Path) -> None:
    values = pixels(8, 6, 3)
    path = saved(tmp_path / "a.png", values)
    found = fed(path, (1, 8, 6, 3), color="bgr", pixels="0..255", mean=(103.0, 116.0, 123.0))
    np.testing.assert_array_equal(found[0], values[:, :, ::-1] - np.float32([103, 116, 123]))
    np.testing.assert_array_equal(fed(path, (1, 8, 6, 3), dtype="u1")[0], values)


def test_the_layout_can_be_said_where_the_shape_does_not_show_it(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", pixels(8, 6, 3))
    shape = ("N", None, None, None)
    with pytest.raises(UsageError, match="give --layout"):
        fed(path, shape)
    assert fed(path, shape, layout="nhwc").shape == (1, 8, 6, 3)


@pytest.mark.parametrize(
    ("options", "crop"),
    [({}, None), ({"resize": (16,)}, (0, 5, 16, 16)), ({"crop": (16, 16)}, (12, 22, 16, 16))],
)
def test_sizes(tmp_path: Path, options: dict[str, Any], crop: tuple[int, ...] | None) -> None:
    image = Image.fromarray(pixels(40, 60, 3))
    image.save(tmp_path / "a.png")
    if "crop" not in options:
        # The shorter side becomes 16, the other int(16 * 60 / 40).
        to = (24, 16) if options else (16, 16)
        image = image.resize(to, Image.Resampling.BILINEAR)
    if crop is not None:
        top, left, height, width = (0, 4, 16, 16) if "resize" in options else crop
        image = image.crop((left, top, left + width, top + height))
    found = fed(tmp_path / "a.png", (1, 3, 16, 16), dtype="u1", **options)
    np.testing.assert_array_equal(found[0].transpose(1, 2, 0), np.asarray(image))


def test_gray_alpha_palette_and_16_bits(tmp_path: Path) -> None:
    gray = pixels(8, 8)
    saved(tmp_path / "gray.png", gray)
    saved(tmp_path / "rgba.png", np.dstack([gray, gray, gray, 255 - gray]))
    saved(tmp_path / "deep.png", gray.astype(np.uint16) * 257)
    Image.fromarray(gray).convert("P").save(tmp_path / "palette.png", transparency=b"\0\1")
    for path in sorted(tmp_path.glob("*.png")):
        for shape, wanted in (
            ((1, 1, 8, 8), gray[np.newaxis]),
            ((1, 3, 8, 8), np.stack([gray] * 3)),
        ):
            np.testing.assert_array_equal(fed(path, shape, dtype="u1")[0], wanted)


def test_the_camera_was_turned(tmp_path: Path) -> None:
    values = pixels(4, 8, 3)
    image = Image.fromarray(values)
    exif = image.getexif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise to show
    image.save(tmp_path / "a.png", exif=exif)
    found = fed(tmp_path / "a.png", (1, 8, 4, 3), dtype="u1")
    np.testing.assert_array_equal(found[0], np.rot90(values, -1))


def test_a_model_with_a_batch_takes_whole_batches(tmp_path: Path) -> None:
    for number in range(11):
        saved(tmp_path / f"{number}.png", np.full((4, 4), number, np.uint8))
    found = fed(tmp_path, (4, 1, 4, 4), dtype="u1")
    assert found[:, 0, 0, 0].tolist() == list(range(8))


def test_a_broken_image_is_named(tmp_path: Path) -> None:
    saved(tmp_path / "a.jpg", pixels(64, 64, 3))
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "b.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"b\.jpg: .*truncated"):
        fed(tmp_path, (1, 3, 64, 64))
    (tmp_path / "b.jpg").write_bytes(b"nonsense")
    with pytest.raises(InputError, match=r"b\.jpg: is no image"):
        fed(tmp_path, (1, 3, 64, 64))


@pytest.mark.parametrize(
    ("options", "shape", "message"),
    [
        ({"mean": (1.0, 2.0)}, (1, 3, 8, 8), "--mean has 2 values"),
        ({"mean": (123.7, 116.3, 103.5)}, (1, 3, 8, 8), "--pixels 0..255"),
        ({"std": (0.0,)}, (1, 3, 8, 8), "--std: expected values above 0"),
        ({"crop": (4, 4)}, (1, 3, 8, 8), "does not give the model's 8 x 8"),
        ({"resize": (6,)}, (1, 3, 8, 8), "smaller than the crop"),
        ({}, (1, 3), "one input of 4 dimensions"),
        ({"layout": "nchw"}, (1, 8, 8, 3), "has 8 channels"),
    ],
)
def test_options_that_do_not_fit(
    tmp_path: Path, options: dict[str, Any], shape: tuple[int, ...], message: str
) -> None:
    path = saved(tmp_path / "a.png", pixels(8, 8, 3))
    with pytest.raises(UsageError, match=message):
        fed(path, shape, **options)


def test_images_too_small_or_of_different_sizes(tmp_path: Path) -> None:
    saved(tmp_path / "a.png", pixels(8, 8, 3))
    saved(tmp_path / "b.png", pixels(6, 9, 3))
    with pytest.raises(InputError, match=r"b\.png: is 6 x 9, too small .* --resize 8"):
        fed(tmp_path, (1, 3, 8, 8), crop=(8,))
    with pytest.raises(InputError, match=r"b\.png: becomes .* give --resize H,W"):
        fed(tmp_path, (2, 3, None, None))


def test_on_the_command_line(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "m.onnx", batch="N")
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(4):
        saved(folder / f"{number}.png", pixels(30, 40, 3, seed=number))
    out = tmp_path / "r.json"
    made = run(
        "collect", model, "--data", folder, "--image", "--resize", "10", "--batch", "2",
        "--mean", "0.5", "--std", "0.25,0.25,0.5", "-o", out,
    )  # fmt: skip
    assert made.status == 0, made.err
    ranges = read_ranges(out)
    assert ranges.collected is not None
    assert ranges.collected["samples"] == 4
    assert ranges.collected["images"] == (
        "resized to 10 (shorter side), centre crop 8 x 8, rgb 0..1, mean 0.5, "
        "std 0.25,0.25,0.5, nchw"
    )
    entry = ranges.entries["input"].range
    assert entry is not None
    assert -2 <= entry.min < 0 < entry.max <= 2
    for arguments, message in (
        (("--data", folder), "is an image; add --image"),
        (("--data", folder / "0.png"), "is an image; add --image"),
        (("--data", folder, "--crop", "3"), "--crop is for images; add --image"),
        (("--data", folder, "--image", "--resize", "1,2,3"), "expected N or H,W"),
        (("--data", folder, "--image", "--std", "a"), "--std a: expected numbers"),
        (("--random", "--image"), "--image is for files"),
    ):
        refused = run("collect", model, *arguments, "-o", tmp_path / "no.json")
        assert refused.status == 2
        assert message in refused.err
        assert not (tmp_path / "no.json").exists()


def test_pillow_is_named_where_it_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "a.png", pixels(8, 8, 3))
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(BackendUnavailableError, match=r"pip install 'setrange\[images\]'"):
        fed(path, (1, 3, 8, 8))
