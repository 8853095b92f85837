# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The last line of ``apply`` where a file of ranges was written: how an engine is built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.errors import UnsupportedError
from setrange.plan.build_command import build_with_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable

    from setrange.cli.apply.request import Request
    from setrange.network import Network
    from setrange.report.console import Console
    from setrange.versions import TrtVersion

__all__ = ["show_build_step"]


def show_build_step(
    console: Console,
    request: Request,
    version: TrtVersion,
    network: Network,
    *,
    model: str,
    cache: str | Path | None,
    flags: Iterable[str],
) -> None:
    """Print trtexec's command for what was written, or why that release has none.

    Args:
        console: Where messages go.
        request: What was asked for: the engine is named after its output.
        version: The release of trtexec.
        network: The network it will make.
        model: The ONNX file to build.
        cache: The calibration cache; ``None`` where the model holds all ranges.
        flags: Further arguments.
    """
    try:
        following = build_with_ranges(
            version,
            network,
            model,
            cache=cache,
            engine=Path(request.out).with_suffix(".engine").name,
            target=request.target,
            flags=flags,
        )
    except UnsupportedError as error:
        console.say(f"note: {error}")
    else:
        console.next_step(following)
