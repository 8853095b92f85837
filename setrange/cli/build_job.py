# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The build that ``check --build`` asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from setrange.build_settings.gpus import parse_gpus
from setrange.cli.build_options import read_settings
from setrange.errors import BlockingFindingsError
from setrange.text.words import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from setrange.build_settings.config import BuildConfig
    from setrange.build_settings.gpus import Gpu
    from setrange.exporters.rtx import RtxEngine

__all__ = ["BuildJob"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildJob:
    """The settings of a build, and what counts as its failure.

    Attributes:
        settings: Of ``--config`` and the command line.
        groups: For which GPUs, a build each; one of none is the library's choice.
        placement: ``--placement``.
        quantize_small: ``--quantize-small``.
        dtype: ``--type``.
        strict: Layers that have their ranges and do not run in INT8 are a failure.
    """

    settings: BuildConfig
    groups: tuple[tuple[Gpu, ...], ...]
    placement: str
    quantize_small: bool
    dtype: str
    strict: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> BuildJob:
        """Read the options of the command line.

        Raises:
            SetrangeError: They do not fit.
        """
        gpus = parse_gpus(options["gpu"])
        return cls(
            settings=read_settings(
                options["config"],
                options["min_shapes"],
                options["opt_shapes"],
                options["max_shapes"],
                no_fp16=options["no_fp16"],
            ),
            groups=tuple((gpu,) for gpu in gpus) or ((),),
            placement=options["placement"],
            quantize_small=options["quantize_small"],
            dtype=options["dtype"],
            strict=options["strict"],
        )

    def raise_if_lost(self, builds: Sequence[RtxEngine]) -> None:
        """End with exit status 1 where that was asked for.

        Raises:
            BlockingFindingsError: A layer that has its ranges does not run in INT8.
        """
        lost = sum(len(b.verdict.lost()) for b in builds if b.verdict is not None)
        if self.strict and lost:
            raise BlockingFindingsError(
                f"{plural(lost, 'layer')} that {'has its' if lost == 1 else 'have their'} "
                f"ranges {'does' if lost == 1 else 'do'} not run in INT8 (SR409 above); keep "
                f"them float with a rule on precision, or leave --strict out"
            )
