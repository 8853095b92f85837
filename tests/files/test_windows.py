# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What is special on Windows, with system functions that behave as Windows' do."""

from __future__ import annotations

import errno
import io
import json
import ntpath
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from setrange.accuracy.labels import read_labels
from setrange.build_settings.config import read_build_config
from setrange.errors import InputError
from setrange.files import windows
from setrange.files.atomic import write_bytes
from setrange.files.roles import one_task, reads, writes
from setrange.files.staging import together
from setrange.files.windows import check_name, long_path
from tests.cli.material import run, small_cnn

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "is_windows", lambda: True)
    monkeypatch.setattr(windows, "_PATIENCE", 0.2)


@pytest.mark.usefixtures("on_windows")
@pytest.mark.parametrize(
    "name",
    [
        *("NUL", "nul.cache", "con", "CON.onnx", "aux.json", "COM1.cache", "lpt9.txt"),
        *("ab:c.cache", "what?.json", "x*.onnx", "end.", "end ", "C:nul", "d/prn.txt"),
        *("com¹.x", "CONIN$"),
    ],
)
def test_names_that_windows_does_not_keep(name: str) -> None:
    with pytest.raises(InputError, match="Windows"):
        check_name(name)


@pytest.mark.usefixtures("on_windows")
@pytest.mark.parametrize(
    "name", ["null.cache", "console.onnx", "com10.json", "C:\\a\\b.cache", "C:b.cache", "..\\x"]
)
def test_names_that_it_keeps(name: str) -> None:
    check_name(name)


def test_elsewhere_they_are_names_like_others(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("is about the others")
    write_bytes(tmp_path / "nul.cache", b"x")
    assert (tmp_path / "nul.cache").read_bytes() == b"x"


@pytest.mark.usefixtures("on_windows")
def test_a_device_is_refused_before_any_work(tmp_path: Path) -> None:
    model = small_cnn(tmp_path / "m.onnx")
    result = run("template", model, "-o", tmp_path / "NUL")
    assert result.status == 2
    assert "NUL is the name of a device on Windows" in result.err
    assert result.err.count("\n") == 1


@pytest.mark.usefixtures("on_windows")
@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("C:\\" + "d" * 250 + "\\x", "\\\\?\\C:\\" + "d" * 250 + "\\x"),
        ("\\\\host\\share\\" + "d" * 250, "\\\\?\\UNC\\host\\share\\" + "d" * 250),
        ("\\\\?\\C:\\" + "d" * 250, "\\\\?\\C:\\" + "d" * 250),
        ("C:\\short\\x", "C:\\short\\x"),
    ],
)
def test_long_paths(path: str, opened: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows.os.path, "abspath", ntpath.normpath)
    assert str(long_path(path)) == opened


@pytest.mark.usefixtures("on_windows")
def test_a_file_that_a_scanner_holds_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = Path.replace, [2]

    def held(source: Path, target: Path) -> Path:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "Access is denied", str(source), 5, str(target))
        return real(source, target)

    monkeypatch.setattr(Path, "replace", held)
    write_bytes(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


@pytest.mark.usefixtures("on_windows")
def test_an_output_that_another_program_has_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that is running, a model that is mapped: nothing replaces it there."""
    for name in ("main", "side"):
        (tmp_path / name).write_bytes(b"old")
    real = Path.replace

    def held(source: Path, target: Path) -> Path:
        if "main" in (source.name, target.name):
            raise PermissionError(13, "Access is denied", str(source), 5, str(target))
        return real(source, target)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(InputError, match="main: cannot be written: another program has it"):
        write_bytes(tmp_path / "main", b"new")
    with pytest.raises(InputError, match="main: cannot be written: another program has it"):  # noqa: PT012, SIM117
        with together():
            write_bytes(tmp_path / "side", b"new")
            write_bytes(tmp_path / "main", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main", "side"]
    assert all(path.read_bytes() == b"old" for path in tmp_path.iterdir())


_PREFIX = "\\\\?\\"


@pytest.fixture
def short_paths_only(monkeypatch: pytest.MonkeyPatch, on_windows: None) -> None:
    """System functions that find no path of 260 letters, unless it has the prefix."""

    def plain(path: object) -> object:
        if not isinstance(path, (str, os.PathLike)):
            return path
        text = os.fspath(path)
        if isinstance(text, str) and _PREFIX in text:
            return text[text.rindex(_PREFIX) + len(_PREFIX) :]
        if len(text) >= 260 and "site-packages" not in str(text):
            raise FileNotFoundError(errno.ENOENT, "The system cannot find the path", text)
        return path

    def plain_absolute(path: object) -> str:
        found = os.fspath(path)  # type: ignore[call-overload]
        return found if _PREFIX in found else os.path.abspath(found)

    def limited(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*paths: Any, **options: Any) -> Any:
            return function(*(plain(path) for path in paths), **options)

        return called

    for name in ("stat", "lstat", "open", "replace", "rename", "unlink", "chmod", "access"):
        monkeypatch.setattr(os, name, limited(getattr(os, name)))
    monkeypatch.setattr(io, "open", limited(io.open))
    # Windows' own keeps the prefix.
    monkeypatch.setattr(os.path, "realpath", lambda path, **_: plain_absolute(path))


@pytest.mark.usefixtures("short_paths_only")
@pytest.mark.skipif(os.name == "nt", reason="simulates what is real there")
def test_paths_beyond_260_letters_are_read_and_written(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120) / ("e" * 120)
    os.makedirs(folder)
    model = folder / "m.onnx"
    small = small_cnn(tmp_path / "m.onnx")
    Path(f"{_PREFIX}{model}").write_bytes(small.read_bytes())
    made = folder / "t.json"
    assert len(str(made)) > 260
    result = run("template", model, "--trt", "8.6", "-o", made)
    assert result.status == 0, result.err
    held = json.loads(Path(f"{_PREFIX}{made}").read_text("utf-8"))
    given = folder / "r.json"
    held["tensors"] = dict.fromkeys(held["tensors"], 1.0)
    Path(f"{_PREFIX}{given}").write_text(json.dumps(held), encoding="utf-8")
    for out in ("o.cache", "o.ranged.onnx"):
        result = run("apply", given, model, "--trt", "8.6", "-o", folder / out)
        assert result.status == 0, result.err
        assert Path(f"{_PREFIX}{folder / out}").read_bytes()


def test_a_file_system_without_file_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network drives have none: the names tell."""
    path = tmp_path / "m.onnx"
    path.write_bytes(b"x")
    real = Path.stat

    def stat(self: Path, **how: bool) -> os.stat_result:
        found = list(real(self, **how))
        found[1] = 0
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", stat)
    with one_task():
        reads(path, "MODEL")
        writes(tmp_path / "other", "-o")
        with pytest.raises(Exception, match="same file as"):
            writes(tmp_path / "." / "m.onnx", "-o")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_powershell_5_wrote(tmp_path: Path, encoding: str) -> None:
    """`setrange template m.onnx > t.json` there is UTF-16 with a mark and CRLF."""
    model = small_cnn(tmp_path / "m.onnx")
    text = run("template", model).out.replace("\n", "\r\n")
    path = tmp_path / "t.json"
    path.write_bytes(text.encode(encoding))
    assert run("check", path, model, "--allow-missing").status == 0
    assert run("template", model, "-o", path).status == 0, "it is known for a template"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_settings_that_powershell_5_wrote(tmp_path: Path, encoding: str) -> None:
    """`setrange config > build.yaml`, and class numbers from a command."""
    text = run("config").out.replace("\n", "\r\n")
    assert "setrange_build" in text
    path = tmp_path / "build.yaml"
    path.write_bytes(text.encode(encoding))
    plain = tmp_path / "plain.yaml"
    plain.write_text(run("config").out, encoding="utf-8")
    assert read_build_config(path) == read_build_config(plain)
    labels = tmp_path / "labels.txt"
    labels.write_bytes("a.png 3\r\nb.png 7\r\n".encode(encoding))
    assert list(read_labels(labels).values) == [3, 7]
