# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""From one file of ranges to another, with the model between them if one is needed."""
