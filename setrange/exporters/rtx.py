# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine, built by TensorRT for RTX from the Q/DQ model, and the verdict on it."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from setrange.build_settings.gpus import CURRENT, OLDEST, TURING, called, parse_gpus, portable
from setrange.engine_layers.quantized_nodes import QuantizedGraph, pair_types
from setrange.errors import BackendUnavailableError, UsageError
from setrange.exporters.qdq import QdqDraft, QdqOptions, finish_qdq
from setrange.exporters.qdq.early_weights import EarlyWeights
from setrange.exporters.rtx_files import BuildRecord, EngineFiles
from setrange.exporters.rtx_recurrence import held_behind_recurrences
from setrange.files.atomic import check_output
from setrange.files.folders import scratch_folder
from setrange.files.staging import together
from setrange.findings import Finding
from setrange.machine.rtx_bindings import has_driver, load_rtx, rtx_name, rtx_release
from setrange.model.in_memory import in_memory, is_self_contained
from setrange.model.loading import Model, load_model
from setrange.model.streamed import head_of
from setrange.plan import raise_if_blocked
from setrange.plan.guards import refuse_qdq
from setrange.plan.needs import plan_for_output
from setrange.rtx.session import RtxModel, takes_values
from setrange.rtx.settings import STORED, check_rtx_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from typing import Any

    from setrange.build_settings.config import BuildConfig
    from setrange.build_settings.gpus import Gpu
    from setrange.engine_layers.model import EngineLayers
    from setrange.engine_layers.weighted import WeightedVerdict
    from setrange.exporters.engine_result import EngineResult
    from setrange.exporters.qdq import QdqModel
    from setrange.live.build import BuildProgress
    from setrange.plan import Plan
    from setrange.rtx.session import RtxBuild

__all__ = [
    "RtxEngine",
    "build_engine_in_memory",
    "check_gpus",
    "check_release",
    "check_types",
    "parsed_by_rtx",
    "quantized_graph",
    "types_of",
    "write_rtx_engine",
]


class RtxEngine(NamedTuple):
    """An engine in memory, with what its layers run in.

    Attributes:
        build: The engine, its layers as JSON, seconds, warnings.
        gpus: For which GPUs it was built; none is the library's choice.
        graph: What the Q/DQ model asked for.
        engine: Its layers; ``None`` where the builder did not list them.
        verdict: What the weighted layers run in; ``None`` as before.
    """

    build: RtxBuild
    gpus: tuple[Gpu, ...]
    graph: QuantizedGraph
    engine: EngineLayers | None
    verdict: WeightedVerdict | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of ``check --build --json``."""
        told = {} if self.verdict is None else self.verdict.to_dict()
        return {
            "gpus": [gpu.name for gpu in self.gpus or portable(self.graph.types)],
            "seconds": round(self.build.seconds, 3),
            "bytes": self.build.size,
            "verdict": None,
            **told,
            "findings": [finding.to_dict() for finding in self.findings()],
        }

    def findings(self) -> list[Finding]:
        """Return what the user should know about it."""
        if self.verdict is None:
            return []
        where = called(self.gpus, self.graph.types)
        lost = [
            Finding(
                code="SR409",
                message=f"{node.op} {node.node!r} {node.reason}, on {where}",
            )
            for node in self.verdict.lost()
        ]
        if TURING in self.gpus:
            return lost  # every pair is undone there: SR411 has said so
        undone = [
            Finding(
                code="SR410",
                tensor=pair.value,
                message=f"the pair on {pair.value!r} is computed and undone for a float layer"
                + (f" ({', '.join(pair.nodes[:3])})" if pair.nodes else "")
                + ": noise, and work for nothing",
            )
            for pair in self.verdict.undone
        ]
        return [*lost, *undone]


def check_gpus(made: QdqModel, gpus: Sequence[Gpu]) -> list[Finding]:
    """Refuse GPUs that cannot hold the model's types, and say what Turing makes of it.

    Args:
        made: The Q/DQ model.
        gpus: Which GPUs the engine is for; none is the library's choice.

    Raises:
        UsageError: A GPU is too old for FP8 or FP4.
        BackendUnavailableError: ``current``, and there is no driver.
    """
    return check_types(types_of(made), gpus)


def check_release(rtx: Any, graph: QuantizedGraph) -> None:
    """Refuse quantized layers that the installed release cannot build.

    Source: what the builders of 1.4.0, 1.5.0, 1.6.1 and 1.7.1 say: up to 1.6 they have no INT8
    convolution for any GPU, and 1.4 asks the GPU of the machine about everything quantized.

    Args:
        rtx: The bindings.
        graph: What a Q/DQ model asks for.

    Raises:
        BackendUnavailableError: It is too old.
    """
    low = [node for node in graph.weighted if node.has_pairs]
    # Where types are mixed, which node has which is for the builder to say.
    is_int8 = set(graph.types) == {"int8"}
    convolutions = [n for n in low if is_int8 and n.op in ("Conv", "ConvTranspose")]
    for nodes, what, since in (
        (convolutions, "INT8 convolutions", (1, 7)),
        ([] if has_driver() else low, "quantized layers without a GPU", (1, 5)),
    ):
        if nodes and rtx_release(rtx) < since:
            others = f" and {len(nodes) - 1} more" if len(nodes) > 1 else ""
            raise BackendUnavailableError(
                f"{rtx_name(rtx)} does not build {what}, and the model has {nodes[0].name!r}"
                f"{others}; {since[0]}.{since[1]} and later do: pip install --upgrade "
                f"tensorrt-rtx-cu12 (or keep these nodes fp16, by 'precision' in the ranges "
                f"file)"
            )


def types_of(made: QdqModel) -> set[str]:
    """Return the types that the pairs of a Q/DQ model quantize to."""
    return pair_types(made.skeleton.graph, map(head_of, made.initializers))


def check_types(types: Collection[str], gpus: Sequence[Gpu]) -> list[Finding]:
    """The same for the types that a model's pairs have (``int8``, ``fp8``, ``fp4``).

    Raises:
        UsageError: A GPU is too old.
        BackendUnavailableError: ``current``, and there is no driver.
    """
    for dtype, first in OLDEST.items():
        old = [gpu for gpu in gpus if gpu.number and gpu.number < first]
        if dtype in types and old:
            raise UsageError(
                f"{dtype.upper()} needs {called(parse_gpus([f'sm{first}']))} or later, and "
                f"{called(old)} {'is' if len(old) == 1 else 'are'} older; leave "
                f"{', '.join(gpu.name for gpu in old)} out of --gpu, or give them an INT8 "
                f"engine of their own"
            )
    if CURRENT in gpus and not has_driver():
        raise BackendUnavailableError(
            "--gpu current builds for the GPU of this machine, and there is no NVIDIA driver "
            "here; name the GPUs (--gpu rtx40), or see 'setrange doctor'"
        )
    if TURING not in gpus:
        return []
    others = [gpu for gpu in gpus if gpu is not TURING]
    also = (
        f", and with it in the engine they do so on {called(others)}, too; build it an engine "
        f"of its own: --gpu rtx20"
        if others
        else "; an INT8 engine is for RTX 30 and later"
    )
    return [
        Finding(
            code="SR411",
            message=f"on RTX 20 (sm75) TensorRT for RTX runs products in FP16, whatever their "
            f"ranges{also}",
        )
    ]


def quantized_graph(made: QdqModel) -> QuantizedGraph:
    """Return what a Q/DQ model asks of its engine, with the reasons of its placement."""
    reasons = {d.node: d.reason for d in made.decisions if d.value is None}
    # A node without a name is called by its output, which has another name in FP16.
    reasons = {**{f"{node}_fp16": reason for node, reason in reasons.items()}, **reasons}
    return QuantizedGraph.of(
        made.skeleton.graph,
        constants=[head_of(tensor).name for tensor in made.initializers],
        reasons=reasons,
        types=types_of(made),
    )


@contextlib.contextmanager
def parsed_by_rtx(rtx: Any, made: QdqModel, model: Model) -> Iterator[RtxModel]:
    """Let TensorRT for RTX parse a Q/DQ model, from memory where that is possible.

    Else it is written, and the file is there as long as the block lasts.

    Args:
        rtx: The bindings.
        made: The Q/DQ model.
        model: The model it was made of, for its file name.

    Raises:
        SetrangeError: It cannot be handed over or parsed.
    """
    held = held_behind_recurrences(made)
    shown = model.path.name
    if takes_values(rtx) and is_self_contained(held.skeleton):
        whole = in_memory(held.skeleton, held.initializers, held.base)
        yield RtxModel(rtx, whole, shown=shown)
        return
    with scratch_folder() as folder:
        held.write(folder / shown)
        yield RtxModel(rtx, folder / shown)


def build_engine_in_memory(
    live: RtxModel,
    graph: QuantizedGraph,
    settings: BuildConfig,
    gpus: Sequence[Gpu] = (),
    progress: BuildProgress | None = None,
    meanwhile: Callable[[], object] | None = None,
    listed: Callable[[str], object] | None = None,
) -> RtxEngine:
    """Build an engine of a parsed Q/DQ model and say what it runs in; nothing is written.

    Args:
        live: The parsed model.
        graph: What it asks for.
        settings: How it is built.
        gpus: For which GPUs.
        progress: Shows the builder's phases.
        meanwhile: Work for this thread while the library builds.
        listed: Gets the layers where the library lists them before the engine is complete.

    Raises:
        SetrangeError: The settings do not fit, or the build failed.
    """
    judged = functools.cache(functools.partial(_judged, graph))

    def look(layers: str) -> None:
        judged(layers)
        if listed is not None:
            listed(layers)

    build = live.build(settings, tuple(gpus), progress, meanwhile, look)
    engine, verdict = judged(build.layers)
    return RtxEngine(build=build, gpus=tuple(gpus), graph=graph, engine=engine, verdict=verdict)


def _judged(
    graph: QuantizedGraph, layers: str | None
) -> tuple[EngineLayers | None, WeightedVerdict | None]:
    """An engine's layers, and what the weighted ones run in."""
    from setrange.engine_layers.reader import parse_layers
    from setrange.engine_layers.weighted import judge

    engine = None if layers is None else parse_layers(layers)
    if engine is None or engine.names_only:
        return None, None
    return engine, judge(engine, graph)


def write_rtx_engine(
    plan: Plan,
    model: str | Path | Model,
    path: str | Path,
    settings: BuildConfig,
    *,
    gpus: Sequence[Gpu] = (),
    allow_missing: bool = False,
) -> EngineResult:
    """Build an engine with TensorRT for RTX and write it; see ``build_engine``.

    Args:
        plan: Ranges of this model, of any release.
        model: The float ONNX model, or its path.
        path: The engine; ``PATH.layers.json`` and ``PATH.plan.json`` are written beside it.
        settings: Build settings.
        gpus: For which GPUs; none is RTX 30 and later.
        allow_missing: Nodes may lack a range.

    Raises:
        SetrangeError: Nothing was written.
    """
    rtx = load_rtx()
    check_rtx_settings(settings)
    check_output(path)
    loaded = model if isinstance(model, Model) else load_model(model)
    refuse_qdq(plan.network)
    raise_if_blocked(plan, allow_missing=True, out=path)
    options = QdqOptions(fp16=settings.fp16, weights=STORED)
    with EarlyWeights(loaded, options) as early:
        draft = QdqDraft.of(plan, loaded, options)
        plan = plan_for_output(plan, draft.needs())  # as it is kept beside the engine
        made = finish_qdq(draft, early=early)
        made.raise_if_missing(allow_missing=allow_missing, out=path)
        gpu_findings = check_gpus(made, gpus)
        graph = quantized_graph(made)
        check_release(rtx, graph)
        record = BuildRecord(plan, graph, gpus, built_by=rtx_name(rtx))
        files = EngineFiles(path, record)
        with together(), parsed_by_rtx(rtx, made, loaded) as live:
            built = build_engine_in_memory(
                live, graph, settings, gpus, meanwhile=record.make, listed=files.write_beside
            )
            files.write(built.build)
    from setrange.exporters.engine_result import EngineResult

    return EngineResult(
        path=Path(path),
        layers=None if built.build.layers is None else Path(f"{path}.layers.json"),
        plan=Path(f"{path}.plan.json"),
        ranges=0,
        findings=(*made.findings, *gpu_findings, *built.findings()),
        verdict=built.verdict,
    )
