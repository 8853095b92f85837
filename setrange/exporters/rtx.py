# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine, built by TensorRT for RTX from the Q/DQ model, and the verdict on it."""

from __future__ import annotations

import contextlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.engine_layers import parse_layers
from setrange.engine_layers.quantized_nodes import QuantizedGraph
from setrange.engine_layers.weighted import judge
from setrange.files.atomic import write_bytes
from setrange.model.writing import head_of
from setrange.rtx.session import RtxModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from setrange.build_settings.config import BuildConfig
    from setrange.build_settings.gpus import Gpu
    from setrange.engine_layers import EngineLayers
    from setrange.engine_layers.weighted import WeightedVerdict
    from setrange.exporters.qdq import QdqModel
    from setrange.live.build import BuildProgress
    from setrange.model.loading import Model
    from setrange.plan import Plan
    from setrange.rtx.session import RtxBuild

__all__ = ["RtxEngine", "build_engine_in_memory", "parsed_by_rtx", "quantized_graph"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RtxEngine:
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

    def write(self, path: str | Path, plan: Plan, *, built_by: str) -> list[Path]:
        """Write the engine, its layers and the plan.

        Args:
            path: Where to; ``PATH.layers.json`` and ``PATH.plan.json`` are written beside it.
            plan: The ranges it was built with.
            built_by: What built it, for ``setrange inspect``.

        Returns:
            The files beside the engine.

        Raises:
            InputError: A file cannot be written.
        """
        write_bytes(path, self.build.engine)
        beside = []
        if self.build.layers is not None:
            beside.append(Path(f"{path}.layers.json"))
            write_bytes(beside[-1], self.build.layers.encode())
        told = {
            **plan.to_dict(),
            "precision": plan.precision,
            "built_by": built_by,
            "gpus": [gpu.name for gpu in self.gpus],
            "quantized": self.graph.to_dict(),
        }
        beside.append(Path(f"{path}.plan.json"))
        write_bytes(beside[-1], (json.dumps(told, indent=1) + "\n").encode())
        return beside


def quantized_graph(made: QdqModel) -> QuantizedGraph:
    """Return what a Q/DQ model asks of its engine, with the reasons of its placement."""
    return QuantizedGraph.of(
        made.skeleton.graph,
        constants=[head_of(tensor).name for tensor in made.initializers],
        reasons={d.node: d.reason for d in made.decisions if d.value is None},
    )


@contextlib.contextmanager
def parsed_by_rtx(rtx: Any, made: QdqModel, model: Model) -> Iterator[RtxModel]:
    """Let TensorRT for RTX parse a Q/DQ model; its file is there as long as the block lasts.

    Args:
        rtx: The bindings.
        made: The Q/DQ model.
        model: The model it was made of, for its file name.

    Raises:
        SetrangeError: It cannot be written or parsed.
    """
    with tempfile.TemporaryDirectory(prefix="setrange-") as folder:
        path = Path(folder) / model.path.name
        made.write(path)
        yield RtxModel(rtx, path)


def build_engine_in_memory(
    live: RtxModel,
    graph: QuantizedGraph,
    settings: BuildConfig,
    gpus: Sequence[Gpu] = (),
    progress: BuildProgress | None = None,
) -> RtxEngine:
    """Build an engine of a parsed Q/DQ model and say what it runs in; nothing is written.

    Args:
        live: The parsed model.
        graph: What it asks for.
        settings: How it is built.
        gpus: For which GPUs.
        progress: Shows the builder's phases.

    Raises:
        SetrangeError: The settings do not fit, or the build failed.
    """
    build = live.build(settings, tuple(gpus), progress)
    engine = None if build.layers is None else parse_layers(build.layers)
    if engine is not None and engine.names_only:
        engine = None
    return RtxEngine(
        build=build,
        gpus=tuple(gpus),
        graph=graph,
        engine=engine,
        verdict=None if engine is None else judge(engine, graph),
    )
