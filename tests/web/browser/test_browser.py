"""The pages in a real browser: by keyboard, without scripts, in the dark, on a phone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from comity.brief import text

Visit = Callable[..., Page]
PAIR = "/pairs/IND/RUS"
ARTICLE = Path(__file__).resolve().parents[4] / "shared/texts/india-russia-beyond-defence.txt"


def test_the_keyboard_leads_from_the_search_to_a_pair(visit: Visit) -> None:
    page = visit("/")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    page.keyboard.type("India and Rus")
    option = page.get_by_role("option", name="India and Russia")
    expect(option).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAIR}")
    expect(page.get_by_role("heading", level=1)).to_have_text("India and Russia")


def test_the_first_of_two_countries_is_completed(visit: Visit) -> None:
    page = visit("/about")
    page.keyboard.press("/")
    page.keyboard.type("braz")
    expect(page.get_by_role("option", name="Brazil")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("south af")
    expect(page.get_by_role("option", name="Brazil and South Africa")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_pair_shows_the_numbers_of_the_api(visit: Visit, service: str) -> None:
    page = visit(PAIR)
    data = page.request.get(f"{service}/api/v1{PAIR}").json()["data"]
    row = page.locator("#scorecard tr", has_text="Goods exports").first
    shown = [words.replace("\xa0", " ") for words in row.locator("b").all_inner_texts()]
    wanted = [
        text.money(m["value"], short=True)
        for m in data["measures"]
        if m["indicator"] == "goods_exports" and m["intensity"] and m["period"] == "2023"
    ]
    assert sorted(shown) == sorted(wanted)
    lead = page.locator("#findings li").first.inner_text().replace("\xa0", " ")
    assert data["findings"][0]["text"] in lead


def test_downloads_open_and_match_the_page(visit: Visit, service: str) -> None:
    page = visit(PAIR)
    figure = page.locator("#chart-trade-balance")
    figure.locator("summary", has_text="Table").click()
    cells = figure.locator("tbody tr").first.locator("td").all_inner_texts()

    def take(name: str) -> bytes:
        with page.expect_download() as taken:
            figure.get_by_role("link", name=f"{name} of").click()
        return Path(taken.value.path()).read_bytes()

    rows = list(csv.reader(io.StringIO(take("CSV").decode())))
    assert rows[1][0] == cells[0]
    amounts = [float(cell) for cell in rows[1][1:3]]
    assert [f"{amount:,.0f}" for amount in amounts] == cells[1:3]
    sheet = openpyxl.load_workbook(io.BytesIO(take("XLSX"))).worksheets[0]
    assert [cell.value for cell in sheet[2]][1:3] == pytest.approx(amounts)
    assert ET.fromstring(take("SVG")).tag.endswith("svg")
    assert take("PNG").startswith(b"\x89PNG")
    assert b"vega-lite" in take("JSON")


def test_a_chart_answers_the_pointer(visit: Visit) -> None:
    page = visit(PAIR)
    figure = page.locator("#chart-trade-balance")
    figure.locator(".plot").scroll_into_view_if_needed()
    figure.locator(".plot").hover()
    drawn = figure.locator(".plot svg")
    expect(drawn).to_be_visible()
    expect(drawn).to_have_attribute("aria-label", re.compile("."))
    figure.locator('.plot svg [aria-roledescription="bar"], .plot svg .mark-rect path').last.hover()
    expect(page.locator(".tip")).to_have_text(re.compile(r"\$"))


def test_a_text_is_checked(visit: Visit) -> None:
    if not ARTICLE.exists():
        pytest.skip("the article that is checked is absent")
    page = visit("/check")
    page.get_by_label("The text", exact=True).fill(ARTICLE.read_text(encoding="utf-8"))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="In one look")).to_be_visible()
    marks = page.locator("mark")
    assert marks.count() > 5
    number = marks.first.locator("a").first
    target = number.get_attribute("href")
    number.click()
    expect(page.locator(f"{target}")).to_be_in_viewport()


def test_the_keyboard_alone_reaches_content_tables_and_sorting(visit: Visit) -> None:
    page = visit("/countries/IND")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.closest('main') !== null")
    assert inside
    head = page.locator('thead a[data-column="there_times"]')
    head.focus()
    page.keyboard.press("Enter")
    values = page.locator("tbody tr td:nth-child(3)").evaluate_all(
        "cells => cells.map(c => c.dataset.value).filter(Boolean).map(Number)"
    )
    assert values == sorted(values, reverse=True)
    assert len(values) > 100
    expect(page.locator("thead th[aria-sort]")).to_have_attribute("aria-sort", "descending")


def test_everything_works_without_scripts(visit: Visit) -> None:
    page = visit("/", java_script_enabled=False)
    page.locator("main input[name=q]").fill("India, Russia")
    page.locator("main button").click()
    page.wait_for_url(f"**{PAIR}")
    assert page.locator("#chart-signature img").is_visible()
    figure = page.locator("#chart-trade-balance")
    figure.locator("summary", has_text="Table").click()
    assert figure.locator("table").is_visible()
    page.goto(page.url.replace(PAIR, "/countries/IND"))
    page.locator('thead a[data-column="back"]').click()
    page.wait_for_url("**sort=back**")
    page.goto(page.url.split("/countries")[0] + "/settle")
    page.get_by_label("One country").fill("India")
    page.get_by_label("Other country").fill("Russia")
    page.get_by_role("button", name="Settle").click()
    assert page.get_by_role("heading", name="Two-way netting").is_visible()


def test_the_dark_page_is_dark_and_so_are_its_pictures(visit: Visit) -> None:
    page = visit(PAIR, color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 27)"
    assert "wide-dark.svg" in page.locator("#chart-signature img").evaluate("i => i.currentSrc")


@pytest.mark.parametrize(
    "address",
    [
        PAIR,
        "/",
        "/countries/IND",
        "/targets",
        "/settle?a=IND&b=RUS",
        "/methods/ppml",
        "/sources",
        "/route?start=Mumbai&end=Chennai",
        "/opportunities?a=IND&b=RUS",
    ],
)
def test_nothing_is_wider_than_a_phone(visit: Visit, address: str) -> None:
    page = visit(address, viewport={"width": 390, "height": 844}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if address == PAIR:
        source = page.locator("#chart-signature img").evaluate("image => image.currentSrc")
        assert "narrow-light.svg" in source


def test_motion_and_print_are_as_the_reader_wants_them(visit: Visit) -> None:
    page = visit(PAIR, reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".site")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("light", "turned"), [("dark", "invert(1)"), ("light", "none")])
def test_dark_pictures_are_turned_on_paper(visit: Visit, light: str, turned: str) -> None:
    """Browsers print the picture that is on the screen, and paper is light."""
    page = visit(PAIR, color_scheme=light)
    picture = page.locator("#chart-signature img")
    assert f"-{light}.svg" in picture.evaluate("image => image.currentSrc")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    style = "image => getComputedStyle(image).filter"
    assert picture.evaluate(style) == "none"
    page.emulate_media(media="print")
    assert picture.evaluate(style).startswith(turned)
