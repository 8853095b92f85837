# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Bias correction: the mean error that quantization makes is taken out of the biases.

Values that are rounded, and weights that are, shift the mean of what a convolution or product
makes. Its bias is a number for each channel, so it can take the mean of that shift out, which
costs nothing on the GPU. Source: M. Nagel et al., "Data-Free Quantization Through Weight
Equalization and Bias Correction" (2019), section 4.2: here with the means of data, layer after
layer, each behind those that are corrected already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.accuracy.piecewise import PiecewiseRun
from setrange.accuracy.session import Loader
from setrange.errors import InputError
from setrange.exporters.qdq import QdqDraft, QdqOptions, finish_qdq
from setrange.exporters.qdq.biases import channel_axis
from setrange.measure.batches import batches_of, check_batch
from setrange.measure.data import DataOptions, samples_of
from setrange.measure.inputs import Inputs
from setrange.measure.run_options import RunOptions
from setrange.measure.validity import check_valid
from setrange.model.graph import GraphEdit
from setrange.model.making import make_node, make_tensor
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt
    from onnx import ModelProto

    from setrange.exporters.qdq import QdqModel
    from setrange.measure.batches import Batch
    from setrange.measure.images import ImageOptions
    from setrange.model.loading import Model
    from setrange.model.node import Node
    from setrange.plan import Plan

__all__ = ["MOST_SAMPLES", "Biases", "bias_corrections", "biases_on", "corrected_biases"]

#: Output of a convolution or product -> what is added to its channels.
Biases = dict[str, "npt.NDArray[np.float64]"]

#: Samples that are taken where the user does not say how many: means need no more.
MOST_SAMPLES = 64

#: Memory for the values between two layers, of all samples and both models.
_MOST_BYTES = 1 << 31
_FEWEST_SAMPLES = 4


def bias_corrections(
    plan: Plan,
    model: str | Path | Model,
    data: str | Path | Iterable[Any],
    *,
    samples: int | None = None,
    images: ImageOptions | None = None,
    batch: int = 1,
    batch_axis: int | str | None = None,
    provider: str = "CPU",
    threads: int | None = None,
    **options: Any,
) -> Biases:
    """Return what takes the mean error of quantization out of the biases of a Q/DQ model.

    Args:
        plan: Ranges of this model.
        model: The float model, or its path; it is not changed.
        data: A file, directory, glob or ``module:function``, or an iterable of dicts of arrays
            by input name (of arrays, where there is one input): best what the ranges were
            measured on.
        samples: Samples to take; ``None`` = 64 at most.
        images: The files are images, read like this.
        batch: Samples fed at once, where the model leaves it free.
        batch_axis: The dimension that holds samples, or ``none``; see ``DataOptions``.
        provider: ONNX Runtime execution provider.
        threads: Threads of one operator; ``None`` = as many as there are cores.
        options: How the Q/DQ model is made: those of ``write_qdq``, which takes the result as
            ``biases``.

    Returns:
        Output of a convolution or product -> what is added to its channels, float64 [channels].

    Raises:
        SetrangeError: Plan, model or data cannot be used, or ONNX Runtime is missing or fails.
    """
    draft = QdqDraft.of(plan, model, QdqOptions(**options))
    source = DataOptions.of(data, samples=samples, images=images, batch_axis=batch_axis)
    run = RunOptions(batch=batch, provider=provider, threads=threads)
    return corrected_biases(draft, source, run)


def corrected_biases(
    draft: QdqDraft,
    data: DataOptions,
    run: RunOptions | None = None,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Biases:
    """Return what takes the mean error of quantization out of a draft's biases.

    Args:
        draft: The Q/DQ model to come; see ``finish_qdq``.
        data: What to run over.
        run: How; as ``RunOptions`` says if not given.
        tell: Is told how many layers are done, and of how many.

    Raises:
        SetrangeError: The data cannot be used, or ONNX Runtime is missing or fails.
    """
    run = run or RunOptions()
    check_valid(draft.given)
    batches = list(_batches(draft.given, data, run))
    if not batches:
        raise InputError(f"{data.option}: there is no sample; give data that hold one")
    return biases_on(draft, batches, run, tell)


def biases_on(
    draft: QdqDraft,
    batches: Iterable[Batch],
    run: RunOptions,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
    *,
    takes: Callable[[Node], bool] = lambda _node: True,
) -> Biases:
    """Return what takes the mean error of quantization out of a draft's biases.

    Args:
        draft: The Q/DQ model to come; what its ranges file adds to biases stays.
        batches: What to run: at least one batch.
        run: How.
        tell: Is told how many layers are done, and of how many.
        takes: True for nodes that are corrected.

    Raises:
        SetrangeError: A batch cannot be read, or ONNX Runtime is missing or fails.
    """
    # What stays float costs its rounding alone in FP16, which has no mean to speak of.
    options = replace(draft.options, fp16=False, weights="float")
    draft = QdqDraft.of(draft.plan, draft.given, options)
    made, model = finish_qdq(draft), draft.source
    axes = {
        node.outputs[0]: axis
        for node in draft.graph.nodes
        if (axis := channel_axis(draft.graph, node)) is not None and takes(node)
    }
    loader = Loader(model=draft.given, threads=run.threads, provider=run.provider)
    plain = PiecewiseRun(
        skeleton_of(model.proto), model.graph.initializer, model.base, loader, wanted=axes
    )
    skeleton, bare, late = _with_places(made, list(axes))
    paired = PiecewiseRun(
        skeleton,
        made.initializers,
        made.base,
        loader,
        wanted=bare.values(),
        late=late.values(),
    )
    plain.feed(batches)
    paired.samples, paired.labels = [dict(sample) for sample in plain.samples], plain.labels
    found: Biases = {}
    for done, (value, axis) in enumerate(axes.items(), 1):
        for model_run, name in ((plain, value), (paired, bare[value])):
            model_run.run_to(name, most_bytes=_MOST_BYTES // 2, fewest=_FEWEST_SAMPLES)
        for model_run in (plain, paired):
            model_run.keep(min(len(plain.samples), len(paired.samples)))
        more = plain.channel_means(value, axis) - paired.channel_means(bare[value], axis)
        more = np.where(np.isfinite(more), more, 0.0)
        if more.any():
            found[value] = more
        rank = plain.samples[0][value].ndim
        shape = (-1, *[1] * (rank - 2)) if axis == 1 else (-1,)
        dtype = plain.samples[0][value].dtype
        paired.add_constant(make_tensor(more.reshape(shape).astype(dtype), late[value]))
        plain.forget(value)
        paired.forget(bare[value])
        tell(done, len(axes))
    return found


def _batches(model: Model, data: DataOptions, options: RunOptions) -> Iterator[Batch]:
    inputs = Inputs.of(model).along(data.batch_axis)
    check_batch(inputs, options.batch)
    if data.samples is None:
        data = replace(data, samples=MOST_SAMPLES)
    samples = samples_of(data, inputs)
    yield from batches_of(samples, options.batch, inputs, shard=(1, 1), skip=0)


def _with_places(
    made: QdqModel, values: Sequence[str]
) -> tuple[ModelProto, dict[str, str], dict[str, str]]:
    """Return the Q/DQ model with an Add behind each of these values.

    Returns:
        It; value -> its name before the Add; value -> the constant that is added.
    """
    skeleton = skeleton_of(made.skeleton)
    names = {name for node in skeleton.graph.node for name in (*node.output, node.name)}
    edit = GraphEdit(skeleton.graph, names)
    bare, late, wanted = {}, {}, set(values)
    for position, node in enumerate(skeleton.graph.node):
        for slot, value in enumerate(node.output):
            if value not in wanted:
                continue
            bare[value] = node.output[slot] = edit.fresh_name(f"{value}_bare")
            late[value] = edit.fresh_name(f"{value}_correction")
            edit.insert_after(position, [make_node("Add", [bare[value], late[value]], [value])])
    edit.apply()
    return skeleton, bare, late
