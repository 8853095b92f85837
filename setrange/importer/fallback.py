# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Another release, or ops taken for plugins, where names hardly matter and a parser refuses."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import ParserRefusedError, SetrangeError
from setrange.importer.parser import ParserOptions, import_model
from setrange.versions import PROFILES, TrtVersion

if TYPE_CHECKING:
    from setrange.model.loading import Model

__all__ = ["Fallback", "fallback_of"]

#: More unknown ops than that are another problem.
_MOST_OPS = 64

_NO_IMPORTER = re.compile(r"(?:has no importer for|does not support) the op ([\w.:-]+)")


class Fallback(NamedTuple):
    """How a model is read that the release asked for does not take."""

    version: TrtVersion  #: The release whose parser is followed.
    options: ParserOptions  #: How the parser is set up.
    why: str  #: What was done, for people.


def fallback_of(model: Model, version: TrtVersion, options: ParserOptions) -> Fallback | None:
    """Return a release that takes a model, for ranges by the names of ONNX values.

    The newest release whose parser accepts the model; where an op has no importer in any, that
    of ``version`` with such ops taken for plugins, whose shapes ONNX tells. ``None`` where the
    model is refused for another reason.

    Args:
        model: The model.
        version: The release that refuses it.
        options: How its parser is set up.
    """
    for profile in reversed(PROFILES):
        newer = TrtVersion.parse(profile)
        if newer.release <= version.release:
            break
        if _refusal(model, newer, options) is None:
            why = (
                f"TensorRT {version} does not take the model, so it is read as TensorRT "
                f"{newer} does"
            )
            return Fallback(version=newer, options=options, why=why)
    unknown: list[str] = []
    for _ in range(_MOST_OPS):
        refusal = _refusal(model, version, options)
        if refusal is None:
            why = (
                f"no TensorRT knows {', '.join(unknown)}, so it is taken for a plugin, with "
                f"the shapes that ONNX gives; the names of parser-made tensors are not certain"
            )
            return Fallback(version=version, options=options, why=why)
        found = _NO_IMPORTER.search(str(refusal))
        if not isinstance(refusal, ParserRefusedError) or found is None:
            return None
        op = found[1].rstrip(".:")
        if op in options.opaque:
            return None
        unknown.append(op)
        options = dataclasses.replace(options, opaque=options.opaque | {op})
    return None


def _refusal(model: Model, version: TrtVersion, options: ParserOptions) -> SetrangeError | None:
    try:
        import_model(model, version, options)
    except SetrangeError as error:
        return error
    return None
