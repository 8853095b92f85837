# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The page as text: what is in it, and what cannot be."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re

import pytest

from setrange.page.bundle import BundleError, bundled, modules_of
from setrange.page.html import page_html
from tests.meta.source_tree import PACKAGE

WEB = PACKAGE / "page" / "web"
OWN = sorted(path for path in WEB.rglob("*.js") if "vendor" not in path.parts)


def data_of(page: str) -> object:
    [(kind, text)] = re.findall(r'<script type="(\S+)" id="data">(.*?)</script>', page, re.S)
    if kind == "application/json":
        return json.loads(text)
    return json.loads(gzip.decompress(base64.b64decode(text)))


@pytest.mark.parametrize("size", [1, 40_000])
def test_data_come_back_whatever_they_hold(size: int) -> None:
    names = [
        "</script><script>alert(1)</script>",
        "<!--",
        "\u2028",
        "\ud800",
        "&amp;",
        '"',
    ] * size
    page = page_html("x", data={"names": names})
    assert data_of(page) == {"names": names}
    assert "alert(1)</script>" not in page


def test_a_title_is_text() -> None:
    page = page_html("</title><script>alert(1)</script>\u202e" + "x" * 1_000_000)
    [title] = re.findall(r"<title>(.*?)</title>", page, re.S)
    assert "<" not in title
    assert "\u202e" not in title
    assert len(title) < 1000


def test_the_policy_names_each_script_and_style_and_no_place() -> None:
    page = page_html("x", data={})
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert set(rules) == {
        *("default-src", "script-src", "style-src", "img-src", "base-uri", "form-action")
    }
    assert rules["img-src"] == "data:"
    for element, rule in (("script", "script-src"), ("style", "style-src")):
        inside = re.findall(rf"<{element}>(.*?)</{element}>", page, re.S)
        digests = [hashlib.sha256(text.encode()).digest() for text in inside]
        wanted = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
        assert rules[rule].split() == wanted


def test_only_a_served_page_may_ask_its_server() -> None:
    assert "connect-src 'self'" in page_html("x", connect=True)
    assert "connect-src" not in page_html("x")


def test_nothing_in_it_is_an_address() -> None:
    """Links would be requests; comments of licences may name one."""
    page = page_html("x", data={})
    assert not re.findall(r"""(?:src|href|action)\s*=\s*["']?(?!data:)[a-z./]""", page)
    assert "sourceMappingURL" not in page
    assert "@import" not in page


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_names_can_only_become_text(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser"
    )
    assert not re.findall(forbidden, text)
    assert text.splitlines()[:3] == [
        "// SPDX-FileCopyrightText: 2026 setrange contributors",
        "// SPDX-License-Identifier: Apache-2.0",
        "// @ts-check",
    ]
    assert len(text.splitlines()) <= 600


def test_libraries_are_those_of_the_manifest() -> None:
    vendor = WEB / "vendor"
    manifest = json.loads((vendor / "manifest.json").read_text())
    known = {}
    for library in manifest["libraries"]:
        assert library["license"] == "MIT"
        assert any(name.endswith(".LICENSE") for name in library["files"])
        known |= {name: entry["sha256"] for name, entry in library["files"].items()}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.iterdir()
        if path.name not in ("manifest.json", "README.md")
    }
    assert found == known


def test_every_module_is_part_of_some_page() -> None:
    read = {path.relative_to(WEB).as_posix(): path.read_text(encoding="utf-8") for path in OWN}
    entries = [name for name in read if name == "report.js" or name.endswith("/main.js")]
    used = {name for entry in entries for name in modules_of(entry, read.__getitem__)}
    assert used == set(read)


def test_a_bundle_does_what_its_modules_say() -> None:
    files = {
        "a.js": 'import { one, two as zwei } from "./b/b.js";\nconsole.log(one, zwei);\n',
        "b/b.js": 'import { base } from "../c.js";\nexport const one = base;\n'
        "export async function two() {}\nexport class Three {}\n",
        "c.js": "export const base = 1;\n",
    }
    text = bundled("a.js", files.__getitem__)
    assert text.index("$c =") < text.index("$b_b =") < text.index("$a =")
    assert "const { one, two: zwei } = $b_b;" in text
    assert "return { one, two, Three };" in text


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./b.js";\n',
        'import * as x from "./b.js";\n',
        "export default 1;\n",
        "export let x = 1;\n",
        'export { x } from "./b.js";\n',
        'const x = await import("./b.js");\n',
    ],
)
def test_other_forms_of_modules_are_refused(text: str) -> None:
    with pytest.raises(BundleError, match=r"a\.js"):
        bundled("a.js", {"a.js": text, "b.js": "export const x = 1;\n"}.__getitem__)


def test_modules_that_import_each_other_are_refused() -> None:
    files = {
        "a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
        "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
    }
    with pytest.raises(BundleError, match="import each other"):
        bundled("a.js", files.__getitem__)
