# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setrange.text.shell import Shell, command_line, command_lines
from tests.meta.source_tree import module_paths
from tests.report import shells

ODD = [
    "--onnx=/a b/$x.onnx", "--calib=/it's", "--shapes=in:0:1x3", "$(id).onnx", "`id`.onnx",
    "100%.onnx", "%PATH%.onnx", "a&b.onnx", "a|b<c>d.onnx", "a;b.onnx", "(1).onnx", "n^2.onnx",
    'say "hi".onnx', "C:\\my models\\net.onnx", "C:\\my models\\", "@list.onnx", "#1.onnx",
    "a,b:1x3", "größe.onnx", "\u2018typographic\u2019 \u201cquotes\u201d.onnx", "*.state.npz",
    "!important!.onnx", "~/net.onnx", "%x%%PATH%", 'a"b&c%PATH%', "", "-o", "a'b\"c",
]  # fmt: skip


@pytest.mark.parametrize("argument", ODD)
def test_each_shell_gives_the_program_what_was_meant(argument: str) -> None:
    arguments = ["trtexec", argument, "--int8"]
    assert shells.sh(command_line(arguments, Shell.SH)) == arguments
    assert shells.powershell(command_line(arguments, Shell.POWERSHELL)) == arguments
    assert shells.cmd(command_line(arguments, Shell.CMD)) == arguments
    lines = command_lines(arguments, windows=True)
    if list(lines) == [""]:
        assert shells.powershell(lines[""]) == shells.cmd(lines[""]) == arguments
    else:
        assert shells.powershell(lines["PowerShell"]) == shells.cmd(lines["cmd"]) == arguments
    assert shells.powershell(command_line(arguments, windows=True)) == arguments


@pytest.mark.property
@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("ab1 $%&'\"`^()<>|;,@#!\\-=:é\u2019\u201d", max_size=9), max_size=4))
def test_any_arguments_on_windows(arguments: list[str]) -> None:
    command = ["setrange", *arguments]
    assert shells.powershell(command_line(command, Shell.POWERSHELL)) == command
    assert shells.cmd(command_line(command, Shell.CMD)) == command
    for name, line in command_lines(command, windows=True).items():
        for shell in (shells.powershell, shells.cmd):
            if name in ("", {"powershell": "PowerShell", "cmd": "cmd"}[shell.__name__]):
                assert shell(line) == command


def test_a_program_in_a_folder_with_blanks() -> None:
    arguments = [r"C:\Program Files\TensorRT\bin\trtexec.exe", "--int8"]
    lines = command_lines(arguments, windows=True)
    assert lines["PowerShell"].startswith("& '")
    assert shells.powershell(lines["PowerShell"]) == shells.cmd(lines["cmd"]) == arguments


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


#: A command with something of the user's in it.
_UNQUOTED = re.compile(
    r"\b(?:setrange (?:apply|check|convert|merge|inspect|resolve|collect|verify|explain|diff)"
    r"|trtexec --)[^'\"{}\n]*\{(?!command_line|_STRIP|_WITH|DEFAULT|newest)"
)


def test_no_message_puts_a_path_into_a_command_by_hand() -> None:
    for path in module_paths():
        found = _UNQUOTED.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path.name}: {found.group()}"
