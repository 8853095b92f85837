# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model of values that share a scale."""

from __future__ import annotations

#: Two values that a Concat joins, each of one sign, before a product.
GRAPH = """(float[N,32] x) => (float[N,16] y) {
    [a] a = MatMul(x, w)
    [ra] ra = Relu(a)
    [b] b = MatMul(x, v)
    [rb] rb = Relu(b)
    [both] both = Concat<axis = 1>(ra, rb)
    [pa] pa = MatMul(ra, p)
    [pb] pb = MatMul(rb, q)
    [pc] pc = MatMul(both, r)
    [ab] ab = Add(pa, pb)
    [sum] y = Add(ab, pc)
}"""
SHAPES = {
    "w": (32, 16), "v": (32, 16), "p": (16, 16), "q": (16, 16), "r": (32, 16)
}  # fmt: skip
