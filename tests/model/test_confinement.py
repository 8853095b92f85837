# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model's weights come from plain files in its own folder, and from nowhere else."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from setrange.errors import ModelError
from setrange.formats.registry import read_source
from setrange.model.constants import weights_from_tensor
from setrange.model.digest import BackgroundDigest
from setrange.model.external import is_in_place
from setrange.model.loading import load_model
from setrange.model.writing import skeleton_of, write_model
from setrange.ranges.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

_N = helper.make_node
_VALUES = np.arange(64, dtype=np.float32).reshape(8, 8)


def stored(location: str, name: str = "w", **place: object) -> TensorProto:
    tensor = TensorProto(name=name, data_type=1, dims=_VALUES.shape, data_location=1)
    for key, value in {"location": location, **place}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _value(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [8, 8])


def _body(tensor: TensorProto, output: str) -> GraphProto:
    node = _N("Add", ["x", tensor.name], [output])
    return helper.make_graph([node], "b", [], [_value(output)], [tensor])


def _plain(nodes: list[NodeProto], *tensors: TensorProto, **graph: object) -> onnx.ModelProto:
    made = helper.make_graph(nodes, "g", [_value("x")], [_value("y")], tensors, **graph)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def _in_initializer(tensor: TensorProto) -> onnx.ModelProto:
    return _plain([_N("MatMul", ["x", "w"], ["y"])], tensor)


def _unused(tensor: TensorProto) -> onnx.ModelProto:
    return _plain([_N("Relu", ["x"], ["y"])], tensor)


def _in_constant(tensor: TensorProto) -> onnx.ModelProto:
    return _plain([_N("Constant", [], ["w"], value=tensor), _N("MatMul", ["x", "w"], ["y"])])


def _in_body(tensor: TensorProto) -> onnx.ModelProto:
    other = numpy_helper.from_array(_VALUES, "v")
    bodies = {"then_branch": _body(tensor, "a"), "else_branch": _body(other, "b")}
    true = numpy_helper.from_array(np.array(True), "c")
    return _plain([_N("If", ["c"], ["y"], **bodies)], true)


def _sparse(tensor: TensorProto) -> onnx.ModelProto:
    indices = numpy_helper.from_array(np.arange(64), "i")
    sparse = onnx.SparseTensorProto(values=tensor, indices=indices, dims=[64])
    return _plain([_N("Relu", ["x"], ["y"])], sparse_initializer=[sparse])


def _in_function(tensor: TensorProto) -> onnx.ModelProto:
    nodes = [_N("Constant", [], ["k"], value=tensor), _N("MatMul", ["a", "k"], ["z"])]
    own = helper.make_opsetid("d", 1)
    function = helper.make_function(
        "d", "f", ["a"], ["z"], nodes, [helper.make_opsetid("", 13)]
    )
    model = _plain([_N("f", ["x"], ["y"], domain="d")])
    model.opset_import.append(own)
    model.functions.append(function)
    return model


_PLACES = [_in_initializer, _unused, _in_constant, _in_body, _sparse, _in_function]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's folder with good data, and a secret beside it."""
    (tmp_path / "secret").write_bytes(b"s" * _VALUES.nbytes)
    here = tmp_path / "model"
    (here / "sub").mkdir(parents=True)
    for name in ("good.bin", "sub/good.bin"):
        (here / name).write_bytes(_VALUES.tobytes())
    return here


def told(folder: Path, model: onnx.ModelProto) -> str:
    """What loading says."""
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError) as error:
        load_model(path)
    return str(error.value)


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize("where", ["absolute", "above", "around", "link", "behind a link"])
def test_files_outside_are_never_read(folder: Path, place: object, where: str) -> None:
    assert callable(place)
    secret = folder.parent / "secret"
    if "link" in where:
        try:
            (folder / "link").symlink_to(secret)
            (folder / "door").symlink_to(folder.parent, target_is_directory=True)
        except OSError:
            pytest.skip("no links here")
    location = {
        "absolute": str(secret),
        "above": "../secret",
        "around": "sub/../../secret",
        "link": "link",
        "behind a link": "door/secret",
    }[where]
    message = told(folder, place(stored(location)))
    assert "external data of tensor 'w'" in message
    assert location in message
    assert "outside the model's folder" in message


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_a_pipe_is_no_data_file_and_nothing_waits_for_it(folder: Path, place: object) -> None:
    assert callable(place)
    os.mkfifo(folder / "pipe")
    assert "is a pipe, no plain file" in told(folder, place(stored("pipe")))


def test_a_folder_is_no_data_file(folder: Path) -> None:
    assert "is a directory, no plain file" in told(folder, _in_initializer(stored("sub")))


@pytest.mark.parametrize("location", ["", "a\0b", "/dev/zero", "/proc/self/environ"])
def test_places_that_are_no_files(folder: Path, location: str) -> None:
    message = told(folder, _in_initializer(stored(location)))
    assert "names no file" in message or "outside the model's folder" in message


def test_a_location_that_is_not_text(folder: Path) -> None:
    data = _in_initializer(stored("good.bin")).SerializeToString()
    (folder / "m.onnx").write_bytes(data.replace(b"good.bin", b"\xff\xfe\x80d.bin"))
    with pytest.raises(ModelError, match="names no file"):
        load_model(folder / "m.onnx")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"offset": -1}, "offset '-1' is not a number from 0 to"),
        ({"offset": "-" + "9" * 5000}, "is not a number from 0 to"),
        ({"offset": 2**63}, "is not a number from 0 to"),
        ({"offset": "1_0"}, "offset '1_0' is not a number"),
        ({"offset": "٣"}, "is not a number"),
        ({"length": -256}, "length '-256' is not a number"),
        ({"length": 255}, "length 255 does not fit the shape [8, 8] and type, which need 256"),
        ({"offset": 1}, "ends 1 bytes too early"),
        ({"offset": 2**62}, "too early"),
    ],
)
def test_places_beyond_the_file(folder: Path, place: dict[str, object], expected: str) -> None:
    message = told(folder, _in_body(stored("good.bin", **place)))
    assert expected in message
    assert "'w'" in message
    assert len(message) < 400


@pytest.mark.parametrize("location", ["good.bin", "sub/good.bin", "./good.bin"])
@pytest.mark.parametrize("place", _PLACES)
def test_files_inside_are_read(folder: Path, place: object, location: str) -> None:
    assert callable(place)
    path = folder / "m.onnx"
    path.write_bytes(place(stored(location, offset=0, length=256)).SerializeToString())
    load_model(path)
    tensor = stored(location)
    np.testing.assert_array_equal(weights_from_tensor(tensor, folder).data(), _VALUES)


def test_a_link_inside_and_a_cache_of_downloads_are_read(folder: Path) -> None:
    """Download caches hold links: the model and its data lie side by side elsewhere."""
    (folder / "m.onnx").write_bytes(_in_initializer(stored("w.bin")).SerializeToString())
    snapshot = folder.parent / "snapshot"
    snapshot.mkdir()
    try:
        (folder / "w.bin").symlink_to("good.bin")
        (snapshot / "m.onnx").symlink_to(folder / "m.onnx")
        (snapshot / "w.bin").symlink_to(folder / "good.bin")
    except OSError:
        pytest.skip("no links here")
    for base in (folder, snapshot):
        model = load_model(base / "m.onnx")
        weights = model.weights(model.graph.initializer[0])
        np.testing.assert_array_equal(weights.data(), _VALUES)


@pytest.mark.parametrize("place", _PLACES)
def test_a_model_written_elsewhere_takes_its_data_along(
    folder: Path, tmp_path: Path, place: object
) -> None:
    assert callable(place)
    (folder / "m.onnx").write_bytes(place(stored("good.bin")).SerializeToString())
    model = load_model(folder / "m.onnx")
    there = tmp_path / "there"
    there.mkdir()
    files = write_model(
        there / "o.onnx", skeleton_of(model.proto), model.graph.initializer, base=model.base
    )
    assert [file.parent for file in files] == [there]
    written = load_model(there / "o.onnx")
    (folder / "good.bin").unlink()
    assert [f.read_bytes() for f in files] == [_VALUES.tobytes()]
    assert "good.bin" not in str(written.proto)


def test_readers_of_ranges_are_confined_too(folder: Path) -> None:
    scale = TensorProto(name="s", data_type=1, data_location=1)
    scale.external_data.add(key="location", value="../secret")
    nodes = [_N("QuantizeLinear", ["x", "s"], ["q"]), _N("DequantizeLinear", ["q", "s"], ["y"])]
    data = _plain(nodes, scale).SerializeToString()
    with pytest.raises(ModelError, match="outside the model's folder"):
        read_source(SourceFile(str(folder / "q.onnx"), data), "qdq-onnx")


def test_no_file_can_pretend_that_its_values_are_in_place(folder: Path) -> None:
    forged = stored("../secret", checksum="in place 0123 1 2 3 4")
    assert not is_in_place(forged)
    assert "outside the model's folder" in told(folder, _in_initializer(forged))


@pytest.mark.parametrize("how", ["replaced", "rewritten", "cut", "grown"])
def test_a_data_file_that_changes_is_noticed(folder: Path, how: str) -> None:
    (folder / "m.onnx").write_bytes(_in_initializer(stored("good.bin")).SerializeToString())
    model = load_model(folder / "m.onnx")
    weights = model.weights(model.graph.initializer[0])
    _change(folder / "good.bin", how)
    for read in (weights.data, weights.amax, lambda: list(weights.slices())):
        with pytest.raises(ModelError, match=r"good\.bin was changed while it was being read"):
            read()


@pytest.mark.parametrize("how", ["replaced", "rewritten", "cut", "grown"])
def test_a_model_file_that_changes_is_noticed(folder: Path, how: str) -> None:
    large = numpy_helper.from_array(np.ones((128, 128), np.float32), "w")
    (folder / "m.onnx").write_bytes(_in_initializer(large).SerializeToString())
    model = load_model(folder / "m.onnx")
    weights = model.weights(model.graph.initializer[0])
    _change(folder / "m.onnx", how)
    for read in (weights.data, weights.amax, lambda: list(weights.slices())):
        with pytest.raises(ModelError, match=r"m\.onnx was changed while it was being read"):
            read()


def test_a_file_cut_between_two_pieces_is_an_error(folder: Path) -> None:
    """Mapped into memory, it would end the program."""
    many = np.zeros(1 << 20, dtype=np.float32)
    (folder / "good.bin").write_bytes(many.tobytes())
    tensor = stored("good.bin")
    tensor.dims[:] = many.shape
    pieces = weights_from_tensor(tensor, folder)._chunks
    assert pieces is not None
    read = pieces()
    next(read)
    (folder / "good.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="was changed while it was being read"):
        next(read)


def _change(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "replaced":
        other = path.with_name("other")
        other.write_bytes(data)
        other.replace(path)
    elif how == "rewritten":
        status = path.stat()
        path.write_bytes(bytes(len(data)))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
    else:
        path.write_bytes(data[:-4] if how == "cut" else data + b"1234")


@pytest.mark.parametrize("how", ["replaced", "rewritten", "cut", "grown"])
def test_what_reads_a_model_twice_notices_that_it_is_another(folder: Path, how: str) -> None:
    path = folder / "m.onnx"
    path.write_bytes(_unused(stored("good.bin")).SerializeToString())
    digest = BackgroundDigest(path)
    assert digest.hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest()
    digest.check_unchanged()
    _change(path, how)
    with pytest.raises(ModelError, match=r"m\.onnx was changed while it was being read"):
        digest.check_unchanged()
