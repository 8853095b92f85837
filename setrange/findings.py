# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings: coded remarks for the user, as data.

A finding never stops work by itself; the command decides from its level.
Every code has a section in ``docs/findings.md`` (a test checks both ways).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CODES", "Finding", "Level", "without_effects"]


class Level(str, enum.Enum):
    """How much a finding matters."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


#: Code -> (default level, one-line meaning).
CODES: dict[str, tuple[Level, str]] = {
    "SR101": (Level.ERROR, "unknown tensor name in the ranges"),
    "SR102": (Level.WARNING, "parser-made name without a counterpart in this TensorRT release"),
    "SR103": (Level.NOTE, "names are another TensorRT release's and were re-keyed"),
    "SR104": (Level.WARNING, "names were aligned by kind and order between named neighbours"),
    "SR105": (Level.WARNING, "two entries of the ranges mean the same tensor"),
    "SR106": (Level.NOTE, "an entry names a tensor that TensorRT never quantizes"),
    "SR107": (Level.WARNING, "an entry names an ONNX value that TensorRT does not make"),
    "SR108": (
        Level.NOTE,
        "an entry was resolved by another name than TensorRT's, or by a pattern",
    ),
    "SR109": (Level.WARNING, "the ranges were made for another model file"),
    "SR110": (Level.ERROR, "the names are another TensorRT release's than the file says"),
    "SR111": (Level.ERROR, "a precision rule fits no node of the model"),
    "SR112": (Level.ERROR, "a pattern of the ranges fits no tensor"),
    "SR113": (Level.ERROR, "the names are those of a network built in code"),
    "SR114": (Level.ERROR, "the ranges look like those of another model"),
    "SR201": (Level.WARNING, "a tensor has no range"),
    "SR202": (Level.NOTE, "asymmetric range: TensorRT uses the larger bound for both sides"),
    "SR203": (Level.WARNING, "range comes from interval bounds and may be wide"),
    "SR204": (Level.WARNING, "tensors tied by a copy have ranges that differ by more than 2x"),
    "SR205": (Level.WARNING, "all-zero constant: a positive range was set instead of 0"),
    "SR206": (Level.WARNING, "a value of the ranges has no usable range (null, 0 or infinite)"),
    "SR207": (Level.NOTE, "no bound: the interval is not finite or too wide"),
    "SR208": (Level.WARNING, "a constant holds values that are not finite"),
    "SR209": (Level.WARNING, "a range was made equal to another's, as DLA needs"),
    "SR210": (Level.WARNING, "the ranges look like scales, or like amax written as scales"),
    "SR211": (Level.WARNING, "a given range contradicts what is known of its tensor"),
    "SR212": (Level.WARNING, "the ranges look like those of other weights"),
    "SR213": (Level.WARNING, "the scales of a cache look like reversed bytes"),
    "SR214": (Level.WARNING, "0 on all of the data: a positive range was set instead"),
    "SR220": (Level.WARNING, "ranges are estimated"),
    "SR221": (Level.WARNING, "a given range differs much from what is estimated"),
    "SR301": (Level.WARNING, "op not modelled: later layer numbers may be off"),
    "SR302": (Level.NOTE, "prediction rests on an assumption"),
    "SR303": (Level.NOTE, "a neighbour's profile is used for this TensorRT release"),
    "SR304": (Level.WARNING, "TensorRT made another network than predicted"),
    "SR305": (Level.NOTE, "this TensorRT has no ranges: its tensor names serve logs"),
    "SR401": (Level.WARNING, "a tensor name cannot be written safely to this format"),
    "SR402": (Level.NOTE, "the cache header names this TensorRT release"),
    "SR403": (Level.WARNING, "a calibration cache is read by name only"),
    "SR404": (Level.WARNING, "a scale so small that a GPU may take it for 0 was raised"),
    "SR405": (Level.WARNING, "the layers of a built engine could not be read"),
    "SR406": (Level.NOTE, "a tensor whose range an ONNX file cannot carry"),
    "SR407": (Level.NOTE, "an INT8 input or output of the engine"),
    "SR408": (Level.WARNING, "precisions that this output or its trtexec cannot hold"),
    "SR409": (Level.WARNING, "a layer that has its ranges does not run in INT8"),
    "SR410": (Level.WARNING, "a pair that is computed and undone for a float layer"),
    "SR411": (Level.WARNING, "a GPU generation whose products do not run in INT8"),
    "SR412": (Level.WARNING, "a cache that TensorRT may refuse for its header"),
    "SR501": (Level.NOTE, "a remark of the reader of the ranges file"),
    "SR502": (Level.NOTE, "a value of the ranges file was not kept as it was"),
    "SR601": (Level.NOTE, "the model's opset was raised to hold Q/DQ nodes"),
    "SR602": (Level.ERROR, "UINT8 quantization, which TensorRT does not have"),
    "SR603": (Level.ERROR, "a zero point that is not 0"),
    "SR604": (Level.ERROR, "a dequantized INT32 bias"),
    "SR605": (Level.WARNING, "a scale per channel without its axis"),
    "SR606": (Level.ERROR, "a scale that TensorRT refuses"),
    "SR607": (Level.ERROR, "an op that computes in integers"),
    "SR608": (Level.WARNING, "a weighted op with a Q/DQ pair on one operand only"),
    "SR609": (Level.NOTE, "ranges that a Q/DQ model does not hold"),
    "SR610": (Level.NOTE, "parts of an FP16 model that stay FP32"),
    "SR611": (Level.WARNING, "constants beyond FP16 that were made smaller"),
    "SR612": (Level.NOTE, "FP16 pairs that ONNX Runtime's optimizer cannot take"),
    "SR613": (Level.NOTE, "INT8 pairs that ONNX Runtime's optimizer may not take"),
    "SR614": (Level.ERROR, "an op between the two nodes of a Q/DQ pair"),
    "SR615": (Level.ERROR, "a Q/DQ model that this release does not take"),
    "SR616": (Level.WARNING, "a Concat's small branch is rounded to nothing"),
    "SR617": (Level.ERROR, "quantizers of another tool, which TensorRT's parser does not know"),
    "SR618": (Level.NOTE, "layers in bodies of If, Loop or Scan that stay float"),
    "SR701": (Level.WARNING, "more than 1 % of a tensor's values lie beyond its range"),
    "SR702": (Level.WARNING, "a range is 100 times as wide as the values, or more"),
    "SR703": (Level.WARNING, "values of the float model are not finite"),
    "SR704": (Level.WARNING, "values are finite in float and not in INT8"),
    "SR705": (Level.WARNING, "INT8 gives an output of another shape than float"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark for the user.

    Attributes:
        code: Stable code, a key of ``CODES``.
        message: One sentence that names the thing.
        tensor: TensorRT tensor name it is about, if one.
        help: What to do, if anything.
        level: ``None`` takes the code's default.
    """

    code: str
    message: str
    tensor: str | None = None
    help: str | None = None
    level: Level | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise KeyError(f"finding code {self.code!r} is not registered in CODES")
        if self.level is None:
            object.__setattr__(self, "level", CODES[self.code][0])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form used by every ``--json`` output."""
        level = self.level or CODES[self.code][0]
        out: dict[str, Any] = {
            "code": self.code,
            "level": level.value,
            "message": self.message,
        }
        if self.tensor is not None:
            out["tensor"] = self.tensor
        if self.help is not None:
            out["help"] = self.help
        return out


#: Findings that say why there are many others.
_CAUSES = frozenset({"SR113", "SR114"})

#: What follows from names that mean nothing here: names, missing ranges, what they would be.
_EFFECTS = frozenset({"SR101", "SR102", "SR103", "SR104", "SR110", "SR201"})

#: What follows from ranges of other weights.
_OF_OTHER_WEIGHTS = frozenset({"SR204"})


def without_effects(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings without those that only follow from another one of them."""
    kept = list(findings)
    if any(f.code in _CAUSES for f in kept):
        return [f for f in kept if f.code not in _EFFECTS]
    if any(f.code == "SR212" for f in kept):
        return [f for f in kept if f.code not in _OF_OTHER_WEIGHTS]
    return kept
