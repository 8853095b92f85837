# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from setrange.network import NamingScheme, Network, Tensor
from setrange.report.shell import trtexec_command
from setrange.text.shell import command_line


def network(*shapes: tuple[int, ...]) -> Network:
    net = Network(trt="8.6", profile="8.6", naming=NamingScheme.LAYER_NUMBER)
    net.inputs += [Tensor(name=f"in:{i}", shape=shape) for i, shape in enumerate(shapes)]
    return net


def test_posix_quoting_survives_a_shell() -> None:
    arguments = ["trtexec", "--onnx=/a b/$x.onnx", "--calib=/it's", "--shapes=in:0:1x3"]
    assert shlex.split(command_line(arguments, windows=False)) == arguments


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        (r"--onnx=C:\models\net.onnx", r"--onnx=C:\models\net.onnx"),
        (r"--onnx=C:\my models\net.onnx", r'"--onnx=C:\my models\net.onnx"'),
        ("--shapes=a:1x3,b:1x3", '"--shapes=a:1x3,b:1x3"'),  # a comma is a list in PowerShell
        ("--onnx=net(1).onnx", '"--onnx=net(1).onnx"'),
        ("--onnx=größe.onnx", '"--onnx=größe.onnx"'),
    ],
)
def test_windows_quoting(argument: str, quoted: str) -> None:
    assert command_line(["trtexec", argument], windows=True) == f"trtexec {quoted}"


def test_the_cache_path_is_absolute() -> None:
    arguments = trtexec_command(network((1, 3)), "net.onnx", "out/net-8.6.cache")
    assert arguments == (
        "trtexec",
        f"--onnx={Path('net.onnx').absolute()}",
        "--int8",
        f"--calib={Path('out/net-8.6.cache').absolute()}",
        "--saveEngine=net-8.6.engine",
    )


def test_dynamic_inputs_get_shapes() -> None:
    arguments = trtexec_command(network((-1, 3, -1), (2, 2), (-1,)), "n.onnx", "n.cache")
    assert "--shapes=in:0:1x3x1,in:2:1" in arguments
