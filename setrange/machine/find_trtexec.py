# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding trtexec, and its version from the banner it prints: it has no ``--version``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from setrange.errors import BackendUnavailableError
from setrange.versions import TrtVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Trtexec", "find_trtexec", "trtexec_paths"]

#: Variables that name the folder TensorRT was unpacked into.
_ROOTS = ("TRT_ROOT", "TENSORRT_ROOT", "TENSORRT_HOME")
#: Where Debian packages and JetPack put it.
_PACKAGED = Path("/usr/src/tensorrt/bin/trtexec")

_TIMEOUT = 60

#: A DLL is missing: STATUS_DLL_NOT_FOUND, as Python shows it on Windows.
_NO_DLL = {0xC0000135, 0xC0000135 - (1 << 32)}


class Trtexec(NamedTuple):
    """A trtexec that runs.

    Attributes:
        path: The program.
        version: Its TensorRT release.
    """

    path: Path
    version: TrtVersion


def trtexec_paths(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Return where a trtexec is, best first: PATH, TRT_ROOT, NVIDIA's packages."""
    name = "trtexec.exe" if os.name == "nt" else "trtexec"
    found = []
    on_path = shutil.which("trtexec", path=environment.get("PATH", ""))
    if on_path is not None:
        found.append(Path(on_path))
    roots = [Path(environment[variable]) for variable in _ROOTS if environment.get(variable)]
    candidates = [
        root / folder / name for root in roots for folder in ("bin", "targets/bin", "")
    ]
    found += [path for path in (*candidates, _PACKAGED) if path.is_file()]
    return list(dict.fromkeys(found))


def find_trtexec(path: str | Path | None = None) -> Trtexec:
    """Return a trtexec that runs.

    Args:
        path: Where it is (the program or its folder); ``None`` looks for it.

    Raises:
        BackendUnavailableError: There is none, or it does not start; the message says why.
    """
    if path is None:
        found = trtexec_paths()
        if not found:
            raise BackendUnavailableError(
                "there is no trtexec: it is not on PATH, and TRT_ROOT does not name TensorRT's "
                "folder; it is in the bin folder of TensorRT's zip or tar package (pip does "
                "not bring it): give its path with --trtexec"
            )
        chosen = found[0]
    else:
        chosen = Path(path)
        if chosen.is_dir():
            chosen /= "trtexec.exe" if os.name == "nt" else "trtexec"
        if not chosen.is_file():
            raise BackendUnavailableError(f"--trtexec {path}: there is no such program")
    return Trtexec(path=chosen.absolute(), version=_version(chosen.absolute()))


def _version(path: Path) -> TrtVersion:
    import subprocess

    try:
        done = subprocess.run(
            [str(path), "--help"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendUnavailableError(f"{path} does not start: {error}") from error
    text = done.stdout.decode(errors="replace")
    version = TrtVersion.of_banner(text)
    if version is not None:
        return version
    raise BackendUnavailableError(
        f"{path} does not start: {start_problem(done.returncode, text)}"
    )


def start_problem(status: int, text: str) -> str:
    """Return why a program did not start, and what to do."""
    if status in _NO_DLL:
        return (
            "a DLL is missing (exit status 0xC0000135). Put the lib folder of TensorRT's zip "
            "package (since 10.x also its bin folder) and CUDA's bin folder on PATH, e.g. "
            'in PowerShell: $env:PATH = "$env:TRT_ROOT\\lib;$env:TRT_ROOT\\bin;$env:PATH"'
        )
    if "error while loading shared libraries" in text:
        return f"{text.strip().splitlines()[-1]}; put TensorRT's lib folder on LD_LIBRARY_PATH"
    last = text.strip().splitlines()[-1:] or ["it prints nothing"]
    return f"exit status {status}: {last[0]} (expected its banner, e.g. [TensorRT v8601])"
