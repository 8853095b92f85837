# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""ONNX models in, ONNX models out: no plan and no ranges are involved."""
