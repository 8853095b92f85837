# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The engine, built by trtexec: no Python package of TensorRT needed."""

from __future__ import annotations

from setrange.exporters.trtexec.command import TrtexecJob, trtexec_arguments
from setrange.exporters.trtexec.run import run_trtexec
from setrange.machine.find_trtexec import Trtexec, find_trtexec

__all__ = ["Trtexec", "TrtexecJob", "find_trtexec", "run_trtexec", "trtexec_arguments"]
