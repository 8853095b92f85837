# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Results as text and JSON, for people and scripts; nothing is decided here."""
