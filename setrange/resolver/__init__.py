# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Any name a user may write -> a tensor of the network, with the reason."""
