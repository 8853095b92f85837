# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Measuring ranges on data with ONNX Runtime, streaming."""
