# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The kind of a file that was given where another was expected, told from its first bytes."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["ENGINE", "ENGINE_ENDINGS", "is_text", "kind_of_file", "kind_of_folder"]

#: Endings of engines, whatever they begin with.
ENGINE_ENDINGS = (".engine", ".plan", ".trt")

#: So much of a file is looked at.
_HEAD = 4096

_LFS = b"version https://git-lfs.github.com/spec/"

_A_LOG = "a log; 'setrange explain LOG' says what it means"
_BOTH = "the ranges come first, then the model, where a command takes both"
_A_JSON = f"a JSON file; {_BOTH}"

_EXPORT = "export it to ONNX (torch.onnx.export)"
_TF = "convert it with tf2onnx"

#: What is said of an engine.
ENGINE = "a TensorRT engine, from which no ONNX model can be had; give the model"

#: How a file begins, and what it is.
_STARTS: tuple[tuple[bytes, str], ...] = (
    (_LFS, "a Git LFS pointer, not the file itself; fetch it with: git lfs pull"),
    (b"ftrt", ENGINE),
    (b"ptrt", ENGINE),
    (
        b"TRT-",
        f"a calibration cache; {_BOTH}",
    ),
    (b"\x89HDF\r\n\x1a\n", f"a Keras model (HDF5); {_TF}"),
    (b"<?xml", "an XML file, such as OpenVINO's IR; give the ONNX model it was made from"),
    (b"<net ", "OpenVINO's IR; give the ONNX model it was made from"),
    (b"7767517", "an ncnn model; give the ONNX model it was made from"),
    (b"RKNN", "an RKNN model; give the ONNX model it was made from"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a file packed with gzip; unpack it first"),
    (b"BZh", "a file packed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "a file packed with xz; unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x93NUMPY", "an array (.npy)"),
    (b"\x7fELF", "a program or library"),
    (b"MZ", "a program or library of Windows"),
)
#: What stands at the fifth byte of FlatBuffers.
_FLATBUFFERS = {
    b"TFL3": f"a TensorFlow Lite model; {_TF} (--tflite)",
    b"ORTM": "an ORT-format model; give the ONNX model it was made from",
}
_HTML = re.compile(rb"\s*<(?:!doctype html|html|head)\b", re.IGNORECASE)
_PROTOTXT = re.compile(rb'(?:\s*#[^\n]*\n)*\s*(?:name\s*:\s*"[^"]*"|layer\s*\{|input\s*:)')
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_JSON = re.compile(rb"\s*[\[{]")
_LOG = re.compile(rb"(?:&&&& |\[\d\d/\d\d/\d{4}-|\[[VIWE]\] |\[TensorRT\] )")


def kind_of_file(path: str | Path) -> str | None:
    """Return what a file is, with what to do instead; ``None`` where that is not known.

    >>> kind_of_file("/no/such/file") is None
    True
    """
    try:
        with Path(path).open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return None
    return _kind(head, path)


def is_text(path: str | Path) -> bool:
    """True for a log or JSON, by its content, or by a name that says so."""
    kind = kind_of_file(path)
    if kind is not None:
        return kind in (_A_LOG, _A_JSON)
    return str(path).lower().endswith((".log", ".txt"))


def _kind(head: bytes, path: str | Path) -> str | None:
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[4:8] in _FLATBUFFERS:
        return _FLATBUFFERS[head[4:8]]
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path)
    if _HTML.match(head):
        return "a web page, as a failed download leaves it; download the file itself"
    if _PICKLE.match(head):
        return f"a pickle, such as an old PyTorch checkpoint (.pt, .pth); {_EXPORT}"
    if len(head) > 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 32:
        return f"weights alone (safetensors); build the model in PyTorch and {_EXPORT}"
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> str | None:
    if b"\0" in head:
        return None
    if _LOG.match(head):
        return _A_LOG
    if _JSON.match(head):
        return _A_JSON
    if _PROTOTXT.match(head):
        return "a Caffe or text model (prototxt); convert it to ONNX"
    return None


def _kind_of_archive(path: str | Path) -> str:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return "a ZIP archive that is damaged"
    if any(name.endswith(("data.pkl", "constants.pkl")) for name in names):
        return f"a PyTorch checkpoint (.pt, .pth); {_EXPORT}"
    if any(name.endswith("models/model.json") or "archive_format" in name for name in names):
        return f"a PyTorch export (.pt2); {_EXPORT}"
    if any(name.endswith(".weights.h5") for name in names):
        return f"a Keras model (.keras); {_TF}"
    if names and all(name.endswith(".npy") for name in names):
        return "arrays (.npz)"
    if any(name.lower().endswith(".onnx") for name in names):
        return "a ZIP archive with an ONNX model in it; unpack it first"
    return "a ZIP archive; unpack it first"


def kind_of_folder(path: str | Path) -> str | None:
    """Return what a folder is, with what to do instead; ``None`` where that is not known."""
    folder = Path(path)
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError:
        return None
    if "saved_model.pb" in names:
        return f"a TensorFlow SavedModel; {_TF}"
    if "pytorch_model.bin" in names or "model.safetensors" in names:
        return "a Hugging Face checkpoint; export it with optimum-cli export onnx"
    models = sorted(name for name in names if name.lower().endswith(".onnx"))
    if models:
        return f"a folder; it holds {folder / models[0]}"
    return None
