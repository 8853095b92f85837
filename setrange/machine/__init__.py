# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the machine setrange runs on has: TensorRT, trtexec, ONNX Runtime."""
