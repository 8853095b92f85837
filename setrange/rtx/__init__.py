# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""TensorRT for RTX: parsing a Q/DQ model and building an engine of it, also without a GPU."""
