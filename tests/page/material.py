# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What a page holds."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import TYPE_CHECKING, Any

from tests.page.schema import check_schema

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shown_data"]


def shown_data(page: Path) -> dict[str, Any]:
    """Return the data of a page, as the schema says."""
    text = page.read_text(encoding="utf-8")
    [(kind, inside)] = re.findall(r'<script type="(\S+)" id="data">([^<]*)<', text)
    plain = gzip.decompress(base64.b64decode(inside)) if kind == "application/gzip" else inside
    data: dict[str, Any] = json.loads(plain)
    check_schema(data)
    return data
