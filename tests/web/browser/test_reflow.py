"""Every page at 320 pixels, which is 400 % of 1280, and at 640; the keyboard's way; own colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.web.browser.test_accessibility import PAGES

Visit = Callable[..., Page]
_LONG = "/search?q=" + "Llanfairpwllgwyngyllgogerychwyrndrobwll" * 4
# What of the page goes beyond its right edge; tables and code may scroll in frames of their own.
_WIDER = "document.documentElement.scrollWidth > innerWidth"
_SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important; } p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""
_FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 1), innerWidth - 2);
    const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2);
    const there = document.elementFromPoint(x, y);
    return {
        name: one.outerHTML.slice(0, 120),
        outlined: getComputedStyle(one).outlineStyle !== 'none',
        within: box.bottom > 0 && box.top < innerHeight,
        covered: !(there && (one.contains(there) || there.contains(one))),
    };
}"""


@pytest.mark.parametrize("width", [320, 640])
def test_no_page_is_wider_than_its_window(visit: Visit, service: str, width: int) -> None:
    page = visit("/", viewport={"width": width, "height": 640})
    wider = []
    for address in (*PAGES, "/pairs/SGS/VCT", "/check"):
        page.goto(service + address, wait_until="domcontentloaded")
        if page.evaluate(_WIDER):
            wider.append(address)
    assert wider == []


def test_text_may_be_spaced_out(visit: Visit, service: str) -> None:
    """WCAG 1.4.12: a reader's own spacing of lines, words and letters widens no page."""
    page = visit("/", viewport={"width": 390, "height": 844})
    wider = []
    for address in PAGES:
        page.goto(service + address, wait_until="domcontentloaded")
        page.evaluate(_SPACED)
        if page.evaluate(_WIDER):
            wider.append(address)
    assert wider == []


def test_the_scorecard_of_a_phone_gives_labels_and_figures_room(visit: Visit) -> None:
    page = visit("/pairs/USA/MEX", viewport={"width": 390, "height": 844})
    table = page.locator("table.score")
    cells = table.locator("thead th").evaluate_all("all => all.map(cell => cell.offsetWidth)")
    label, *figures = cells[:3]
    assert label > 120
    assert min(figures) > 80
    assert table.evaluate("table => table.clientWidth") == 350


def test_a_very_long_word_is_broken(visit: Visit) -> None:
    page = visit(_LONG, viewport={"width": 390, "height": 844})
    expect(page.get_by_role("heading", level=1)).to_contain_text("Llanfair")
    assert not page.evaluate(_WIDER)


@pytest.mark.parametrize("address", ["/pairs/IND/RUS", "/targets", "/settle?a=IND&b=RUS"])
def test_what_the_keyboard_reaches_is_seen(visit: Visit, address: str) -> None:
    page = visit(address, reduced_motion="reduce")
    reached = []
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(_FOCUSED))
    assert len({one["name"] for one in reached}) > 30  # no trap
    for one in reached:
        assert one["outlined"], one["name"]
        assert one["within"], one["name"]
        assert not one["covered"], one["name"]


def test_every_picture_says_what_it_shows(visit: Visit) -> None:
    page = visit("/pairs/IND/RUS")
    figures = page.locator("figure.chart")
    said = figures.evaluate_all(
        """figures => figures.map(figure => [
            figure.querySelector('h2, h3, h4').textContent.replace(/\\s+/g, ' ').trim(),
            figure.querySelector('img').alt.replace(/\\s+/g, ' ').trim(),
        ])"""
    )
    assert len(said) > 15
    for title, alternative in said:
        assert alternative.startswith(title)
        assert len(alternative) > len(title) + 10


def test_own_colours_keep_buttons_and_the_present_page_apart(visit: Visit) -> None:
    page = visit("/settle?a=IND&b=RUS", forced_colors="active")
    button = page.get_by_role("button", name="Settle")
    assert button.evaluate("b => getComputedStyle(b).borderStyle") == "solid"
    present = page.locator('.site nav a[aria-current="page"]')
    assert "underline" in present.evaluate("a => getComputedStyle(a).textDecorationLine")
