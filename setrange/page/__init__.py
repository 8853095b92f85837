# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The page people look at: a plan as data for a browser, and as one HTML file."""
