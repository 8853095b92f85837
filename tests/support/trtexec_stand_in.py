# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for trtexec: records its arguments, plays a log back, writes an engine."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TextIO

HERE = Path(__file__).parent


def say(line: str, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{line}\n")


def main() -> int:
    settings = json.loads((HERE / "stand-in.json").read_text(encoding="utf-8"))
    arguments = sys.argv[1:]
    if settings.get("does_not_start") is not None:
        say(settings["does_not_start"], sys.stderr)
        return 127
    number = settings["number"]
    say(f"&&&& RUNNING TensorRT.trtexec [TensorRT v{number}] # trtexec {' '.join(arguments)}")
    if arguments == ["--help"]:
        return 0
    calls = HERE / "calls.jsonl"
    with calls.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(arguments) + "\n")
    given = dict(argument.partition("=")[::2] for argument in arguments)
    if "--calib" in given and not os.path.isfile(given["--calib"]):
        say("[I] calibrating on random noise")  # what the real one does, without an error
        return 5
    if settings.get("sleeps"):
        (HERE / "pid").write_text(str(os.getpid()))
    sys.stdout.flush()
    sys.stdout.buffer.write(settings.get("log", "").encode("latin-1"))
    sys.stdout.flush()
    time.sleep(settings.get("sleeps", 0))
    if settings.get("status", 0) == 0 and settings.get("writes", True):
        Path(given["--saveEngine"]).write_bytes(settings.get("engine", "engine").encode())
        if "--exportLayerInfo" in given:
            layer = {
                "Name": "Conv_0",
                "LayerType": "CaskConvolution",
                "Inputs": [{"Name": "x", "Format/Datatype": "Int8 NC/32HW32"}],
                "Outputs": [{"Name": "y", "Format/Datatype": "Int8 NC/32HW32"}],
            }
            layer["Weights"] = {"Type": "Int8"}
            text = settings.get("layers", json.dumps({"Layers": [layer]}))
            Path(given["--exportLayerInfo"]).write_text(text)
    say(f"&&&& {'FAILED' if settings.get('status') else 'PASSED'} TensorRT.trtexec")
    return int(settings.get("status", 0))


if __name__ == "__main__":
    sys.exit(main())
