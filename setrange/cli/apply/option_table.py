# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which outputs of ``apply`` each option is for.

The table is made of the named tuples in ``request``: an option is for the outputs whose
tuple has a field of its name, and for all outputs if it is a field of ``Request``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.cli.apply.request import (
    CacheOptions,
    EngineOptions,
    QdqArguments,
    RangedOptions,
    Request,
)
from setrange.cli.correction_option import CORRECTION
from setrange.cli.given_options import given_flags
from setrange.cli.outputs import Output
from setrange.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIONS", "SHARED", "check_options", "options_of", "outputs_of_option"]

#: Output -> the options that it has besides those of ``Request``.
OPTIONS: dict[Output, type[Any]] = {
    Output.CACHE: CacheOptions,
    Output.RANGED_ONNX: RangedOptions,
    Output.QDQ: QdqArguments,
    Output.ENGINE: EngineOptions,
}

#: Options of every output: ``Request``'s, and those that the command takes out itself.
SHARED = frozenset(
    [
        *(*Request._fields, "to", "overwrite", "report", "native_instancenorm", "plugin"),
        *("quiet", "verbose", "input_range", "input_size", "seconds"),
    ]
)

#: Options that come in another field than one of their own name.
_FIELDS = dict.fromkeys(CORRECTION, "correction")

#: Output -> what one and several of them are called in messages.
_CALLED = {
    Output.CACHE: ("a calibration cache", "calibration caches (-o model.cache)"),
    Output.RANGED_ONNX: ("a ranged model", "ranged models (-o model.ranged.onnx)"),
    Output.QDQ: ("a Q/DQ model", "Q/DQ models (-o model.qdq.onnx)"),
    Output.ENGINE: ("an engine", "engines (-o model.engine)"),
}

#: What does the work of an option for another output.
_INSTEAD = {
    (Output.ENGINE, "fp16"): "an engine has FP16 layers unless --no-fp16 is given",
    (Output.QDQ, "no_fp16"): "a Q/DQ model has no FP16 unless --fp16 is given",
}


def outputs_of_option(name: str) -> tuple[Output, ...]:
    """Return the outputs that an option means something for.

    Args:
        name: The parameter's name, such as ``min_shapes`` of ``--min``.
    """
    if name in SHARED:
        return tuple(OPTIONS)
    field = _FIELDS.get(name, name)
    return tuple(output for output, options in OPTIONS.items() if field in options._fields)


def check_options(output: Output, out: str) -> None:
    """Refuse what the user gave and the output has no use for.

    Args:
        output: What is written.
        out: Its path, for the message.

    Raises:
        UsageError: Names every such option, what it is for, and what it is not for.
    """
    wrong: dict[str, list[str]] = {}
    for name, flag in given_flags().items():
        if output not in outputs_of_option(name):
            wrong.setdefault(_purpose(output, name), []).append(flag)
    if wrong:
        parts = [
            f"{' and '.join(flags)} {'is' if len(flags) == 1 else 'are'} for {purpose}"
            for purpose, flags in wrong.items()
        ]
        raise UsageError(f"{'; '.join(parts)}; {out} is {_CALLED[output][0]}")


def _purpose(output: Output, name: str) -> str:
    kinds = [_CALLED[other][1] for other in outputs_of_option(name)]
    listed = " and ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))
    instead = _INSTEAD.get((output, name))
    return f"{listed} ({instead})" if instead else listed


def options_of(output: Output, arguments: Mapping[str, Any]) -> Any:
    """Return the output's own options out of all that the command was called with."""
    kind = OPTIONS[output]
    return kind(**{name: arguments[name] for name in kind._fields})
