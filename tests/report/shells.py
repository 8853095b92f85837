# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""How three shells take a command line apart: what the program gets.

sh is the real one. PowerShell and cmd are models of their rules for the commands that setrange
prints. Sources: about_Quoting_Rules and about_Parsing of PowerShell's documentation; the
documentation of cmd; "Parsing C++ command-line arguments" of Microsoft's C runtime.
"""

from __future__ import annotations

import os
import re
import subprocess

#: Variables that are set in the modelled shells.
VARIABLES = {"PATH": "C:\\Windows", "x": "1", "id": "2", "TEMP": "C:\\Temp"}

_SINGLE = "'\u2018\u2019\u201a\u201b"
_DOUBLE = '"\u201c\u201d\u201e'


def sh(line: str) -> list[str]:
    """Arguments as a real sh gives them to a program."""
    script = f'f() {{ for a in "$@"; do printf "%s\\0" "$a"; done; }}\nf {line}'
    done = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        check=True,
        env={"PATH": os.defpath, "x": "1"},
    )
    return done.stdout.decode().split("\0")[:-1]


def cmd(line: str) -> list[str]:
    """Arguments as cmd and the C runtime give them to a program."""
    line = re.sub(
        r"%([^%]+)%", lambda match: VARIABLES.get(match.group(1), match.group()), line
    )
    plain, is_quoted, position = "", False, 0
    while position < len(line):
        sign = line[position]
        if sign == "^" and not is_quoted:
            position += 1
            plain += line[position]
        else:
            if sign == '"':
                is_quoted = not is_quoted
            elif sign in "&|<>()" and not is_quoted:
                raise ValueError(f"cmd does something of its own at {line[position:]!r}")
            plain += sign
        position += 1
    return _c_runtime(plain)


def _c_runtime(line: str) -> list[str]:
    arguments, now, is_quoted, has_one, position = [], "", False, False, 0
    while position < len(line):
        run = re.match(r'(\\*)("?)', line[position:])
        assert run is not None
        slashes, quote = run.groups()
        if quote:
            now += "\\" * (len(slashes) // 2)
            if len(slashes) % 2:
                now += '"'
            else:
                is_quoted = not is_quoted
            has_one = True
            position += len(slashes) + 1
        elif slashes:
            now += slashes
            has_one = True
            position += len(slashes)
        elif line[position] in " \t" and not is_quoted:
            if has_one:
                arguments.append(now)
            now, has_one = "", False
            position += 1
        else:
            now += line[position]
            has_one = True
            position += 1
    return [*arguments, now] if has_one else arguments


def powershell(line: str) -> list[str]:
    """Arguments as PowerShell (7.3 and later) gives them to a program."""
    line = line.removeprefix("& ")
    arguments, now, has_one, position = [], "", False, 0
    while position < len(line):
        sign = line[position]
        if sign in _SINGLE:
            position += 1
            while True:
                if line[position] in _SINGLE:
                    if line[position + 1 : position + 2] not in tuple(_SINGLE):
                        break
                    position += 1
                now += line[position]
                position += 1
            has_one = True
        elif sign in _DOUBLE:
            end = next(i for i in range(position + 1, len(line)) if line[i] in _DOUBLE)
            text = line[position + 1 : end]
            if "`" in text or "$" in text:
                raise ValueError(f"PowerShell changes {text!r}")
            now += text
            position, has_one = end, True
        elif sign == " ":
            if has_one:
                arguments.append(now)
            now, has_one = "", False
        elif sign in "$`(){};|&<>," or (sign in "@#" and not has_one):
            raise ValueError(f"PowerShell does something of its own at {line[position:]!r}")
        else:
            now += sign
            has_one = True
        position += 1
    return [*arguments, now] if has_one else arguments
