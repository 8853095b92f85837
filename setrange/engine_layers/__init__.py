# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What an engine's layers really run in, from the JSON TensorRT writes about it."""
