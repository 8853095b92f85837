# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from setrange.machine.install_help import Machine, tensorrt_install_help
from setrange.versions import TrtVersion


@pytest.mark.parametrize(
    ("machine", "trt", "says", "never"),
    [
        (Machine(system="Linux", python=(3, 11)), None, 'tensorrt-cu12>=10,<11"', "zip"),
        (Machine(system="Linux", python=(3, 11)), "10.3", 'tensorrt-cu12==10.3.*"', "zip"),
        (Machine(system="Linux", python=(3, 11)), "8.6", "tar package", "cu12"),
        (
            Machine(system="Linux", python=(3, 14)),
            None,
            "up to Python 3.13, this is 3.14",
            "zip",
        ),
        (Machine(system="Windows", python=(3, 12)), None, "zip package", "apt"),
        (Machine(system="Windows", python=(3, 12)), "8.6", "no wheel", "pip install"),
        (
            Machine(system="Linux", python=(3, 10), is_jetson=True),
            None,
            "apt install nvidia-jetpack",
            "pip install",
        ),
        (Machine(system="Darwin", python=(3, 12)), None, "does not exist for macOS", "pip"),
    ],
)
def test_what_to_install_where(
    machine: Machine, trt: str | None, says: str, never: str
) -> None:
    text = tensorrt_install_help(machine, None if trt is None else TrtVersion.parse(trt))
    assert says in text
    assert never not in text


def test_this_machine_has_an_answer() -> None:
    assert tensorrt_install_help(Machine.here())
