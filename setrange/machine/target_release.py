# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which TensorRT release is meant where none is given, here and on the command line."""

from __future__ import annotations

import os
import re
import sys
from typing import NamedTuple

from setrange.errors import UnsupportedVersionError, UsageError
from setrange.versions import DEFAULT_TRT, TrtVersion

__all__ = ["Target", "installed_tensorrt", "target_for_cache", "target_for_names"]

#: Distributions that carry TensorRT's Python bindings: pip's, and the one of JetPack.
_DISTRIBUTIONS = ("tensorrt", "tensorrt-cu13", "tensorrt-cu12", "tensorrt-cu11")

_HOW_TO_FIND = """\
How to find it out on the machine that will run the model:
  trtexec                prints [TensorRT v8601] for 8.6.1, [TensorRT v100300] for 10.3.0
  python -c "import tensorrt; print(tensorrt.__version__)"
  dpkg -l | grep nvinfer       (Debian, Ubuntu, Jetson)"""


class Target(NamedTuple):
    """A TensorRT release, and why it was chosen.

    Attributes:
        version: The release.
        why: Where it comes from, for people.
    """

    version: TrtVersion
    why: str

    def __str__(self) -> str:
        return f"TensorRT {self.version} ({self.why})"


def installed_tensorrt() -> TrtVersion | None:
    """Return the TensorRT whose Python package is installed here, without importing it."""
    if not any(map(_may_have_tensorrt, sys.path)):
        return None
    from importlib import metadata

    for name in _DISTRIBUTIONS:
        try:
            text = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        version = TrtVersion.of_package(text)
        if version is not None:
            return version
    return None


def _may_have_tensorrt(place: str) -> bool:
    """True for a folder of packages that has one of these, or an archive of packages.

    Looking takes less than a millisecond, and loading ``importlib.metadata`` twenty.
    """
    try:
        names = os.listdir(place or os.curdir)
    except NotADirectoryError:
        return True
    except OSError:
        return False
    return any(
        name.endswith(("-info", ".egg")) and re.match(r"tensorrt(?![-_.]*rtx)", name, re.I)
        for name in names
    )


def target_for_names(given: TrtVersion | None, named_by: str | None = None) -> Target:
    """Choose the release for a command that shows or asks for names.

    Args:
        given: ``--trt``.
        named_by: What the ranges file says its names are.
    """
    if given is not None:
        return Target(version=given, why="--trt")
    if named_by is not None:
        return Target(version=TrtVersion.parse(named_by), why="the ranges file's named_by")
    installed = installed_tensorrt()
    if installed is not None and installed.has_caches:
        return Target(version=installed, why="installed here")
    return Target(version=TrtVersion.parse(DEFAULT_TRT), why="the default; --trt sets it")


def target_for_cache(given: TrtVersion | None, *, what: str = "a calibration cache") -> Target:
    """Choose the release for a calibration cache (or a ranged model): never a guess.

    Raises:
        UsageError: None is given and none is installed here.
        UnsupportedVersionError: The installed one reads no caches.
    """
    if given is not None:
        given.require_ranges(what)
        return Target(version=given, why="--trt")
    installed = installed_tensorrt()
    if installed is None:
        raise UsageError(
            f"{what} is for one TensorRT release, and none is installed here; "
            f"give the release that will read it, e.g. --trt 8.6.\n{_HOW_TO_FIND}"
        )
    if not installed.has_caches:
        raise UnsupportedVersionError(
            f"{what} is for one TensorRT release, and the one installed here, {installed}, "
            f"reads no caches (removed in 11.0); give the release that will read "
            f"it, e.g. --trt 10.3.\n{_HOW_TO_FIND}"
        )
    return Target(version=installed, why="installed here")
