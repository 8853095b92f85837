# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Image files as what an image model is fed: decoded, resized, cropped, normalized."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import InputError, UsageError
from setrange.measure.decoding import MOST_PIXELS, decoded, pillow

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from setrange.measure.inputs import Input, Inputs

__all__ = ["IMAGE_SUFFIXES", "ImageOptions", "ImageReader"]

#: Files of a directory that are taken for images.
IMAGE_SUFFIXES = (
    ".jpg",
    ".jpeg",
    ".png",
    ".bmp",
    ".webp",
    ".gif",
    ".tif",
    ".tiff",
    ".ppm",
    ".pgm",
)

#: Where the channels are, by layout.
_CHANNELS_AT = {"nchw": 1, "nhwc": 3}

#: By number of channels, how Pillow calls such an image.
_MODES = {1: "L", 3: "RGB"}

#: Largest value of a channel.
_BYTE = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOptions:
    """The preprocessing that turns an image into an input.

    Attributes:
        resize: (N,): the shorter side becomes N; (H, W): the size, whatever the shape was.
            ``None``: the model's height and width, unless ``crop`` is given.
        crop: (N,) or (H, W) taken from the centre. ``None``: the model's height and width
            after a ``resize`` to (N,), else nothing is cut off.
        mean: Taken from each channel, in the order of ``color``; one value is for all.
        std: What each channel is divided by after that.
        layout: ``nchw`` or ``nhwc``; ``None``: what the model's shape says.
        color: ``rgb`` or ``bgr``.
        pixels: ``0..1`` or ``0..255``: values before ``mean`` and ``std``. ``None``: ``0..1``
            for a float input, ``0..255`` for an integer one.
    """

    resize: tuple[int, ...] | None = None
    crop: tuple[int, ...] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    layout: str | None = None
    color: str = "rgb"
    pixels: str | None = None


class ImageReader:
    """Reads images for one input.

    Args:
        options: What the user wants.
        inputs: What the model wants.

    Raises:
        UsageError: The options do not fit each other or the model.
        BackendUnavailableError: Pillow is not installed.
    """

    def __init__(self, options: ImageOptions, inputs: Inputs) -> None:
        self.input = _image_input(inputs)
        self.layout = options.layout or _layout(self.input)
        shape = self.input.shape
        at = _CHANNELS_AT[self.layout]
        height, width = shape[2:4] if at == 1 else shape[1:3]
        is_fixed = isinstance(height, int) and isinstance(width, int)
        self.wanted = (int(height or 0), int(width or 0)) if is_fixed else None
        self.channels = _channels(shape[at], self.input)
        self.resize, self.crop = _sizes(options, self.wanted)
        self.is_bgr = options.color == "bgr" and self.channels == 3
        is_float = self.input.dtype.kind == "f"
        self.pixels = options.pixels or ("0..1" if is_float else "0..255")
        self.mean = self._per_channel("--mean", options.mean)
        self.std = self._per_channel("--std", options.std)
        _check_values(self, options, is_float=is_float)
        self.pillow = pillow()

    def __str__(self) -> str:
        """What is done to an image, in order."""
        steps = []
        if self.resize is not None:
            steps.append(f"resized to {_size(self.resize)}")
        if self.crop is not None:
            steps.append(f"centre crop {_size(self.crop)}")
        color = "bgr" if self.is_bgr else "rgb" if self.channels == 3 else "gray"
        steps.append(f"{color} {self.pixels}")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if values is not None:
                steps.append(f"{name} {','.join(f'{value:g}' for value in values)}")
        return ", ".join([*steps, self.layout])

    def read(self, path: Path) -> npt.NDArray[Any]:
        """Return an image with a batch dimension, of the input's type.

        Raises:
            InputError: It cannot be decoded, or is too small for the crop.
        """
        pixels = decoded(self.pillow, path, _MODES[self.channels], self.resize)
        if self.crop is not None:
            pixels = _cropped(pixels, self.crop, path)
        pixels = pixels.reshape(*pixels.shape[:2], self.channels)
        if self.is_bgr:
            pixels = pixels[:, :, ::-1]
        values = self._normalized(pixels) if self.input.dtype.kind == "f" else pixels
        if self.layout == "nchw":
            values = values.transpose(2, 0, 1)
        return values[np.newaxis]

    def _normalized(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
        values = pixels.astype(np.float32)
        if self.pixels == "0..1":
            values /= np.float32(_BYTE)
        if self.mean is not None:
            values -= np.array(self.mean, dtype=np.float32)
        if self.std is not None:
            values /= np.array(self.std, dtype=np.float32)
        return values

    def _per_channel(
        self, option: str, values: tuple[float, ...] | None
    ) -> tuple[float, ...] | None:
        if values is not None and len(values) not in (1, self.channels):
            raise UsageError(
                f"{option} has {len(values)} values, and the model's input has "
                f"{self.channels} channels ({self.input}); give {self.channels}, or one for all"
            )
        return values


def _image_input(inputs: Inputs) -> Input:
    items = list(inputs.items.values())
    if len(items) != 1 or len(items[0].shape) != 4:
        raise UsageError(
            f"--image: expected a model with one input of 4 dimensions (batch, channels, "
            f"height, width), this one has {inputs}; give .npz files or module:function"
        )
    return items[0]


def _layout(item: Input) -> str:
    for layout, at in _CHANNELS_AT.items():
        if item.shape[at] in _MODES:
            return layout
    raise UsageError(
        f"--image: input {item} does not show where its channels are; give --layout nchw or "
        f"--layout nhwc"
    )


def _channels(dim: int | str | None, item: Input) -> int:
    if isinstance(dim, int) and dim not in _MODES:
        raise UsageError(
            f"--image: input {item} has {dim} channels, an image has 1 or 3; check --layout, "
            f"or give .npy files"
        )
    return dim if isinstance(dim, int) else 3


def _sizes(
    options: ImageOptions, wanted: tuple[int, int] | None
) -> tuple[tuple[int, ...] | None, tuple[int, int] | None]:
    """Return what to resize to and what to crop to."""
    resize, crop = options.resize, options.crop
    if resize is None and crop is None:
        resize = wanted
    elif crop is None and resize is not None and len(resize) == 1:
        crop = wanted
    for option, size in (("--resize", resize), ("--crop", crop)):
        if size is not None and size[0] * size[-1] > MOST_PIXELS:
            raise UsageError(
                f"{option} {','.join(map(str, size))}: expected at most {MOST_PIXELS} pixels"
            )
    square = None if crop is None else (crop[0], crop[-1])
    final = square or (resize if resize is not None and len(resize) == 2 else None)
    if final is not None and wanted is not None and final != wanted:
        option = "--resize" if square is None else "--crop"
        raise UsageError(
            f"{option} {','.join(map(str, final))} does not give the model's {wanted[0]} x "
            f"{wanted[1]}; leave it out, or give --crop {wanted[0]},{wanted[1]}"
        )
    if resize is not None and square is not None and min(resize) < min(square):
        raise UsageError(
            f"--resize {','.join(map(str, resize))} is smaller than the crop of "
            f"{_size(square)}; resize to at least that"
        )
    return resize, square


def _check_values(reader: ImageReader, options: ImageOptions, *, is_float: bool) -> None:
    for option, values in (("--mean", options.mean), ("--std", options.std)):
        if not all(map(math.isfinite, values or ())):
            raise UsageError(f"{option}: expected finite numbers")
    if not is_float and (options.mean or options.std or reader.pixels == "0..1"):
        raise UsageError(
            f"--mean, --std and --pixels 0..1 are for float inputs; {reader.input} takes "
            f"pixels as they are: leave them out"
        )
    if options.std is not None and min(options.std) <= 0:
        raise UsageError("--std: expected values above 0")
    if reader.pixels == "0..1" and max(map(abs, options.mean or ()), default=0) > 1:
        raise UsageError(
            "--mean is above 1, and pixels are scaled to 0..1; divide it (and --std) by 255, "
            "or give --pixels 0..255"
        )


def _cropped(
    pixels: npt.NDArray[np.uint8], crop: tuple[int, int], path: Path
) -> npt.NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    if height < crop[0] or width < crop[1]:
        raise InputError(
            f"{path}: is {height} x {width}, too small for a crop of {_size(crop)}; give "
            f"--resize {max(crop)} as well"
        )
    top, left = round((height - crop[0]) / 2), round((width - crop[1]) / 2)
    return pixels[top : top + crop[0], left : left + crop[1]]


def _size(size: tuple[int, ...]) -> str:
    return f"{size[0]} x {size[1]}" if len(size) == 2 else f"{size[0]} (shorter side)"
