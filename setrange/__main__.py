# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m setrange`` is the same as ``setrange``."""

from __future__ import annotations

import sys

from setrange.cli import main

if __name__ == "__main__":
    sys.exit(main())
