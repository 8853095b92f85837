# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What ``verify`` found, as data; ``to_dict`` is the stable ``verify --json`` object."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from setrange.findings import Finding

__all__ = ["Blame", "Cost", "OutputResult", "Report", "Suggestion", "TensorResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputResult:
    """One output of the model, float against INT8, over all samples.

    Attributes:
        name: Its name.
        dtype: Its element type, as numpy calls it.
        shape: Its shape in the first run.
        values: Values compared.
        equal: Share of equal values.
        sqnr: Signal to quantization noise in dB, -200 to 200 (no difference); float only.
        cosine: Cosine of the angle between the two, as one vector each; float only.
        max_error: Largest difference; float only.
        amax: Largest magnitude in float; float only.
        top1: Share of rows with the same best class; only where it looks like class scores.
        top5: Share of rows whose float class is among INT8's five best; more than 5 classes.
        accuracy: Share of rows whose best class in INT8 is the label, where there are labels.
        accuracy_float: The same in float.
        not_finite: Values that are not finite in float, and left out.
        lost: Values that are finite in float and not in INT8, and left out.
        other_shape: Runs in which the shapes differ; they are not compared.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    values: int
    equal: float | None = None
    sqnr: float | None = None
    cosine: float | None = None
    max_error: float | None = None
    amax: float | None = None
    top1: float | None = None
    top5: float | None = None
    accuracy: float | None = None
    accuracy_float: float | None = None
    not_finite: int = 0
    lost: int = 0
    other_shape: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorResult:
    """One quantized tensor: its range against the values the float model has there.

    Attributes:
        name: The ONNX value.
        kind: ``activation``, ``weight``, or ``branch``: what a Concat joins with larger values,
            where the pair behind the Concat leaves little of it.
        nodes: The nodes that take it in INT8; of a branch, the Concat.
        amax: The range in force is -amax ... amax; for weights, the widest channel's.
        min: Smallest finite value on the data.
        max: Largest finite value on the data.
        clipped: Share of values beyond what INT8 holds at this scale.
        width: amax / largest magnitude on the data; ``None`` where that is 0.
        sqnr: Of its quantization alone, in dB, -200 to 200.
        entry: The entry of the ranges file it is from; ``None`` where it is derived.
        is_shared: True where a wider range of another tensor is in force.
        not_finite: Values that are not finite.
    """

    name: str
    kind: str
    nodes: tuple[str, ...]
    amax: float
    min: float
    max: float
    clipped: float
    width: float | None
    sqnr: float
    entry: str | None = None
    is_shared: bool = False
    not_finite: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one tensor costs.

    Attributes:
        name: The ONNX value; ``""`` for all weights together.
        kind: ``activation``, ``weight``, or ``weights``: all of them.
        alone: The quality with nothing but this in INT8.
        share: What is lost then over what is lost with the whole model in INT8, at the worst
            output: of noise, or of values that are not equal. Shares need not add up to 1.
    """

    name: str
    kind: str
    alone: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A change to the ranges file that was tried and helps.

    Attributes:
        tensor: The tensor it is about; ``""`` where it is about all activations.
        change: ``range``, ``ranges`` (of all activations) or ``precision``.
        why: ``narrower: percentile 99.9 of the data``, ``keep Conv 'conv7' in FP16``.
        entries: What to put into ``tensors`` or ``precision`` of the ranges file.
        before: Quality of the whole INT8 model, with the suggestions before it.
        after: The same with this one too.
    """

    tensor: str
    change: str
    why: str
    entries: dict[str, Any]
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Which tensors cost most, and what helps.

    Attributes:
        metric: Of every quality here: ``sqnr``, or ``equal`` where no output is float.
        samples: The first samples of the data it was measured on.
        budget: Seconds it was allowed.
        whole: Quality of the whole INT8 model on these samples.
        costs: The measured tensors, the most expensive first.
        tensors: Tensors to measure: the activations; the weights too, if they matter.
        suggestions: In order; each was measured on top of those before it.
        is_complete: False where time ran out.
    """

    metric: str
    samples: int
    budget: float
    whole: float
    costs: tuple[Cost, ...]
    tensors: int
    suggestions: tuple[Suggestion, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of comparing the float model with its INT8 form.

    Attributes:
        model: Path of the model.
        ranges: Path of the ranges file.
        trt: TensorRT release whose tensors the ranges name.
        placement: Where the Q/DQ pairs are.
        dtype: What they quantize to: ``int8``, ``fp8``, or ``int8 and fp8``.
        samples: Samples run.
        provider: ONNX Runtime execution provider.
        onnxruntime: Its version.
        metric: The metric that is judged.
        value: Its value at the worst output; ``None`` where no output has it.
        threshold: The value that it must reach.
        passed: The verdict; ``None`` without a threshold.
        outputs: Every output.
        tensors: Every quantized tensor, the lowest SQNR first.
        left_float: Nodes that stay float although they could run in INT8.
        findings: Remarks.
        blame: Which tensors cost most, if asked.
    """

    model: str
    ranges: str
    trt: str
    placement: str
    dtype: str
    samples: int
    provider: str
    onnxruntime: str
    metric: str
    value: float | None
    threshold: float | None
    passed: bool | None
    outputs: tuple[OutputResult, ...]
    tensors: tuple[TensorResult, ...]
    left_float: int
    findings: tuple[Finding, ...]
    blame: Blame | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``verify --json`` object; every attribute under its own name.

        ``null`` stands for what an output or tensor does not have. All numbers are finite.
        """
        return {
            "setrange": 1,
            **{
                name: getattr(self, name)
                for name in self.__slots__
                if name not in ("outputs", "tensors", "findings", "blame")
            },
            "outputs": [asdict(output) for output in self.outputs],
            "tensors": [asdict(tensor) for tensor in self.tensors],
            "findings": [finding.to_dict() for finding in self.findings],
            "blame": None if self.blame is None else asdict(self.blame),
        }
