# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From an image file to pixels of the size that is asked for, in limited memory.

A file of a few kilobytes can claim any size: what it claims is looked at before it is decoded.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import BackendUnavailableError, InputError, SetrangeError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["MOST_PIXELS", "decoded", "pillow"]

#: Pixels that are decoded: 4 to 12 bytes each, for a moment. Larger JPEGs are decoded smaller.
MOST_PIXELS = 40_000_000
#: Pixels of an image that is fed as large as it is: each is three float32, a few times.
_MOST_UNRESIZED = 16_000_000
#: Pixels of a JPEG that is decoded smaller: Pillow's own limit.
_MOST_OF_JPEG = 178_956_970
#: Pixels on one side: resizing takes memory for each of them.
_LONGEST_SIDE = 100_000
#: Passes over a progressive JPEG, times its pixels: each is as slow as decoding it.
_MOST_PASSES = 20 * MOST_PIXELS

#: What is said of an image that has more. A JPEG is decoded at half its height and width.
_AT_MOST = (
    f"expected at most {MOST_PIXELS // 1_000_000} (in a JPEG {4 * MOST_PIXELS // 1_000_000}), "
    f"so make it smaller"
)

#: What Pillow may take a file for. Others run programs (EPS), or are no photographs.
_FORMATS = (
    "AVIF",
    "BMP",
    "DIB",
    "GIF",
    "JPEG",
    "JPEG2000",
    "MPO",
    "PNG",
    "PPM",
    "TGA",
    "TIFF",
    "WEBP",
)

_SCAN = b"\xff\xda"


def pillow() -> Any:
    """Return Pillow's Image module.

    Raises:
        BackendUnavailableError: It is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise BackendUnavailableError(
            f"images are read by Pillow, which is not here ({error}); install it: "
            f"pip install 'setrange[images]'"
        ) from error
    return Image


def decoded(
    image_module: Any, path: Path, mode: str, resize: tuple[int, ...] | None
) -> npt.NDArray[np.uint8]:
    """Return the pixels, [height, width(, 3)]: upright, without alpha, resized.

    Args:
        image_module: Pillow's Image module.
        path: The file.
        mode: What Pillow calls the pixels that are wanted: ``L`` or ``RGB``.
        resize: (N,): the shorter side becomes N; (H, W); ``None``: as it is.

    Raises:
        InputError: It cannot be decoded, or is too large.
    """
    try:
        with warnings.catch_warnings():
            # The limits here are lower, and say what to do.
            warnings.simplefilter("ignore", image_module.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # damaged EXIF, and the like
            return _decoded(image_module, path, mode, resize)
    except SetrangeError:
        raise
    except image_module.DecompressionBombError as error:
        raise InputError(
            f"{path}: has more than {_MOST_OF_JPEG // 1_000_000} megapixels; {_AT_MOST}"
        ) from error
    except image_module.UnidentifiedImageError as error:
        raise InputError(
            f"{path}: is no image that is read here (JPEG, PNG, WebP, TIFF, ...); remove it "
            f"from the data, or repair it"
        ) from error
    except Exception as error:  # of any kind, by the part of the file that is damaged
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise InputError(f"{path}: {reason}; remove it from the data, or repair it") from error


def _decoded(
    image_module: Any, path: Path, mode: str, resize: tuple[int, ...] | None
) -> npt.NDArray[np.uint8]:
    image_module.init()
    formats = [name for name in _FORMATS if name in image_module.OPEN]
    with image_module.open(path, formats=formats) as image:
        _check_size(image, path, is_resized=resize is not None)
        image.load()
        upright = _upright(image_module, image)
        upright = _eight_bits(image_module, upright)
        if upright.mode == "P":
            upright = upright.convert("RGBA")  # its transparency may be a list of bytes
        if upright.mode not in (mode, "RGB"):
            upright = upright.convert("RGB")
        if upright.mode != mode:
            upright = upright.convert(mode)
        if resize is not None:
            width, height = _resized(upright.size, resize)
            if width * height > MOST_PIXELS or max(width, height) > _LONGEST_SIDE:
                raise InputError(
                    f"{path}: is {image.height} x {image.width}, and would be resized to "
                    f"{height} x {width}; remove it from the data, or give --resize H,W"
                )
            upright = upright.resize((width, height), image_module.Resampling.BILINEAR)
        return np.asarray(upright, dtype=np.uint8)


def _check_size(image: Any, path: Path, *, is_resized: bool) -> None:
    """Refuse what is too large to decode; have a large JPEG decoded smaller."""
    width, height = image.size
    pixels = width * height
    if min(width, height) < 1:
        raise InputError(f"{path}: has no pixels; remove it from the data")
    if max(width, height) > _LONGEST_SIDE:
        raise InputError(
            f"{path}: is {height} x {width}; expected at most {_LONGEST_SIDE} on a side"
        )
    if image.format in ("JPEG", "MPO") and image.info.get("progressive"):
        passes = path.read_bytes().count(_SCAN)
        if passes * pixels > _MOST_PASSES:
            raise InputError(
                f"{path}: is a progressive JPEG of {pixels // 1_000_000} megapixels in "
                f"{passes} passes, which takes too long; save it again"
            )
    if not is_resized and pixels > _MOST_UNRESIZED:
        raise InputError(
            f"{path}: has {pixels // 1_000_000} megapixels ({height} x {width}) and is not "
            f"resized; expected at most {_MOST_UNRESIZED // 1_000_000}, so give --resize"
        )
    if pixels <= MOST_PIXELS:
        return
    if image.format in ("JPEG", "MPO"):
        # libjpeg decodes a half, a quarter or an eighth of each side.
        image.draft(None, (max(1, width // 2), max(1, height // 2)))
        pixels = image.size[0] * image.size[1]
    if pixels > MOST_PIXELS:
        raise InputError(
            f"{path}: has {width * height // 1_000_000} megapixels ({height} x {width}); "
            f"{_AT_MOST}"
        )


def _upright(image_module: Any, image: Any) -> Any:
    """Turn an image as its EXIF data say; without a copy where they say nothing."""
    from PIL import ImageOps

    orientation = image.getexif().get(_ORIENTATION)
    is_turned = isinstance(orientation, int) and 2 <= orientation <= 8
    return ImageOps.exif_transpose(image) if is_turned else image


#: The EXIF tag.
_ORIENTATION = 0x0112


def _eight_bits(image_module: Any, image: Any) -> Any:
    """Bring 16-bit gray to 8 bits; Pillow's own conversion cuts off at 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    if image.mode == "F":
        raise ValueError("is neither 8 nor 16 bits a channel; give its values as .npy")
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise ValueError("is neither 8 nor 16 bits a channel; give its values as .npy")
    pixels = np.empty(values.shape, dtype=np.uint8)
    np.floor_divide(values, 257, out=pixels, casting="unsafe")
    return image_module.fromarray(pixels)


def _resized(size: tuple[int, int], resize: tuple[int, ...]) -> tuple[int, int]:
    """Return (width, height) after a resize; the long side as torchvision rounds it."""
    if len(resize) == 2:
        return resize[1], resize[0]
    short, long = sorted(size)
    other = int(resize[0] * long / short)
    return (resize[0], other) if size[0] <= size[1] else (other, resize[0])
