# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Exceptions of setrange.

Every exception carries the exit status the command line ends with::

    SetrangeError                         2
    ├── UsageError                        2  the command line or an API argument is wrong
    ├── InputError                        2  a file the user gave cannot be used
    │   ├── RangeFileError                2  ... a ranges file: JSON path and line
    │   ├── FormatError                   2  ... a foreign format: line or byte
    │   └── ModelError                    2  ... the ONNX model
    ├── UnsupportedError                  2
    │   ├── UnsupportedVersionError       2  no parser profile, or no such output for it
    │   ├── UnsupportedOpError            2  an op the importer does not model
    │   └── ParserRefusedError            2  TensorRT's own parser refuses the model
    ├── BlockingFindingsError             1  findings that block, e.g. missing ranges
    └── BackendError                      3
        ├── BackendUnavailableError       3  TensorRT, trtexec or ONNX Runtime is missing
        └── EngineBuildError              3  the backend failed

A message names the thing, says what was expected and ends with what to do.
"""

from __future__ import annotations

__all__ = [
    "BackendError",
    "BackendUnavailableError",
    "BlockingFindingsError",
    "EngineBuildError",
    "FormatError",
    "InputError",
    "ModelError",
    "ParserRefusedError",
    "RangeFileError",
    "SetrangeError",
    "UnsupportedError",
    "UnsupportedOpError",
    "UnsupportedVersionError",
    "UsageError",
]


class SetrangeError(Exception):
    """Base of everything setrange raises on purpose."""

    exit_code = 2


class UsageError(SetrangeError):
    """An argument does not fit; the message says which and what fits."""


class InputError(SetrangeError):
    """A file the user gave cannot be used."""


class RangeFileError(InputError):
    """A ranges file is not valid; the message lists every problem, one a line."""


class FormatError(InputError):
    """A file of a foreign format is not valid; the message names line or byte."""


class ModelError(InputError):
    """The ONNX model cannot be read or is not well formed."""


class UnsupportedError(SetrangeError):
    """The input is fine, but setrange or TensorRT cannot do this with it."""


class UnsupportedVersionError(UnsupportedError):
    """No parser profile for this TensorRT release, or it has no such output."""


class UnsupportedOpError(UnsupportedError):
    """An ONNX op that the static importer does not model."""


class ParserRefusedError(UnsupportedError):
    """TensorRT's ONNX parser of this release refuses the model.

    Attributes:
        rule: The condition that does not hold, in the parser's terms.
        outputs: Those of the node it is about, if it is about one.
    """

    def __init__(
        self, rule: str, message: str | None = None, *, outputs: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message or rule)
        self.rule = rule
        self.outputs = outputs


class BlockingFindingsError(SetrangeError):
    """Findings block the output, e.g. missing ranges without ``--allow-missing``."""

    exit_code = 1


class BackendError(SetrangeError):
    """A backend (TensorRT, trtexec, ONNX Runtime) is missing or failed."""

    exit_code = 3


class BackendUnavailableError(BackendError):
    """A backend is not installed or cannot be loaded; the message says how to get it."""


class EngineBuildError(BackendError):
    """The engine build failed; the message carries the tool's own words."""
