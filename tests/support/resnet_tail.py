# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The last layers of NVIDIA's ResNet-50 at each release."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from setrange.errors import ParserRefusedError
from tests.resolver.networks import resnet50_tail, resnet50_tail_7

if TYPE_CHECKING:
    from setrange.network import Network


@functools.cache
def import_at(version: str) -> Network:
    """As far as these lists go, versions differ in the fully connected layer only."""
    if version == "6.0":
        raise ParserRefusedError("no implicit batch here")
    if version.startswith(("10.", "8.5", "8.6")):
        return resnet50_tail(version)
    return resnet50_tail_7(version)
