# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The ``setrange`` command group; a command's module is imported only to run it."""

from __future__ import annotations

import importlib

import click

from setrange.errors import UsageError

__all__ = ["COMMANDS", "CommandGroup", "load_command"]

#: Command -> line in `setrange --help`, in the order of a user's work.
COMMANDS: dict[str, str] = {
    "template": "Write a ranges file with every tensor that needs a range.",
    "apply": "Write a cache, a ranged or Q/DQ model, or an engine.",
    "check": "Show what ranges mean for a model; write nothing.",
    "report": "Write a page to look at: the network, its ranges, what is missing.",
    "edit": "Fill in ranges in the browser; nothing is written without a click.",
    "collect": "Measure ranges on data with ONNX Runtime.",
    "verify": "Compare float with INT8 on data, per tensor and per output.",
    "tune": "Search ranges and FP16 fallbacks that reach an accuracy.",
    "convert": "Convert ranges between formats and TensorRT releases.",
    "merge": "Write the union of ranges files.",
    "diff": "Show what changed between two ranges files.",
    "inspect": "List the layers and tensors TensorRT will make.",
    "resolve": "Say which tensor a name means, and why.",
    "explain": "Explain a TensorRT log, a finding (SR104) or a page of the docs.",
    "config": "Write example settings for building an engine.",
    "doctor": "Say what this machine can do, and what to install.",
    "ops": "List the ops the importer knows, by profile.",
}

#: Command -> the module that defines it, where that is not ``setrange.cli.<command>``.
_HOMES = {"apply": "setrange.cli.apply.command"}


def load_command(name: str) -> click.Command:
    """Import and return the click command of this name."""
    module = importlib.import_module(_HOMES.get(name, f"setrange.cli.{name}"))
    command: click.Command = module.command
    return command


class CommandGroup(click.Group):
    """A group that knows its commands by name and one line each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        return load_command(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names."""
        name = args[0]
        if not name.startswith("-") and name not in COMMANDS:
            from setrange.cli.wrong_calls import meant_command
            from setrange.text.words import did_you_mean

            expected = f"expected one of {', '.join(COMMANDS)}"
            hint = meant_command(name, args[1:])
            hint = hint or did_you_mean(name, COMMANDS, otherwise=expected)
            raise UsageError(f"there is no command {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command table without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
