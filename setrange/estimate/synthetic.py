# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A ranges file from no data at all: ``collect --synthetic``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setrange import __version__
from setrange.errors import InputError
from setrange.estimate.estimator import EstimateOptions, Estimator
from setrange.machine.target_release import target_for_names
from setrange.measure.subject import network_of
from setrange.model.digest import BackgroundDigest
from setrange.model.loading import load_model
from setrange.ranges import DynamicRange, RangeEntry, RangeFile
from setrange.ranges.entry import ZERO_ON_DATA
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from setrange.estimate.estimates import Estimate, Estimates
    from setrange.importer.parser import ParserOptions

__all__ = ["SYNTHETIC", "synthesize"]

#: What such a file has as its method.
SYNTHETIC = "synthetic"


def synthesize(
    model_path: str | Path,
    *,
    trt: str | TrtVersion | None = None,
    estimate: EstimateOptions | None = None,
    parser: ParserOptions | None = None,
    tell: Callable[[int], None] = lambda _count: None,
) -> RangeFile:
    """Estimate the ranges of a model from nothing but the model.

    Args:
        model_path: The ONNX model.
        trt: TensorRT release whose tensors are estimated; the installed one if not given, else
            the newest with ranges.
        estimate: The scale of the inputs, and how long it may take.
        parser: How TensorRT's parser is set up.
        tell: Is called with the number of made inputs that were run.

    Returns:
        A range for each float tensor that has an ONNX name. Each is marked as setrange's own:
        it is used where nothing better is known, and counts as estimated, never as given.

    Raises:
        InputError: The scale of an input is not known, or the model cannot be read.
        BackendUnavailableError: ONNX Runtime is not installed.
        BackendError: ONNX Runtime fails on made inputs.
    """
    options = estimate or EstimateOptions()
    version = TrtVersion.parse(trt) if isinstance(trt, str) else trt
    release = target_for_names(version).version
    digest = BackgroundDigest(model_path)
    model = load_model(model_path)
    network, fallback = network_of(model, release, parser, is_lenient=trt is None)
    estimator = Estimator(model, options, tell=tell)
    found = estimator.estimate(network, {})
    entries = [
        _entry(tensor.onnx_value, item)
        for tensor, item in found.by_tensor.items()
        if tensor.onnx_value is not None
    ]
    if not entries:
        raise InputError(f"{model_path}: nothing can be estimated; measure it on data instead")
    return RangeFile(
        entries={entry.name: entry for entry in entries},
        model={"file": model.path.name, "sha256": digest.hexdigest()},
        collected=_collected(found, estimator, fallback),
    )


def _entry(name: str, item: Estimate) -> RangeEntry:
    low, high = item.interval
    if low == high == 0:
        return RangeEntry(name=name, reason=ZERO_ON_DATA)
    bounds = DynamicRange(low, high)
    how = "the scale that the network was run with" if item.is_input else "from made inputs"
    return RangeEntry(
        name=name,
        range=bounds,
        source=f"estimated: within {item.doubt:g}x; {how}",
        proposed=bounds,
    )


def _collected(found: Estimates, estimator: Estimator, fallback: str) -> dict[str, object]:
    made: dict[str, object] = {
        "by": f"setrange {__version__}",
        "method": SYNTHETIC,
        "samples": found.sets * found.families,
        "inputs": list(found.inputs),
        "families": list(found.family_names),
        "provider": estimator.provider,
        "onnxruntime": estimator.version,
    }
    if found.sets < found.wanted:
        made["samples_wanted"] = found.wanted * found.families
    return made | ({"read_as": fallback} if fallback else {})
