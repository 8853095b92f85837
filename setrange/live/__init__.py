# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT's Python bindings: what is there is used, what is not is never asked for."""
