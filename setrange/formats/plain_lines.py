# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Plain text of a name and a number a line: what is a number, and what is prose.

Such lines also make up training logs, settings and tables of other tools, so a file is taken
for ranges only where nothing speaks against it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_number", "looks_like_prose"]

# Each position has one way on, so that a long run of digits costs no more than its length.
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?", re.IGNORECASE)
_NO_FINITE = frozenset({"inf", "infinity", "nan"})

#: Longer texts are no number that anybody wrote.
_MOST_DIGITS = 1000

#: How TensorRT's parsers name what the model does not: the only usual names with blanks.
_PARSER_MADE = "(Unnamed Layer* "

#: Words of logs and settings.
_LOG_WORDS = frozenset(
    {
        "acc", "accuracy", "batch", "batch_size", "best", "boxes", "epoch", "epochs",
        "error", "eta", "f1", "fps", "gpu", "iou", "iter", "iteration", "latency",
        "learning_rate", "loss", "lr", "map", "mean", "median", "memory", "momentum",
        "percentile", "precision", "psnr", "recall", "seed", "speed", "std", "step",
        "steps", "throughput", "time", "timeout", "top1", "top5", "total", "val", "version",
        "weight_decay",
    }
)  # fmt: skip


def is_number(text: str) -> bool:
    """True for a decimal number as JSON and C write it, infinity and NaN included.

    No ``1_000``, no digits of other scripts, no decimal comma.

    >>> [is_number(t) for t in ("2.64", "-.5e-3", "-inf", "--inf", "1_0", "1,5", "１２")]
    [True, True, True, False, False, False, False]
    """
    if len(text) > _MOST_DIGITS:
        return False
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    return bool(_NUMBER.fullmatch(text)) or unsigned.lower() in _NO_FINITE


def looks_like_prose(names: Iterable[str]) -> bool:
    """True where the names of a file are not those of tensors: words, numbers, settings.

    Args:
        names: What stands before the numbers, blanks at the end included.
    """
    words = 0
    count = 0
    for name in names:
        count += 1
        if name.startswith(_PARSER_MADE):
            continue
        parts = name.replace(":", " ").split()
        if len(parts) > 1 and (name != name.rstrip() or _speaks(parts)):
            return True
        words += len(parts) == 1 and _is_log_word(parts[0])
    return words * 2 > count


def _speaks(parts: list[str]) -> bool:
    """True for words of which one is a number, a sign or a log's: ``epoch 1 loss``."""
    return any(
        is_number(part.strip(",;|")) or part in {"=", "|", "-", "/"} or _is_log_word(part)
        for part in parts
    )


def _is_log_word(word: str) -> bool:
    plain = word.lower().strip(".,;:=()[]").replace("-", "_")
    return (
        plain in _LOG_WORDS or plain.removeprefix("val_").removeprefix("train_") in _LOG_WORDS
    )
