# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How a model is run over samples, whatever for."""

from __future__ import annotations

from dataclasses import dataclass

from setrange.errors import UsageError

__all__ = ["RunOptions", "RuntimeOptions"]

#: Samples in one batch, and threads, that nobody can mean.
_MOST_SAMPLES_AT_ONCE, _MOST_THREADS = 1 << 20, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeOptions:
    """Settings of ONNX Runtime, whatever it is fed.

    Attributes:
        provider: Execution provider.
        threads: Threads of one operator; ``None`` = as many as there are cores.
    """

    provider: str = "CPU"
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(RuntimeOptions):
    """Settings of ONNX Runtime that ``collect`` and ``verify`` share.

    Attributes:
        batch: Samples fed at once, where the model leaves it free.

    Raises:
        UsageError: A number is less than 1 or absurd.
    """

    batch: int = 1

    def __post_init__(self) -> None:
        for name, value, most in (
            ("batch", self.batch, _MOST_SAMPLES_AT_ONCE),
            ("threads", self.threads, _MOST_THREADS),
        ):
            if value is not None and not 1 <= value <= most:
                expected = "1 or more" if value < 1 else f"at most {most}"
                raise UsageError(f"--{name} {value}: expected {expected}")
