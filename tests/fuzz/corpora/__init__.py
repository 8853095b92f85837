# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""One module for each part of the product, each with a list ``CORPORA``."""
