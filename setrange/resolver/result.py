# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The results of resolving names, as data."""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from setrange.findings import Finding, Level
    from setrange.network import Tensor
    from setrange.resolver.index import NetworkIndex

__all__ = ["Inference", "MatchKind", "Resolution", "Resolved", "Unresolved"]


class MatchKind(str, enum.Enum):
    """Which kind of name in a ranges file led to its tensor."""

    EXACT = "TensorRT name"
    ONNX = "ONNX name"
    KEY = "portable key"
    OTHER_VERSION = "name of another TensorRT release"
    ALIAS = "name of the dequantized copy"
    ALIGNED = "kind and order"
    NODE = "name of a node"
    MODULE = "name of a PyTorch module"
    NUMBER = "number of a layer"
    PATTERN = "pattern"


class Resolved(NamedTuple):
    """A name and the tensor it means.

    Attributes:
        entry: The name as the user wrote it.
        tensor: The tensor.
        how: Which kind of name it is.
        why: The reason in words.
    """

    entry: str
    tensor: Tensor
    how: MatchKind
    why: str


class Unresolved(NamedTuple):
    """A name without a tensor to give a range to.

    Attributes:
        entry: The name as the user wrote it.
        code: Code of the finding about it.
        why: The reason in words.
        level: Of that finding; ``None`` takes the code's default.
    """

    entry: str
    code: str
    why: str
    level: Level | None = None


class Resolution(NamedTuple):
    """The result of resolving all names of a ranges file.

    Attributes:
        by_tensor: The entry used for each tensor.
        unresolved: Entries that are not used, in file order.
        findings: Remarks, in file order; summaries first.
        named_by: TensorRT release whose names the parser-made names of the file are:
            the file's own, or inferred; ``None`` where there are none or no release fits.
    """

    by_tensor: Mapping[Tensor, Resolved] = MappingProxyType({})
    unresolved: tuple[Unresolved, ...] = ()
    findings: tuple[Finding, ...] = ()
    named_by: str | None = None


class Inference(NamedTuple):
    """The release that explains every parser-made name of a file.

    Attributes:
        version: Its profile.
        source: Its network.
        misplaced: Names that stand elsewhere in the file than in that network.
        rivals: Versions that explain the names as well, but as other tensors.
    """

    version: str
    source: NetworkIndex
    misplaced: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
