# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line of trtexec, as setrange shows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setrange.network import Network, Tensor

__all__ = ["shapes_argument", "trtexec_command"]


def trtexec_command(
    network: Network, model_path: str | Path, cache_path: str | Path
) -> tuple[str, ...]:
    """Return the arguments of the trtexec run that builds an engine with a cache.

    The cache's path is absolute: trtexec calibrates on random noise, without an error, where
    it finds no file. Dynamic inputs get ``--shapes`` with 1 for each unknown size.
    """
    cache = Path(cache_path).absolute()
    arguments = [
        "trtexec",
        f"--onnx={Path(model_path).absolute()}",
        "--int8",
        f"--calib={cache}",
    ]
    arguments += shapes_argument(network)
    arguments.append(f"--saveEngine={cache.with_suffix('.engine').name}")
    return tuple(arguments)


def shapes_argument(network: Network) -> list[str]:
    """Return ``--shapes=...`` for a network with dynamic inputs, else nothing."""
    dynamic = [tensor for tensor in network.inputs if -1 in tensor.shape]
    return ["--shapes=" + ",".join(map(_shape_argument, dynamic))] if dynamic else []


def _shape_argument(tensor: Tensor) -> str:
    return f"{tensor.name}:{'x'.join(str(max(size, 1)) for size in tensor.shape)}"
