# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""An engine of TensorRT for RTX as files: itself, its layers, and what it was built of."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING

from setrange.files.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from setrange.build_settings.gpus import Gpu
    from setrange.engine_layers.causes import BuildPlan
    from setrange.engine_layers.quantized_nodes import QuantizedGraph
    from setrange.plan import Plan
    from setrange.rtx.session import RtxBuild

__all__ = ["BuildRecord", "EngineFiles"]


class BuildRecord:
    """``OUT.plan.json`` of an engine: what it is built of.

    Everything of it is known before the build, so that it can be made meanwhile.

    Args:
        plan: The ranges.
        graph: What the Q/DQ model asks for.
        gpus: For which GPUs; none is the library's choice.
        built_by: What builds it.
    """

    def __init__(
        self, plan: Plan, graph: QuantizedGraph, gpus: Sequence[Gpu], *, built_by: str
    ) -> None:
        self._plan, self._graph, self._gpus, self._built_by = plan, graph, gpus, built_by

    def make(self) -> None:
        """Make it now."""
        _ = self.data

    @functools.cached_property
    def data(self) -> bytes:
        """The file's content."""
        # Without line breaks: json is ten times as fast, and this is no one's reading.
        return json.dumps(self._told).encode() + b"\n"

    @functools.cached_property
    def plan(self) -> BuildPlan:
        """What ``setrange inspect`` reads of it."""
        from setrange.engine_layers.causes import BuildPlan

        return BuildPlan.from_dict(self._told)

    @functools.cached_property
    def _told(self) -> dict[str, Any]:
        return {
            "built_by": self._built_by,
            **self._plan.to_dict(),
            "precision": dict(self._plan.precision),
            "gpus": [gpu.name for gpu in self._gpus],
            "quantized": self._graph.to_dict(),
        }


class EngineFiles:
    """The files of an engine.

    It is used in a ``together`` block around the build: those beside the engine are written
    before it is there, and appear with it.

    Args:
        path: The engine; ``PATH.layers.json`` and ``PATH.plan.json`` are written beside it.
        record: What it is built of.

    Attributes:
        beside: The files beside it that were written.
    """

    def __init__(self, path: str | Path, record: BuildRecord) -> None:
        self.beside: list[Path] = []
        self._path, self._record = path, record

    def write_beside(self, layers: str | None) -> None:
        """Write what is known of an engine that is about to be complete.

        Args:
            layers: Its layers as JSON; ``None`` where the builder did not say.

        Raises:
            InputError: A file cannot be written.
        """
        contents = {"plan.json": self._record.data}
        if layers is not None:
            contents = {"layers.json": layers.encode(), **contents}
        for ending, data in contents.items():
            self.beside.append(Path(f"{self._path}.{ending}"))
            write_bytes(self.beside[-1], data, is_beside=True)

    def write(self, build: RtxBuild) -> None:
        """Write the engine, and the files beside it that are not there yet.

        Raises:
            InputError: A file cannot be written.
        """
        if not self.beside:
            self.write_beside(build.layers)
        write_bytes(self._path, build.engine)
