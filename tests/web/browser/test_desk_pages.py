"""The desk in a browser: signing in, the pages that write, and axe-core on each of them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from comity.intent.ledger.database import Database
from comity.intent.ledger.users import Role, Users
from comity.intent.ledger.writing import prepare

PASSWORD = "correct horse battery"
_WHOLE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
_COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a service that may write, with an editor."""
    ledger = str(tmp_path_factory.mktemp("desk") / "ledger.sqlite")
    prepare(ledger)
    Users(Database(ledger)).add("Asha", Role.editor, PASSWORD)
    command = [sys.executable, "-m", "comity", "serve", "--port", "0", "--rate", "0", "--no-log"]
    command += ["--no-warm", "--write", "--ledger", ledger]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None, line
        httpx.get(f"{found[0]}/healthz", timeout=300)
        yield found[0]
        process.terminate()
        process.wait(120)


@pytest.fixture(scope="module")
def page(desk: str, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=desk, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(180_000)
    page = context.new_page()
    page.goto("/about")
    page.get_by_role("link", name="Ledger desk").click()
    page.get_by_label("Name").fill("Asha")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk")
    yield page
    context.close()


def _violations(page: Page) -> list[str]:
    found = []
    for light, options in (("light", _WHOLE), ("dark", _COLORS)):
        page.emulate_media(color_scheme=light)
        found += Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


def test_signing_in_has_no_violation(desk: str, browser: Browser) -> None:
    context = browser.new_context(base_url=desk)
    page = context.new_page()
    page.goto("/sign-in")
    assert _violations(page) == []
    context.close()


@pytest.mark.parametrize("address", ["/desk", "/desk/promise", "/desk/promises/FIRST"])
def test_the_desk_has_no_violation_and_names_its_user(
    page: Page, address: str, first: Callable[[], str]
) -> None:
    page.goto(address.replace("FIRST", first()))
    assert page.locator(".who").inner_text() == "Asha"
    assert _violations(page) == []


@pytest.fixture
def first(desk: str) -> Callable[[], str]:
    """Return a function that names some promise."""

    def find() -> str:
        rows = httpx.get(f"{desk}/api/v1/targets", timeout=600).json()["data"]["commitments"]
        return str(rows[0]["id"])

    return find


def test_a_page_of_all_names_who_reads_it(page: Page) -> None:
    page.goto("/methods")
    assert page.locator(".who").inner_text() == "Asha"
    assert page.get_by_role("link", name="Ledger desk").get_attribute("href") == "/desk"
