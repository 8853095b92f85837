# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The page as one HTML text: its scripts, styles and data are inside, and it asks for nothing.

A Content-Security-Policy in the page forbids every request, and every script and style but
those in it, by their SHA-256.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import posixpath
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from setrange import __version__
from setrange.page.bundle import bundled
from setrange.text.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["page_html"]

#: Libraries: each is a global of its name in what follows.
_LIBRARIES = ("vendor/dagre.min.js", "vendor/uPlot.iife.min.js")
_STYLES = ("vendor/uPlot.min.css", "page.css")

#: Data of more letters are packed.
_PLAIN = 20_000

#: Letters of a title.
_LONGEST_TITLE = 120

_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="{tool}">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
{styles}
</head>
<body>
<div id="app"><noscript>This page needs JavaScript. It brings its own along,
and loads nothing from elsewhere.</noscript></div>
{data}
{scripts}
</body>
</html>
"""


def page_html(
    title: str,
    *,
    entry: str = "report.js",
    data: Mapping[str, Any] | None = None,
    connect: bool = False,
) -> str:
    """Return the page.

    Args:
        title: Of the window.
        entry: The module that starts it, below the folder ``web``.
        data: What ``report_data`` returns, for a page that holds its data.
        connect: The page may ask the server that it came from.
    """
    scripts = [_SOURCE_MAP.sub("", _web(name)) for name in _LIBRARIES]
    scripts.append(bundled(entry, _web))
    styles = [_web(name) for name in (*_STYLES, *_styles_beside(entry))]
    scripts = [_inside_script(text) for text in scripts]
    styles = [_inside_style(text) for text in styles]
    policy = [
        "default-src 'none'",
        f"script-src {' '.join(map(_hash, scripts))}",
        f"style-src {' '.join(map(_hash, styles))}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if connect:
        policy.append("connect-src 'self'")
    shown = visible(title, _LONGEST_TITLE)
    return _PAGE.format(
        tool=html.escape(f"setrange {__version__}"),
        policy="; ".join(policy),
        title=html.escape(shown.encode("utf-8", "replace").decode("utf-8")),
        styles="\n".join(f"<style>{text}</style>" for text in styles),
        data="" if data is None else _data(data),
        scripts="\n".join(f"<script>{text}</script>" for text in scripts),
    )


def _web(name: str) -> str:
    return resources.files("setrange.page").joinpath("web", *name.split("/")).read_text("utf-8")


def _styles_beside(entry: str) -> list[str]:
    """The style sheets in the folder of a module, if that is a folder of its own."""
    folder = posixpath.dirname(entry)
    if not folder:
        return []
    place = resources.files("setrange.page").joinpath("web", *folder.split("/"))
    return sorted(
        f"{folder}/{item.name}" for item in place.iterdir() if item.name.endswith(".css")
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _inside_script(text: str) -> str:
    """A script whose text cannot end its element, or open a comment in it."""
    text = re.sub(r"<(?=/script|!--|script)", r"\\x3c", text, flags=re.IGNORECASE)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\r", "")


def _inside_style(text: str) -> str:
    return re.sub(r"</(?=style)", r"<\\/", text, flags=re.IGNORECASE).replace("\r", "")


def _data(data: Mapping[str, Any]) -> str:
    """The data as an element: JSON, or JSON packed by gzip and written in base64."""
    text = json.dumps(
        data, allow_nan=False, separators=(",", ":")
    )  # ASCII: nothing ends a line
    if len(text) <= _PLAIN:
        plain = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        return f'<script type="application/json" id="data">{plain}</script>'
    packed = base64.b64encode(gzip.compress(text.encode("ascii"), 6, mtime=0)).decode("ascii")
    return f'<script type="application/gzip" id="data">{packed}</script>'
