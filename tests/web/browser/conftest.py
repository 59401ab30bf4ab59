"""A service of its own process and a real browser, both for the whole folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

# A busy machine may need longer than Playwright's five seconds to load and draw a chart.
expect.set_options(timeout=180_000)


@pytest.fixture(scope="package")
def service() -> Iterator[str]:
    """Return the address of a service that `comity serve` runs."""
    command = [sys.executable, "-m", "comity", "serve", "--port", "0", "--rate", "0", "--no-log"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = None
        while found is None and (line := process.stderr.readline()):
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None, "the service did not say where it listens"
        _wait(found[0])
        yield found[0]
        process.terminate()
        process.wait(120)


def _wait(address: str) -> None:
    """Wait until the service has loaded."""
    for _ in range(1500):
        try:
            if httpx.get(f"{address}/readyz", timeout=300).status_code == 200:
                return
        except httpx.ConnectError:
            pass
        time.sleep(0.2)
    pytest.fail("the service does not answer")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return the machine's own Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _is_wrong(message: ConsoleMessage, address: str) -> bool:
    """Say whether a message tells of an error; a page that was not found is none."""
    return message.type == "error" and message.location["url"] != address


@pytest.fixture
def visit(service: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page of the service.

    Afterwards no request may have left the service, nothing may have failed to load, and the
    browser may have refused nothing.
    """
    asked: list[str] = []
    wrong: list[str] = []
    contexts = []

    def open_page(address: str, **options: Any) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        context.set_default_timeout(180_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda m: wrong.append(m.text) if _is_wrong(m, page.url) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(service + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    own = urlsplit(service).netloc
    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
        own
    }
    assert wrong == []
