# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Build settings: what the builder is told, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from setrange.build_settings.config import BuildConfig, read_build_config
from setrange.errors import InputError, UsageError
from tests.cli.material import run, small_cnn
from tests.exporters.quantizing import save
from tests.meta.source_tree import ROOT
from tests.support.trtexec import IMPLICIT, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[[str], Any]


def build(text: str, ranges: Path, model: Path, tmp_path: Path) -> Any:
    """Build with settings; returns the run and where the engine is."""
    config, out = tmp_path / "build.yaml", tmp_path / "net.engine"
    config.write_text(f"setrange_build: 1\n{text}")
    return run("apply", ranges, model, "-o", out, "--config", config), out


@pytest.mark.parametrize("version", IMPLICIT)
def test_settings_reach_the_builder(
    version: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    trt = install(version)
    trt._dla_cores = 2
    (tmp_path / "plugin.so").write_bytes(b"")
    result, out = build(
        f"fp16: false\nworkspace_mib: 512\noptimization_level: 5\ndla_core: 1\n"
        f"hardware_compatibility: ampere_plus\nversion_compatible: true\n"
        f"profiling_verbosity: layer_names_only\ntiming_cache: {tmp_path / 't.cache'}\n"
        f"plugins: [{tmp_path / 'plugin.so'}]\n"
        "io: {input: {dtype: fp16, formats: [chw4, hwc8]}}\n",
        ranges,
        model,
        tmp_path,
    )
    assert result.status == 0, result.err
    engine = told(out)
    assert engine["flags"] == ["GPU_FALLBACK", "INT8", "VERSION_COMPATIBLE"]
    assert engine["memory"] == {"WORKSPACE": 512 << 20}
    assert engine["level"] == 5
    assert (engine["device"], engine["dla_core"]) == ("DLA", 1)
    assert (tmp_path / "net.engine.layers.json").exists()  # read on that core
    assert engine["hardware"] == "AMPERE_PLUS"
    assert engine["verbosity"] == "LAYER_NAMES_ONLY"
    formats = 1 << trt.TensorFormat.CHW4 | 1 << trt.TensorFormat.HWC8
    assert engine["io"]["input"] == ["HALF", formats]
    assert engine["io"]["out"] == ["FLOAT", 1]
    assert trt._libraries == [str(tmp_path / "plugin.so")]


def test_the_timing_cache_grows(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    path = tmp_path / "t.cache"
    for expected in (b"timed.", b"timed.timed."):
        build(f"timing_cache: {path}", ranges, model, tmp_path)
        assert path.read_bytes() == expected


def test_a_setting_this_tensorrt_lacks(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("10.1")
    result, out = build(
        "hardware_compatibility: same_compute_capability", ranges, model, tmp_path
    )
    assert result.status == 2
    assert "does not have the build setting hardware_compatibility" in result.err
    assert not out.exists()


@pytest.mark.parametrize("taken", [True, False])
def test_a_plugin_library_that_tensorrt_does_not_take(
    model: Path,
    ranges: Path,
    tmp_path: Path,
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    taken: bool,
) -> None:
    trt = install("8.6")
    answer = object() if taken else None
    monkeypatch.setattr(trt.IPluginRegistry, "load_library", lambda _self, _path: answer)
    (tmp_path / "plugin.so").write_bytes(b"no library")
    result, out = build(f"plugins: [{tmp_path / 'plugin.so'}]", ranges, model, tmp_path)
    assert result.status == (0 if taken else 3), result.err
    assert out.exists() is taken
    assert ("plugin.so is not one that TensorRT 8.6" in result.err) is not taken


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dla_core: 0", "this machine has no DLA"),
        ("plugins: [libnone.so]", "libnone.so does not exist"),
    ],
)
def test_what_is_not_there(
    text: str, message: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    result, _ = build(text, ranges, model, tmp_path)
    assert result.status == 3
    assert message in result.err


def test_obeying_precisions(model: Path, tmp_path: Path, install: Install) -> None:
    install("8.6")
    ranges = tmp_path / "r.json"
    ranges.write_text(
        '{"setrange": 1, "tensors": {"input": 1, "relu": 2, "out": 3},'
        ' "precision": {"*": "int8"}}'
    )
    result, out = build("precision_constraints: obey\nfp16: false", ranges, model, tmp_path)
    assert result.status == 0, result.err
    assert told(out)["flags"] == ["INT8", "OBEY_PRECISION_CONSTRAINTS"]
    types = {name: value[1] for name, value in told(out)["precisions"].items()}
    assert types["Relu_0"] == {"0": "INT8"}
    # The network's output remains float.
    assert {} in types.values()


@pytest.mark.parametrize("version", IMPLICIT)
def test_several_profiles(version: str, ranges: Path, tmp_path: Path, install: Install) -> None:
    install(version)
    model = small_cnn(tmp_path / "dynamic.onnx", batch="n")
    shapes = (
        "{min: 1x3x8x8, opt: 1x3x8x8, max: 1x3x8x8}",
        "{min: 2x3x8x8, opt: 4x3x8x8, max: 8x3x8x8}",
    )
    text = "profiles:\n" + "".join(f"  - input: {shape}\n" for shape in shapes)
    result, out = build(text, ranges, model, tmp_path)
    assert result.status == 0, result.err
    assert told(out)["profiles"][1] == {"input": [[2, 3, 8, 8], [4, 3, 8, 8], [8, 3, 8, 8]]}


RESHAPING = """(float[2,8] x, int64[2] dims) => (float[m,k] y) {
    [relu] r = Relu(x)
    [reshape] y = Reshape(r, dims)
}"""


@pytest.mark.parametrize("version", IMPLICIT)
def test_values_of_an_input_that_holds_dimensions(
    version: str, tmp_path: Path, install: Install
) -> None:
    install(version)
    model = save(tmp_path / "reshaping.onnx", RESHAPING, opset=13)
    ranges, out = tmp_path / "r.json", tmp_path / "n.engine"
    ranges.write_text('{"x": 1, "r": 1, "y": 1}')
    result = run("apply", ranges, model, "-o", out, "--allow-missing")
    assert result.status == 2
    assert "of 'dims' give the values, not the shape" in result.err
    assert "--min dims:1x1 --opt dims:1x1 --max dims:1x1" in result.err
    flags = ["--min", "dims:-1x1", "--opt", "dims:4x4", "--max", "dims:16x16"]
    result = run("apply", ranges, model, "-o", out, "--allow-missing", *flags)
    assert result.status == 0, result.err
    engine = told(out)
    assert engine["values"] == [{"dims": [[-1, 1], [4, 4], [16, 16]]}]
    assert engine["profiles"] == [{}]
    result = run("apply", ranges, model, "-o", out, "--opt", "dims:4x4x1", "--allow-missing")
    assert result.status == 2
    assert "the input 'dims' holds 2 dimensions, but 4x4x1 are 3" in result.err


@pytest.mark.parametrize("version", IMPLICIT)
def test_int8_inputs_and_outputs(
    version: str, model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install(version)
    text = "io: {input: {dtype: int8, formats: [chw4]}, out: {dtype: int8}}"
    result, out = build(text, ranges, model, tmp_path)
    assert result.status == 0, result.err
    engine = told(out)
    assert [engine["io"][name][0] for name in ("input", "out")] == ["INT8", "INT8"]
    # 2.64 / 127
    assert (
        "note[SR407]: the input 'input' is INT8: feed round(value / 0.020787401)" in result.err
    )
    assert "the output 'out' is INT8: value = number * " in result.err


def test_int8_ends_need_a_range(model: Path, tmp_path: Path, install: Install) -> None:
    install("8.6")
    ranges = tmp_path / "few.json"
    ranges.write_text('{"input": 1.0}')
    (tmp_path / "build.yaml").write_text("setrange_build: 1\nio: {out: {dtype: int8}}\n")
    options = "--allow-missing", "--config", tmp_path / "build.yaml"
    out = tmp_path / "net.engine"
    result = run("apply", ranges, model, "-o", out, *options, "--dry-run")
    assert result.status == 2
    assert "io makes 'out' int8, so it needs a range" in result.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("io: {imput: {formats: [chw4]}}", "io names 'imput', but the model's inputs"),
        ("io: {dims: {dtype: fp16}}", "io makes 'dims' fp16, but it is int"),
    ],
)
def test_io_that_does_not_fit(
    text: str, message: str, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    model = save(tmp_path / "reshaping.onnx", RESHAPING, opset=13)
    ranges = tmp_path / "r.json"
    ranges.write_text('{"x": 1, "r": 1, "y": 1}')
    profile = "profiles: [{dims: {min: 1x1, opt: 4x4, max: 16x16}}]\n"
    result, out = build(profile + text, ranges, model, tmp_path)
    assert result.status == 2
    assert message in result.err
    assert not out.exists()


def test_11_takes_no_types_of_its_own(
    model: Path, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("11.1")
    result, out = build("io: {input: {dtype: fp16}}", ranges, model, tmp_path)
    assert result.status == 2
    assert "takes the types of inputs and outputs from the model" in result.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--min", "input:1x3x8"], "does not fit the input 'input', which is ?x3x8x8"),
        (
            ["--opt", "input:2x3x8x8", "--min", "input:1x3x4x8"],
            "the shape 1x3x4x8 does not fit",
        ),
        (["--opt", "input:-1x3x8x8"], "the shape -1x3x8x8 does not fit"),
        (["--min", "imput:1x3x8x8"], "there are shapes for 'imput', but the model's inputs"),
        (["--min", "input"], "is no shape; expected NAME:1x3x224x224"),
        (["--min", "input:4x3x8x8", "--max", "input:2x3x8x8"], "min <= opt <= max"),
    ],
)
def test_shapes_that_do_not_fit(
    arguments: list[str], message: str, ranges: Path, tmp_path: Path, install: Install
) -> None:
    install("8.6")
    model = small_cnn(tmp_path / "dynamic.onnx", batch="n")
    result = run("apply", ranges, model, "-o", tmp_path / "n.engine", *arguments)
    assert result.status == 2
    assert message in result.err


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "configs").glob("*")))
def test_the_examples_are_valid(name: str) -> None:
    config = read_build_config(ROOT / "configs" / name)
    assert config == BuildConfig() or name != "default.yaml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fp16: true", "first line is setrange_build: 1"),
        ("setrange_build: 1\nfp_16: true", "did you mean 'fp16'"),
        ("setrange_build: 1\ndla_core: one", r"\$.dla_core: 'one' is not of type 'integer'"),
        ("setrange_build: 2", "1 was expected"),
        ("setrange_build: 1\nprofiles: [{x: {min: 2, opt: 1x1, max: 1x1}}]", "min"),
        ("a: [", "is not YAML"),
        ("setrange_build: 1\nprofiles: [{x: {min: 2x2, opt: 1x1, max: 1x1}}]", "min <= opt"),
    ],
)
def test_bad_settings(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "build.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_build_config(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_build_config(tmp_path / "none.yaml")


def test_all_problems_of_the_settings_at_once(tmp_path: Path) -> None:
    path = tmp_path / "build.yaml"
    path.write_text("setrange_build: 1\nfp16: 3\nworkspace_mib: -1\n")
    with pytest.raises(InputError) as raised:
        read_build_config(path)
    assert str(raised.value).count(str(path)) == 2


def test_flags_complete_the_settings() -> None:
    config = BuildConfig().with_shapes([], ["x:4x3", "y:2"], ["x:8x3"])
    (profile,) = config.profiles
    assert (profile["x"].min, profile["x"].opt, profile["x"].max) == ((4, 3), (4, 3), (8, 3))
    assert profile["y"].max == (2,)
    with pytest.raises(UsageError, match="several"):
        BuildConfig(profiles=(profile, profile)).with_shapes(["x:1x3"], [], [])


def test_the_schema_lists_every_setting() -> None:
    schema = json.loads((ROOT / "schemas" / "build.v1.schema.json").read_text())
    assert set(schema["properties"]) == {*BuildConfig.__slots__, "setrange_build"}
