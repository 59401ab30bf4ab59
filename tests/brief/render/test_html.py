"""The page: self-contained, escaped, accessible, every figure with its source."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from comity.brief.charts import theme
from comity.brief.render import html

VOID = {"meta", "link", "br", "hr", "img", "input", "col", "rect", "path", "line", "circle"}


class Page(HTMLParser):
    """Tags, ids and attributes of a page; fails where a tag is closed that was not opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def text(brief):
    return html.render(brief)


@pytest.fixture
def page(text):
    return Page(text)


def test_is_well_formed(page):
    assert page.open == []


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    inner = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    assert set(inner) <= set(ids)
    for attrs in page.all("svg"):
        assert set((attrs.get("aria-labelledby") or "").split()) <= set(ids)


def test_needs_no_other_host_and_no_script(page, text):
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("img")
    assert "url(http" not in text
    assert "@import" not in text
    assert all(a["href"].startswith(("#", "https://example.org/")) for a in page.all("a"))
    assert "default-src 'none'" in text


def test_hostile_texts_are_escaped(page, text):
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "{{ 7*7 }}" in text


def test_hostile_addresses_are_no_links(brief):
    brief.sources["baci"]["url"] = "javascript:alert(1)"
    assert "javascript:" not in html.render(brief)


def test_charts_have_names_and_descriptions(page):
    charts = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(charts) == 2  # one chart, wide and narrow
    assert len(page.all("desc")) == 2


def test_has_title_language_contents_and_headings(page, text):
    assert page.all("html")[0]["lang"] == "en"
    assert "<title>India and Russia" in text
    contents = [a["href"] for a in page.all("a")]
    assert {"#findings", "#scorecard", "#trade", "#no-figure", "#sources"} <= set(contents)
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))


def test_says_vintage_command_licence_and_gaps(text):
    for words in ("0123456789ab", "2026-11-23", "comity brief IND RUS", "CC BY 4.0", "no figure"):
        assert words in text, words


def test_sections_without_figures_share_a_box(page, text):
    assert text.count('class="gaps bare"') == 1
    assert ("dt", "people") in [(tag, attrs.get("id")) for tag, attrs in page.tags]
    assert "Refugees, both ways. <span>The source does not list this pair.</span>" in text


def test_a_missing_cell_is_a_dash_not_a_zero(text):
    assert '<td class="n">–</td>' in text


def test_tables_have_scopes(page):
    assert all("scope" in attrs for attrs in page.all("th"))


def test_same_page_twice(brief):
    assert html.render(brief) == html.render(brief)


def _contrast(first: str, second: str) -> float:
    def light(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    one, two = sorted((light(first), light(second)))
    return (two + 0.05) / (one + 0.05)


def _roles() -> list[dict[str, str]]:
    css = html.style()
    return [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6}|#[0-9a-f]{3})(?=;)", block))
        for block in re.findall(r":root \{(.*?)\}", css)[:2]
    ]


def test_colours_have_contrast_in_light_and_dark():
    for roles in _roles():
        paper = roles["paper"] if len(roles["paper"]) == 7 else "#ffffff"
        for role in ("a", "b", "ink", "quiet", "link"):
            assert _contrast(roles[role], paper) >= 4.5, role
        assert _contrast(roles["quiet"], roles["soft"]) >= 4.5
        assert _contrast(roles["other"], paper) >= 3
        assert _contrast(roles["link"], roles["soft"]) >= 4.5


def test_every_colour_of_the_charts_has_a_role():
    css = html.style()
    light = _roles()[0]
    for color, role in ((theme.A, "a"), (theme.B, "b"), (theme.INK, "ink"), (theme.QUIET, "quiet"),
                        (theme.OTHER, "other"), (theme.RULE, "rule")):  # fmt: skip
        assert light[role] == color
        assert f'"{color}"' in css
    assert f'[fill="{theme.A_ESTIMATE}"]' in css
    assert f'[fill="{theme.B_ESTIMATE}"]' in css
