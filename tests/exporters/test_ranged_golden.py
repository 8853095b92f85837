# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranged models of the golden models, a few of them for each parser version."""

from __future__ import annotations

import pytest

from setrange.errors import ParserRefusedError
from setrange.exporters.ranged import make_ranged
from setrange.importer.parser import import_model
from setrange.model.loading import Model, load_model
from setrange.model.quantizer_ops import has_qdq
from setrange.network import Confidence
from setrange.plan import Source
from setrange.versions import RANGED_PROFILES, TrtVersion
from tests.exporters.quantizing import full_plan
from tests.golden.data import own_models
from tests.support.ranged import bare

WITH_RANGES = RANGED_PROFILES[1:]
#: Every how many-th model; each version starts at another one.
STEP = 41
#: Tensors with an ONNX value inside a subgraph, which no node of the main graph gives.
_IN_SUBGRAPHS = {"h_if_const", "h_if_dyn", "alexnet_lrn_op17"}


@pytest.mark.parametrize("trt", WITH_RANGES)
def test_a_full_plan_arrives_in_full(trt: str) -> None:
    """Every name is one of the parser's (else the import fails), and none is without."""
    models = sorted(own_models().glob("*.onnx"))
    for path in models[WITH_RANGES.index(trt) :: STEP]:
        model = load_model(path)
        try:
            plan = full_plan(path, trt)
        except ParserRefusedError:
            continue
        if has_qdq(model.proto) or not list(plan.network.float_tensors()):
            continue
        made = make_ranged(plan, model)
        written = Model(path=path, proto=made.proto, opsets=model.opsets)
        network = import_model(written, TrtVersion.parse(trt))
        left = bare(network)
        assert made.annotated == network.annotations.keys()
        assert made.plan.count(Source.MISSING) == 0, path.stem
        if network.confidence is Confidence.EXACT and path.stem not in _IN_SUBGRAPHS:
            assert left == [], path.stem
        assert {f.tensor for f in made.findings} == set(left), path.stem
