# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the whole test run."""

from __future__ import annotations

import os

from hypothesis import settings

# CI draws the same examples every time: a new one that fails is found at a desk, by
# `make fuzz` or a plain run, not in somebody else's change.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("desk", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
