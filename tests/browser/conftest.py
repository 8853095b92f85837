# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A browser of the system's, driven by Playwright; tests skip where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.opening import Opened, chromium_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, started once; while it runs, Playwright's event loop runs in this thread."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with api.sync_playwright() as playwright:
        # Without its sandbox, which root cannot have; what it opens are files of these tests.
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Opens a page: `opened(path, width=..., height=..., scheme="dark")`.

    What goes wrong in the page fails the test: errors, refusals of its policy, and requests.
    """
    pages: list[Opened] = []

    def open_page(address: str | Path, **how: object) -> Opened:
        pages.append(Opened.open(browser, address, **how))  # type: ignore[arg-type]
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()
