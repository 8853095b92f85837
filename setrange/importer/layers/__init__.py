# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What TensorRT knows of each kind of layer: output shapes, element values, types it takes."""
