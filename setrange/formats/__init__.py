# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Every format users hold ranges in: one file each, one registry, one sniffer."""
