# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Running a command in this process, as its entry point does, and what to run on a model."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
from typing import TYPE_CHECKING
from unittest import mock

import onnx
from google.protobuf.message import DecodeError

from setrange.cli.main import DEBUG, main
from setrange.errors import SetrangeError, UsageError
from setrange.versions import PROFILES, RANGED_PROFILES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["run_command", "run_on_model"]

#: Names that ranges are given for: those of the corpora's models, and TensorRT's own.
_NAMES = (
    *("x", "y", "a", "b", "t0", "t1", "t2", "r", "w", "nowhere", "y_output"),
    *(f"(Unnamed Layer* {i}) [{kind}]_output" for i in (0, 1, 2, 7) for kind in ("Shuffle",)),
    *("(Unnamed Layer* 1) [ElementWise]_output", "ONNXTRT_Broadcast_output", "y@Shuffle[0]"),
)
_AMAX = (0.5, 1.0, 6.0, 127.0, 65504.0, 3e38)
_ODD_AMAX = (0.0, 1e-40, -1.0, 1e39, None)


def run_command(arguments: Sequence[str]) -> None:
    """Run the command line.

    Raises:
        SetrangeError: The command refused its input, or ended with another status than 0.
        AssertionError: It printed a traceback or called its own end a bug.
    """
    said = io.StringIO()
    collects = gc.get_threshold()
    with (
        mock.patch.dict(os.environ, {DEBUG: "1"}),  # exceptions come out as they are
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        status = main(arguments)
    gc.set_threshold(*collects)  # a command does not live long, and collects little
    text = said.getvalue()
    assert "Traceback" not in text, text
    assert "this is a bug" not in text, text
    if status:
        assert status in (1, 2, 3), status
        raise UsageError(f"status {status}")


def run_on_model(rng: random.Random, model: Path) -> None:
    """Run one command on a model, and then perhaps another on what came of it."""
    ranges = model.parent / "r.json"
    names = _values_of(model)
    names = rng.sample(names, rng.randrange(len(names) + 1))
    if not names or rng.random() < 0.3:
        names += rng.sample(_NAMES, rng.randrange(1, len(_NAMES)))
    odd = rng.random() < 0.1
    given = {name: rng.choice(_ODD_AMAX if odd else _AMAX) for name in names}
    ranges.write_text(json.dumps(given))
    arguments, made = rng.choice(_COMMANDS)(rng, model, ranges)
    run_command(arguments)
    if made is not None and made.suffix == ".onnx":
        command = ["inspect", str(made), "--trt", rng.choice(PROFILES)]
        if ".qdq" in made.name and rng.random() < 0.5:
            back = model.parent / "back.json"
            command = ["convert", str(made), "-o", str(back)]
        with contextlib.suppress(SetrangeError):
            run_command(command)


def _values_of(model: Path) -> list[str]:
    """Names of values of the main graph, where the model can be read and they are text."""
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(model.read_bytes())
        names = [value.name for value in proto.graph.input]
        names += [name for node in proto.graph.node for name in node.output]
        return list(dict.fromkeys(name for name in names if name))
    except (DecodeError, UnicodeDecodeError):
        return []


#: What a report may be for.
_PURPOSES = ("cache", "qdq", "11", "dla")

Command = tuple[list[str], "Path | None"]


def _inspect(rng: random.Random, model: Path, _ranges: Path) -> Command:
    options = rng.choice(([], ["--json"], ["--keys"], ["--diff-trt", "7.2,10.16"]))
    trt = [] if "--diff-trt" in options else ["--trt", rng.choice(PROFILES)]
    return ["inspect", str(model), *trt, *options], None


def _template(rng: random.Random, model: Path, _ranges: Path) -> Command:
    out = model.parent / "t.json"
    return ["template", str(model), "--trt", rng.choice(PROFILES), "-o", str(out)], None


def _resolve(rng: random.Random, model: Path, _ranges: Path) -> Command:
    name, trt = rng.choice(_NAMES), rng.choice(PROFILES)
    return ["resolve", name, str(model), "--trt", trt], None


def _check(rng: random.Random, model: Path, ranges: Path) -> Command:
    return ["check", str(ranges), str(model), "--trt", rng.choice(RANGED_PROFILES)], None


def _report(rng: random.Random, model: Path, ranges: Path) -> Command:
    options = ["--fill", rng.choice(("none", "safe", "bounds")), "--for", rng.choice(_PURPOSES)]
    given = [str(ranges)] if rng.random() < 0.8 else []
    return ["report", *given, str(model), *options, "-o", str(model.parent / "p.html")], None


def _apply(rng: random.Random, model: Path, ranges: Path) -> Command:
    kind = rng.choice(("cache", "qdq.onnx", "ranged.onnx", "qdq.onnx"))
    out = model.parent / f"o.{kind}"
    options = ["--fill", rng.choice(("none", "safe", "bounds"))]
    if kind != "qdq.onnx":
        options += ["--trt", rng.choice(RANGED_PROFILES)]
        options += ["--target", "dla"] if rng.random() < 0.2 else []
    elif rng.random() < 0.4:
        options += [rng.choice(("--fp16", "--per-tensor", "--strip-clips"))]
    options += ["--allow-missing"] if rng.random() < 0.7 else []
    return ["apply", str(ranges), str(model), "-o", str(out), *options], out


def _strip(rng: random.Random, model: Path, _ranges: Path) -> Command:
    out, plain = model.parent / "q.json", model.parent / "plain.onnx"
    return ["convert", str(model), "-o", str(out), "--strip", str(plain)], plain


_COMMANDS: tuple[Callable[[random.Random, Path, Path], Command], ...] = (
    _inspect,
    _template,
    _resolve,
    _check,
    _report,
    _apply,
    _apply,
    *[_apply] * 9,
    _strip,
)
