# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Estimates of ranges that nobody gave: the real network on inputs that are made by rule."""
