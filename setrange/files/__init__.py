# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Writing files whole or not at all, and finding the files that ship with the package."""
