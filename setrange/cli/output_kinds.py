# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What an existing file holds, and which command may replace it without being told to.

The same command run again replaces its own result. A file of another kind, such as a model or
a file with ranges that somebody gave, is replaced only with ``--overwrite``. What a file is
follows from its content, never from its name.
"""

from __future__ import annotations

import contextlib
import mmap
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.errors import InputError, SetrangeError, UsageError
from setrange.files.atomic import check_output
from setrange.files.kinds import kind_of_file
from setrange.files.roles import STDOUT, overwrites
from setrange.files.staging import would_change
from setrange.ranges.model import RangeFile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BUILD_SETTINGS",
    "CACHE",
    "COLLECTED",
    "ENGINE",
    "ENGINE_LAYERS",
    "ENGINE_PLAN",
    "QDQ_MODEL",
    "RANGED_MODEL",
    "REPORT",
    "STATE",
    "TEMPLATE",
    "TIMING_CACHE",
    "TUNED",
    "TUNE_STATE",
    "Kind",
    "claim_output",
    "claim_state",
    "ranges_kind",
    "refuse_other_content",
]


class Kind(NamedTuple):
    """What a command writes.

    Attributes:
        called: Its name for people.
        is_same: True where an existing file is of this kind, so that the command that made it
            may replace it.
        wrong_endings: Endings of files of other kinds: a name that would mislead.
        instead: What else to do about a ranges file that somebody filled in.
        ending: The ending that its name usually has.
    """

    called: str
    is_same: Callable[[Path], bool]
    wrong_endings: tuple[str, ...] = ()
    instead: str = ""
    ending: str = ".json"


def claim_output(
    path: str | Path, kind: Kind, what: str | None = None, *, data: bytes | None = None
) -> None:
    """Refuse an output that cannot be written, or would replace a file of another kind.

    Args:
        path: The file to write; ``-`` is standard output.
        kind: What will be written.
        what: What the file is to the command, where it is not one of its arguments.
        data: What will be in it, where that is known: the same again is no loss.

    Raises:
        InputError: The path cannot become a file.
        UsageError: It is a file that is read, or one of another kind (without ``--overwrite``).
    """
    if str(path) == STDOUT:
        return
    if ending := _wrong_ending(path, kind):
        raise UsageError(
            f"{path}: {kind.called} is written, and {ending} is the ending of something else; "
            f"give another name, such as {Path(path).with_suffix(kind.ending).name}"
        )
    check_output(path, what)
    target = Path(path)
    if overwrites() or not target.is_file() or target.stat().st_size == 0:
        return
    if data is not None and target.read_bytes() == data:
        return
    if not kind.is_same(target):
        instead = kind.instead if _own(target) is not None else ""
        raise _refusal(target, f"not {kind.called} that this command made", instead)


def claim_state(out: str, suffix: str, kind: Kind, *, is_resumed: bool) -> Path | None:
    """Return where an interrupted run is kept beside its output, as ``claim_output`` allows.

    Args:
        out: The output; there is no such place beside standard output, hence ``None``.
        suffix: What is added to its name.
        kind: What the state is.
        is_resumed: ``--resume`` is given.

    Raises:
        InputError: The path cannot become a file.
        UsageError: There is a file of another kind, or nothing can be resumed.
    """
    if out == STDOUT:
        if is_resumed:
            raise UsageError(
                "--resume goes on with what is kept beside OUT, and standard output has no "
                "such place; give the name of a file with -o"
            )
        return None
    beside = Path(f"{out}{suffix}")
    if beside.exists() and not (beside.is_file() or beside.is_dir()):
        raise InputError(
            f"{beside}: is a pipe or a device, and {kind.called} would be kept there; remove "
            f"it, or give the output another name"
        )
    claim_output(beside, kind, "the state beside it")
    return beside


def refuse_other_content(path: str | Path) -> None:
    """Refuse to replace a file by one of other content that waits in a ``together`` block.

    For a product that cannot be told from what the user made, such as a float model.

    Raises:
        UsageError: There is such a file, and no ``--overwrite``.
    """
    target = Path(path)
    is_there = target.is_file() and target.stat().st_size > 0
    if is_there and not overwrites() and would_change(target):
        raise _refusal(target, "of other content than what would be written")


def _refusal(target: Path, why: str, instead: str = "") -> UsageError:
    return UsageError(
        f"{target}: exists and is {_described(target)}, {why}; give another name, {instead}or "
        f"--overwrite to replace it"
    )


def _wrong_ending(path: str | Path, kind: Kind) -> str | None:
    name = Path(path).name.lower()
    return next((ending for ending in kind.wrong_endings if name.endswith(ending)), None)


# -- looking into files -----------------------------------------------------------------

_HEAD = 4096
_CACHE_HEADER = re.compile(rb"TRT-\d+-\w+")
_ENGINE_MAGIC = (b"ptrt", b"ftrt")
_ENGINE_ENDINGS = (".engine", ".plan", ".trt")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def _holds(path: Path, *wanted: bytes) -> bool:
    """True if a file contains one of these; without reading it into memory."""
    try:
        with (
            path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            return any(mapped.find(item) >= 0 for item in wanted)
    except (OSError, ValueError):
        return False


def _is_model(path: Path) -> bool:
    from setrange.formats.qdq_onnx import looks_like_onnx

    return looks_like_onnx(_head(path))


def _is_cache(path: Path) -> bool:
    return _CACHE_HEADER.match(_head(path)) is not None


def _is_engine(path: Path) -> bool:
    """An engine says so itself, or lies beside the plan that setrange writes with each.

    What an engine begins with is TensorRT's own affair: with an engine's ending, everything
    that is known to be nothing else counts.
    """
    beside = path.with_name(f"{path.name}.plan.json")
    if _head(path).startswith(_ENGINE_MAGIC) or b'"setrange"' in _head(beside):
        return True
    has_ending = path.suffix.lower() in _ENGINE_ENDINGS
    return has_ending and not _is_model(path) and _ranges_format(path) is None


def _is_state(path: Path) -> bool:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return "head.npy" in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _is_timing_cache(path: Path) -> bool:
    """What is in one is TensorRT's own affair: all that is known to be nothing else counts."""
    if kind_of_file(path) is not None or _is_model(path) or _is_state(path):
        return False
    return _ranges_format(path) is None


def _ranges_format(path: Path) -> str | None:
    """Return what a ranges file is called; ``None`` for one that is none, or ambiguous."""
    from setrange.formats.registry import sniff
    from setrange.ranges.source import SourceFile

    with contextlib.suppress(SetrangeError, OSError):
        return sniff(SourceFile.open(path)).title
    return None


def _own(path: Path) -> Any:
    """Return a ranges file of setrange's own format; ``None`` if it is no readable one."""
    from setrange.ranges.json_scan import JsonObject
    from setrange.ranges.own_reader import read_own
    from setrange.ranges.source import SourceFile

    with contextlib.suppress(SetrangeError, OSError):
        source = SourceFile.open(path)
        if source.is_json and isinstance(source.json, JsonObject) and "setrange" in source.json:
            return read_own(source)
    return None


#: How the source of a range begins that setrange itself derives.
_OWN_SOURCES = ("derived", "bound", "estimated")


def _has_given(file: Any) -> bool:
    """True if somebody gave a range or a precision in it: nothing derives it again."""
    if file.precision or file.collected:
        return True
    return any(
        entry.range is not None
        and not entry.is_proposal
        and not (entry.proposed is None and (entry.source or "").startswith(_OWN_SOURCES))
        for entry in file.entries.values()
    )


def _is_template(path: Path) -> bool:
    file = _own(path)
    return file is not None and not _has_given(file)


def _is_collected(path: Path) -> bool:
    file = _own(path)
    return file is not None and (bool(file.collected) or not _has_given(file))


def _described(path: Path) -> str:
    if _is_model(path):
        return "an ONNX model"
    if _is_cache(path):
        return "a calibration cache"
    if _is_engine(path):
        return "an engine"
    if _is_state(path):
        return "a state of setrange collect"
    file = _own(path)
    if file is not None:
        return (
            "a ranges file that holds given ranges"
            if _has_given(file)
            else "a ranges file to be filled in"
        )
    title = _ranges_format(path)
    return "a file of another kind" if title is None else f"ranges ({title})"


# -- kinds ------------------------------------------------------------------------------

#: A ranges file of setrange's own format is JSON: other names would mislead.
_NO_RANGES = (".onnx", ".engine", ".plan", ".trt", ".cache", ".npy", ".npz", ".safetensors")

TEMPLATE = Kind(
    called="a ranges file to be filled in",
    is_same=_is_template,
    wrong_endings=_NO_RANGES,
    instead="--keep to update it with what was given, ",
)
COLLECTED = Kind(called="measured ranges", is_same=_is_collected, wrong_endings=_NO_RANGES)
TUNED = Kind(
    called="tuned ranges",
    is_same=lambda path: "tuned" in ((_own(path) or RangeFile()).collected or {}),
    wrong_endings=_NO_RANGES,
)
TUNE_STATE = Kind(
    called="a state of setrange tune",
    is_same=lambda path: path.read_bytes().startswith(b'{"setrange-tune-state"'),
)
STATE = Kind(called="a state of setrange collect", is_same=_is_state)
CACHE = Kind(called="a calibration cache", is_same=_is_cache)
ENGINE = Kind(called="an engine", is_same=_is_engine)
ENGINE_LAYERS = Kind(
    called="the layers of an engine", is_same=lambda path: b'"Layers"' in _head(path)
)
ENGINE_PLAN = Kind(
    called="the plan of an engine",
    is_same=lambda path: all(key in _head(path) for key in (b'"setrange"', b'"profile"')),
)
TIMING_CACHE = Kind(called="a timing cache", is_same=_is_timing_cache)
QDQ_MODEL = Kind(
    called="a Q/DQ model",
    is_same=lambda path: _is_model(path) and _holds(path, b"QuantizeLinear"),
)
REPORT = Kind(
    called="a report",
    is_same=lambda path: b'<meta name="generator" content="setrange ' in _head(path),
    wrong_endings=(*_NO_RANGES, ".json", ".yaml", ".csv", ".txt"),
    ending=".html",
)
BUILD_SETTINGS = Kind(
    called="build settings that setrange config shows",
    is_same=lambda path: path.read_bytes() in _example_settings(),
    wrong_endings=(".onnx", ".engine", ".plan", ".trt", ".cache"),
)
RANGED_MODEL = Kind(
    called="a ranged model",
    is_same=lambda path: _is_model(path) and _holds(path, b"trt_outputs_range_min"),
)


def _example_settings() -> list[bytes]:
    """What ``setrange config`` writes: settings that somebody changed are no such file."""
    from setrange.build_settings.examples import EXAMPLES, example_settings

    return [example_settings(name).encode() for name in EXAMPLES]


def ranges_kind(format_id: str) -> Kind:
    """Return the kind of ranges files of a format, as `convert` and `merge` write them.

    One that a person wrote or filled in is of another kind, and so is a measured one: its
    layout differs from what setrange writes, or it says where its ranges are from.
    """
    from setrange.formats.registry import format_by_id
    from setrange.ranges.source import SourceFile

    entry = format_by_id(format_id)

    def is_same(path: Path) -> bool:
        with contextlib.suppress(SetrangeError, OSError):
            source = SourceFile.open(path)
            if not entry.sniff(source):
                return False
            file = entry.read(source)
            if not _has_given(file):
                return True
            is_of_a_template = any(item.source for item in file.entries.values())
            written = entry.write
            return (
                not (file.collected or is_of_a_template)
                and written is not None
                and written(file).data == source.data
            )
        return False

    return Kind(called=f"a file of the format {entry.id}", is_same=is_same)
