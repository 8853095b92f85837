# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile models: loaded, imported for some release, planned, written.

The samples are the models that come with onnx, and the golden ones where they are at hand.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from setrange.errors import SetrangeError
from setrange.exporters.cache import make_cache
from setrange.exporters.ranged.exporter import make_ranged
from setrange.importer.model_at import ModelAt
from setrange.model.held_tensors import all_graphs, held_tensors
from setrange.model.loading import load_model
from setrange.model.writing import write_model
from setrange.network.diff import diff_networks
from setrange.plan import make_plan
from setrange.report.layers import diff_text, layers_text
from setrange.versions import PROFILES
from tests.fuzz.corpus import Corpus, edit
from tests.golden.corpus import golden_dir
from tests.networks import ranges_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

#: Numbers at which something ends.
_INTS = (0, 1, -1, 2, 3, 7, 8, 9, 64, 127, 1024, 2**31 - 1, 2**31, -(2**31), 2**62, -(2**63))
_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-45, 1e38, 3.5e38, math.nan, math.inf, -math.inf)
_TEXTS = (b"", b"a", b"linear", b"SAME_UPPER", b"constant", b"\xff\xfe", b"ij,jk->ik", b"\0")
_LARGEST_SAMPLE = 200_000


@functools.cache
def _samples() -> list[bytes]:
    data = Path(onnx.__file__).parent / "backend" / "test" / "data"
    found = sorted(data.glob("*/*/model.onnx"))
    found += sorted((golden_dir() / "models").glob("*/**/*.onnx"))
    return [p.read_bytes() for p in found if p.stat().st_size < _LARGEST_SAMPLE]


@functools.cache
def _ops() -> list[str]:
    return sorted({schema.name for schema in onnx.defs.get_all_schemas()})


# -- changes ----------------------------------------------------------------------------


def _rewired(model: onnx.ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(all_graphs(model)))
    if not graph.node:
        return
    node = rng.choice(graph.node)
    names = rng.choice((node.input, node.output))
    known = [name for other in graph.node for name in (*other.input, *other.output)]
    known += ["", "nowhere", *(t.name for t in graph.initializer)]
    place = rng.randrange(len(names) + 1)
    match rng.randrange(6):
        case 0 if names:
            del names[min(place, len(names) - 1)]
        case 1:
            names.insert(place, rng.choice(known))
        case 2 | 3 if names:
            names[min(place, len(names) - 1)] = rng.choice(known)
        case 4:
            names.extend([rng.choice(known)] * rng.choice((2, 9, 40)))
        case _:
            del names[:]


def _retyped(model: onnx.ModelProto, rng: random.Random) -> None:
    graph = rng.choice(list(all_graphs(model)))
    if not graph.node:
        return
    node = rng.choice(graph.node)
    match rng.randrange(5):
        case 0:
            node.op_type = rng.choice(_ops())
        case 1:
            node.domain = rng.choice(("", "ai.onnx", "com.microsoft", "own"))
        case 2:
            node.name = rng.choice(("", "n", "a" * 300, node.op_type))
        case 3:
            graph.node.append(node)
        case _:
            nodes = list(graph.node)
            rng.shuffle(nodes)
            del graph.node[:]
            graph.node.extend(nodes)


def _attribute(model: onnx.ModelProto, rng: random.Random) -> None:
    nodes = [n for graph in all_graphs(model) for n in graph.node if n.attribute]
    if not nodes:
        return
    node = rng.choice(nodes)
    attr = rng.choice(node.attribute)
    if rng.random() < 0.2:
        node.attribute.remove(attr)
        return
    if rng.random() < 0.15:
        kept = attr.name
        attr.CopyFrom(helper.make_attribute(kept, rng.choice((1, 0.5, "s", [1], [0.5], ["s"]))))
        return
    match attr.type:
        case AttributeProto.INT:
            attr.i = rng.choice(_INTS)
        case AttributeProto.FLOAT:
            attr.f = rng.choice(_FLOATS)
        case AttributeProto.STRING:
            attr.s = rng.choice(_TEXTS)
        case AttributeProto.INTS:
            _numbers(attr.ints, rng, _INTS)
        case AttributeProto.FLOATS:
            _numbers(attr.floats, rng, _FLOATS)
        case AttributeProto.TENSOR:
            _damaged(attr.t, rng)
        case _:
            attr.type = rng.choice((0, 1, 2, 4, 7))


def _numbers(values: Any, rng: random.Random, numbers: tuple[Any, ...]) -> None:
    match rng.randrange(4):
        case 0 if len(values):
            del values[rng.randrange(len(values))]
        case 1:
            values.append(rng.choice(numbers))
        case 2:
            values.extend([rng.choice(numbers)] * rng.choice((1, 8, 70)))
        case _ if len(values):
            values[rng.randrange(len(values))] = rng.choice(numbers)


def _damaged(tensor: TensorProto, rng: random.Random) -> None:
    match rng.randrange(6):
        case 0:
            _numbers(tensor.dims, rng, _INTS)
        case 1:
            tensor.data_type = rng.choice((*range(25), 99))
        case 2:
            tensor.raw_data = tensor.raw_data[: rng.randrange(len(tensor.raw_data) + 1)]
        case 3:
            values = [rng.choice(_INTS) for _ in range(rng.choice((0, 1, 2, 4, 9)))]
            name = tensor.name
            tensor.CopyFrom(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))
        case 4:
            numbers = [rng.choice(_FLOATS) for _ in range(rng.choice((0, 1, 2, 4, 9)))]
            name = tensor.name
            made = helper.make_tensor(name, TensorProto.FLOAT, [len(numbers)], numbers)
            tensor.CopyFrom(made)
        case _:
            tensor.ClearField("raw_data")


def _tensor(model: onnx.ModelProto, rng: random.Random) -> None:
    tensors = list(held_tensors(model))
    if tensors:
        _damaged(rng.choice(tensors), rng)


def _value(model: onnx.ModelProto, rng: random.Random) -> None:
    values = [v for g in all_graphs(model) for v in (*g.input, *g.output, *g.value_info)]
    if not values:
        return
    value = rng.choice(values)
    dims = value.type.tensor_type.shape.dim
    match rng.randrange(6):
        case 0:
            value.type.tensor_type.elem_type = rng.choice((*range(25), 99))
        case 1:
            del dims[:]
        case 2:
            dims.add().dim_value = rng.choice(_INTS)
        case 3 | 4 if dims:
            rng.choice(dims).dim_value = rng.choice(_INTS)
        case _ if dims:
            rng.choice(dims).dim_param = rng.choice(("", "N", "batch"))


def _opset(model: onnx.ModelProto, rng: random.Random) -> None:
    match rng.randrange(3):
        case 0:
            for entry in model.opset_import:
                entry.version = rng.choice((*range(1, 26), *_INTS))
        case 1:
            model.ir_version = rng.choice((1, 3, 4, 8, 13, 99))
        case _:
            model.opset_import.add(domain=rng.choice(("", "own")), version=rng.choice(_INTS))


def _nested(model: onnx.ModelProto, rng: random.Random) -> None:
    """Move the main graph into bodies or local functions, some levels deep."""
    graph = model.graph
    names = [value.name for value in graph.output]
    if not names:
        return
    if rng.random() < 0.5:
        for level in range(rng.choice((1, 2, 3))):
            body = onnx.GraphProto(name="b", node=graph.node, output=graph.output)
            condition = numpy_helper.from_array(_true(), f"c{level}")
            node = helper.make_node("If", [condition.name], names, f"if{level}")
            node.attribute.append(helper.make_attribute("then_branch", body))
            node.attribute.append(helper.make_attribute("else_branch", body))
            del graph.node[:]
            graph.node.append(node)
            graph.initializer.append(condition)
        return
    inputs = [value.name for value in graph.input]
    opsets = list(model.opset_import)
    for level in range(rng.choice((1, 2, 30, 70))):
        own = f"f{level}"
        made = helper.make_function("own", own, inputs, names, list(graph.node), opsets)
        model.functions.append(made)
        del graph.node[:]
        repeated = [helper.make_node(own, inputs, names, domain="own")] * rng.choice((1, 1, 3))
        graph.node.extend(repeated)
    model.opset_import.add(domain="own", version=1)


def _true() -> Any:
    import numpy as np

    return np.array(True)


_CHANGES: tuple[Callable[[onnx.ModelProto, random.Random], None], ...] = (
    _rewired,
    _retyped,
    _attribute,
    _attribute,
    _tensor,
    _value,
    _opset,
    _nested,
)


def changed_model(rng: random.Random) -> bytes:
    model = onnx.ModelProto.FromString(rng.choice(_samples()))
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        # Text of a sample may not be text any more, and then nothing can be set to it.
        with contextlib.suppress(UnicodeDecodeError, TypeError, ValueError):
            rng.choice(_CHANGES)(model, rng)
    data: bytes = model.SerializeToString()
    return data


def _edited_model(rng: random.Random) -> bytes:
    samples = _samples()
    data = bytearray(rng.choice(samples))
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        edit(data, rng, samples)
    return bytes(data)


# -- attacks ----------------------------------------------------------------------------


def _import(make: Callable[[random.Random], bytes], rng: random.Random, folder: Path) -> None:
    path = folder / "m.onnx"
    path.write_bytes(make(rng))
    model = ModelAt(load_model(path))
    network = model.network(rng.choice(PROFILES))
    network.to_dict()
    layers_text(network, keys=True)
    other = model.network_if_accepted(rng.choice(PROFILES))
    if other is not None:
        diff_text(diff_networks(network, other))


def _plan(make: Callable[[random.Random], bytes], rng: random.Random, folder: Path) -> None:
    path = folder / "m.onnx"
    path.write_bytes(make(rng))
    model = ModelAt(load_model(path))
    network = model.network(rng.choice(PROFILES))
    given: dict[str, tuple[float, float] | None] = {}
    for tensor in network.float_tensors():
        if rng.random() < 0.8:
            bound = rng.choice((0.0, 1e-40, 0.5, 1.0, 6.0, 3e38))
            given[tensor.name] = (rng.choice((-bound, 0.0, -bound / 2)), bound)
    ranges = ranges_of(given)
    fill, target = rng.choice(("none", "safe", "bounds")), rng.choice(("gpu", "gpu", "dla"))
    plan = make_plan(network, ranges, fill=fill, target=target, model=model)
    with contextlib.suppress(SetrangeError):
        make_cache(plan, trt=network.trt)
    made = make_ranged(plan, model.model)
    (folder / "out").mkdir()
    made.write(folder / "out" / "o.onnx")


def _external(rng: random.Random, folder: Path) -> None:
    """A model whose tensors are somewhere else; nothing outside the folder comes out."""
    secret = folder / "secret"
    secret.write_bytes(b"SECRET" * 5000)
    here = folder / "model"
    (here / "sub").mkdir(parents=True)
    (here / "w.bin").write_bytes(bytes(rng.choice((0, 100, 4096, 100_000))))
    with contextlib.suppress(OSError, AttributeError):
        (here / "link").symlink_to(secret)
        os.mkfifo(here / "pipe")
    model = onnx.ModelProto.FromString(rng.choice(_samples()))
    for tensor in held_tensors(model):
        if rng.random() < 0.6:
            _sent_away(tensor, rng, secret)
    path = here / "m.onnx"
    path.write_bytes(model.SerializeToString())
    loaded = load_model(path)
    (folder / "out").mkdir()
    try:
        for tensor in held_tensors(loaded.proto):
            loaded.weights(tensor).amax()
        weights = loaded.graph.initializer
        skeleton = onnx.ModelProto()
        skeleton.CopyFrom(loaded.proto)
        del skeleton.graph.initializer[:]
        write_model(folder / "out" / "o.onnx", skeleton, weights, base=loaded.base)
    finally:
        for written in (folder / "out").iterdir():
            assert b"SECRET" not in written.read_bytes()


def _sent_away(tensor: TensorProto, rng: random.Random, secret: Path) -> None:
    places = (
        *("w.bin", "w.bin", "./w.bin", "../secret", "sub/../../secret", str(secret), "link"),
        *(
            "pipe",
            "sub",
            ".",
            "",
            "/dev/zero",
            "/proc/self/environ",
            "a\0b",
            "missing",
            "m.onnx",
        ),
    )
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=rng.choice(places))
    for key in ("offset", "length", "checksum"):
        if rng.random() < 0.3:
            value = str(rng.choice((*_INTS, "x", "1_0", "", "9" * 5000, "in place 1 2 3 4")))
            tensor.external_data.add(key=key, value=value)


CORPORA = [
    Corpus(name="models/fields", attack=functools.partial(_import, changed_model), weight=4),
    Corpus(name="models/bytes", attack=functools.partial(_import, _edited_model), weight=2),
    Corpus(name="models/plans", attack=functools.partial(_plan, changed_model), weight=4),
    Corpus(name="models/external", attack=_external, weight=1),
]
