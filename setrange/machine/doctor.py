# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What this machine can do: packages, TensorRT, trtexec, GPU."""

from __future__ import annotations

import importlib
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from setrange.errors import BackendUnavailableError
from setrange.machine.bindings import (
    binding_version,
    has_ranges,
    is_installed,
    load_tensorrt,
)
from setrange.machine.find_trtexec import find_trtexec
from setrange.machine.rtx_bindings import MODULE, load_rtx, rtx_name, why_no_rtx

__all__ = ["Ability", "MachineReport", "Part", "examine"]

_TIMEOUT = 20

_NEED_NOTHING = (
    "template",
    "check",
    "report",
    "inspect",
    "resolve",
    "convert",
    "diff",
    "merge",
    "explain",
    "ops",
)
_JETSON = Path("/proc/device-tree/model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A program, package or device that a command may need.

    Attributes:
        name: ``onnx``, ``tensorrt``, ``trtexec``, ``GPU``, ...
        found: True where it is here and works.
        detail: Its version, or why it does not work.
    """

    name: str
    found: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """Whether a command works on this machine.

    Attributes:
        command: ``apply -o model.engine``.
        works: True where it can be used.
        detail: How, or what is missing.
    """

    command: str
    works: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineReport:
    """Facts about the machine setrange runs on.

    Attributes:
        parts: What is here.
        abilities: What each command can do with it.
    """

    parts: tuple[Part, ...]
    abilities: tuple[Ability, ...]

    def part(self, name: str) -> Part:
        """Return a part by name."""
        return next(part for part in self.parts if part.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Return the stable ``doctor --json`` object."""
        return {
            "setrange": 1,
            "parts": {
                part.name: {"found": part.found, "detail": part.detail} for part in self.parts
            },
            "commands": {
                ability.command: {"works": ability.works, "detail": ability.detail}
                for ability in self.abilities
            },
        }


def examine() -> MachineReport:
    """Look at everything; nothing that is missing or broken raises."""
    parts = {
        part.name: part
        for part in (
            _python(),
            *(_package(name) for name in ("onnx", "numpy", "onnxruntime")),
            _tensorrt(),
            _rtx(),
            _trtexec(),
            _gpu(),
        )
    }
    return MachineReport(parts=tuple(parts.values()), abilities=tuple(_abilities(parts)))


def _python() -> Part:
    version = ".".join(map(str, sys.version_info[:3]))
    return Part(name="Python", found=True, detail=f"{version} on {platform.platform()}")


def _package(name: str) -> Part:
    """Import a package: that it is installed does not say that it loads."""
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        absent = error.name == name
        return Part(name=name, found=False, detail="not installed" if absent else str(error))
    except Exception as error:  # whatever a broken package raises is its answer
        return Part(name=name, found=False, detail=f"cannot be loaded: {error}")
    return Part(name=name, found=True, detail=str(getattr(module, "__version__", "?")))


def _tensorrt() -> Part:
    try:
        trt = load_tensorrt()
        version = binding_version(trt)
    except BackendUnavailableError as error:
        cause = error.__cause__
        absent = isinstance(cause, ModuleNotFoundError) and cause.name == "tensorrt"
        why = "not installed" if absent else str(cause or error)
        return Part(name="tensorrt", found=False, detail=why)
    how = "takes ranges" if has_ranges(trt) else "takes Q/DQ models only"
    return Part(name="tensorrt", found=True, detail=f"{version}, {how}")


def _rtx() -> Part:
    """TensorRT for RTX: a library of its own, whose releases are not TensorRT's."""
    try:
        rtx = load_rtx()
    except BackendUnavailableError as error:
        cause = error.__cause__
        absent = isinstance(cause, ModuleNotFoundError) and cause.name == MODULE
        why = f"not installed; {why_no_rtx()}" if absent else str(cause or error)
        return Part(name="rtx", found=False, detail=why)
    return Part(name="rtx", found=True, detail=f"{rtx_name(rtx)}, builds without a GPU")


def _trtexec() -> Part:
    try:
        trtexec = find_trtexec()
    except BackendUnavailableError as error:
        return Part(name="trtexec", found=False, detail=str(error))
    detail = f"{trtexec.version}, {trtexec.path}"
    return Part(name="trtexec", found=True, detail=detail)


def _gpu() -> Part:
    program = shutil.which("nvidia-smi")
    if program is not None:
        query = "--query-gpu=name,driver_version,compute_cap"
        try:
            done = subprocess.run(
                [program, query, "--format=csv,noheader"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Part(name="GPU", found=False, detail=f"nvidia-smi fails: {error}")
        text = (done.stdout or done.stderr).strip()
        first = text.splitlines()[0] if text else "nvidia-smi prints nothing"
        return Part(name="GPU", found=done.returncode == 0 and bool(text), detail=first)
    try:
        board = _JETSON.read_text(encoding="utf-8", errors="replace").strip("\x00\n ")
    except OSError:
        return Part(name="GPU", found=False, detail="no NVIDIA GPU, or no driver (nvidia-smi)")
    is_nvidia = any(word in board for word in ("NVIDIA", "Jetson"))
    return Part(name="GPU", found=is_nvidia, detail=board)


def _abilities(parts: dict[str, Part]) -> list[Ability]:
    ort = parts["onnxruntime"]
    needs_ort = "" if ort.found else 'needs onnxruntime: pip install "setrange[ort]"'
    builders = [name for name in ("tensorrt", "trtexec") if parts[name].found]
    gpu = parts["GPU"].found
    rtx = parts["rtx"].found
    if builders and gpu:
        engine = f"by {' or '.join([*builders, *(['TensorRT for RTX'] if rtx else [])])}"
    elif rtx:
        engine = "by TensorRT for RTX, for RTX 20 to 50 (--gpu)"
    elif builders:
        engine = f"there is {' and '.join(builders)}, but no NVIDIA GPU to build for"
    else:
        engine = "needs TensorRT: its Python package or trtexec; or TensorRT for RTX"
    without = [name for name in ("starlette", "uvicorn") if not is_installed(name)]
    needs_server = f'needs {" and ".join(without)}: pip install "setrange[edit]"'
    needs_server = needs_server if without else ""
    inspects = parts["tensorrt"].found and gpu
    return [
        Ability(command=", ".join(_NEED_NOTHING), works=True, detail=""),
        Ability(command="apply -o OUT.cache, OUT.ranged.onnx, OUT.onnx", works=True, detail=""),
        Ability(
            command="apply -o OUT.engine", works=rtx or (bool(builders) and gpu), detail=engine
        ),
        Ability(
            command="check --build",
            works=rtx,
            detail="" if rtx else f"needs TensorRT for RTX: {why_no_rtx()}",
        ),
        Ability(
            command="inspect OUT.engine",
            works=inspects,
            detail=""
            if inspects
            else "needs TensorRT's Python package and a GPU; "
            "inspect OUT.engine.layers.json works without",
        ),
        Ability(command="collect, verify", works=ort.found, detail=needs_ort),
        Ability(command="edit", works=not without, detail=needs_server),
    ]
