# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of predicted layers are those that ``LayerParams`` describes."""

from __future__ import annotations

import typing

import pytest

from setrange.errors import SetrangeError
from setrange.importer.parser import import_model
from setrange.model.loading import load_model
from setrange.network import Network, modes
from setrange.network.params import LayerParams
from setrange.versions import TrtVersion
from tests.golden.data import own_models

#: Every n-th of the models: enough to meet all the families of ops.
STEP = 12


def _networks(release: str) -> typing.Iterator[Network]:
    for path in sorted(own_models().glob("*.onnx"))[::STEP]:
        try:
            yield import_model(load_model(path), TrtVersion.parse(release))
        except SetrangeError:
            continue


@pytest.mark.parametrize("release", ["6.0", "8.2", "10.16"])
def test_parameters_and_modes_are_described(release: str) -> None:
    described = set(LayerParams.__annotations__)
    known = {value for name in modes.__all__ for value in typing.get_args(getattr(modes, name))}
    for network in _networks(release):
        for layer in network.layers:
            assert set(layer.params) <= described, layer
            for name in ("op", "mode", "op0", "op1", "padding_mode", "sample_mode"):
                assert layer.params.get(name) in {None, *known}, layer
