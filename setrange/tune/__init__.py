# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Ranges and FP16 fallbacks that reach the accuracy the user names."""
