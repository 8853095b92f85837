# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Float against INT8 on ONNX Runtime: how good are the ranges, and which of them are bad."""
