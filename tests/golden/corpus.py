# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The golden layer lists and how our prediction compares with them."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import ModelError, ParserRefusedError, UnsupportedOpError
from setrange.importer.parser import import_model
from setrange.model.loading import Model, load_model
from setrange.versions import TrtVersion
from tests.golden.data import golden_dir, has_list, list_lines, model_path, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CORPORA",
    "KNOWN",
    "RENAMED_OUTPUTS",
    "RTX",
    "Comparison",
    "compare",
    "corpora",
    "golden_dir",
    "has_lists",
    "known_differences",
    "model_path",
    "records",
    "shared",
]

CORPORA = ("own", "wheel")

#: Profile -> release of TensorRT for RTX whose own lists show it; nothing is emulated there.
RTX = {"10.16": "1.4", "11.0": "1.5", "11.2": "1.6", "11.4": "1.7"}
#: The emulated network library of these lists numbers the outputs of a layer with several as
#: releases up to 8.5 do; NVIDIA's library writes `_output`, `_output (1)` from 10.0 on.
RENAMED_OUTPUTS = frozenset({"10.1", "10.3", "10.7", "10.10"})

#: Words of a refusal that speaks of a plugin, which TensorRT for RTX does not have.
_PLUGIN = re.compile(r"plugin|creator|No importer registered for op", re.IGNORECASE)

KNOWN = Path(__file__).with_name("known_differences.json")


def corpora() -> tuple[str, ...]:
    """The corpora whose models are here; ``own`` always is."""
    return tuple(c for c in CORPORA if c == "own" or (golden_dir() / "models" / c).is_dir())


def has_lists(version: str) -> bool:
    """True for profiles that golden layer lists show."""
    return version in RTX or has_list("own", version)


def records(corpus: str, version: str) -> Iterator[dict[str, Any]]:
    name = f"rtx/{corpus}" if version in RTX else corpus
    for line in list_lines(name, RTX.get(version, version)):
        yield json.loads(line)


@functools.cache
def _model(path: Path) -> Model | ModelError:
    try:
        return load_model(path)
    except ModelError as e:
        return e


@functools.cache
def known_differences() -> dict[str, dict[str, str]]:
    """Version -> {corpus/model: cause} of the differences that are left."""
    known: dict[str, dict[str, str]] = {}
    for group in json.loads(KNOWN.read_text(encoding="utf-8")):
        for version in group["versions"]:
            for model in group["models"]:
                known.setdefault(version, {})[model] = group["cause"]
    return known


def says_nothing(version: str, record: dict[str, Any]) -> bool:
    """True where RTX refuses a model for want of plugins: TensorRT itself may accept it."""
    return version in RTX and not record["ok"] and bool(_PLUGIN.search(record["error"]))


def as_released(version: str, record: dict[str, Any]) -> dict[str, Any]:
    """The record with the names that the release itself gives to outputs."""
    if version not in RENAMED_OUTPUTS:
        return record
    names: dict[str, str] = {}
    layers = []
    for layer in record["layers"]:
        inputs = [names.get(name, name) for name in layer["inputs"]]
        outputs = []
        for i, output in enumerate(layer["outputs"]):
            name = output["name"]
            names.pop(
                name, None
            )  # an ONNX value may be called like the output of a layer before
            if len(layer["outputs"]) > 1 and name == f"{layer['name']}_output_{i + 1}":
                names[name] = f"{layer['name']}_output" + (f" ({i})" if i else "")
            outputs.append({**output, "name": names.get(name, name)})
        layers.append({**layer, "inputs": inputs, "outputs": outputs})
    return {**record, "layers": layers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One model at one version.

    `outcome`: equal, different, verdict (one side refuses), unsupported (op not modelled),
    crash (an exception that is not ours).
    """

    model: str
    outcome: str
    accepted: bool
    detail: str = ""


def strip(record: dict[str, Any]) -> dict[str, Any]:
    """The parts of an inspect object that the golden lists hold."""
    return {
        "inputs": record["inputs"],
        "outputs": record["outputs"],
        "layers": [
            {
                "index": layer["index"],
                "kind": layer["kind"],
                "name": layer["name"],
                "inputs": layer["inputs"],
                "outputs": [
                    {k: out[k] for k in ("name", "shape", "dtype")} for out in layer["outputs"]
                ],
            }
            for layer in record["layers"]
        ],
    }


def first_difference(ours: dict[str, Any], golden: dict[str, Any]) -> str:
    """Empty if equal, else the first difference in words."""
    for part in ("inputs", "outputs"):
        if ours[part] != golden[part]:
            return f"{part}: ours {ours[part]} golden {golden[part]}"
    for a, b in zip(ours["layers"], golden["layers"], strict=False):
        if a != b:
            return f"layer {b['index']}:\n   ours   {a}\n   golden {b}"
    if len(ours["layers"]) != len(golden["layers"]):
        return f"ours has {len(ours['layers'])} layers, golden {len(golden['layers'])}"
    return ""


def compare(corpus: str, version: str, record: dict[str, Any]) -> Comparison:
    """Predict one model and compare with its golden record."""
    outcome, detail = _compare(corpus, version, record)
    return Comparison(
        model=record["model"], outcome=outcome, accepted=record["ok"], detail=detail
    )


def _compare(corpus: str, version: str, record: dict[str, Any]) -> tuple[str, str]:
    if says_nothing(version, record):
        return "equal", ""
    record = as_released(version, record)
    model = _model(model_path(corpus, record["model"]))
    try:
        if isinstance(model, ModelError):
            raise model
        ours = import_model(model, TrtVersion.parse(version)).to_dict()
    except UnsupportedOpError as e:
        return "unsupported", str(e)
    except (ParserRefusedError, ModelError) as e:
        return ("verdict", f"we refuse: {e}") if record["ok"] else ("equal", "")
    except Exception as e:  # the report counts crashes instead of stopping
        return "crash", f"{type(e).__name__}: {e}"
    if not record["ok"]:
        return "verdict", f"we accept; golden: {record['error']}"
    detail = first_difference(strip(ours), strip(record))
    return ("different" if detail else "equal"), detail
