# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The parser of TensorRT 5.1 and 6.0, which has no batch dimension."""
