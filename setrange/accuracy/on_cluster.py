# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``verify`` with the processes of a cluster: each runs both models on its share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.accuracy.session import Loader
from setrange.accuracy.simulation import Simulation
from setrange.cluster.cluster import Work
from setrange.measure.inputs import Inputs
from setrange.measure.on_cluster import load_for_workers, model_for
from setrange.measure.pieces import batches_at, pieces_of, without_items
from setrange.model.loading import load_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from setrange.accuracy.quantizer import Recipe
    from setrange.accuracy.sums import Sums
    from setrange.cluster.cluster import Cluster
    from setrange.measure.data import DataOptions
    from setrange.measure.run_options import RunOptions
    from setrange.model.loading import Model

__all__ = ["LOADER", "Runtime", "compared_on"]

#: For ``open_cluster``: this module, and what it runs models with.
LOADER = f"{__name__}:{load_for_workers.__name__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What runs the models.

    Attributes:
        provider: ONNX Runtime execution provider.
        version: Of ONNX Runtime.
    """

    provider: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """Both models, running on a worker."""

    simulation: Simulation
    inputs: Inputs
    data: DataOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opener:
    """Makes both models on a worker."""

    recipe: Recipe
    data: DataOptions
    run: RunOptions
    with_classes: bool
    with_histograms: bool

    def open(self, model: str) -> _Opened:
        read = load_model(model)
        made = self.recipe.made(read)
        loader = Loader(model=read, threads=self.run.threads, provider=self.run.provider)
        simulation = Simulation(
            made.float_model,
            made,
            loader,
            with_classes=self.with_classes,
            with_histograms=self.with_histograms,
        )
        inputs = Inputs.of(read).along(self.data.batch_axis)
        return _Opened(simulation=simulation, inputs=inputs, data=self.data)


def _runtime_of(opened: _Opened, _nothing: Any) -> Runtime:
    session = opened.simulation.session
    return Runtime(provider=session.provider, version=session.version)


def _compared(opened: _Opened, what: Any) -> Sums:
    """Run a piece on a worker."""
    sums = opened.simulation.empty_sums()
    for batch in batches_at(what, opened.data, opened.inputs):
        opened.simulation.add(batch, sums)
    return sums


def _merged(parts: Sequence[Sums]) -> Sums:
    total = parts[0].emptied()
    for part in parts:
        total.merge(part)
    return total


_WORK = Work(do=_compared, merge=_merged)


def compared_on(
    cluster: Cluster,
    model: Model,
    recipe: Recipe,
    data: DataOptions,
    run: RunOptions,
    on_samples: Callable[[int], None],
    *,
    with_classes: bool,
    with_histograms: bool,
) -> tuple[Runtime, Iterator[Sums]]:
    """Run both models on a cluster.

    Args:
        cluster: Who does the work.
        model: The float model.
        recipe: How the Q/DQ model is made of it.
        data: What to run over.
        run: How.
        on_samples: Is told how many samples are done.
        with_classes: Labels will be held against the outputs.
        with_histograms: The values of activations are counted.

    Returns:
        What runs the models; and the sums, each of the batches after the last ones.

    Raises:
        SetrangeError: Data cannot be used, or the cluster or ONNX Runtime fails.
    """
    opener = _Opener(
        recipe=recipe,
        data=without_items(data),
        run=run,
        with_classes=with_classes,
        with_histograms=with_histograms,
    )
    job = cluster.job(opener, model_for(cluster, model.path))
    runtime = cluster.ask(job, _runtime_of)
    inputs = Inputs.of(model).along(data.batch_axis)
    pieces = pieces_of(data, inputs, cluster, batch=run.batch)
    return runtime, cluster.in_order(job, pieces, _WORK, on_samples)
