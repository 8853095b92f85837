# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``apply`` says of an engine that TensorRT for RTX has built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.cli.build_log import show_build_log
from setrange.cli.report_option import page_of_command
from setrange.report.engine_text import engine_summary
from setrange.report.findings import show_findings

if TYPE_CHECKING:
    from pathlib import Path

    from setrange.exporters.rtx import RtxEngine
    from setrange.exporters.rtx_files import BuildRecord
    from setrange.report.console import Console

__all__ = ["show_engine"]

_MIB = 1 << 20


def show_engine(
    built: RtxEngine,
    record: BuildRecord,
    out: str,
    name: str,
    beside: list[Path],
    console: Console,
) -> None:
    """Say what was written, what runs in INT8, and how to run it.

    Args:
        built: The engine.
        record: What it was built of.
        out: Where it was written.
        name: What built it.
        beside: The files beside it.
        console: Where to.
    """
    show_build_log((f"[W] {line}" for line in built.build.warnings), console)
    show_findings(console, built.findings())
    files = " and ".join(path.name for path in beside)
    console.say(
        f"wrote {out}: {name}, {built.build.size / _MIB:.1f} MiB, built in "
        f"{built.build.seconds:.1f} s; beside it {files}"
    )
    page = page_of_command()
    page.purpose("rtx")
    if built.engine is not None:
        page.built(built.engine)
    if built.engine is None:
        console.say("the builder did not list the layers: profiling_verbosity is not detailed")
    else:
        console.say(engine_summary(built.engine, record.plan, is_brief=True))
        more = ["setrange", "inspect", f"{out}.layers.json"]
        console.next_step(more, label="more")
    console.say(
        f"run it on such a GPU with {name}, from Python or C++ ('setrange explain rtx'); "
        f"other TensorRTs do not read it"
    )
