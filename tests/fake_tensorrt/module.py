# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Making a module ``tensorrt`` of one version."""

from __future__ import annotations

import enum
import types
from typing import Any

from tests.fake_tensorrt.classes import make_classes
from tests.fake_tensorrt.names import (
    ENUMS,
    LACKING_MEMBERS,
    LACKING_NAMES,
    READ_ONLY,
    VERSIONS,
)

__all__ = ["make_tensorrt"]

#: Class -> attributes that can be set.
_SETTABLE = {
    "IBuilderConfig": "profiling_verbosity builder_optimization_level DLA_core "
    "hardware_compatibility_level default_device_type progress_monitor",
    "ILayer": "name precision",
    "Runtime": "DLA_core",
    "ITensor": "name dtype shape allowed_formats dynamic_range",
}


def make_tensorrt(version: str) -> Any:
    """Return a fake ``tensorrt``: ``8.6``, ``10.1``, ``10.16`` or ``11.1``.

    Tests may set: ``_no_gpu``, ``_dla_cores``, ``_fails_with`` (an error of the build),
    ``_warns`` (its warnings), ``_on_step`` (called while it builds), ``_altered`` (changes
    the parsed network).
    """
    trt: Any = types.ModuleType("tensorrt")
    trt.__version__ = VERSIONS[version]
    trt._profile = version if version != "11.1" else "10.16"
    trt._no_gpu = False
    trt._dla_cores = 0
    trt._fails_with = None
    trt._warns = []
    trt._libraries = []
    trt._on_step = lambda step: None
    trt._altered = lambda network: network
    trt.init_libnvinfer_plugins = lambda logger, namespace: True
    for name, members in ENUMS.items():
        lacking = LACKING_MEMBERS[version].get(name, "").split()
        offered = [member for member in members.split() if member not in lacking]
        setattr(trt, name, enum.IntEnum(name, offered, start=0))
    lacking_names = {k: v.split() for k, v in LACKING_NAMES[version].items()}
    read_only = READ_ONLY.get(version, set())
    # IBuilderConfig asks the module whether there are monitors: set classes at the end.
    for name, made in make_classes(trt).items():
        gone = lacking_names.get(name, [])
        if "*" in gone:
            continue
        for attribute in gone:
            if attribute in made.__dict__:
                delattr(made, attribute)
            made.__annotations__.pop(attribute, None)
        settable = set(_SETTABLE.get(name, "").split()) - set(gone)
        settable -= {attribute for owner, attribute in read_only if owner == name}
        if settable:
            made._settable = frozenset(settable)
        setattr(trt, name, made)
    return trt
