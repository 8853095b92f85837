# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""There and back is the identity, on many small models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from setrange.importer.model_at import ModelAt
from setrange.resolver.rekey import rekey
from tests.golden.data import own_models
from tests.networks import ranges_of

if TYPE_CHECKING:
    from pathlib import Path


#: Every how many-th model; all of them take twenty seconds.
STRIDE = 7


def goes_back(path: Path, here: str, there: str) -> bool:
    """Move a range for every tensor to another version and back; False if one refuses."""
    model = ModelAt.of(path)
    before, after = model.network_if_accepted(here), model.network_if_accepted(there)
    if before is None or after is None:
        return False
    places = {tensor.name: i + 1.0 for i, tensor in enumerate(before.float_tensors())}
    given = ranges_of(places, path=path.name, named_by=here)
    moved = rekey(given, after, model=model)
    back = rekey(moved.ranges, before, model=model)
    lost = {loss.name for loss in moved.ranges.losses}
    kept = {name: entry for name, entry in given.entries.items() if name not in lost}
    assert back.ranges.entries == kept, path.name
    return True


@pytest.mark.golden
@pytest.mark.parametrize(
    ("here", "there"), [("8.5", "10.3"), ("7.2", "8.6"), ("10.1", "10.10")]
)
def test_there_and_back(here: str, there: str) -> None:
    paths = sorted(own_models().glob("*.onnx"))
    assert sum(goes_back(path, here, there) for path in paths[::STRIDE]) > 30
