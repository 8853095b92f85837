# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""setrange: your INT8 ranges, any TensorRT, no calibrator."""
