# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Gemm, MatMul and Einsum: layers and refusals per parser version."""

from __future__ import annotations

import numpy as np
import pytest

from tests.importer.graphs import imported, kinds, layers, refused

GEMM = (
    "(float[2,3] x) => (float[a] y) <float[3,4] w = {1}, float[4] b = {1}>"
    " { [g] y = Gemm (x, w, b) }"
)


def test_gemm_per_version() -> None:
    assert layers(GEMM, "7.0") == [
        "Constant g [3, 4]",
        "Constant (Unnamed Layer* 1) [Constant] [3, 4]",
        "Matrix Multiply (Unnamed Layer* 2) [Matrix Multiply] [2, 4]",
        "Constant (Unnamed Layer* 3) [Constant] [4]",
        "Shuffle (Unnamed Layer* 4) [Shuffle] [1, 4]",
        "ElementWise (Unnamed Layer* 5) [ElementWise] [2, 4]",
    ]
    assert layers(GEMM, "7.1")[:2] == ["Constant w [3, 4]", "Matrix Multiply g [2, 4]"]
    connected = [
        "Shuffle (Unnamed Layer* 0) [Shuffle] [2, 3, 1, 1]",
        "Fully Connected g [2, 4, 1, 1]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [2, 4]",
    ]
    assert layers(GEMM, "7.2") == connected
    assert layers(GEMM, "8.0") == connected
    assert layers(GEMM, "8.2") == [
        "Constant w [3, 4]",
        "Matrix Multiply g [2, 4]",
        "Constant b [4]",
        "Shuffle (Unnamed Layer* 3) [Shuffle] [1, 4]",
        "ElementWise (Unnamed Layer* 4) [ElementWise] [2, 4]",
    ]
    assert layers(GEMM, "10.10")[3] == "Shuffle ONNXTRT_Broadcast [1, 4]"


def test_alpha_and_beta_are_constants() -> None:
    graph = GEMM.replace("Gemm", "Gemm <alpha = 0.5, beta = 2.0>")
    assert kinds(graph, "8.6") == [
        "Constant", "Matrix Multiply", "Constant", "Shuffle", "ElementWise",
        "Constant", "Constant", "Shuffle", "ElementWise", "Shuffle", "ElementWise",
    ]  # fmt: skip
    assert kinds(graph, "7.2")[:2] == ["Constant", "Matrix Multiply"]


def test_older_parsers_transpose_weights() -> None:
    graph = GEMM.replace("float[3,4] w = {1}", "float[3,4] w = {1,2,3,4,5,6,7,8,9,10,11,12}")
    (layer,) = (x for x in imported(graph, "8.0").layers if x.kind.value == "Fully Connected")
    np.testing.assert_array_equal(
        layer.params["kernel"].data(), np.arange(1, 13).reshape(3, 4).T
    )
    transposed = GEMM.replace("[3,4] w", "[4,3] w").replace("Gemm", "Gemm <transB = 1>")
    assert layers(transposed, "7.1")[0] == "Constant w [3, 4]"
    assert layers(transposed, "8.2")[0] == "Constant w [4, 3]"


def test_gemm_without_bias() -> None:
    graph = GEMM.replace("(x, w, b)", "(x, w)")
    for trt in ("7.0", "7.1", "7.2", "8.0"):
        assert "bias" in refused(graph, trt)
    assert kinds(graph, "8.2") == ["Constant", "Matrix Multiply"]


def test_gemm_takes_matrices() -> None:
    graph = GEMM.replace("[2,3] x", "[2,3,1] x")
    assert layers(graph, "7.2")[1] == "Shuffle (Unnamed Layer* 1) [Shuffle] [2, 3]"
    for trt in ("8.0", "8.6", "10.10"):
        assert "two dimensions" in refused(graph, trt)


def test_integer_matrices_are_refused() -> None:
    graph = "(int32[2,3] x, int32[3,4] w) => (int32[a] y) { [m] y = MatMul (x, w) }"
    for trt in ("7.0", "8.0", "8.6", "10.10"):
        assert "INT32" in refused(graph, trt)
    assert "INT64" in refused(graph.replace("int32", "int64"), "10.10")


MATMUL = "(float[2,3] x) => (float[a] y) <float[3,4] w = {1}> { [m] y = MatMul (x, w) }"


def test_matmul_per_version() -> None:
    assert layers(MATMUL, "7.1") == [
        "Constant (Unnamed Layer* 0) [Constant] [3, 4]",
        "Shuffle (Unnamed Layer* 1) [Shuffle] [2, 1, 1, 3]",
        "Fully Connected m [2, 4, 1, 1]",
        "Shuffle (Unnamed Layer* 3) [Shuffle] [2, 4]",
    ]
    assert layers(MATMUL, "8.2")[1] == "Shuffle (Unnamed Layer* 1) [Shuffle] [2, 3, 1, 1]"
    for trt in ("8.4", "8.6", "10.10"):
        assert layers(MATMUL, trt) == ["Constant w [3, 4]", "Matrix Multiply m [2, 4]"]


def test_unnamed_nodes_on_7_2() -> None:
    graph = MATMUL.replace("[m] ", "")
    assert layers(graph, "7.2")[2] == "Fully Connected node_of_y [2, 4, 1, 1]"
    batched = graph.replace("[2,3] x", "[5,2,3] x")
    assert layers(batched, "7.2")[2].startswith("Matrix Multiply (Unnamed Layer* 2)")
    assert layers(batched, "8.0")[2].startswith("Matrix Multiply node_of_y")


def test_vectors_leave_no_dimension() -> None:
    graph = MATMUL.replace("[2,3] x", "[2,2,3] x").replace("[3,4] w", "[3] w")
    assert layers(graph, "8.6") == [
        "Constant w [3]",
        "Shuffle (Unnamed Layer* 1) [Shuffle] [3, 1]",
        "Shuffle (Unnamed Layer* 2) [Shuffle] [1, 3, 1]",
        "Matrix Multiply m [2, 2, 1]",
        "Shuffle (Unnamed Layer* 4) [Shuffle] [2, 2]",
    ]
    assert layers(graph, "10.1")[-1] == "Shuffle ONNXTRT_squeezeTensor [2, 2]"
    assert layers(MATMUL.replace("[2,3] x", "[3] x"), "8.6")[-1].endswith("[4]")


@pytest.mark.parametrize("trt", ["8.6", "10.10"])
def test_inner_dimensions_must_agree(trt: str) -> None:
    assert "inner dimensions" in refused(MATMUL.replace("[2,3] x", "[2,5] x"), trt)


EINSUM = (
    "(float[2,3] p, float[3,4] q, float[4,5] r) => (float[o] y)"
    ' { [e] y = Einsum <equation = "ij,jk,kl->il"> (p, q, r) }'
)


def test_einsum_of_three_inputs_is_a_chain_in_10() -> None:
    assert "2 inputs" in refused(EINSUM, "8.6")
    assert layers(EINSUM, "10.10") == ["Einsum e [2, 3, 4]", "Einsum e_0 [2, 5]"]
    equations = [x.params["equation"] for x in imported(EINSUM, "10.10").layers]
    assert equations == ["ij,jk->ijk", "ijk,kl->il"]


def test_einsum_spells_out_ellipses_in_10() -> None:
    graph = (
        "(float[7,2,3] p, float[7,3,4] q) => (float[o] y)"
        ' { [e] y = Einsum <equation = "...ij, ...jk"> (p, q) }'
    )
    assert "ellips" in refused(graph, "8.6")
    (layer,) = imported(graph, "10.10").layers
    assert layer.params["equation"] == "aij,ajk->aik"
    assert layer.output.shape == (7, 2, 4)


def test_einsum_takes_lower_case_letters() -> None:
    graph = '(float[2,3] p) => (float[o] y) { [e] y = Einsum <equation = "AB->BA"> (p) }'
    for trt in ("8.6", "10.10"):
        assert "invalid characters" in refused(graph, trt)
    assert "no importer" in refused(graph, "8.0")


def test_tensorrt_matrix_ops() -> None:
    graph = (
        "(float[2,3] x, float[4,3] z) => (float[o] y)"
        ' { [m] y = TRT_MatMul <op_0 = "none", op_1 = "transpose"> (x, z) }'
    )
    assert layers(graph, "8.6") == ["Matrix Multiply m [2, 4]"]
    assert "op_0" in refused(graph.replace('"none"', '"other"'), "8.6")
    connected = (
        "(float[1,2,3,3] x) => (float[o] y) <float[4,18] w = {1}>"
        " { [m] y = TRT_FullyConnected <channels = 4> (x, w) }"
    )
    assert layers(connected, "8.6") == ["Fully Connected m [1, 4, 1, 1]"]
    assert "no importer" in refused(connected, "10.1")
