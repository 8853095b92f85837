# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Layer for layer against NVIDIA's own library, where it is installed: on random graphs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from setrange.errors import ParserRefusedError
from setrange.importer.parser import import_model
from setrange.machine.rtx_bindings import is_rtx_installed
from setrange.versions import TrtVersion
from tests.golden.corpus import first_difference, strip
from tests.golden.rtx_library import ask, installed_profile
from tests.importer.graphs import model_of
from tests.importer.random_models import exported

if TYPE_CHECKING:
    import onnx

pytestmark = [
    pytest.mark.rtx,
    pytest.mark.skipif(not is_rtx_installed(), reason="TensorRT for RTX is not installed"),
]

#: ``make fuzz`` asks for more.
GRAPHS = int(os.environ.get("SETRANGE_GRAPHS", "50"))

#: Where the library's shape inference fails itself, on a Hardmax of opset 9 for instance.
ASSERTION = "Internal Error (Assertion"


@settings(
    max_examples=GRAPHS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(proto=exported())
def test_random_graphs_get_the_librarys_names(proto: onnx.ModelProto) -> None:
    profile = installed_profile()
    if profile is None:
        pytest.skip("this release of TensorRT for RTX is newer than the parser profiles")
    assert difference(proto, profile) == ""


def difference(proto: onnx.ModelProto, profile: str) -> str:
    """Say where our network differs from the library's; empty if nowhere."""
    theirs = ask(proto)
    try:
        ours = import_model(model_of(proto), TrtVersion.parse(profile))
    except ParserRefusedError as error:
        return f"refused, but the library accepts it: {error}" if theirs["ok"] else ""
    if not theirs["ok"] and ASSERTION in theirs["error"]:
        return ""
    if not theirs["ok"]:
        return f"accepted, but the library refuses it: {theirs['error']}"
    return first_difference(_without_kinds(strip(ours.to_dict())), theirs)


def _without_kinds(record: dict[str, Any]) -> dict[str, Any]:
    layers = [{k: v for k, v in la.items() if k != "kind"} for la in record["layers"]]
    return {**record, "layers": layers}
