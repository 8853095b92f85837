# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The parser of TensorRT 5.1 and 6.0, which knows no batch dimension.

It shares the rules of its profile and the layers of a network with later parsers, windows,
weights that are transposed or folded, the table of activations, and no importer of an op: each
op has its one row, ``since("6.0")``.

Source: onnx/onnx-tensorrt 6.0: builtin_op_importers.cpp, onnx2trt_utils.hpp, trt_utils.hpp.
"""
