"""TRAINS tariffs: answers of WITS with their turned keys, bulk files, and a service with holes."""

from __future__ import annotations

import json
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import trains, trains_api
from comity.sources.publisher import Request, take_sample

from .server import Reply

CODES = st.lists(st.sampled_from(["010121", "030617", "270900", "300490"]), min_size=1, unique=True)
PARTNERS = st.lists(st.sampled_from(["000", "356", "840"]), min_size=1, unique=True)

ATTRIBUTES = [
    "NOMENCODE", "EXCLUDEDFROM", "TARIFFTYPE", "SUM_OF_RATES", "MIN_RATE", "MAX_RATE",
    "TOTALNOOFLINES", "NBR_PREF_LINES", "NBR_MFN_LINES", "NBR_NA_LINES", "OBS_VALUE_MEASURE",
]  # fmt: skip


def answer(rows, *, turned=True, reporter="643", year="2021", kind="Reported"):
    """Return SDMX-JSON of rows (product, partner, rate, lines, specific, type)."""
    products = list(dict.fromkeys(row[0] for row in rows))
    partners = list(dict.fromkeys(row[1] for row in rows))
    values = {name: [] for name in ATTRIBUTES}

    def number(name, value):
        if value is None:
            return None
        if value not in values[name]:
            values[name].append(value)
        return values[name].index(value)

    series = {}
    for product, partner, rate, lines, specific, tariff in rows:
        ends = [products.index(product), partners.index(partner)]
        key = ":".join(map(str, [0, 0, *(ends if turned else ends[::-1]), 0]))
        cells = [
            "H5",
            None,
            tariff,
            "1",
            str(rate),
            str(rate),
            lines,
            "0",
            "1",
            specific,
            "SimpleAverage",
        ]
        series[key] = {
            "observations": {
                "0": [rate, *(number(n, v) for n, v in zip(ATTRIBUTES, cells, strict=True))]
            }
        }

    def part(name, found):
        return {"id": name, "values": [{"id": one, "name": one} for one in found]}

    structure = {
        "dimensions": {
            "series": [
                part("FREQ", ["A"]),
                part("REPORTER", [reporter]),
                part("PARTNER", partners),
                part("PRODUCTCODE", products),
                part("DATATYPE", [kind]),
            ],
            "observation": [part("TIME_PERIOD", [year])],
        },
        "attributes": {"observation": [part(n, values[n]) for n in ATTRIBUTES]},
    }
    head = {"id": "DF_WITS_Tariff_TRAINS", "prepared": "2026-01-01T00:00:00"}
    return json.dumps({"header": head, "dataSets": [{"series": series}], "structure": structure})


ROWS = [
    ("010121", "000", 5, "1", "0", "MFN"),
    ("300490", "000", 6.5, "4", "1", "MFN"),
    ("220421", "000", 0, "3", "3", "MFN"),
]
BULK = (
    "NomenCode,Reporter_ISO_N,Year,ProductCode,Partner,Sum_Of_Rates,Min_Rate,Max_Rate,"
    "SimpleAverage,TotalNoOfLines,Nbr_Pref_Lines,Nbr_MFN_Lines,Nbr_NA_Lines,EstCode\n"
    "H5,643,2021,010121,000,5,5,5,5,1,0,1,0,0\n"
    "H5,643,2021,300490,000,26,5,8,6.5,4,0,4,1,0\n"
    "H5,643,2021,220421,000,0,0,0,0,3,0,3,3,0\n"
)


def read(path):
    found = trains.recognise(take_sample(path))
    return trains.read(path, found)["tariffs"]


def rates(table):
    return {
        (r.importer, r.exporter, r.product, r.kind): round(r.rate, 6) for r in table.itertuples()
    }


@pytest.mark.parametrize("layout", ["turned", "as listed", "bulk", "bulk in zip"])
def test_every_layout_is_the_same(written, tmp_path, fits, layout):
    path = tmp_path / "download"
    if layout == "bulk in zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("JobID-1_Concordance.txt", "x")
            archive.writestr("DataJobID-1.csv", BULK)
    else:
        text = BULK if layout == "bulk" else answer(ROWS, turned=layout == "turned")
        path = written(text, "download")
    found = trains.recognise(take_sample(path))
    tables = trains.read(path, found)
    fits(tables, found)
    table = tables["tariffs"]
    assert rates(table) == {
        ("RUS", "WLD", "010121", "MFN"): 0.05,
        ("RUS", "WLD", "300490", "MFN"): 0.065,
    }
    assert set(table["year"]) == {2021}
    assert set(table["revision"]) == {"HS17"}
    assert table["lines_specific"].to_list() == [0, 1]
    assert not table["estimated"].any()
    # A duty by the litre has no rate, which is not a rate of zero.
    assert table.attrs["left_out"] == {"products with specific duties alone, which have no rate": 1}


def test_estimates_of_specific_duties_are_kept_and_marked(written):
    table = read(written(answer(ROWS, kind="AVEEstimated"), "download"))
    assert len(table) == 3
    assert table["estimated"].all()


def test_preferences_stand_beside_what_everybody_pays(written):
    rows = [
        ("030617", "000", 10, "1", "0", "MFN"),
        ("030617", "356", 4, "1", "0", "PREF"),
        ("030617", "840", 10, "1", "0", "MFN"),
        ("030617", "A52", 1, "1", "0", "PREF"),
    ]
    table = read(written(answer(rows), "download"))
    assert rates(table) == {
        ("RUS", "WLD", "030617", "MFN"): 0.1,
        ("RUS", "IND", "030617", "PREF"): 0.04,
        ("RUS", "USA", "030617", "MFN"): 0.1,
    }
    assert table.attrs["left_out"] == {"the unknown code 'A52'": 1}


def test_the_union_is_its_members_of_the_year(written):
    rows = [("030617", "000", 10, "1", "0", "MFN"), ("030617", "250", 0, "1", "0", "PREF")]
    table = read(written(answer(rows, reporter="918", year="2012"), "download"))
    everybody = table[table["exporter"] == "WLD"]
    assert {"DEU", "FRA", "GBR"} <= set(everybody["importer"])
    assert "HRV" not in set(everybody["importer"])  # since 2013
    assert len(everybody) == 27
    # France levies nothing on itself.
    assert "FRA" not in set(table[table["exporter"] == "FRA"]["importer"])


def test_codes_are_iso_and_lost_zeros_come_back(written):
    text = BULK.replace("643,2021,010121,000", "840,2021,10121,158")
    table = read(written(text))
    assert ("USA", "TWN", "010121", "MFN") in rates(table)


def test_the_answer_of_wits(shared_data, fits):
    path = shared_data / "trade_products/wits_trains_sample/sample_tariff_data.json.gz"
    found = trains.recognise(take_sample(path))
    tables = trains.read(path, found)
    fits(tables, found)
    table = tables["tariffs"]
    assert len(table) + sum(table.attrs["left_out"].values()) == 5388
    assert set(table["importer"] + table["exporter"] + table["kind"]) == {"USAWLDMFN"}
    by_code = table.set_index("product")["rate"]
    assert by_code["010130"] == pytest.approx(0.06)
    assert by_code["020110"] == pytest.approx(0.26)
    assert by_code.max() == pytest.approx(3.5)  # tobacco
    assert (table["rate"] <= table["rate_max"] + 1e-9).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (answer(ROWS)[:-40], "no answer of WITS"),
        (answer(ROWS).replace('"PARTNER"', '"PARTY"'), "no answer of WITS"),
        (answer([ROWS[2]]), r"specific duties alone.* \(1 rows\)"),
        (BULK.replace("6.5", "much"), "line 3: 'much' in column 'rate' is not a number"),
        (BULK.replace("2021,300490", ",300490"), "line 3: '' in column 'year'"),
    ],
)
def test_what_cannot_be_read(written, text, words):
    with pytest.raises(InputFileError, match=words):
        read(written(text, "download"))


AVAILABLE = (
    '\ufeff<?xml version="1.0" encoding="utf-8"?>'
    '<wits:datasource xmlns:wits="http://wits.worldbank.org"><wits:dataavailability>'
    '<wits:reporter countrycode="643" iso3Code="RUS"><wits:year>2020</wits:year>'
    "<wits:partnerlist>000;</wits:partnerlist></wits:reporter>"
    '<wits:reporter countrycode="643" iso3Code="RUS"><wits:year>2021</wits:year>'
    "<wits:partnerlist>000;356;</wits:partnerlist></wits:reporter>"
    "</wits:dataavailability></wits:datasource>"
)
YEARS = "/API/V1/wits/datasource/trn/dataavailability/country/{}/year/ALL"
DATA = "/API/V1/SDMX/V21/datasource/TRN/reporter/{}/partner/{}/product/{}/year/{}/datatype/reported"


@pytest.fixture
def api(server, monkeypatch):
    monkeypatch.setattr(trains_api, "SITE", server.url)
    server.serve(YEARS.format("643"), AVAILABLE)
    return server


def test_the_latest_year_comes_and_preferences_where_there_are_any(api, fetcher, tmp_path):
    for partner in ("000", "356"):
        api.serve(DATA.format("643", partner, "ALL", "2021"), Reply(b"", 500), answer(ROWS))
    request = Request(countries=("Russia",), partners=("India", "China"))
    paths = trains.fetch(fetcher, request, tmp_path)
    assert [path.name for path in paths] == [
        "trains_643_000_2021_ALL_reported.json",
        "trains_643_356_2021_ALL_reported.json",
    ]
    assert api.asked[1].query == {"format": "JSON"}
    assert len(read(paths[0])) == 2
    # What is there is not asked for again.
    before = len(api.asked)
    assert trains.fetch(fetcher, request, tmp_path) == paths
    assert len(api.asked) == before + 1


def test_years_that_it_has_not_are_named(api, fetcher, tmp_path):
    with pytest.raises(FetchError, match="no tariffs of reporter 643 for 2023") as raised:
        trains.fetch(fetcher, Request(countries=("RUS",), years=(2021, 2023)), tmp_path)
    assert "2020, 2021" in raised.value.hint


def test_members_of_the_union_report_as_one(api, fetcher, tmp_path):
    api.serve(YEARS.format("918"), AVAILABLE)
    api.serve(DATA.format("918", "000", "300490;0306", "2021"), answer(ROWS, reporter="918"))
    request = Request(countries=("DEU", "FRA"), products=("300490", "0306"))
    (path,) = trains.fetch(fetcher, request, tmp_path)
    assert "GBR" not in set(read(path)["importer"])


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"<html>no</html>", 404), "has no tariff for reporter 643"),
        (Reply(b"{}"), "another kind of answer"),
        (Reply(b"<!DOCTYPE html><html/>"), "web page"),
        (Reply(b"slow", 403), "answered 403"),
    ],
)
def test_it_refuses(api, fetcher, tmp_path, reply, words):
    api.serve(DATA.format("643", "000", "ALL", "2021"), reply)
    with pytest.raises(FetchError, match=words):
        trains.fetch(fetcher, Request(countries=("RUS",)), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "body",
    ["<html></html>x", AVAILABLE[:-20], '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'],
)
def test_lists_of_years_that_are_none(api, fetcher, tmp_path, body):
    api.serve(YEARS.format("643"), body)
    with pytest.raises(FetchError, match="something other than a list of years"):
        trains.fetch(fetcher, Request(countries=("RUS",)), tmp_path)


@pytest.mark.parametrize(
    "request_",
    [
        Request(),
        Request(countries=("RUS",), options={"datatype": "guessed"}),
        Request(countries=("Atlantis",)),
    ],
)
def test_what_it_cannot_be_asked_for(api, fetcher, tmp_path, request_):
    with pytest.raises(UsageError):
        trains.fetch(fetcher, request_, tmp_path)


def test_empty_cells_are_no_rate(written):
    table = read(written(BULK.replace(",6.5,4,", ",,4,")))
    assert table.attrs["left_out"]["products without a rate"] == 1
    assert pd.notna(table["rate"]).all()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(products=CODES, partners=PARTNERS, data=st.data())
def test_every_rate_comes_back_whatever_the_shape(written, products, partners, data):
    rows = [
        (product, partner, data.draw(st.integers(0, 100)), "1", "0", "MFN")
        for product in products
        for partner in partners
    ]
    table = read(written(answer(rows), "download"))
    names = {"000": "WLD", "356": "IND", "840": "USA"}
    assert rates(table) == {
        ("RUS", names[partner], product, "MFN"): rate / 100 for product, partner, rate, *_ in rows
    }
