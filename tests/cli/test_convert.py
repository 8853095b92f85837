# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from setrange import convert, read_ranges
from setrange.errors import BlockingFindingsError
from setrange.ranges.float32 import bits_of
from tests.cli.material import run, torch_cnn

if TYPE_CHECKING:
    from pathlib import Path

CACHE = """\
TRT-8503-EntropyCalibration2
input: 3c010204
conv: 3d010204
relu: 3d010204
pool: 0
flat: 7f800000
(Unnamed Layer* 4) [Constant]_output: 3c010204
(Unnamed Layer* 5) [Matrix Multiply]_output: 3ca14285
out: 3cc18306
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    path = tmp_path / "calib.cache"
    path.write_text(CACHE, newline="\n")
    return path


def test_cache_to_cache_is_verbatim(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy.cache"
    result = run("convert", cache, "-o", out)
    assert (result.status, result.out) == (0, ""), result.err
    assert out.read_bytes() == cache.read_bytes()
    assert result.err.splitlines()[1:] == ["nothing is lost", f"wrote {out}"]


def test_losses_are_a_line_each_and_a_summary(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranges.json"
    result = run("convert", cache, "-o", out)
    assert result.status == 0
    assert result.err.splitlines() == [
        f"{cache} (trt-cache, 8 entries) -> {out} (setrange)",
        "  pool  no range  0 in the cache: unset",
        "  flat  no range  infinite in the cache: unset",
        "lost: 2 no range",
        f"wrote {out}",
    ]
    assert json.loads(out.read_text())["tensors"]["pool"]["reason"] == "0 in the cache"


def test_strict_writes_nothing_where_something_is_lost(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranges.json"
    result = run("convert", cache, "-o", out, "--strict")
    assert result.status == 1
    assert f"2 things are lost, and --strict does not allow that; {out} is not" in result.err
    assert not out.exists()
    with pytest.raises(BlockingFindingsError):
        convert(cache, out, strict=True)
    assert run("convert", cache, "-o", tmp_path / "x.cache", "--strict").status == 0


def test_json_is_the_report(cache: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.cache"
    result = run("convert", cache, "-o", out, "--model", model, "--trt", "10.3", "--json", "-q")
    assert (result.status, result.err) == (0, "")
    report = json.loads(result.out)
    assert report["renamed"] == {
        "(Unnamed Layer* 4) [Constant]_output": "fc.weight_output",
        "(Unnamed Layer* 5) [Matrix Multiply]_output": "Gemm_0_output",
    }
    assert report["summary"] == {"no range": 2}
    assert report["absent"] == ["fc.bias_output", "ONNXTRT_Broadcast_output"]
    assert {key: report[key] for key in ("from", "to", "entries", "named_by", "trt")} == {
        "from": "trt-cache",
        "to": "trt-cache",
        "entries": 8,
        "named_by": "8.5.3",
        "trt": "10.3",
    }


def test_a_cache_for_another_tensorrt(cache: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.cache"
    result = run("convert", cache, "-o", out, "--model", model, "--trt", "10.3")
    assert result.status == 0, result.err
    assert out.read_text() == (
        "TRT-100300-EntropyCalibration2\n"
        "input: 3c010204\nconv: 3d010204\nrelu: 3d010204\n"
        "fc.weight_output: 3c010204\nGemm_0_output: 3ca14285\nout: 3cc18306\n"
    )
    assert "2 names moved from TensorRT 8.5.3's to TensorRT 10.3's:\n" in result.err
    assert "  (Unnamed Layer* 5) [Matrix Multiply]_output -> Gemm_0_output\n" in result.err
    assert "no entry for 2 tensors of TensorRT 10.3 ('fc.bias_output', " in result.err


def test_only_the_header_is_refused(cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.cache"
    result = run("convert", cache, "-o", out, "--trt", "10.3")
    assert result.status == 2
    assert "2 names are the parser's own" in result.err
    assert "give the model: --model MODEL --trt 10.3" in result.err
    assert not out.exists()
    assert run("convert", cache, "-o", out, "--trt", "8.5.1").status == 0
    # For another release what has no range is left out.
    assert out.read_text().splitlines()[0] == "TRT-8501-EntropyCalibration2"
    assert "pool" not in out.read_text()


def test_a_wrong_header_is_recognized(cache: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.cache"
    cache.write_text(CACHE.replace("TRT-8503", "TRT-7203"), newline="\n")
    arguments = ("convert", cache, "-o", out, "--model", model, "--trt", "10.3")
    result = run(*arguments)
    assert result.status == 2
    assert "2 of 8 names are no tensor of the model at TensorRT 7.2.3, its own" in result.err
    assert not out.exists()
    assert run(*arguments, "--named-by", "8.5").status == 0
    assert "Gemm_0_output" in out.read_text()


def test_apply_does_not_half_apply_a_wrong_header(
    cache: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new.cache"
    cache.write_text(CACHE.replace("TRT-8503", "TRT-7203"), newline="\n")
    arguments = ("apply", cache, model, "-o", out, "--trt", "10.3", "--fill", "bounds")
    result = run(*arguments)
    assert result.status == 2
    assert "error[SR110]" in result.err
    assert f"setrange convert {cache} -o ranges.json --named-by 8.6" in result.err
    assert not out.exists()


def test_assumed_names_need_force(cache: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.cache"
    arguments = ("convert", cache, "-o", out, "--model", model, "--trt", "9.2")
    result = run(*arguments)
    assert result.status == 2
    assert "--force writes the cache all the same" in result.err
    assert not out.exists()
    forced = run(*arguments, "--force")
    assert forced.status == 0
    assert "note[SR303]: TensorRT 9.2 is followed with the rules of 10.1" in forced.err


def test_a_release_without_ranges_named_nothing(cache: Path, tmp_path: Path) -> None:
    result = run("convert", cache, "-o", tmp_path / "x.json", "--named-by", "11.0")
    assert result.status == 2
    assert "TensorRT 11.0 has no tensor ranges" in result.err


def test_only_models_are_stripped(cache: Path, tmp_path: Path) -> None:
    out, plain = tmp_path / "x.json", tmp_path / "plain.onnx"
    result = run("convert", cache, "-o", out, "--strip", plain)
    assert result.status == 2
    assert f"{cache} is trt-cache" in result.err
    assert not out.exists()
    assert not plain.exists()


def test_text_becomes_a_cache_with_a_version(tmp_path: Path) -> None:
    ranges, out = tmp_path / "ranges.txt", tmp_path / "out.cache"
    ranges.write_text("input:1.0\nconv:4.0\n")
    missing = run("convert", ranges, "-o", out)
    assert missing.status == 2
    assert "give it with --trt" in missing.err
    assert run("convert", ranges, "-o", out, "--trt", "8.6").status == 0
    assert out.read_text() == "TRT-8601-EntropyCalibration2\ninput: 3c010204\nconv: 3d010204\n"


def test_the_version_is_asked_for_where_a_model_needs_one(model: Path, tmp_path: Path) -> None:
    ranges = tmp_path / "ranges.txt"
    ranges.write_text("input:1.0\n")
    result = run("convert", ranges, "-o", tmp_path / "out.json", "--model", model)
    assert result.status == 2
    assert "which TensorRT its names are for; give the one" in result.err


def test_a_model_alone_checks_the_names(cache: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert run("convert", cache, "-o", out, "--model", model).status == 0
    assert list(read_ranges(out).entries) == list(read_ranges(cache).entries)
    cache.write_text(CACHE.replace("conv:", "convolution:"), newline="\n")
    result = run("convert", cache, "-o", out, "--model", model)
    assert result.status == 2
    assert "'convolution'" in result.err


def test_formats_that_are_unknown_or_only_read(cache: Path, tmp_path: Path) -> None:
    result = run("convert", cache, "-o", tmp_path / "x.bin")
    assert "names no ranges format; use one of" in result.err
    result = run("convert", cache, "-o", tmp_path / "x", "--to", "trt-cash")
    assert "did you mean 'trt-cache'?" in result.err
    result = run("convert", cache, "-o", tmp_path / "x", "--to", "plain")
    assert result.status == 2
    assert list(tmp_path.iterdir()) == [cache]


def test_every_use_of_a_cache_takes_zero_and_infinite(
    cache: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.cache"
    result = run("apply", cache, model, "-o", out, "--trt", "10.3", "--fill", "bounds")
    assert result.status == 0, result.err
    assert "the entry 'pool' has no usable range (0 in the cache)" in result.err
    assert "the entry 'flat' has no usable range (infinite in the cache)" in result.err
    assert all(0 < (entry.scale or 0) < 1 for entry in read_ranges(out).entries.values())
    assert run("check", cache, model, "--fill", "bounds").status == 0


QAT = {
    "conv1._input_quantizer._amax": 1.0,
    "conv1._weight_quantizer._amax": [0.5, 0.25],
    "layer1.0.conv2.input_quantizer._amax": 4.0,
    "layer1.0.conv3.input_quantizer._amax": 5.0,
    "gone._input_quantizer._amax": 2.0,
}


@pytest.fixture
def qat(tmp_path: Path) -> Path:
    path = tmp_path / "amax.json"
    path.write_text(json.dumps(QAT))
    return path


def test_ranges_of_modules_become_ranges_of_tensors(qat: Path, tmp_path: Path) -> None:
    model, out = torch_cnn(tmp_path / "torch.onnx"), tmp_path / "ranges.json"
    result = run("convert", qat, "-o", out, "--model", model)
    assert result.status == 0, result.err
    ranges = read_ranges(out)
    assert {name: entry.amax for name, entry in ranges.entries.items()} == {
        "input": 1.0,
        "/conv1/Conv_output_0": 5.0,
    }
    assert "no counterpart  no node of the model is in module 'gone'" in result.err
    assert "differ: the widest was taken" in result.err
    assert "lost: 1 parameter, 1 no counterpart, 1 conflict" in result.err
    assert "give --model" not in result.err


def test_apply_takes_ranges_of_modules(qat: Path, tmp_path: Path) -> None:
    model, out = torch_cnn(tmp_path / "torch.onnx"), tmp_path / "out.cache"
    arguments = ("apply", qat, model, "-o", out, "--trt", "8.6", "--allow-missing")
    assert run(*arguments).status == 0
    scale = read_ranges(out).entries["/conv1/Conv_output_0"].scale
    assert scale is not None
    assert bits_of(scale) == bits_of(5 / 127)


def test_modules_of_another_model(qat: Path, model: Path, tmp_path: Path) -> None:
    result = run("convert", qat, "-o", tmp_path / "x.json", "--model", model)
    assert result.status == 2
    assert "none of its 4 quantizers is found in" in result.err


#: Prints how many functions the command calls: unlike seconds, the same on any machine.
_COLD = """
import sys
from setrange.cli import main
calls = 0
def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
sys.setprofile(count)
status = main(sys.argv[1:])
sys.setprofile(None)
print(calls)
heavy = sorted({"onnx", "numpy", "jsonschema", "rich"} & set(sys.modules))
sys.exit(f"imported {heavy}" if heavy else status)
"""


def test_five_thousand_tensors_are_quick(tmp_path: Path) -> None:
    cache, out = tmp_path / "big.cache", tmp_path / "big.json"
    lines = [f"/layer{i}/Conv_output_0: {0x3C000000 + 7919 * i:08x}" for i in range(5000)]
    cache.write_text("TRT-8601-EntropyCalibration2\n" + "\n".join(lines) + "\n")
    command = [sys.executable, "-c", _COLD, "convert", str(cache), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(read_ranges(out).entries) == 5000
    assert int(done.stdout) < 800_000  # about a tenth of a second
