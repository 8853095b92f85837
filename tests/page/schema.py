# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The schema of the page's data."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from tests.meta.source_tree import ROOT

__all__ = ["check_schema"]


def check_schema(data: dict[str, Any]) -> None:
    """Hold data against the schema."""
    schema = json.loads((ROOT / "schemas" / "report.v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(data)
