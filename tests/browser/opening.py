# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Opens a page in Chromium and notices what goes wrong in it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

__all__ = ["Opened", "chromium_path"]

#: Names that systems give it; the variable wins.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VARIABLE = "SETRANGE_CHROMIUM"

#: Milliseconds that a page may take on a busy machine; how fast it is, benchmarks measure.
PATIENCE = 90_000


def chromium_path() -> str | None:
    """Return where Chromium is; `$SETRANGE_CHROMIUM` names another."""
    named = os.environ.get(_VARIABLE)
    if named:
        return named
    return next(filter(None, map(shutil.which, _NAMES)), None)


@dataclass(slots=True, kw_only=True)
class Opened:
    """A page in a browser.

    Attributes:
        page: Playwright's page.
        context: What it is in.
        problems: Errors in it, and what its policy refused.
        requests: Addresses it asked for after itself.
        allowed: How an address begins that it may ask.
    """

    page: Page
    context: BrowserContext
    allowed: tuple[str, ...]
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @classmethod
    def open(
        cls,
        browser: Browser,
        address: str | Path,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: Literal["light", "dark"] = "light",
        allowed: tuple[str, ...] = (),
        ready: bool = True,
    ) -> Opened:
        """Open a page, and wait until it is there.

        Args:
            browser: The browser.
            address: A file, or an address.
            width: Of the window.
            height: Of the window.
            scheme: What the system prefers.
            allowed: How addresses begin that the page may ask, besides its own.
            ready: Wait until the page says that it is there.
        """
        url = address.as_uri() if isinstance(address, Path) else address
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        made = cls(page=page, context=context, allowed=(*allowed, url, "data:", "blob:"))
        page.on("pageerror", lambda error: made.problems.append(str(error)))
        page.on("console", lambda message: made._noticed(message))
        page.on("request", lambda request: made.requests.append(request.url))
        page.goto(url)
        if ready:
            page.wait_for_selector("html[data-ready=true]", timeout=PATIENCE)
        return made

    def _noticed(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def text(self, selector: str) -> str:
        """The text of the first element that fits."""
        return self.page.inner_text(selector)

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements that fit."""
        return self.page.locator(selector).all_inner_texts()

    def select(self, name: str) -> None:
        """Select the tensor of this name by the search."""
        self.page.fill("input.search", name)
        self.page.press("input.search", "Enter")

    def close(self) -> None:
        """Close it; what went wrong fails the test."""
        self.context.close()
        elsewhere = [url for url in self.requests if not url.startswith(self.allowed)]
        assert (self.problems, elsewhere) == ([], [])
