# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``tune`` with the processes of a cluster: each works out whole figures.

A figure is never cut into parts, and is worked out as in one process: so the search goes the
same way. The search asks for several at a time wherever it does not need one to know the next.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.accuracy.session import Loader
from setrange.cluster.cluster import Piece, Work
from setrange.measure.on_cluster import load_for_workers, model_for
from setrange.model.loading import load_model
from setrange.tune.evaluation import Evaluator
from setrange.tune.figures import Bench
from setrange.tune.settings import FOR_SINGLE_PAIRS
from setrange.tune.shared_constants import SharedConstants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from setrange.accuracy.quantizer import Recipe
    from setrange.cluster.cluster import Cluster
    from setrange.measure.run_options import RunOptions
    from setrange.model.loading import Model
    from setrange.tune.evaluation import TunedBatch
    from setrange.tune.figures import Figure
    from setrange.tune.prices import PriceList
    from setrange.tune.ranking import Ranking
    from setrange.tune.target import Target

__all__ = ["LOADER", "BenchOpener", "ClusterHelpers"]

#: For ``open_cluster``: this module, and what it runs models with.
LOADER = f"{__name__}:{load_for_workers.__name__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOpener:
    """Makes a bench on a worker; it holds the data of the search that are kept.

    Attributes:
        recipe: How the Q/DQ model of the ranges as given is made.
        ranking: Outputs of the model, and values to rank by.
        batches: The search data that are kept.
        target: What accuracy is wanted.
        prices: What nodes cost.
        judged: The output that labels are for.
        run: How models are run.
    """

    recipe: Recipe
    ranking: Ranking
    batches: tuple[TunedBatch, ...]
    target: Target
    prices: PriceList
    judged: int | None
    run: RunOptions

    def open(self, model: str) -> Bench:
        """Return the bench."""
        read = load_model(model)
        loader = Loader(model=read, threads=self.run.threads, provider=self.run.provider)
        quantizer, first = self.recipe.first(read)
        constants = SharedConstants(first.float_model, self.ranking.all, loader)
        evaluator = Evaluator(
            quantizer,
            self.recipe.ranges,
            constants,
            ranking=self.ranking,
            target=self.target,
            prices=self.prices,
            function=self.target.function(),
            judged=self.judged,
        )
        made = evaluator.made(FOR_SINGLE_PAIRS, is_symmetric=True)
        return Bench(
            evaluator,
            made,
            names=self.ranking.values,
            batches=self.batches,
            loader=loader,
            constants=constants,
        )


def _measured(bench: Bench, figure: Any) -> list[Any]:
    """Work a figure out on a worker."""
    return [figure.measured(bench)]


def _joined(parts: Sequence[list[Any]]) -> list[Any]:
    return list(itertools.chain.from_iterable(parts))


_WORK = Work(do=_measured, merge=_joined)


class ClusterHelpers:
    """The workers of a cluster.

    Args:
        cluster: Who does the work.
        model: The float model.
        opener: Makes a bench on a worker.

    Raises:
        SetrangeError: A worker cannot do it.
    """

    def __init__(self, cluster: Cluster, model: Model, opener: BenchOpener) -> None:
        self._cluster = cluster
        self._job = cluster.job(opener, model_for(cluster, model.path), is_large=True)

    def measured(self, figures: Sequence[Figure]) -> Iterator[Any]:
        """Yield what each figure is, in order.

        Raises:
            SetrangeError: What a figure raised; or the cluster failed.
        """
        pieces = (Piece(what=figure, samples=0) for figure in figures)
        for part in self._cluster.in_order(self._job, pieces, _WORK):
            yield from part
