# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known about tensors while rules run, and what a rule proposes."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from setrange.fill.pointwise import Known
from setrange.network import LayerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from setrange.fill.interval import Interval
    from setrange.network import Layer, Tensor

    #: Why a range holds: in words, or in words with "{}" in the place of a layer, for which
    #: ``in_words`` puts the layer's label. Most proposals are never read, and labels cost time.
    Why = str | tuple[str, Layer]

__all__ = ["Fact", "Proposal", "Ranges", "Rank", "Why", "in_words", "label"]


class Rank(enum.IntEnum):
    """How good a rule's answer is; of several for one tensor the first here is taken."""

    #: The values themselves.
    CONSTANT = enum.auto()
    #: Where the function's values lie, whatever its input.
    BOUNDED = enum.auto()
    #: The same values in another place or shape.
    COPY = enum.auto()
    #: A part of the input's values, or of several inputs' values.
    SELECTED = enum.auto()
    #: The same values, found from the output.
    COPIED_FROM = enum.auto()
    #: The values of a function on the input's range.
    FUNCTION = enum.auto()
    #: A tensor inside a fusion: TensorRT needs a range but does not use it.
    FUSED = enum.auto()
    #: |mean| <= |input|.
    MEAN = enum.auto()
    #: The bounds of a Clip whose input has no range.
    CLIP = enum.auto()
    #: A sum without its bias.
    UNBIASED = enum.auto()
    #: Normalized values times known weights: the largest that any input leads to.
    NORMALIZED = enum.auto()
    #: Interval arithmetic; sound, but may be wide.
    BOUND = enum.auto()

    @property
    def is_loose(self) -> bool:
        """True for a rule whose ranges are often several times as wide as the values."""
        return self in (Rank.MEAN, Rank.NORMALIZED)


class Fact(NamedTuple):
    """The range of one tensor.

    Attributes:
        interval: Range in the tensor's own units; [0, 0] for a tensor of zeros.
        why: In words where it came from; empty for given ranges.
        is_given: The user gave it.
        is_bound: Interval arithmetic had a part in it.
        is_loose: No value passes it, but all may stay far below: a mean or a normalization had
            a part in it.
        doubt: The factor by which it may miss, where an estimate had a part in it; else 0.
        anchor: Largest amax, among the ranges it rests on, that is not a bound itself.
        scale: Exact INT8 scale, where the source of the range stored one.
        operands: The tensors that it was derived from.
    """

    interval: Interval
    why: str = ""
    is_given: bool = False
    is_bound: bool = False
    is_loose: bool = False
    doubt: float = 0.0
    anchor: float = 0.0
    scale: float | None = None
    operands: tuple[Tensor, ...] = ()

    @property
    def is_estimated(self) -> bool:
        """True where an estimate had a part in it."""
        return self.doubt > 0

    @classmethod
    def given(cls, interval: Interval, scale: float | None = None) -> Fact:
        """Return the fact of a range the user gave."""
        return cls(interval=interval, is_given=True, anchor=interval.amax, scale=scale)

    @classmethod
    def estimated(cls, interval: Interval, doubt: float, why: str) -> Fact:
        """Return the fact of a range that was estimated."""
        return cls(interval=interval, why=why, doubt=doubt, anchor=interval.amax)


class Proposal(NamedTuple):
    """A range that a rule can compute for a tensor.

    Attributes:
        tensor: Whose range.
        rank: How good it is.
        operands: The tensors whose ranges it uses.
        compute: Returns the range, or ``None`` where there is none. Called only if the
            proposal is taken, so that weights are not read in vain.
        why: Where it comes from.
    """

    tensor: Tensor
    rank: Rank
    operands: tuple[Tensor, ...]
    compute: Callable[[], Interval | None]
    why: Why


@dataclass(slots=True)
class Ranges:
    """The ranges known so far.

    Attributes:
        facts: Range by tensor.
        outputs: The network's outputs: never fused away, whoever else uses them.
        functions: What layers are functions of, kept while the rules run.
        takes_functions: False where a range that follows from a function of one tensor is of
            no use, and is not looked for.
    """

    takes_functions: ClassVar[bool] = True

    facts: dict[Tensor, Fact] = field(default_factory=dict)
    outputs: frozenset[Tensor] = frozenset()
    functions: Known = field(default_factory=Known)

    def get(self, tensor: Tensor | None) -> Interval | None:
        """Return the range of a tensor, or ``None`` if it has none yet."""
        fact = self.facts.get(tensor) if tensor is not None else None
        return None if fact is None else fact.interval

    def wants(self, tensor: Tensor | None) -> bool:
        """True for a tensor that may get a range and has none yet."""
        return tensor is not None and tensor.is_float and tensor not in self.facts

    def feeds_only(self, tensor: Tensor, layer: Layer) -> bool:
        """True where nothing but ``layer`` sees the values of ``tensor``.

        A Shape layer reads dimensions, no values.
        """
        if tensor in self.outputs:
            return False
        is_read = False
        for reader in tensor.consumers:
            if reader.kind is LayerKind.SHAPE:
                continue
            if reader is not layer or is_read:
                return False  # at once: there may be thousands
            is_read = True
        return is_read


def label(layer: Layer) -> str:
    """Name a layer in words: by its ONNX node where it stands for the whole of it.

    ``Reshape /fc/Reshape``, or ``the Shuffle of Gemm /fc/Gemm`` for a layer that the parser
    needs besides.
    """
    origin = layer.origin
    if origin is None:
        return f"layer {layer.name}"
    node = f"{origin.op} {origin.node or origin.value}"
    data = layer.input_at(0)
    whole = all(t.onnx_value is not None for t in layer.outputs) and (
        data is None or data.onnx_value is not None or data.is_network_input
    )
    return node if whole else f"the {layer.kind.value} of {node}"


def in_words(why: Why) -> str:
    """Return the words of a reason, with the label of its layer."""
    if isinstance(why, str):
        return why
    text, layer = why
    return text.replace("{}", label(layer))
