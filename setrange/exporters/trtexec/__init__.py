# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine, built by trtexec: no Python package of TensorRT needed."""
