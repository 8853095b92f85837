# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Deriving ranges on the network: one rule per layer kind, applied until nothing changes."""
