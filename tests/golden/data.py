# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The golden layer lists and models, wherever they lie.

What was made for this project ships with it, as three archives in ``data/``: the lists of the
``own`` models, those of NVIDIA's library for the same models (``rtx/own``), and the models.
They are read where they are; the models are unpacked into a temporary folder, since the
importer reads files. The ``wheel`` models belong to the onnx package: they and their lists
stay in shared/golden beside the checkout, and what needs them skips where that is absent.

    python -m tests.golden.data    packs the archives anew from shared/golden
"""

from __future__ import annotations

import atexit
import functools
import gzip
import io
import lzma
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DATA = Path(__file__).with_name("data")
MODELS = DATA / "models-own.tar.xz"

#: Corpus -> the archive of its lists. The lists of the releases are much alike, so one archive
#: of all is an eighth of what they take one by one.
LISTS = {"own": DATA / "lists-own.tar.xz", "rtx/own": DATA / "lists-rtx-own.tar.xz"}


def shared() -> Path:
    """Folder of shared material: $SETRANGE_SHARED or ../shared beside the checkout."""
    given = os.environ.get("SETRANGE_SHARED")
    return Path(given) if given else Path(__file__).resolve().parents[3] / "shared"


def golden_dir() -> Path:
    """Folder of the golden material that does not ship with the project."""
    return shared() / "golden"


def has_list(corpus: str, version: str) -> bool:
    """True if there is a list: in an archive, or in shared/golden."""
    if corpus in LISTS:
        return f"{version}.jsonl" in _lists(corpus)
    return _shared_list(corpus, version).is_file()


def list_lines(corpus: str, version: str) -> Iterator[str]:
    """Yield the lines of one list: JSON, one model each.

    Args:
        corpus: ``own``, ``rtx/own``, ``wheel`` or ``rtx/wheel``.
        version: Of the parser profile, or of TensorRT for RTX.
    """
    if corpus in LISTS:
        yield from io.StringIO(_lists(corpus)[f"{version}.jsonl"].decode())
        return
    with gzip.open(_shared_list(corpus, version), "rt", encoding="utf-8") as stream:
        yield from stream


def model_path(corpus: str, model: str) -> Path:
    """Path of a model of the corpora ``own`` and ``wheel``."""
    folder = own_models() if corpus == "own" else golden_dir() / "models" / corpus
    return folder / f"{model}.onnx"


@functools.cache
def own_models() -> Path:
    """A folder with the project's own models, with their external data."""
    folder = Path(tempfile.mkdtemp(prefix="setrange-golden-"))
    atexit.register(_remove, folder, os.getpid())
    for name, data in _members(MODELS):
        (folder / name).write_bytes(data)
    return folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a process that was forked leaves it to the first
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _lists(corpus: str) -> dict[str, bytes]:
    return dict(_members(LISTS[corpus]))


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive, "r:xz") as tar:
        for member in tar:
            stream = tar.extractfile(member)
            assert stream is not None, member.name
            yield member.name, stream.read()


def _shared_list(corpus: str, version: str) -> Path:
    return golden_dir() / corpus / f"{version}.jsonl.gz"


def _pack(archive: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write an archive; the same files give the same bytes."""
    with (
        lzma.open(archive, "wb", preset=9 | lzma.PRESET_EXTREME) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def main() -> int:
    if not golden_dir().is_dir():
        print(f"nothing to pack at {golden_dir()}", file=sys.stderr)
        return 3
    for corpus, archive in LISTS.items():
        lists = sorted((golden_dir() / corpus).glob("*.jsonl.gz"))
        _pack(archive, ((path.stem, gzip.decompress(path.read_bytes())) for path in lists))
    models = sorted((golden_dir() / "models" / "own").iterdir())
    _pack(MODELS, ((path.name, path.read_bytes()) for path in models))
    return 0


if __name__ == "__main__":
    sys.exit(main())
