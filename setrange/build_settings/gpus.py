# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which GPUs an engine of TensorRT for RTX is for: generations and compute capabilities.

Source: NVIDIA's support matrix of TensorRT for RTX, 1.4 to 1.7, and what its builder says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import UsageError
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CURRENT",
    "GPU_NAMES",
    "OLDEST",
    "PORTABLE",
    "TURING",
    "Gpu",
    "called",
    "parse_gpus",
    "portable",
]


class Gpu(NamedTuple):
    """A GPU generation, by its compute capability.

    Attributes:
        name: ``sm86``, or ``current`` for the GPU of this machine.
        generation: What its cards are called: ``RTX 30``.
    """

    name: str
    generation: str

    @property
    def number(self) -> int:
        """The capability as a number, 86 for 8.6; 0 for ``current``."""
        digits = self.name.removeprefix("sm")
        return int(digits) if digits.isdigit() else 0

    @property
    def member(self) -> str:
        """The name in ``tensorrt_rtx.ComputeCapability``."""
        return self.name.upper()


CURRENT = Gpu(name="current", generation="this machine's GPU")
TURING = Gpu(name="sm75", generation="RTX 20")

_KNOWN = (
    TURING,
    Gpu(name="sm80", generation="A100, A30"),
    Gpu(name="sm86", generation="RTX 30"),
    Gpu(name="sm89", generation="RTX 40"),
    Gpu(name="sm120", generation="RTX 50"),
    Gpu(name="sm121", generation="DGX Spark"),
    CURRENT,
)
#: What an engine runs on that is built for no GPU in particular.
PORTABLE = tuple(gpu for gpu in _KNOWN if gpu.name in ("sm86", "sm89", "sm120"))

#: Type of Q/DQ pairs -> the first capability that has it.
OLDEST = {"fp8": 89, "fp4": 120}

_GENERATIONS = {"rtx20": "sm75", "rtx30": "sm86", "rtx40": "sm89", "rtx50": "sm120"}
_BY_NAME = {gpu.name: gpu for gpu in _KNOWN}
#: What ``--gpu`` takes.
GPU_NAMES = (*_GENERATIONS, *_BY_NAME)
#: A card's name: rtx3060, rtx4090ti, RTX-2080.
_CARD = re.compile(r"rtx([2-5]0)[5-9]0(?:ti|super)*\Z")
_NUMBER = re.compile(r"(\d{1,2})\.(\d)\Z")


def parse_gpus(texts: Iterable[str]) -> tuple[Gpu, ...]:
    """Read what ``--gpu`` takes: generations, cards, capabilities, joined by commas or not.

    >>> [gpu.name for gpu in parse_gpus(["rtx30,sm89", "RTX 5090", "8.6"])]
    ['sm86', 'sm89', 'sm120']

    Raises:
        UsageError: A name means no GPU, or ``current`` is not alone.
    """
    found: dict[Gpu, None] = {}
    for text in texts:
        for part in text.split(","):
            found[_parse(part)] = None
    if CURRENT in found and len(found) > 1:
        others = ", ".join(gpu.name for gpu in found if gpu is not CURRENT)
        raise UsageError(
            f"--gpu current stands alone (TensorRT for RTX builds for this machine's GPU, or "
            f"for given ones); leave out current or {others}"
        )
    return tuple(found)


def _parse(text: str) -> Gpu:
    plain = re.sub(r"[\s_-]|geforce|nvidia", "", text.lower())
    card, number = _CARD.match(plain), _NUMBER.match(plain)
    if card is not None:
        plain = f"rtx{card.group(1)}"
    elif number is not None:
        plain = f"sm{number.group(1)}{number.group(2)}"
    name = _GENERATIONS.get(plain, plain)
    if name in _BY_NAME:
        return _BY_NAME[name]
    hint = did_you_mean(plain, GPU_NAMES, quote=str, end=" ")
    raise UsageError(
        f"--gpu {text!r} is no GPU that TensorRT for RTX builds for; {hint}expected "
        f"{', '.join(GPU_NAMES)} (several joined by commas)"
    )


def portable(types: Iterable[str]) -> tuple[Gpu, ...]:
    """Return what an engine runs on, and later ones, that is built for no GPU in particular.

    Args:
        types: What its pairs quantize to: FP8 needs a newer GPU than INT8.
    """
    first = max((OLDEST.get(dtype, 0) for dtype in types), default=0)
    return tuple(gpu for gpu in PORTABLE if gpu.number >= first)


def called(gpus: Iterable[Gpu], types: Iterable[str] = ("int8",)) -> str:
    """Return GPUs as a verdict names them.

    Args:
        gpus: Which; none is the library's choice.
        types: What the pairs of the engine's model quantize to.

    >>> called(parse_gpus(["rtx30", "sm89"]))
    'RTX 30 (sm86), RTX 40 (sm89)'
    """
    given = tuple(gpus)
    if not given:
        return f"{called(portable(types))} and later"
    return ", ".join(
        gpu.generation if gpu is CURRENT else f"{gpu.generation} ({gpu.name})" for gpu in given
    )
