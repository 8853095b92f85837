# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which nodes run in FP16: greedy by what they buy for their price, then with a look back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from setrange.accuracy.costs import loss
from setrange.ranges.patterns import REGEX
from setrange.tune.prices import quantized_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from setrange.exporters.qdq import QdqModel
    from setrange.tune.evaluation import Score
    from setrange.tune.prices import PriceList
    from setrange.tune.settings import Settings
    from setrange.tune.trials import Trials

__all__ = ["Fallbacks", "Move"]

#: Every node costs this share of the multiply-adds on top of its own: where the type changes,
#: values are converted.
_CONVERSION = 2e-4

#: What a byte of weights counts for, against a multiply-add.
_OF_BYTES = 0.1

#: Moves that buy less than this share of what is lost are only made all together, at last.
_LEAST_SHARE = 1e-4

#: Nodes that are tried in the place of others, at most.
_MOST_EXCHANGES = 8

#: Times that all nodes are looked at again, at most.
_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Move:
    """Nodes that go to FP16 together.

    Attributes:
        nodes: Their names, in the model's order.
        gain: What is no longer lost then, as was measured of one tensor at a time.
        price: Share of the model that no longer runs in INT8, mostly of its multiply-adds.
    """

    nodes: tuple[str, ...]
    gain: float
    price: float


def _as_it_is(settings: Settings) -> Settings:
    return settings


@dataclass(slots=True, kw_only=True)
class Fallbacks:
    """The second half of a search.

    Attributes:
        trials: Scores, the best so far, and what may be done.
        made: The Q/DQ model of the ranges as given.
        prices: What nodes cost.
        ranged: The settings so far.
        losses: What is lost by each tensor alone, activations and weights.
        consumers: Tensor -> the nodes that take it in INT8.
        correct: Returns settings with biases corrected for them, where that is better.
        order: The moves, in the order of what they buy for their price; once the search is
            over, those that are kept.
    """

    trials: Trials
    made: QdqModel
    prices: PriceList
    ranged: Settings
    losses: Mapping[str, float]
    consumers: Mapping[str, Sequence[str]]
    correct: Callable[[Settings], Settings] = _as_it_is
    order: list[Move] = field(default_factory=list)
    _values: dict[str, list[str]] = field(default_factory=dict)

    def run(self) -> None:
        """Find the cheapest fallbacks that reach the target."""
        usable = self._usable()
        for value, nodes in self.consumers.items():
            if value in self.losses and all(node in usable for node in nodes):
                for node in nodes:
                    self._values.setdefault(node, []).append(value)
        moves = self._order(usable)
        self.order[:] = moves
        if not moves:
            return
        count = self._shortest(moves)
        if count is None and self._is_enough_corrected(moves):
            count = len(moves)
        if count is None:
            self._exchange(moves)
            return
        kept = self._look_back(list(moves[:count]))
        gone = {node for move in kept for node in move.nodes}
        kept = self._swap(kept, [move for move in moves if not gone.issuperset(move.nodes)])
        self.order[:] = kept

    def again(self, settings: Settings) -> None:
        """Look back again from other settings, which may need fewer nodes in FP16."""
        nodes = settings.nodes
        self.ranged = settings.without_nodes(nodes)
        kept = [move for move in self._divided(self.order) if nodes.issuperset(move.nodes)]
        if nodes == {node for move in kept for node in move.nodes} and self._is_enough(kept):
            self.order[:] = self._look_back(kept)

    def fill(self, settings: Settings) -> None:
        """Where the target is not reached: add what still fits, or as many halves as help.

        An exchange ends with what helped where the search was then.
        """
        nodes = settings.nodes
        self.ranged = settings.without_nodes(nodes)
        kept = [move for move in self._divided(self.order) if nodes.issuperset(move.nodes)]
        gone = {node for move in kept for node in move.nodes}
        kept += [Move((node,), 0.0, self._price((node,))) for node in sorted(nodes - gone)]
        gone = set(nodes)
        others = [
            Move((node,), self._gain((node,), gone), self._price((node,)))
            for node in sorted(self._usable() - gone)
        ]
        others.sort(key=lambda move: (-move.gain / move.price, move.nodes))
        added: list[Move] = []
        for move in others:
            if move.gain > 0 and self._fits(gone.union(move.nodes)):
                added.append(move)
                gone.update(move.nodes)
        pending = [added] if added else []
        for _ in range(_MOST_EXCHANGES):
            if not pending:
                break
            part = pending.pop(0)
            before, after = self._tried(kept), self._tried([*kept, *part])
            if before and after and self.trials.is_better(after, before):
                kept = [*kept, *part]
            elif len(part) > 1:
                pending = [part[: len(part) // 2], part[len(part) // 2 :], *pending]
        self.order[:] = kept

    def _usable(self) -> set[str]:
        """Nodes that may run in FP16, and that ``precision`` can name."""
        limits = self.trials.limits
        found = {node for nodes in self.consumers.values() for node in nodes}
        found |= set(quantized_nodes(self.made))
        return {
            node
            for node in found
            if node in limits.names
            and not node.startswith(REGEX)
            and not limits.is_locked(node)
        }

    # -- greedy -------------------------------------------------------------------------

    def _order(self, usable: set[str]) -> list[Move]:
        """Return moves in the order in which they are made, each on top of those before."""
        # A block is what takes one tensor: its quantization ends only where all of them leave.
        position = {
            name: i for i, name in enumerate(
                dict.fromkeys(node for nodes in self.consumers.values() for node in nodes))
        }  # fmt: skip
        blocks = dict.fromkeys(
            tuple(sorted(set(nodes), key=position.__getitem__))
            for nodes in self.consumers.values()
            if len(set(nodes)) > 1 and all(node in usable for node in nodes)
        )
        singles = [(node,) for node in sorted(usable, key=lambda node: position.get(node, -1))]
        waiting = [*blocks, *singles]
        total = sum(self.losses.values())
        made: list[Move] = []
        gone: set[str] = set()
        while waiting:
            best = None
            for nodes in waiting:
                new = tuple(node for node in nodes if node not in gone)
                gain = self._gain(new, gone)
                if gain <= _LEAST_SHARE * total:
                    continue
                if not self._fits(gone.union(new)):
                    continue
                move = Move(new, gain, self._price(new))
                if best is None or move.gain / move.price > best.gain / best.price:
                    best = move
            if best is None:
                break
            made.append(best)
            gone.update(best.nodes)
            waiting = [nodes for nodes in waiting if not gone.issuperset(nodes)]
        rest = tuple(
            node for node in sorted(usable - gone, key=lambda node: position.get(node, -1))
        )
        if rest and self._fits(gone.union(rest)):
            made.append(Move(rest, self._gain(rest, gone), self._price(rest)))
        return made

    def _fits(self, nodes: Iterable[str]) -> bool:
        """True where as much stays in 8 bits as must, with these nodes in FP16."""
        left = set(quantized_nodes(self.made)).difference(nodes)
        return bool(left) and self.prices.share(left).macs >= self.trials.limits.keep - 1e-12

    def _gain(self, new: Iterable[str], gone: set[str]) -> float:
        after = gone.union(new)
        values = {value for node in new for value in self._values.get(node, ())}
        return sum(
            self.losses[value]
            for value in sorted(values)
            if after.issuperset(self.consumers[value])
        )

    def _price(self, nodes: Sequence[str]) -> float:
        share = self.prices.share(nodes)
        return share.macs + _OF_BYTES * share.bytes + _CONVERSION * len(nodes)

    # -- measured -----------------------------------------------------------------------

    def _settings(self, moves: Iterable[Move]) -> Settings:
        nodes = [node for move in moves for node in move.nodes]
        return self.ranged.with_nodes(nodes, self.trials.limits.kind)

    def _tried(self, moves: Sequence[Move]) -> Score | None:
        count = sum(len(move.nodes) for move in moves)
        kind = self.trials.limits.kind.upper()
        return self.trials.score(self._settings(moves), f"{count} nodes in {kind}")

    def _is_enough(self, moves: Sequence[Move]) -> bool:
        score = self._tried(moves)
        return (
            self.trials.reaches(score)
            and score is not None
            and score.share.macs >= self.trials.limits.keep
        )

    def _shortest(self, moves: Sequence[Move]) -> int | None:
        """Return how many of the first moves reach the target; ``None``: not even all do."""
        low, high, step, most = 0, self._predicted(moves), 1, len(moves)
        while not self._is_enough(moves[:high]):
            if high >= most:
                return None
            low, high, step = high, min(high + step, most), 2 * step
        while high - low > 1:
            middle = (low + high) // 2
            if self._is_enough(moves[:middle]):
                high = middle
            else:
                low = middle
        return high

    def _is_enough_corrected(self, moves: Sequence[Move]) -> bool:
        """True where all moves are enough with biases corrected for them.

        Corrected biases may make up for noise of nodes that run in FP16 then: without it they
        do harm.
        """
        settings = self._settings(moves)
        changed = self.correct(settings)
        if changed == settings:
            return False
        self.ranged = changed.without_nodes(settings.nodes)
        return self._is_enough(moves)

    def _predicted(self, moves: Sequence[Move]) -> int:
        """Return how many moves it takes if what is lost adds up."""
        allowed = self.trials.allowed_loss()
        left = sum(self.losses.values())
        if allowed is None:
            return 1
        for count, move in enumerate(moves, 1):
            left -= move.gain
            if left <= allowed:
                return count
        return len(moves)

    def _look_back(self, kept: list[Move]) -> list[Move]:
        """Drop what turns out not to be needed, the best deals first.

        What it costs to leave a node out is measured from where the search is now: the first
        order was made of one tensor at a time.
        """
        kept = self._divided(kept)
        for _ in range(_MOST_ROUNDS):
            deals = []
            self._ask_without(kept)
            for move in kept:
                rest = [other for other in kept if other is not move]
                lost = self._lost(rest, f"without {move.nodes[0]}")
                deals.append((lost / move.price, move.nodes, move))
            deals.sort(key=lambda deal: deal[:2])
            dropped = self._dropped(kept, [move for _, _, move in deals])
            if not dropped:
                break
            kept = [move for move in kept if move not in dropped]
        return kept

    def _dropped(self, kept: Sequence[Move], order: Sequence[Move]) -> list[Move]:
        """Return what can be left out: as many at once as goes well."""
        dropped: list[Move] = []
        at, step = 0, 1
        while at < len(order):
            tried = [*dropped, *order[at : at + step]]
            rest = [move for move in kept if move not in tried]
            if rest and self._is_enough(rest):
                dropped, at, step = tried, at + step, 2 * step
            elif step > 1:
                step = step // 2
            else:
                at += 1
        return dropped

    def _exchange(self, moves: Sequence[Move]) -> None:
        """Where not enough may run in FP16: put what buys more in the place of what does not.

        What each node buys is measured from here, as it is where the search looks back.
        """
        kept = self._divided(moves)
        gone = {node for move in kept for node in move.nodes}
        others = [
            Move((node,), self._gain((node,), gone), self._price((node,)))
            for node in sorted(self._usable() - gone)
        ]
        others = [move for move in others if move.gain > 0]
        others = sorted(others, key=lambda move: (-move.gain, move.nodes))[:_MOST_EXCHANGES]
        base = self._lost(kept, "what each node buys")
        self._ask_without(kept)
        deals = sorted(
            (self._lost([o for o in kept if o is not move], f"without {move.nodes[0]}") - base,
             move.nodes, move)
            for move in kept
        )  # fmt: skip
        # What only does harm in FP16, by luck of the rounding, goes first.
        useless = [move for lost, _, move in deals if lost <= 0]
        kept = [move for move in kept if move not in self._useless(kept, useless)]
        for other in others:
            dropped: list[Move] = []
            cost = 0.0
            for lost, _, move in sorted(
                deals, key=lambda deal: (deal[0] / deal[2].price, deal[1])
            ):
                if self._fits(node for item in (*kept, other) if item not in dropped
                              for node in item.nodes):  # fmt: skip
                    break
                if move in kept:
                    dropped.append(move)
                    cost += max(lost, 0.0)
            if cost >= other.gain:
                continue
            tried = [*(move for move in kept if move not in dropped), other]
            before, after = self._tried(kept), self._tried(tried)
            if before and after and self.trials.is_better(after, before):
                kept = tried
        self.order[:] = kept

    def _useless(self, kept: Sequence[Move], useless: Sequence[Move]) -> list[Move]:
        if not useless or len(useless) == len(kept):
            return []
        before = self._tried(kept)
        after = self._tried([move for move in kept if move not in useless])
        is_better = before and after and self.trials.is_better(after, before)
        return list(useless) if is_better else []

    def _divided(self, moves: Iterable[Move]) -> list[Move]:
        return [
            Move((node,), move.gain / len(move.nodes), self._price((node,)))
            for move in moves
            for node in move.nodes
        ]

    def _lost(self, moves: Sequence[Move], doing: str) -> float:
        """What is lost with some nodes out of INT8, on the batches for ranking."""
        self.trials.tell(f"{self.trials.reached()}: {doing}")
        score = self.trials.measuring.score(self._settings(moves), count=self.trials.few)
        return math.inf if score is None else loss(score.quality, self.trials.metric)

    def _ask_without(self, kept: Sequence[Move]) -> None:
        """Have it worked out ahead what is lost without each of some moves."""
        measuring = self.trials.measuring
        rests = [[other for other in kept if other is not move] for move in kept]
        measuring.ahead(
            measuring.score_of(self._settings(rest), self.trials.few) for rest in rests
        )

    def _swap(self, kept: list[Move], others: Sequence[Move]) -> list[Move]:
        """Add cheap nodes and look back: a dear one may not be needed then."""
        gone = {node for move in kept for node in move.nodes}
        cheap = [move for move in self._divided(others) if gone.isdisjoint(move.nodes)]
        cheap.sort(key=lambda move: (-move.gain / move.price, move.nodes))
        dearest = max(move.price for move in kept)
        added: list[Move] = []
        for move in cheap:
            if sum(item.price for item in added) + move.price < dearest / 2:
                added.append(move)
        if not added or not self._is_enough([*kept, *added]):
            return kept
        tried = self._look_back([*kept, *added])
        prices = [sum(move.price for move in moves) for moves in (kept, tried)]
        return tried if prices[1] < prices[0] else kept
