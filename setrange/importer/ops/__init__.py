# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Importers by op family: thin handlers over shared helpers; found and loaded by name."""
