# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The page people look at: a plan as data for a browser, and as one HTML file."""

from __future__ import annotations

from setrange.page.data import report_data
from setrange.page.evidence import Evidence
from setrange.page.network_facts import NetworkFacts
from setrange.page.writing import write_report

__all__ = ["Evidence", "NetworkFacts", "report_data", "write_report"]
