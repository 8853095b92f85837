# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ranged models lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setrange.network import Network


def bare(network: Network) -> list[str]:
    """Float tensors without a range, but for the inputs."""
    return [
        tensor.name
        for tensor in network.float_tensors()
        if tensor.name not in network.annotations and not tensor.is_network_input
    ]
