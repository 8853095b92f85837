# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``python -m setrange`` is the same as ``setrange``."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from setrange.files.early_interrupt import leave_quietly

    leave_quietly()  # before the command line is loaded, which takes time

from setrange.cli import main

if __name__ == "__main__":
    sys.exit(main())
