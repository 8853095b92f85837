# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's own way from a Q/DQ model to an engine: parse, build, write.

python benchmarks/rtx/nvidia_build.py model.qdq.onnx model.engine
"""

from __future__ import annotations

import sys
from pathlib import Path

import tensorrt_rtx as trt  # noqa: TID253 - nothing else happens here


def main(model: str, out: str) -> None:
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(model):
        raise SystemExit(f"refused: {parser.get_error(0).desc()}")
    engine = builder.build_serialized_network(network, builder.create_builder_config())
    Path(out).write_bytes(engine)


if __name__ == "__main__":
    main(*sys.argv[1:])
