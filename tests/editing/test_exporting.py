# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What may be exported, and where to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from setrange.editing.exporting import KINDS, Exports
from setrange.editing.jobs import Jobs
from setrange.errors import SetrangeError, UsageError
from setrange.model.quantizer_ops import has_qdq
from tests.editing.material import give, opened_document
from tests.support.running import nodes

if TYPE_CHECKING:
    from pathlib import Path


def exports(folder: Path, **fields: Any) -> Exports:
    return Exports(
        folder=folder,
        model=str(folder / "model.onnx"),
        ranges=str(folder / "ranges.json"),
        stem="model",
        release="8.6",
        **fields,
    )


def wanted(name: str, what: str = "cache") -> dict[str, Any]:
    return {"what": what, "name": name, "trt": "8.6"}


@pytest.mark.parametrize(
    "name",
    [
        "../out.cache",
        "/etc/out.cache",
        "a/out.cache",
        "a\\out.cache",
        "C:out.cache",
        "..",
        ".",
        "",
        ".hidden.cache",
        " out.cache",
        "out.cache ",
        "out\n.cache",
        "out\x00.cache",
        "out\u202e.cache",
        "x" * 300 + ".cache",
        "out.json",
        "out.onnx",
        "out",
    ],
)
def test_names_that_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SetrangeError):
        exports(tmp_path).export(wanted(name))


def test_the_ending_says_what_it_is(tmp_path: Path) -> None:
    found = exports(tmp_path)
    for what, kind in KINDS.items():
        for other in KINDS.values():
            ending = other.endings[0]
            if other is kind:
                assert (
                    found.export(wanted(f"a{ending}", what)).target == tmp_path / f"a{ending}"
                )
            else:
                with pytest.raises(UsageError, match="is written to a name in"):
                    found.export(wanted(f"a{ending}", what))


def test_no_link_is_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim.cache"
    victim.write_text("TRT-8601-EntropyCalibration2\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "out.cache").symlink_to(victim)
    (folder / "loose.cache").symlink_to(tmp_path / "nowhere")
    for name in ("out.cache", "loose.cache"):
        with pytest.raises(UsageError, match="is a link to another place"):
            exports(folder).export(wanted(name))


def test_the_command_is_what_a_person_would_type(tmp_path: Path) -> None:
    found = exports(tmp_path, options=["--plugin", "Foo"])
    made = found.export({**wanted("a.cache"), "allow_missing": True})
    assert made.arguments == (
        *("apply", str(tmp_path / "ranges.json"), str(tmp_path / "model.onnx")),
        *("-o", str(tmp_path / "a.cache"), "--to", "cache", "--trt", "8.6"),
        *("--allow-missing", "--plugin", "Foo"),
    )
    assert not made.exists
    with pytest.raises(SetrangeError, match=r"8\.x\.y"):
        found.export({**wanted("a.cache"), "trt": "8.x.y; rm -rf /"})


def run(jobs: Jobs, arguments: tuple[str, ...]) -> tuple[int | None, str]:
    job = jobs.start(arguments)
    jobs.wait(job.number, 120)
    return job.status, job.output


def test_an_export_is_the_command_itself(tmp_path: Path) -> None:
    """A folder with modules of our names in it changes nothing."""
    document = opened_document(tmp_path, purpose="qdq")
    give(document, "x", "1")
    give(document, "r1", "0 5")
    document.save()
    for name in ("setrange", "json", "click", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')")
    jobs = Jobs(tmp_path)
    status, said = run(jobs, exports(tmp_path).export(wanted("m.qdq.onnx", "qdq")).arguments)
    assert status == 0, said
    assert "wrote" in said
    import onnx

    assert has_qdq(onnx.load(tmp_path / "m.qdq.onnx"))
    assert nodes(onnx.load(tmp_path / "m.qdq.onnx"), "QuantizeLinear")


def test_an_export_that_fails_says_why_and_writes_nothing(tmp_path: Path) -> None:
    document = opened_document(tmp_path)
    document.save()
    jobs = Jobs(tmp_path)
    status, said = run(jobs, exports(tmp_path).export(wanted("m.cache")).arguments)
    assert status == 1
    assert "without a range" in said
    assert sorted(os.listdir(tmp_path)) == ["model.onnx", "ranges.json"]


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    document = opened_document(tmp_path, purpose="qdq")
    give(document, "x", "1")
    give(document, "r1", "0 5")
    document.save()
    before = (tmp_path / "model.onnx").read_bytes()
    status, said = run(
        Jobs(tmp_path), exports(tmp_path).export(wanted("model.onnx", "qdq")).arguments
    )
    assert status == 2
    assert "which is read" in said
    assert (tmp_path / "model.onnx").read_bytes() == before


def test_one_export_at_a_time_and_it_can_be_cancelled(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    # Reads until its input ends: a pipe that nobody writes to.
    os.mkfifo(tmp_path / "ranges.json")
    job = jobs.start(["diff", str(tmp_path / "ranges.json"), str(tmp_path / "ranges.json")])
    with pytest.raises(UsageError, match="is running already"):
        jobs.start(["ops"])
    jobs.cancel()
    assert job.is_cancelled
    assert job.status not in (None, 0)
    assert run(jobs, ("--version",))[0] == 0
    with pytest.raises(UsageError, match="no export 9"):
        jobs.find(9)
