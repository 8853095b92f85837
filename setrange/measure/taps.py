# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A running model whose inner values come out: whole, or their extremes.

What is added to a model is appended to a copy of its file: protobuf takes the second part of
a message as more of the same. So the weights are never in memory twice.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import ModelError
from setrange.files.folders import scratch_folder
from setrange.measure.session import Session
from setrange.model.making import make_node
from setrange.model.messages import messages
from setrange.model.writing import skeleton_of, write_model

if TYPE_CHECKING:
    from pathlib import Path

    from onnx import ModelProto

    from setrange.measure.subject import Subject

__all__ = ["Taps", "extreme_taps", "open_session", "value_taps"]

#: ONNX Runtime's threads wait without keeping a core busy.
_LEAVE_CORES = {"session.intra_op.allow_spinning": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taps:
    """The nodes and outputs that are added to a model so that its values can be measured.

    Attributes:
        addition: Nodes and outputs.
        names: The outputs to ask for.
        are_values: True if they are the values themselves, which are looked at meanwhile.
    """

    addition: ModelProto
    names: tuple[str, ...]
    are_values: bool


def value_taps(subject: Subject) -> Taps:
    """Give out the measured values themselves, in their order, but for inputs."""
    names = [base for base in subject.bases if base not in subject.inputs.items]
    return _taps(subject, names, are_values=True)


def extreme_taps(subject: Subject) -> Taps:
    """Give out the smallest and the largest element of each measured value, in turn.

    Then the sum of each output of the model: it is NaN if one of its elements is.
    """
    reductions = [(op, base) for base in subject.bases for op in ("ReduceMin", "ReduceMax")]
    reductions += [("ReduceSum", output) for output in sorted(subject.float_outputs)]
    names = []
    nodes = []
    for index, (op, value) in enumerate(reductions):
        names.append(f"{subject.prefix}{op}/{index}")
        nodes.append(make_node(op, [value], [names[-1]], names[-1], keepdims=0))
    taps = _taps(subject, names, are_values=False)
    # ONNX Runtime walks up from the last node that nobody reads. In this order each value is
    # reduced, and its memory free, before the next one is computed.
    taps.addition.graph.node.extend(reversed(nodes))
    return taps


def _taps(subject: Subject, names: list[str], *, are_values: bool) -> Taps:
    addition = messages().ModelProto()
    for name in names:
        if name not in subject.outputs:
            addition.graph.output.add(name=name)
    return Taps(addition=addition, names=tuple(names), are_values=are_values)


def open_session(
    subject: Subject, taps: Taps, *, threads: int | None, provider: str
) -> Session:
    """Load a model with what is added to it.

    Args:
        subject: The model.
        taps: What is added.
        threads: Threads of one operator; ``None``: as many as there are cores.
        provider: ONNX Runtime execution provider.

    Raises:
        BackendUnavailableError: ONNX Runtime or the provider is not installed.
        ModelError: ONNX Runtime refuses the model.
    """

    def opened(source: Path | ModelProto) -> Session:
        return Session(
            source,
            subject.path,
            names=taps.names,
            threads=threads,
            provider=provider,
            entries=_LEAVE_CORES if taps.are_values else None,
            has_arena=not taps.are_values,
        )

    whole = None
    if subject.proto is not None:
        whole = messages().ModelProto()
        whole.CopyFrom(subject.proto)
        whole.MergeFrom(taps.addition)
        # Before 1.19, ONNX Runtime looks for the data in the current directory.
        with contextlib.suppress(ModelError):
            return opened(whole)
    # ONNX Runtime has read the file when it returns: nothing keeps it open.
    with scratch_folder() as folder:
        path = folder / "model.onnx"
        if whole is None:
            shutil.copyfile(subject.path, path)
            subject.digest.check_unchanged()
            with path.open("ab") as stream:
                stream.write(taps.addition.SerializeToString())
        else:
            weights = whole.graph.initializer
            write_model(path, skeleton_of(whole), weights, base=subject.path.parent)
        return opened(path)
