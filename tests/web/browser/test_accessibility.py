"""Every page against axe-core: no violation of WCAG 2.2 A and AA, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PAGES = (
    "/",
    "/pairs/IND/RUS",
    "/pairs/IND/RUS/charts/signature",
    "/pairs/IND/RUS/promises?part=2",
    "/countries/IND?tie=migrants",
    "/targets?part=2",
    "/check?example=true",
    "/simulate?a=IND&b=EAEU&draws=20",
    "/settle?a=IND&b=RUS&group=BRICS",
    "/route?start=Mumbai&end=Saint+Petersburg",
    "/opportunities?a=IND&b=RUS",
    "/sources",
    "/methods",
    "/methods/ppml",
    "/about",
    "/api/docs",
    "/search?q=India+and+Rusia",
    "/countries/IND?vintage=0123456789ab-0123456789ab-20200229-0.0.9",
)
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_WHOLE = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"]}
# Rows, groups and sections of one kind are all alike, and each takes time.
_TRIM = """
const kept = {'tbody, ol.cited, .letters': 8, '.score': 4, '.part': 3, '.plot svg': 40, main: 12};
for (const [lists, most] of Object.entries(kept)) {
    for (const list of document.querySelectorAll(lists)) {
        [...list.children].slice(most).forEach(row => row.remove());
    }
}"""
_COLORS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def _violations(page: Page, options: dict[str, object]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})" for v in found]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_violation_in_either_light(visit: Callable[..., Page], address: str) -> None:
    page = visit(address)
    page.evaluate(_TRIM)
    assert _violations(page, _WHOLE) == []
    page.emulate_media(color_scheme="dark")
    assert _violations(page, _COLORS) == []


def test_a_checked_text_has_no_violation(visit: Callable[..., Page]) -> None:
    page = visit("/check?example=true")
    page.get_by_role("button", name="Check").click()
    page.wait_for_selector("mark")
    assert _violations(page, _WHOLE) == []
    page.emulate_media(color_scheme="dark")
    assert _violations(page, _COLORS) == []
