"""A permanent link shows the same on every later day, while lake and ledger are the same."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from comity.web.app import create_app
from comity.web.settings import Settings

QUIET = Settings(
    warm=False, log=False, rate=0, seconds=600, hosts=("testserver",), lake="starter",
    ledger="starter",
)  # fmt: skip
FIRST, LATER = dt.date(2026, 3, 1), dt.date(2031, 3, 1)


@pytest.fixture(scope="module")
def days():
    """Give a service, and what moves its clock to a day."""
    app = create_app(QUIET)
    state = app.state.comity

    def move(day: dt.date) -> None:
        state.today = lambda: day
        state.refresh()

    move(FIRST)
    with TestClient(app) as client:
        yield client, move


def permanent(page: str) -> str:
    found = re.search(r'id="permanent" href="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def body(page: str) -> str:
    """Return what a page shows, without addresses and the sentence that names its day."""
    main = page[page.index('<main id="main">') :]
    main = re.sub(r'<p class="note">Promises are judged here as of .*?</p>', "", main)
    return re.sub(r'\b(href|src|srcset|data-spec)="[^"]*"', "", main)


@pytest.mark.parametrize("address", ["/targets", "/pairs/IND/RUS", "/pairs/IND/RUS/promises"])
def test_a_link_shows_the_same_on_a_later_day_and_today_shows_today(days, address):
    client, move = days
    move(FIRST)
    first = client.get(address).text
    link = permanent(first)
    assert client.get(link).text == first
    move(LATER)
    later = client.get(link)
    assert later.status_code == 200
    assert body(later.text) == body(first)
    assert permanent(later.text) == link
    assert "judged here as of 2026-03-01" in later.text
    assert f"<a href='{address}'>See it as of today</a>" in later.text
    today = client.get(address).text
    assert body(today) != body(first)  # promises fell due in those five years
    assert "judged on 2031-03-01" in today
    assert permanent(today) != link


def test_pictures_files_and_links_of_an_earlier_day_are_of_that_day(days):
    client, move = days
    move(FIRST)
    link = permanent(client.get("/pairs/IND/RUS").text)
    move(LATER)
    page = client.get(link).text
    named = re.findall(r'(?:href|src|srcset|data-spec)="(/(?:pairs|api/v1)[^"]+)"', page)
    assert len(named) > 100
    assert all(f"vintage={link.split('=')[1]}" in address for address in named)
    pictures = {unescape(a) for a in named if "promise" in a and a.split("?")[0].endswith(".svg")}
    assert pictures
    for address in pictures:
        shown = client.get(address)
        assert shown.status_code == 200
        assert shown.text != client.get(address.split("?")[0]).text
    file = next(unescape(a) for a in named if "format=json" in a and "chart=" not in a)
    assert client.get(file).json()["meta"]["as_of"] == "2026-03-01"
    ways = re.findall(r'href="(/countries/[^"]+)"', page)
    assert client.get(unescape(ways[0])).status_code == 200


def test_pages_of_an_earlier_day_are_kept_like_others(days):
    client, move = days
    move(FIRST)
    link = permanent(client.get("/targets").text)
    move(LATER)
    first = client.get(link)
    again = client.get(link, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("day", ["20310302", "20260230", "2026031", "nineteen", "2026-3-1", ""])
def test_a_day_that_has_not_come_or_is_none_is_refused(days, day):
    client, move = days
    move(LATER)
    lake, ledger, _, version = client.get("/api/v1/vintage").json()["meta"]["vintage"].split("-", 3)
    asked = {"vintage": f"{lake}-{ledger}-{day}-{version}"}
    for address in ("/targets", "/api/v1/targets", "/pairs/IND/RUS/charts/trade-history"):
        assert client.get(address, params=asked).status_code == 409
