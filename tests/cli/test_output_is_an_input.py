# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""No command writes over what it reads, by whatever name, nor over a file of another kind."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import onnx
import pytest

from setrange.cli.file_arguments import InputFile, OutputFile
from setrange.cli.group import COMMANDS, load_command
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RANGES = {"input": 1.0, "conv": 8.0, "relu": 8.0, "pool": 4.0, "flat": 4.0, "out": 16.0}


def the_same(path: Path) -> Path:
    return path


def by_dot(path: Path) -> str:
    return os.path.join(path.parent, ".", path.name)


def by_symlink(path: Path) -> Path:
    link = path.with_name(f"link-{path.name}")
    link.symlink_to(path)
    return link


def by_hard_link(path: Path) -> Path:
    link = path.with_name(f"hard-{path.name}")
    link.hardlink_to(path)
    return link


def by_folder_link(path: Path) -> Path:
    folder = path.parent.with_name(f"{path.parent.name}-link")
    folder.symlink_to(path.parent)
    return folder / path.name


WAYS = [the_same, by_dot, by_symlink, by_hard_link, by_folder_link]

#: Command line with `{name}` for files, and the input that is to be the output.
TRIES = [
    (["template", "{m.onnx}"], "m.onnx"),
    (["template", "{w.onnx}"], "w.bin"),
    (["apply", "{r.json}", "{m.onnx}", "--trt", "8.6", "--to", "cache"], "m.onnx"),
    (["apply", "{r.json}", "{m.onnx}", "--trt", "8.6", "--to", "cache"], "r.json"),
    (["apply", "{r.json}", "{m.onnx}", "--trt", "8.6", "--to", "ranged-onnx"], "m.onnx"),
    (["apply", "{r.json}", "{m.onnx}", "--to", "qdq"], "m.onnx"),
    (["apply", "{r.json}", "{m.onnx}", "--to", "qdq"], "r.json"),
    (["apply", "{r.json}", "{w.onnx}", "--to", "qdq"], "w.bin"),
    (["apply", "{r.json}", "{w.onnx}", "--trt", "8.6", "--to", "cache"], "w.bin"),
    (["apply", "{r.json}", "{m.onnx}", "--to", "engine"], "m.onnx"),
    (["collect", "{m.onnx}", "--data", "{x.npy}"], "m.onnx"),
    (["collect", "{m.onnx}", "--data", "{x.npy}"], "x.npy"),
    (["convert", "{r.json}", "--to", "yaml"], "r.json"),
    (["convert", "{r.json}", "--to", "setrange", "--model", "{m.onnx}"], "m.onnx"),
    (["merge", "{r.json}", "{s.json}", "--to", "setrange"], "r.json"),
    (["merge", "{r.json}", "{s.json}", "--to", "setrange"], "s.json"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    small_cnn(folder / "m.onnx")
    model = onnx.load(folder / "m.onnx")
    onnx.save_model(
        model, folder / "w.onnx", save_as_external_data=True, location="w.bin", size_threshold=0
    )
    for name in ("r.json", "s.json"):
        (folder / name).write_text(json.dumps(RANGES))
    np.save(folder / "x.npy", np.zeros((1, 3, 8, 8), np.float32))
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def line(parts: list[str], folder: Path) -> list[str]:
    return [str(folder / part[1:-1]) if part.startswith("{") else part for part in parts]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("parts", "name"), TRIES)
@pytest.mark.parametrize("more", [(), ("--overwrite",)], ids=["", "overwrite"])
def test_it_is_refused(
    folder: Path,
    parts: list[str],
    name: str,
    way: Callable[[Path], Any],
    more: tuple[str, ...],
) -> None:
    out = way(folder / name)
    before = contents(folder)
    result = run(*line(parts, folder), "-o", out, *more)
    assert (result.status, result.out) == (2, ""), result.err
    assert result.err.count("\n") == 1
    assert "is the same file as" in result.err or (name == "w.bin" and not more)
    assert contents(folder) == before


def test_what_is_written_beside_an_output_is_no_input(folder: Path) -> None:
    ranges = folder / "x.ranged.cache"
    done = run("apply", folder / "r.json", folder / "m.onnx", "--trt", "8.6", "-o", ranges)
    assert done.status == 0
    before = contents(folder)
    out = folder / "x.ranged.onnx"
    result = run("apply", ranges, folder / "m.onnx", "--trt", "8.6", "-o", out)
    assert result.status == 2
    assert f"the cache beside it {ranges}: is the same file as RANGES" in result.err
    assert contents(folder) == before


def test_two_outputs_are_two_files(folder: Path) -> None:
    quantized = folder / "q.onnx"
    assert run("apply", folder / "r.json", folder / "m.onnx", "-o", quantized).status == 0
    both = folder / "both.json"
    result = run("convert", quantized, "-o", both, "--strip", both)
    assert result.status == 2
    assert "give each output its own name" in result.err
    result = run("convert", quantized, "-o", both, "--strip", quantized)
    assert result.status == 2
    assert "is the same file as SRC" in result.err
    assert not both.exists()


def test_a_cache_beside_itself(folder: Path) -> None:
    arguments = ["apply", folder / "r.json", folder / "m.onnx", "--trt", "8.6"]
    result = run(*arguments, "--to", "ranged-onnx", "-o", folder / "same.cache")
    assert result.status == 2
    assert "give each output its own name" in result.err


def test_an_argument_that_may_be_left_out_is_named_as_it_is(folder: Path) -> None:
    ranges = folder / "given.json"
    ranges.write_text("{}")
    result = run("report", ranges, folder / "m.onnx", "-o", ranges)
    assert result.status == 2
    assert "same file as RANGES, which is read" in result.err
    assert ranges.read_text() == "{}"


def test_data_in_a_folder_are_inputs_too(folder: Path) -> None:
    pytest.importorskip("onnxruntime")
    image = pytest.importorskip("PIL.Image")
    data = folder / "data"
    data.mkdir()
    image.new("RGB", (8, 8)).save(data / "a.png")
    before = contents(data)
    arguments = ["collect", folder / "m.onnx", "--image", "--data", data]
    result = run(*arguments, "-o", data / "a.png", "--overwrite")
    assert result.status == 2
    assert "is the same file as --data" in result.err
    assert contents(data) == before


def test_a_state_beside_the_result_is_no_sample(folder: Path) -> None:
    pytest.importorskip("onnxruntime")
    data = folder / "data"
    data.mkdir()
    np.save(data / "a.npy", np.zeros((1, 3, 8, 8), np.float32))
    arguments = ["collect", folder / "m.onnx", "--data", data]
    assert run(*arguments, "-o", data / "old.state.npz").status == 0
    result = run(*arguments, "-o", data / "new.json")
    assert result.status == 0, result.err
    assert "1 sample" in result.err


@pytest.mark.skipif(os.name == "nt", reason="the other two systems compare letters so")
@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_names_that_differ_in_case_only(
    folder: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setrange.files.roles.sys.platform", system)
    result = run("template", folder / "m.onnx", "-o", folder / "M.ONNX")
    assert result.status == 2
    assert "is the same file as MODEL" in result.err


# -- files of another kind --------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        ["template", "{m.onnx}"],
        ["apply", "{r.json}", "{m.onnx}", "--trt", "8.6", "--to", "cache"],
        ["apply", "{r.json}", "{m.onnx}", "--to", "qdq"],
        ["apply", "{r.json}", "{m.onnx}", "--trt", "8.6", "--to", "ranged-onnx"],
        ["apply", "{r.json}", "{m.onnx}", "--to", "engine"],
        ["collect", "{m.onnx}", "--random", "--samples", "1"],
        ["convert", "{r.json}", "--to", "yaml"],
        ["convert", "{r.json}", "--to", "setrange"],
        ["merge", "{r.json}", "{s.json}", "--to", "setrange"],
    ],
)
@pytest.mark.parametrize("kind", ["model", "given", "notes", "data"])
def test_a_file_of_another_kind_is_kept(folder: Path, parts: list[str], kind: str) -> None:
    out = folder / "precious"
    if kind == "model":
        small_cnn(out)
    elif kind == "given":
        out.write_text('{"setrange": 1, "tensors": {"input": {"min": -1, "max": 1}}}')
    elif kind == "notes":
        out.write_text("what I must not forget\n")
    else:
        with out.open("wb") as stream:
            np.save(stream, np.zeros(3))
    before = contents(folder)
    result = run(*line(parts, folder), "-o", out)
    assert (result.status, result.out) == (2, ""), result.err
    assert f"{out}: exists and is " in result.err.splitlines()[-1]
    assert "--overwrite" in result.err
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (["template", "{m.onnx}"], "t.json"),
        (["apply", "{r.json}", "{m.onnx}", "--trt", "8.6"], "c.cache"),
        (["apply", "{r.json}", "{m.onnx}"], "q.onnx"),
        (["apply", "{r.json}", "{m.onnx}", "--trt", "8.6"], "c.ranged.onnx"),
        (["convert", "{r.json}", "--to", "yaml"], "c.yaml"),
        (["convert", "{r.json}", "--to", "setrange"], "c.json"),
        (["merge", "{r.json}", "{s.json}", "--to", "setrange"], "c.json"),
    ],
)
def test_the_same_command_again_is_free(folder: Path, parts: list[str], name: str) -> None:
    for top in (16.0, 32.0):
        (folder / "s.json").write_text(json.dumps({**RANGES, "out": top}))
        (folder / "r.json").write_text(json.dumps({**RANGES, "out": top}))
        result = run(*line(parts, folder), "-o", folder / name)
        assert result.status == 0, result.err


@pytest.mark.parametrize("ending", ["layers.json", "plan.json"])
def test_what_lies_beside_an_engine_is_kept(folder: Path, ending: str) -> None:
    """Whatever builds it: nothing is asked of a builder before that."""
    mine = folder / f"new.engine.{ending}"
    mine.write_text('{"setrange": 1, "tensors": {"input": {"min": -1, "max": 1}}}')
    before = contents(folder)
    result = run("apply", folder / "r.json", folder / "m.onnx", "-o", folder / "new.engine")
    assert result.status == 2
    assert f"{mine}: exists and is a ranges file that holds given ranges" in result.err
    assert contents(folder) == before


def test_a_timing_cache_replaces_no_ranges(folder: Path) -> None:
    settings, mine = folder / "b.yaml", folder / "mine.csv"
    settings.write_text(f"setrange_build: 1\ntiming_cache: {mine}\n")
    mine.write_text("name,min,max\ninput,-1,1\n")
    before = contents(folder)
    arguments = ["apply", folder / "r.json", folder / "m.onnx", "--config", settings]
    result = run(*arguments, "-o", folder / "new.engine")
    assert result.status == 2
    assert f"{mine}: exists and is ranges (" in result.err
    assert contents(folder) == before


def test_overwrite_replaces_another_kind(folder: Path) -> None:
    out = folder / "old.json"
    out.write_text("what I can forget\n")
    assert run("template", folder / "m.onnx", "-o", out).status == 2
    assert run("template", folder / "m.onnx", "-o", out, "--overwrite").status == 0
    assert json.loads(out.read_text())["setrange"] == 1


def test_a_template_that_was_filled_in_is_kept(folder: Path) -> None:
    out = folder / "t.json"
    assert run("template", folder / "m.onnx", "-o", out).status == 0
    filled = json.loads(out.read_text())
    filled["tensors"]["input"] = {"min": -1.0, "max": 1.0}
    out.write_text(json.dumps(filled))
    result = run("template", folder / "m.onnx", "-o", out)
    assert result.status == 2
    assert "holds given ranges" in result.err


def test_an_empty_file_is_nothing_to_keep(folder: Path) -> None:
    (folder / "t.json").touch()
    assert run("template", folder / "m.onnx", "-o", folder / "t.json").status == 0


@pytest.mark.parametrize("ending", [".onnx", ".engine", ".cache", ".npy"])
def test_ranges_under_a_name_that_misleads(folder: Path, ending: str) -> None:
    out = folder / f"new{ending}"
    for command in (["template"], ["collect", "--random", "--samples", "1"]):
        result = run(*command, folder / "m.onnx", "-o", out)
        assert result.status == 2
        assert f"{ending} is the ending of something else" in result.err
    assert not out.exists()


def test_a_stripped_model_replaces_only_itself(folder: Path) -> None:
    quantized, plain = folder / "q.onnx", folder / "p.onnx"
    assert run("apply", folder / "r.json", folder / "m.onnx", "-o", quantized).status == 0
    arguments = ["convert", quantized, "-o", folder / "c.json", "--strip", plain]
    assert run(*arguments).status == 0
    assert run(*arguments).status == 0
    small_cnn(plain, batch="N")  # somebody's own
    before = contents(folder)
    result = run(*arguments)
    assert result.status == 2
    assert f"{plain}: exists and is an ONNX model" in result.err
    assert contents(folder) == before


# -- every command ----------------------------------------------------------------------

#: What arguments that name files are called in the help.
FILES = {"MODEL", "RANGES", "OUT", "SRC", "DST", "FILE", "FILE...", "PATH", "PLACE", "LOG", "A"}
FILES |= {"B", "PLAIN.onnx"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_argument_that_names_a_file_says_whether_it_is_read(name: str) -> None:
    """The type is what keeps an output from being an input: see `cli/file_arguments.py`."""
    for parameter in load_command(name).params:
        is_output = "--output" in parameter.opts
        if isinstance(parameter.type, click.types.IntParamType):
            continue  # --batch B
        if parameter.metavar in FILES or isinstance(parameter.type, click.Path):
            wanted = OutputFile if is_output else (InputFile, OutputFile)
            assert isinstance(parameter.type, wanted), f"{name}: {parameter.opts}"
