"""World Development Indicators: the API, the bulk archive and the spreadsheet."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import wdi
from comity.sources.publisher import Request, take_sample

from .server import Reply

GDP = "NY.GDP.MKTP.CD"


def row(iso3, year, value, code="XX", name="Somewhere", series=GDP):
    return {
        "indicator": {"id": series, "value": "GDP (current US$)"},
        "country": {"id": code, "value": name},
        "countryiso3code": iso3,
        "date": str(year),
        "value": value,
        "unit": "",
        "obs_status": "",
        "decimal": 0,
    }


def answer(rows, page=1, pages=1, total=None):
    about = {"page": page, "pages": pages, "per_page": 1000, "total": total or len(rows)}
    return json.dumps([{**about, "lastupdated": "2026-07-01"}, rows])


WIDE = (
    '"Data Source","World Development Indicators",\n\n"Last Updated Date","2026-07-01",\n\n'
    '"Country Name","Country Code","Indicator Name","Indicator Code","2022","2023",\n'
    f'"India","IND","GDP (current US$)","{GDP}","3.5e12","",\n'
    f'"Namibia","NAM","GDP (current US$)","{GDP}","","12.5",\n'
    f'"World","WLD","GDP (current US$)","{GDP}","1","2",\n'
    f'"Sub-Saharan Africa","SSF","GDP (current US$)","{GDP}","1","2",\n'
)


def read(path):
    found = wdi.recognise(take_sample(path))
    return wdi.read(path, found)["facts"]


def values(facts):
    return {(r.country, r.year): r.value for r in facts.itertuples()}


def test_an_answer_of_the_api(written, fits):
    rows = [
        row("IND", 2022, 3.5e12),
        row("IND", 2023, None),
        row("NAM", 2023, 12.5, code="NA"),
        row("WLD", 2022, 1),
        row("SSF", 2022, 1),
        row("", 2022, 1, code="ZH", name="Africa Eastern and Southern"),
    ]
    path = written(answer(rows), "download")
    found = wdi.recognise(take_sample(path))
    assert found.source == "worldbank-wdi-gdp"
    tables = wdi.read(path, found)
    fits(tables, found)
    facts = tables["facts"]
    assert values(facts) == {("IND", 2022): 3.5e12, ("NAM", 2023): 12.5, ("WLD", 2022): 1}
    assert set(facts["indicator"] + facts["unit"]) == {"gdpUSD"}
    assert sum(facts.attrs["left_out"].values()) == 2
    assert any("Sub-Saharan Africa" in words for words in facts.attrs["left_out"])


@pytest.mark.parametrize("packing", ["csv", "zip"])
def test_the_bulk_file(tmp_path, packing):
    path = tmp_path / "download"
    if packing == "csv":
        path.write_bytes(b"\xef\xbb\xbf" + WIDE.encode())
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"Metadata_Indicator_API_{GDP}.csv", f'"INDICATOR_CODE"\n"{GDP}"\n')
            archive.writestr(f"API_{GDP}_DS2_en_csv_v2_1.csv", b"\xef\xbb\xbf" + WIDE.encode())
    facts = read(path)
    assert values(facts) == {
        ("IND", 2022): 3.5e12,
        ("NAM", 2023): 12.5,
        ("WLD", 2022): 1,
        ("WLD", 2023): 2,
    }
    assert facts.attrs["left_out"] == {"Sub-Saharan Africa ('SSF')": 2}


def test_the_spreadsheet_of_the_world_bank(shared_data, fits):
    path = shared_data / "trade/baci_2023_totals/GDP_wdi_raw.xls"
    found = wdi.recognise(take_sample(path))
    assert (found.publisher, found.layout) == ("worldbank", "excel")
    tables = wdi.read(path, found)
    fits(tables, found)
    facts = tables["facts"]
    gdp = values(facts)
    # The same figures as the World Bank's through another door, a year older.
    assert gdp["IND", 2022] == pytest.approx(3.35e12, rel=0.05)
    assert gdp["WLD", 2022] > 100e12
    assert facts["year"].min() == 1960
    assert ("SSF", 2022) not in gdp
    assert "Sub-Saharan Africa ('SSF')" in facts.attrs["left_out"]


def test_tariffs_become_fractions(written):
    rows = [row("IND", 2022, 4.6, series="TM.TAX.MRCH.WM.AR.ZS")]
    facts = read(written(answer(rows), "download"))
    assert values(facts) == {("IND", 2022): pytest.approx(0.046)}
    assert set(facts["indicator"] + facts["unit"]) == {"tariff_weightedshare"}


@pytest.mark.parametrize(
    ("series", "given", "indicator", "value"),
    [
        ("NY.GDP.MKTP.KD.ZG", -2.5, "gdp_growth", -0.025),
        ("PA.NUS.FCRF", 68.48, "exchange_rate", 68.48),
    ],
)
def test_growth_and_exchange_rates(written, fits, series, given, indicator, value):
    path = written(answer([row("RUS", 2022, given, series=series)]), "download")
    found = wdi.recognise(take_sample(path))
    tables = wdi.read(path, found)
    fits(tables, found)
    (fact,) = tables["facts"].itertuples()
    assert (fact.indicator, fact.country, fact.value) == (indicator, "RUS", pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WIDE.replace("3.5e12", "much"), "line 6: 'much' in column 'value' is not a number"),
        (answer([row("IND", 2022, 1), row("IND", 2022, 1, series="X.Y")]), "row 2: .* 'X.Y'"),
        (answer([row("SSF", 2022, 1)]), "no value of a country"),
        (answer([row("IND", 2022, 1)])[:-4], "no answer of the World Bank's API"),
    ],
)
def test_what_cannot_be_read(written, text, words):
    with pytest.raises(InputFileError, match=words):
        read(written(text, "download"))


def test_a_series_that_has_no_use_here_is_not_claimed(written):
    path = written(answer([row("IND", 2022, 1, series="SE.PRM.ENRL")]), "download")
    assert wdi.recognise(take_sample(path)) is None


@pytest.fixture
def api(server, monkeypatch):
    monkeypatch.setattr(wdi, "SITE", server.url)
    return server


ASKED = Request(years=(2020, 2022), countries=("India", "RUS"), options={"series": GDP})
PATH = f"/v2/country/IND;RUS/indicator/{GDP}"


def test_pages_are_put_together(api, fetcher, tmp_path):
    pages = [[row("IND", 2020, 1), row("IND", 2021, 2)], [row("RUS", 2020, 3)]]
    api.serve(PATH, *(answer(p, n, 2, total=3) for n, p in enumerate(pages, start=1)))
    (path,) = wdi.fetch(fetcher, ASKED, tmp_path)
    assert values(read(path)) == {("IND", 2020): 1, ("IND", 2021): 2, ("RUS", 2020): 3}
    first, second = api.asked_for(PATH)
    assert (first.query["page"], second.query["page"]) == ("1", "2")
    assert first.query["date"] == "2020:2022"
    assert first.query["format"] == "json"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            '[{"message":[{"id":"120","key":"Invalid","value":"The parameter is not valid"}]}]',
            "refuses: The parameter is not valid",
        ),
        ('[{"page":1,"pages":0,"per_page":1000,"total":0},null]', "has nothing for that"),
        (answer([row("IND", 2020, 1)], total=5), "sent 1 rows of .* and announced 5"),
        ('{"a": 1}', "another kind of answer"),
        ("<html></html>", "web page"),
    ],
)
def test_it_is_quoted_when_it_refuses(api, fetcher, tmp_path, body, words):
    api.serve(PATH, body)
    with pytest.raises(FetchError, match=words):
        wdi.fetch(fetcher, ASKED, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_all_countries_and_years_come_in_bulk(api, fetcher, tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"API_{GDP}.csv", WIDE)
    for code in (GDP, "SP.POP.TOTL"):
        api.serve(f"/v2/en/indicator/{code}", Reply(b"", 500), made.getvalue())
    paths = wdi.fetch(fetcher, Request(), tmp_path)
    assert [path.name for path in paths] == [
        "API_NY.GDP.MKTP.CD_en_csv_v2.zip",
        "API_SP.POP.TOTL_en_csv_v2.zip",
    ]
    assert api.asked[0].query == {"downloadformat": "csv"}
    assert len(read(paths[0])) == 4


@pytest.mark.parametrize(
    "request_",
    [
        Request(options={"series": "X.Y"}),
        Request(products=("27",)),
        Request(partners=("RUS",)),
        Request(countries=("Atlantis",)),
    ],
)
def test_what_it_cannot_be_asked_for(api, fetcher, tmp_path, request_):
    with pytest.raises(UsageError):
        wdi.fetch(fetcher, request_, tmp_path)
    assert api.asked == []
