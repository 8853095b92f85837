# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Which module registers which ops: writes ``setrange/importer/op_families.json``.

    python -m tests.importer.op_families

In a process of its own: modules register their ops when they are imported, once.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

from setrange.importer import implicit, ops, registry

TABLE = Path(registry.__file__).with_name("op_families.json")


def families() -> dict[str, list[str]]:
    """Module -> the ops it has importers or checks of."""
    found: dict[str, set[str]] = {}
    register: Any = registry._register

    def noted(table: Any, verb: str, names: str | tuple[str, ...], rows: Any) -> None:
        register(table, verb, names, rows)
        frame = sys._getframe(1)
        while frame.f_globals["__name__"] in (registry.__name__, "functools"):
            if frame.f_back is None:
                raise ValueError("nobody registers these ops")
            frame = frame.f_back
        module = frame.f_globals["__name__"].removeprefix("setrange.importer.")
        found.setdefault(module, set()).update((names,) if isinstance(names, str) else names)

    registry._register = noted
    for package in (ops, implicit):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    return {module: sorted(found[module]) for module in sorted(found)}


def text() -> str:
    """The table as the file holds it."""
    lines = [f"{json.dumps(m)}: {json.dumps(names)}" for m, names in families().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if "--print" in sys.argv:
        sys.stdout.write(text())
    else:
        TABLE.write_text(text(), encoding="utf-8")
