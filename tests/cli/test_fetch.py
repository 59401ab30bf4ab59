"""`comity fetch` from a publisher's server into a lake, and what a second time changes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from comity.cli import app
from comity.errors import FetchError
from comity.lake import Store
from comity.sources import comtrade_api, imf_api, wdi

from ..sources.server import Reply, running

COMTRADE = {
    "elapsedTime": "0.2 secs",
    "count": 1,
    "data": [
        {
            "typeCode": "C",
            "freqCode": "A",
            "refYear": 2024,
            "period": "2024",
            "reporterCode": 699,
            "flowCode": "M",
            "partnerCode": 643,
            "partner2Code": 0,
            "classificationCode": "H6",
            "cmdCode": "TOTAL",
            "customsCode": "C00",
            "motCode": 0,
            "netWgt": None,
            "cifvalue": 5.0,
            "fobvalue": None,
            "primaryValue": 5.0,
        }
    ],
    "error": "",
}
GDP = [
    {"page": 1, "pages": 1, "per_page": 1000, "total": 1},
    [
        {
            "indicator": {"id": "NY.GDP.MKTP.CD", "value": "GDP (current US$)"},
            "country": {"id": "NA", "value": "Namibia"},
            "countryiso3code": "NAM",
            "date": "2031",
            "value": 12.5,
        }
    ],
]
RATES = (
    "DATAFLOW,COUNTRY,INDICATOR,TYPE_OF_TRANSFORMATION,FREQUENCY,TIME_PERIOD,OBS_VALUE\n"
    "IMF.STA:ER(4.0.1),RUS,XDC_USD,PA_RT,A,2022,68.48\n"
)


@pytest.fixture
def publishers(monkeypatch):
    monkeypatch.delenv(comtrade_api.KEY, raising=False)
    with running() as server:
        for module in (comtrade_api, imf_api, wdi):
            monkeypatch.setattr(module, "SITE", server.url)
        preview = Reply(json.dumps(COMTRADE).encode())
        server.serve("/public/v1/preview/C/A/HS", Reply(b"", 429, {"Retry-After": "1"}), preview)
        server.serve("/v2/country/NAM/indicator/NY.GDP.MKTP.CD", json.dumps(GDP))
        server.serve("/external/sdmx/2.1/data/IMF.STA,ER/RUS.XDC_USD.PA_RT.A", RATES)
        yield server


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


ASKED = {
    "comtrade": [
        *("--country", "India", "--partner", "RUS", "--years", "2024"),
        *("--option", "mirror=no", "--option", "flow=imports"),
    ],
    "worldbank": ["--country", "NAM", "--years", "2031", "--option", "series=NY.GDP.MKTP.CD"],
    "imf": ["--country", "RUS", "--option", "dataset=er"],
}


def test_what_is_fetched_is_in_the_lake_once(publishers, tmp_path):
    lake = tmp_path / "lake"
    for publisher, words in ASKED.items():
        result = run("fetch", publisher, *words, "--to", tmp_path / "files", "--lake", lake)
        assert result.exception is None, (publisher, result.output, result.exception)
    store = Store(lake)
    assert {"un-comtrade", "worldbank-wdi-gdp", "imf-er"} <= set(store.sources)
    flows = store.table("flows")
    (flow,) = flows.filter(flows.source == "un-comtrade").to_pyarrow().to_pylist()
    assert (flow["exporter"], flow["importer"], flow["basis"]) == ("RUS", "IND", "mirror")
    facts = store.table("facts")
    (rate,) = facts.filter(facts.indicator == "exchange_rate").to_pyarrow().to_pylist()
    assert (rate["country"], rate["value"]) == ("RUS", 68.48)
    newer = facts.filter(facts.country == "NAM", facts.year == 2031).to_pyarrow().to_pylist()
    assert [row["value"] for row in newer] == [12.5]

    before = store.id
    words = [*ASKED["imf"], "--to", tmp_path / "files", "--lake", lake]
    again = run("fetch", "imf", *words)
    assert "in the lake already" in again.output
    assert Store(lake).id == before


def test_a_refusal_leaves_nothing_behind(publishers, tmp_path):
    publishers.serve("/public/v1/preview/C/A/HS", Reply(b'{"message": "No."}', 403))
    words = [*ASKED["comtrade"], "--to", tmp_path / "files", "--lake", tmp_path / "lake"]
    result = run("fetch", "comtrade", *words)
    assert isinstance(result.exception, FetchError)
    assert "UN Comtrade refuses: No." in str(result.exception)
    assert not (tmp_path / "lake").exists()
    assert not list(tmp_path.rglob("*.json"))
