# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply ... -o OUT.cache``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange.cli.apply.build_step import show_build_step
from setrange.cli.apply.plan import plan_for_release
from setrange.cli.file_arguments import is_stdout, shown_output
from setrange.cli.output_kinds import CACHE, claim_output
from setrange.exporters.cache import make_cache
from setrange.exporters.trtexec.command import precision_arguments
from setrange.files.atomic import check_output, write_bytes
from setrange.formats.trt_cache import DEFAULT_ALGORITHM
from setrange.machine.target_release import target_for_cache
from setrange.report.findings import show_findings

if TYPE_CHECKING:
    from setrange.cli.apply.request import CacheOptions, Request
    from setrange.report.console import Console

__all__ = ["apply_cache"]


def apply_cache(request: Request, options: CacheOptions, console: Console) -> None:
    """Write a calibration cache and say what to do with it.

    Raises:
        SetrangeError: Nothing was written.
    """
    target = target_for_cache(request.trt)
    check_output(request.out)
    plan = plan_for_release(request, request.model, target, console)
    result = make_cache(
        plan, trt=target.version, algorithm=options.algorithm, force=options.force
    )
    flags, findings = precision_arguments(target.version, plan.network, plan.precision)
    show_findings(console, [*result.findings, *findings])
    claim_output(request.out, CACHE)
    if not request.dry_run:
        write_bytes(request.out, result.data)
    done = "would write" if request.dry_run else "wrote"
    out = shown_output(request.out)
    console.say(f"{done} {out}: {len(result.tensors)} tensors, header {result.header}")
    if is_stdout(request.out):
        return
    if options.algorithm != DEFAULT_ALGORITHM:
        console.say(
            f"next: read it with a calibrator of that algorithm in a program of your own; "
            f"trtexec, Polygraphy and DLA take {DEFAULT_ALGORITHM} only"
        )
        return
    show_build_step(
        console,
        request,
        target.version,
        plan.network,
        model=request.model,
        cache=request.out,
        flags=flags,
    )
