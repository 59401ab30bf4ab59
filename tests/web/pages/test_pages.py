"""The pages as HTML: what they say, how large they are, and what they never hold."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from comity.errors import AmbiguousNameError, UnknownNameError, UsageError
from comity.web.pages import wanted

PAGES = (
    "/",
    "/pairs/IND/RUS",
    "/pairs/IND/RUS/charts/signature",
    "/pairs/IND/RUS/promises",
    "/countries/IND",
    "/targets",
    "/check",
    "/simulate",
    "/settle?a=IND&b=RUS&group=BRICS",
    "/route?start=Mumbai&end=Saint+Petersburg",
    "/opportunities",
    "/sources",
    "/methods",
    "/methods/yardstick",
    "/about",
)
MOST = 300_000
"""Bytes that no page may exceed, its style and its pictures aside."""


class _Page(HTMLParser):
    """Collects what a page refers to, and what the Content-Security-Policy would refuse."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.refused += [f"{tag} {name}" for name in about if name == "style" or name[:2] == "on"]
        if tag == "style" or (tag == "script" and "src" not in about):
            self.refused.append(tag)
        if tag in ("link", "script", "img", "source", "form"):
            for name in ("href", "src", "srcset", "action"):
                self.addresses += [about[name] or ""] if name in about else []
        if "id" in about:
            self.ids.append(about["id"] or "")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_small_whole_and_its_own(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert len(answer.content) < MOST
    page = _Page(answer.text)
    assert page.refused == []
    assert [a for a in page.addresses if not a.startswith("/")] == []
    assert len(page.ids) == len(set(page.ids))
    assert answer.text.count("<h1") == 1


def test_everything_that_a_pair_shows_is_there(client: TestClient) -> None:
    page = _Page(client.get("/pairs/IND/RUS").text)
    own = [a for a in page.addresses if not a.endswith(("light.svg", "dark.svg"))]
    pictures = [a for a in page.addresses if a.endswith("wide-light.svg")]
    assert len(pictures) > 20
    for address in [*own, *pictures[:3]]:
        assert client.get(address).status_code == 200, address


def test_a_pair_has_the_numbers_of_the_api(client: TestClient) -> None:
    from comity.brief import text

    page = unescape(client.get("/pairs/IND/RUS").text).replace("\xa0", " ")
    data = client.get("/api/v1/pairs/IND/RUS").json()["data"]
    goods = [
        m
        for m in data["measures"]
        if m["indicator"] == "goods_exports" and m["source"].startswith("cepii") and m["intensity"]
    ]
    assert len(goods) == 2
    for measure in goods:
        assert f"<b>{text.money(measure['value'], short=True)}</b>" in page


@pytest.mark.parametrize("pair", ["IND/RUS", "DEU/FRA"])
def test_a_pair_has_the_findings_and_the_ties_of_the_api(client: TestClient, pair: str) -> None:
    page = client.get(f"/pairs/{pair}").text
    data = client.get(f"/api/v1/pairs/{pair}").json()["data"]
    told = [finding["text"] for finding in data["findings"]]
    listed = re.findall(r'<ul class="findings">(.*?)</ul>', page, re.DOTALL)
    items = [item for part in listed for item in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)]
    shown = [" ".join(unescape(re.sub(r"<[^>]+>", "", item)).split()) for item in items]
    assert told
    assert len(shown) == len(told)
    for said, on_page in zip(told, shown, strict=True):
        assert said in on_page
    if pair == "IND/RUS":  # goods are judged without fuels, too
        assert any(m["indicator"] == "goods_exports_less_fuels" for m in data["measures"])


def test_a_promise_keeps_to_its_pair_and_a_long_list_has_parts(client: TestClient) -> None:
    first = client.get("/pairs/IND/RUS/promises").text
    second = client.get("/pairs/IND/RUS/promises?part=2").text
    of = [set(re.findall(r'<tr id="([^"]+)"', text)) for text in (first, second)]
    assert len(of[0]) == 80
    assert of[1]
    assert not of[0] & of[1]


def test_partners_sort_without_scripts(client: TestClient) -> None:
    def values(query: str) -> list[float]:
        text = client.get(f"/countries/IND?{query}").text
        rows = re.findall(r'<tr><th scope="row">.*?</tr>', text, re.DOTALL)
        cells = [re.findall(r'data-value="([^"]*)"', row)[0] for row in rows]
        return [float(cell) for cell in cells if cell]

    down, up = values("sort=there"), values("sort=there&up=1")
    assert down == sorted(down, reverse=True)
    assert up == sorted(up)
    assert len(down) > 150


def test_a_country_shows_what_it_can_make_as_the_api_says_it(client: TestClient) -> None:
    page = unescape(client.get("/countries/IND").text).replace("\xa0", " ")
    data = client.get("/api/v1/countries/IND/complexity").json()["data"]
    for finding in data["findings"]:
        assert finding in page
    first = data["tables"]["products"][0]
    assert f'<td class="n">{first["rca"]:.2f}</td>' in page
    assert "/api/v1/countries/IND/complexity?format=csv" in page
    # Not every country is in the table by product: its page does without.
    assert client.get("/api/v1/countries/TUV/complexity").status_code == 404
    assert 'id="complexity"' not in client.get("/countries/TUV").text


def test_a_tie_that_a_country_lacks_is_named(client: TestClient) -> None:
    answer = client.get("/countries/TUV?tie=refugees")
    assert answer.status_code == 404
    assert "refugees" in answer.text
    assert "It has migrants" in answer.text


def test_a_pair_of_which_little_is_known_says_so(client: TestClient) -> None:
    page = client.get("/pairs/MYT/BGR").text
    assert "No figure" in page
    assert "signature.svg" not in page
    assert client.get("/pairs/IND/IND").status_code == 400


def test_a_checked_text_is_marked_and_escaped(client: TestClient) -> None:
    text = "In 2023 Russia sold India goods worth 66 billion dollars. <script>alert(1)</script>"
    answer = client.post("/check", data={"text": text, "a": "IND", "b": "RUS"})
    assert answer.status_code == 200
    assert "<mark" in answer.text
    assert "<script>alert" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_wrong_field_is_named_and_the_others_are_kept(client: TestClient) -> None:
    for address, told in (
        ("/settle?a=IND&b=RUS&years=900", "'900' does not fit 'years': it has to be 50 or less."),
        ("/settle?a=IND&b=RUS&years=ten", "'ten' does not fit 'years': a whole number is needed."),
        ("/settle?a=IND&b=RUS&interest=x", "'x' does not fit 'interest': a number is needed."),
        ("/settle?a=IND&b=RUS&deficits=x", "This page has no field 'deficits'."),
        ("/simulate?a=IND&b=EAEU&ways=up", "does not fit 'ways': 'both', 'there' or 'back' is"),
        ("/simulate?a=IND&b=EAEU&theta=0", "'0' does not fit 'theta': it has to be above 0."),
    ):
        answer = client.get(address)
        assert answer.status_code == 400
        assert told in unescape(answer.text)
        assert 'value="IND"' in answer.text


def test_a_text_that_is_too_long_is_told_so_on_a_page(client: TestClient) -> None:
    answer = client.post("/check", data={"text": "x" * 2_100_000})
    assert answer.status_code == 413
    assert "<h1>The request is larger than 2,000,000 bytes.</h1>" in answer.text
    told = client.post("/api/v1/check", json={"text": "x" * 2_100_000})
    assert (told.status_code, told.json()["error"]["code"]) == (413, "body")


def test_an_address_of_nothing_says_so(client: TestClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
    assert client.get("/api/v1/nowhere").json()["error"]["hint"] == "See the API's schema."


@pytest.mark.parametrize(
    ("address", "one"),
    [("/pairs/india/RUS", "/pairs/IND/RUS"), ("/countries/in", "/countries/IND")],
)
def test_a_page_has_one_address_and_keeps_the_vintage(
    client: TestClient, address: str, one: str
) -> None:
    for asked in ("", "?vintage=a-b%26c-20261128-0.1.0"):
        answer = client.get(address + asked, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, one + asked)


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("India and Russia", "/pairs/IND/RUS"),
        ("russia, INDIA", "/pairs/RUS/IND"),
        ("Trinidad and Tobago", "/countries/TTO"),
        ("Bosnia and Herzegovina and Serbia", "/pairs/BIH/SRB"),
        ("Delhi – Moscow", "/pairs/IND/RUS"),
        ("USA vs. China", "/pairs/USA/CHN"),
    ],
)
def test_the_search_finds_what_is_meant(client: TestClient, words: str, address: str) -> None:
    answer = client.get("/search", params={"q": words}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, address)


def test_the_search_says_what_it_does_not_know() -> None:
    with pytest.raises(UnknownNameError, match="Rusia"):
        wanted.countries("India and Rusia")
    with pytest.raises(AmbiguousNameError):
        wanted.countries("Korea and Japan")
    with pytest.raises(UsageError, match="Both"):
        wanted.countries("India and Bharat")


def test_a_miss_offers_what_may_have_been_meant(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "India and Rusia"})
    assert answer.status_code == 404
    assert 'href="/pairs/IND/RUS"' in answer.text


def test_an_address_of_another_vintage_is_refused(client: TestClient) -> None:
    held = re.search(r'id="permanent" href="([^"]+)"', client.get("/pairs/IND/RUS").text)
    assert held is not None
    assert client.get(held[1]).status_code == 200
    other = client.get("/pairs/IND/RUS?vintage=of-another-day")
    assert other.status_code == 409
    assert "of-another-day" in other.text
    assert "It may have been cut short" in other.text


def test_a_link_to_other_data_says_what_differs_and_how_to_get_it(client: TestClient) -> None:
    held = client.get("/api/v1/vintage").json()["data"]
    lake, ledger, _, version = held["vintage"].split("-", 3)
    asked = f"/countries/IND?tie=migrants&vintage=0123456789ab-{ledger}-20200229-9.9.9"
    answer = client.get(asked)
    page = unescape(answer.text)
    assert answer.status_code == 409
    for words in ("0123456789ab", lake, "2020-02-29", held["as_of"], "9.9.9", version):
        assert f"<code>{words}</code>" in page
    assert "pip install comity==9.9.9" in page
    assert "has the id <code>0123456789ab</code>" in page
    assert "Find its ledger" not in page
    assert 'href="/countries/IND?tie=migrants"' in page
    ahead = client.get(f"/targets?vintage={lake}-{ledger}-29990101-{version}")
    assert ahead.status_code == 409
    assert "a day that is not over here" in ahead.text
    assert "pip install" not in ahead.text


@pytest.mark.parametrize(
    ("address", "charts"),
    [
        ("/pairs/IND/RUS", 20),
        ("/countries/IND", 1),
        ("/targets", 1),
        ("/simulate?a=IND&b=EAEU&draws=20", 1),
        ("/opportunities?a=IND&b=RUS", 1),
    ],
)
def test_every_chart_can_be_cited(client: TestClient, address: str, charts: int) -> None:
    text = client.get(address).text
    figures = re.findall(r'<figure class="chart.*?</figure>', text, re.DOTALL)
    assert len(figures) >= charts
    for figure in figures:
        cited = re.search(r'<p id="(cite-[^"]+)">(.*?)</p>', figure, re.DOTALL)
        assert cited is not None
        assert "Lake " in cited[2]
        assert f'data-copy="{cited[1]}"' in figure


@pytest.mark.parametrize("address", ["/countries/IND", "/settle?a=IND&b=RUS"])
def test_a_page_is_cited_by_its_title_once(client: TestClient, address: str) -> None:
    text = unescape(client.get(address).text)
    cited = re.search(r'<p id="citation">comity, “(.*?)”(.*?)</p>', text, re.DOTALL)
    assert cited is not None
    assert cited[1] not in cited[2]


def test_methods_are_pages_and_link_to_each_other(client: TestClient) -> None:
    listed = re.findall(r'href="(/methods/[\w-]+)"', client.get("/methods").text)
    assert len(listed) > 10
    assert 'href="/methods/ppml"' in client.get("/methods/yardstick").text
    assert "decisions" not in re.findall(r'href="([^"]+)"', client.get("/methods/yardstick").text)
    assert client.get("/methods/..%2f..%2fLICENSE").status_code == 404


def test_the_list_of_methods_says_whole_sentences(client: TestClient) -> None:
    leads = [
        unescape(lead) for lead in re.findall(r"</h2><p>(.*?)</p>", client.get("/methods").text)
    ]
    assert len(leads) > 10
    assert all(lead.endswith((".", "?", "…")) for lead in leads)
    assert all(lead.count("[") == lead.count("]") for lead in leads)
