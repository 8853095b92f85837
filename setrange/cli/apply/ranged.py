# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``setrange apply ... -o OUT.ranged.onnx``: a model that carries its ranges itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from setrange.cli.apply.build_step import show_build_step
from setrange.cli.apply.plan import plan_for_release
from setrange.cli.file_arguments import not_to_stdout
from setrange.cli.options import parser_options
from setrange.cli.output_kinds import CACHE, RANGED_MODEL, claim_output
from setrange.exporters.ranged import cache_beside, make_ranged
from setrange.files.atomic import write_bytes
from setrange.files.staging import together
from setrange.machine.target_release import target_for_cache
from setrange.model.loading import load_model
from setrange.plan import Source
from setrange.report.findings import show_findings
from setrange.text.words import plural
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from setrange.cli.apply.request import RangedOptions, Request
    from setrange.exporters.cache import CacheResult
    from setrange.exporters.ranged import RangedModel
    from setrange.report.console import Console

__all__ = ["apply_ranged"]

#: First release whose trtexec has that option.
#: Source: NVIDIA/TensorRT release/8.2: samples/common/sampleOptions.cpp.
_PRECISION_CONSTRAINTS = (8, 2)


def apply_ranged(request: Request, options: RangedOptions, console: Console) -> None:
    """Write a ranged model, the small cache that goes with it, and say what to do with them.

    Raises:
        SetrangeError: Nothing was written.
    """
    target = target_for_cache(request.trt, what="a ranged model")
    out, cache = Path(request.out), Path(request.out).with_suffix(".cache")
    not_to_stdout(request.out, "a ranged model comes with a small cache beside it")
    claim_output(out, RANGED_MODEL)
    claim_output(cache, CACHE, "the cache beside it")
    model = load_model(request.model)
    plan = plan_for_release(request, model, target, console)
    made = make_ranged(plan, model, options=parser_options())
    show_findings(console, made.findings)
    rest = cache_beside(made, algorithm=options.algorithm)
    if not request.dry_run:
        with together():
            if rest is not None:
                write_bytes(cache, rest.data, is_beside=True)
            made.write(out)
    _say_what_was_written(request, made, rest, cache, console)


def _say_what_was_written(
    request: Request,
    made: RangedModel,
    rest: CacheResult | None,
    cache: Path,
    console: Console,
) -> None:
    done = "would write" if request.dry_run else "wrote"
    needed = sum(item.source is not Source.NOT_NEEDED for item in made.plan.tensors)
    console.say(
        f"{done} {request.out}: {len(made.annotated)} of {needed} tensors carry their range "
        f"(for TensorRT only: ONNX Runtime and onnx.checker refuse the file)"
    )
    if rest is not None:
        console.say(
            f"{done} {cache}: {_cache_sentence(made)}. Ranges in the model win over the cache"
        )
    version, flags = TrtVersion.parse(made.plan.network.trt), []
    if made.layers:
        if version.release >= _PRECISION_CONSTRAINTS:
            flags = ["--precisionConstraints=prefer"]
        else:
            console.say(
                f"{len(made.layers)} layers carry a precision, which trtexec of this release "
                f"does not ask for (8.2 does); in code, set BuilderFlag STRICT_TYPES"
            )
    show_build_step(
        console,
        request,
        version,
        made.plan.network,
        model=request.out,
        cache=None if rest is None else cache,
        flags=flags,
    )


def _cache_sentence(made: RangedModel) -> str:
    missing = len(made.plan.missing())
    if missing:
        return (
            f"with it trtexec leaves the {plural(missing, 'tensor')} without a range in "
            f"float; without it they take ±2 or ±4"
        )
    names = [item.tensor.name for item in made.rest().tensors if item.range is not None]
    return (
        f"it holds the ranges that no node output can carry "
        f"({', '.join(names[:3])}{', ...' if names[3:] else ''}). "
        f"Without it trtexec takes ±2 or ±4, which may clip an input if the builder removes "
        f"the Identity behind it"
    )
