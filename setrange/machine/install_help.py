# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How to get TensorRT on the machine at hand.

Facts: NVIDIA's installation guides (docs.nvidia.com/deeplearning/tensorrt, 8.6 to 11.4) and
the wheels on PyPI: TensorRT 10 has them for Linux and Windows and Python 3.8 to 3.13, none
brings trtexec, and before 10 there were none for Windows.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from setrange.versions import TrtVersion

__all__ = ["Machine", "tensorrt_install_help"]

_NEWEST_PYTHON = (3, 13)
_JETSON_MARK = Path("/etc/nv_tegra_release")


class Machine(NamedTuple):
    """The facts that decide how TensorRT is installed.

    Attributes:
        system: ``Linux``, ``Windows`` or ``Darwin``.
        python: (major, minor) of the running Python.
        is_jetson: True on a Jetson board.
    """

    system: str
    python: tuple[int, int]
    is_jetson: bool = False

    @classmethod
    def here(cls) -> Machine:
        """Return the machine this runs on."""
        return cls(
            system=platform.system(),
            python=(sys.version_info.major, sys.version_info.minor),
            is_jetson=_JETSON_MARK.exists(),
        )


def tensorrt_install_help(machine: Machine, version: TrtVersion | None = None) -> str:
    """Return lines that say how to install TensorRT there.

    Args:
        machine: The machine to install it on.
        version: The release wanted; ``None`` takes the newest that knows ranges.
    """
    if machine.system == "Darwin":
        return (
            "  TensorRT does not exist for macOS: build the engine on a Linux or Windows "
            "machine with an NVIDIA GPU"
        )
    if machine.is_jetson:
        return (
            "  JetPack brings it:  sudo apt install nvidia-jetpack   (trtexec is then in "
            "/usr/src/tensorrt/bin;\n"
            "  a virtual environment sees its Python package with "
            "python3 -m venv --system-site-packages)"
        )
    package = "zip package" if machine.system == "Windows" else "tar package (or apt, dnf)"
    archive = (
        f"  with trtexec:  {_name(version)}'s {package}, https://developer.nvidia.com/tensorrt"
    )
    return f"{_with_pip(machine, version)}\n{archive}"


def _name(version: TrtVersion | None) -> str:
    return "TensorRT 10" if version is None else f"TensorRT {version}"


def _with_pip(machine: Machine, version: TrtVersion | None) -> str:
    if version is not None and version.major < 10:
        if machine.system == "Windows":
            return (
                f"  with pip:  there is no wheel of TensorRT {version} for Windows on PyPI; "
                f"take it from the python folder of the zip package"
            )
        return (
            f"  with pip:  NVIDIA's own index has TensorRT 8.5 and 8.6 for older Pythons; "
            f"for {version} the tar package brings the wheel"
        )
    if machine.python > _NEWEST_PYTHON:
        newest, here = (".".join(map(str, pair)) for pair in (_NEWEST_PYTHON, machine.python))
        return (
            f"  with pip:  TensorRT 10 has wheels up to Python {newest}, this is {here}; in an "
            f'environment with Python {newest}: pip install "tensorrt-cu12>=10,<11"'
        )
    wanted = ">=10,<11" if version is None else f"=={version}.*"
    return f'  with pip:  pip install "tensorrt-cu12{wanted}"   (11 has no ranges any more)'
