# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The file of expected outcomes, and what differs from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.files.atomic import write_bytes
from tests.builder.outcome import WRONG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.builder.outcome import Outcome

__all__ = ["EXPECTED", "compare", "expected_text", "read_expected", "write_expected"]

EXPECTED = Path(__file__).with_name("expected.json")

#: Model -> variant -> outcome in words; variants that end as `float` does are left out.
Texts = dict[str, dict[str, str]]


def read_expected(path: Path = EXPECTED) -> Texts:
    """Read the file; what does not exist holds nothing."""
    if not path.is_file():
        return {}
    read: Texts = json.loads(path.read_text(encoding="utf-8"))
    return read


def expected_text(texts: Mapping[str, str], variant: str) -> str | None:
    """What a variant of a model should end as; `None` where that is not known."""
    return texts.get(variant, texts.get("float"))


def write_expected(results: Mapping[str, Mapping[str, Outcome]], path: Path = EXPECTED) -> None:
    """Write outcomes into the file; other models, and other variants, keep theirs."""
    merged = read_expected(path)
    for name, outcomes in results.items():
        texts = {**merged.get(name, {}), **{v: o.text for v, o in outcomes.items()}}
        merged[name] = {
            v: text for v, text in texts.items() if v == "float" or text != texts.get("float")
        }
    lines = (f"{json.dumps(n)}: {json.dumps(texts)}" for n, texts in sorted(merged.items()))
    write_bytes(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def compare(results: Mapping[str, Mapping[str, Outcome]], wanted: Texts) -> list[str]:
    """Return a line for each outcome that is wrong, worse or better than the expected one.

    Args:
        results: Model -> variant -> outcome.
        wanted: What should have come; models of it that did not come are wrong, too.
    """
    return list(_differences(results, wanted))


def _differences(results: Mapping[str, Mapping[str, Outcome]], wanted: Texts) -> Iterator[str]:
    for name in sorted({*results, *wanted}):
        if name not in results:
            yield f"{name}: is in the file, and there is no such model"
            continue
        if name not in wanted:
            yield f"{name}: is not in the file"
        for variant, outcome in results[name].items():
            before = expected_text(wanted.get(name, {}), variant)
            if outcome.kind in WRONG:
                yield f"{name} ({variant}): {outcome.text}"
            elif before is not None and outcome.text != before:
                yield f"{name} ({variant}): expected {before!r}, got {outcome.text!r}"
