"""UN Comtrade: three layouts, both ends of a flow, and a service that refuses in many ways."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import comtrade, comtrade_api
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample

from .server import Reply

ROW = {
    "typeCode": "C",
    "freqCode": "A",
    "refPeriodId": 20220101,
    "refYear": 2022,
    "refMonth": 52,
    "period": "2022",
    "reporterCode": 699,
    "reporterISO": "IND",
    "flowCode": "M",
    "partnerCode": 643,
    "partnerISO": "RUS",
    "partner2Code": 0,
    "classificationCode": "H6",
    "isOriginalClassification": True,
    "cmdCode": "TOTAL",
    "customsCode": "C00",
    "motCode": 0,
    "qtyUnitCode": -1,
    "qty": None,
    "netWgt": None,
    "cifvalue": 40_593_000_000.5,
    "fobvalue": None,
    "primaryValue": 40_593_000_000.5,
    "isReported": True,
    "isAggregate": False,
}
EXPORT = {"flowCode": "X", "cifvalue": None, "fobvalue": 7.0, "primaryValue": 7.0}


def rows(*changes):
    return [{**ROW, **change} for change in changes]


def answer(*changes):
    data = rows(*changes)
    return json.dumps({"elapsedTime": "0.21 secs", "count": len(data), "data": data, "error": ""})


@pytest.fixture
def read(written):
    def reader(content, name="download", encoding="utf-8"):
        path = written(content, name, encoding)
        return comtrade.read(path, comtrade.recognise(take_sample(path)))["flows"]

    return reader


def named(flows):
    return dict(
        zip(
            flows["exporter"] + flows["importer"] + " " + flows["basis"] + " " + flows["valuation"],
            flows["value_usd"],
            strict=True,
        )
    )


def test_an_import_is_the_importers_report_of_the_others_export(read):
    flows = read(answer({}, EXPORT, {**EXPORT, "reporterCode": 643, "partnerCode": 699}))
    assert named(flows) == {
        "RUSIND mirror cif": 40_593_000_000.5,
        "INDRUS reported fob": 7,
        "RUSIND reported fob": 7,
    }
    assert set(flows["product"] + flows["revision"] + flows["period"]) == {"TOTALTOTAL2022"}


def test_an_import_stated_fob_alone_is_not_called_cif(read):
    flows = read(answer({"reporterCode": 124, "cifvalue": None, "fobvalue": 5, "primaryValue": 5}))
    assert named(flows) == {"RUSCAN mirror fob": 5}


@pytest.mark.parametrize(
    ("code", "iso3"),
    [
        (699, "IND"), (842, "USA"), (841, "USA"), (757, "CHE"), (251, "FRA"), (579, "NOR"),
        (490, "TWN"), (381, "ITA"), (380, "ITA"), (643, "RUS"), (810, "SUN"), (344, "HKG"),
        (446, "MAC"), (516, "NAM"), (729, "SDN"), (736, "SDN"), (728, "SSD"), (891, "SCG"),
        (688, "SRB"), (280, "DEU"), (58, "BLX"), (711, "ZA1"),
    ],
)  # fmt: skip
def test_codes_of_its_own(read, code, iso3):
    flows = read(answer({"partnerCode": code, "reporterCode": 36}))
    assert flows["exporter"].to_list() == [iso3]


def test_the_world_is_kept_and_areas_are_named(read):
    flows = read(
        answer(
            {"partnerCode": 0},
            {**EXPORT, "partnerCode": 0},
            {"partnerCode": 899},
            {"partnerCode": 837},
            {"reporterCode": 97},
            {"partnerCode": 12345},
        )
    )
    assert named(flows) == {"WLDIND mirror cif": 40_593_000_000.5, "INDWLD reported fob": 7}
    assert flows.attrs["left_out"] == {
        "Areas, not elsewhere specified ('899')": 1,
        "Bunkers ('837')": 1,
        "European Union ('97')": 1,
        "the unknown code '12345'": 1,
    }


def test_products_keep_their_zero_and_weights_are_in_tonnes(read):
    flows = read(
        answer(
            {"cmdCode": "030617", "netWgt": 2500.0, "classificationCode": "H5"},
            {"cmdCode": "27", "netWgt": 0},
            {"cmdCode": "2709"},
        )
    ).set_index("product")
    assert list(flows.index) == ["030617", "27", "2709"]
    assert flows.loc["030617", ["quantity_t", "revision"]].to_list() == [2.5, "HS17"]
    assert pd.isna(flows.loc["27", "quantity_t"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flowCode": "RX"}, "re-exports and re-imports"),
        ({"flowCode": "RM"}, "re-exports and re-imports"),
        ({"flowCode": "DX"}, "re-exports and re-imports"),
        ({"motCode": 2100}, "breakdowns"),
        ({"customsCode": "C01"}, "breakdowns"),
        ({"partner2Code": 156}, "breakdowns"),
        ({"freqCode": "M", "period": "202203"}, "monthly"),
        ({"typeCode": "S"}, "services"),
        ({"classificationCode": "S4", "cmdCode": "33"}, "classed otherwise"),
        ({"cmdCode": "9999AA"}, "without an HS code"),
        ({"cmdCode": "27090000"}, "without an HS code"),
        ({"partnerCode": 699}, "came back"),
    ],
)
def test_what_is_part_of_another_row_is_counted_not_added(read, change, words):
    flows = read(answer({}, change))
    assert named(flows) == {"RUSIND mirror cif": 40_593_000_000.5}
    ((said, count),) = flows.attrs["left_out"].items()
    assert words in said
    assert count == 1


def test_of_two_revisions_the_reporters_own_counts(read):
    flows = read(
        answer(
            {"cmdCode": "27", "classificationCode": "H5", "primaryValue": 1},
            {
                "cmdCode": "27",
                "classificationCode": "H6",
                "primaryValue": 2,
                "isOriginalClassification": False,
            },
        )
    )
    assert flows[["value_usd", "revision"]].to_numpy().tolist() == [[1, "HS17"]]
    assert flows.attrs["left_out"] == {"flows that stand in another revision of the HS, too": 1}


@pytest.mark.parametrize("ending", ["", ","])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_a_download_of_comtrade_plus(read, ending, encoding):
    made = io.StringIO()
    writer = csv.DictWriter(made, [*ROW, "partnerDesc"], lineterminator="\n")
    writer.writeheader()
    for row in rows({}, EXPORT):
        writer.writerow({**row, "partnerDesc": "Türkiye, rather"})
    header, *lines = made.getvalue().splitlines()
    text = "\n".join([header, *(line + ending for line in lines)]) + "\n"
    assert named(read(text, encoding=encoding)) == named(read(answer({}, EXPORT)))


def test_the_older_site(read):
    flows = read(
        "Classification,Year,Period,Trade Flow,Reporter Code,Partner Code,Commodity Code,"
        "Netweight (kg),Trade Value (US$)\n"
        "H5,2019,2019,Import,699,643,030617,1000,5\nH5,2019,2019,Export,699,643,010121,,6\n"
        "H5,2019,2019,Re-Export,699,643,010121,,6\n"
    )
    assert named(flows) == {"RUSIND mirror cif": 5, "INDRUS reported fob": 6}
    assert flows["product"].to_list() == ["030617", "010121"]


def test_rows_with_too_many_cells(read):
    header = "typeCode," + ",".join(comtrade._NEEDED)
    with pytest.raises(InputFileError, match="more cells than its header"):
        read(f"{header}\nC,2022,2022,M,699,643,H6,TOTAL,5,6,7\n")


@pytest.mark.parametrize("name", ["comtrade.csv.gz", "comtrade (7).csv.gz"])
def test_the_files_of_the_older_site(shared_data, fits, name):
    path = shared_data / "trade/comtrade_extracts" / name
    found = comtrade.recognise(take_sample(path))
    flows = comtrade.read(path, found)["flows"]
    fits({"flows": flows}, found)
    raw = pd.read_csv(path, dtype={"Commodity Code": str})
    assert len(flows) == len(raw)
    assert flows["value_usd"].sum() == raw["Trade Value (US$)"].sum()
    assert flows["product"].str.len().eq(6).all()
    assert set(flows["revision"]) == {"HS17"}
    assert flows.attrs["left_out"] == {}
    if name == "comtrade.csv.gz":
        assert set(flows["exporter"] + flows["importer"] + flows["basis"]) == {"CANJPNmirror"}
        horses = flows[(flows["product"] == "010129") & (flows["year"] == 2017)]
        assert horses["value_usd"].to_list() == [23_297_899]
    else:
        assert set(flows["exporter"] + flows["importer"] + flows["basis"]) == {"IDNWLDreported"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"elapsedTime": "0", "count": 0, "data": [], "error": ""}', "the answer is empty"),
        ('{"elapsedTime": "0", "count": 0, "data": [], "error": "Oh no"}', "It says: Oh no"),
        (answer({})[:-30], "no answer of UN Comtrade's API"),
        (answer({"motCode": 2100}), r"breakdowns by second partner.* \(1 rows\)"),
        (answer({"primaryValue": "much"}), "'much' in column 'primaryValue' is not a number"),
    ],
)
def test_answers_that_hold_nothing(read, text, words):
    with pytest.raises(InputFileError, match=words):
        read(text)


@pytest.fixture
def api(server, monkeypatch):
    monkeypatch.setattr(comtrade_api, "SITE", server.url)
    monkeypatch.delenv(comtrade_api.KEY, raising=False)
    return server


PREVIEW, DATA = "/public/v1/preview/C/A/HS", "/data/v1/get/C/A/HS"
ASKED = Request(years=(2021, 2022), countries=("IND",), partners=("RUS",))


def test_without_a_key_a_year_at_a_time_and_both_ends(api, fetcher, tmp_path):
    api.serve(PREVIEW, answer({}, EXPORT))
    paths = comtrade.fetch(fetcher, ASKED, tmp_path / "new")
    queries = [asked.query for asked in api.asked_for(PREVIEW)]
    assert [(q["reporterCode"], q["partnerCode"], q["period"]) for q in queries] == [
        ("699", "643", "2021"), ("699", "643", "2022"),
        ("643", "699", "2021"), ("643", "699", "2022"),
    ]  # fmt: skip
    for query in queries:
        assert query["flowCode"] == "M,X"
        assert query["cmdCode"] == "TOTAL"
        assert (query["customsCode"], query["motCode"], query["partner2Code"]) == ("C00", "0", "0")
    assert len(set(paths)) == 4
    assert comtrade.recognise(take_sample(paths[0])).publisher == "comtrade"
    # What is there is not asked for again.
    assert comtrade.fetch(fetcher, ASKED, tmp_path / "new") == paths
    assert len(api.asked) == 4


def test_with_a_key_a_dozen_years_and_the_key_in_no_address(api, fetcher, tmp_path, monkeypatch):
    monkeypatch.setenv(comtrade_api.KEY, "secret")
    api.serve(DATA, answer({}))
    request = Request(
        years=tuple(range(2000, 2023)),
        countries=("United States",),
        products=("2709", "27"),
        options={"mirror": "no", "flow": "imports"},
    )
    paths = comtrade.fetch(fetcher, request, tmp_path)
    first, second = api.asked_for(DATA)
    assert first.query["period"] == ",".join(map(str, range(2000, 2012)))
    assert second.query["period"] == ",".join(map(str, range(2012, 2023)))
    assert first.query["cmdCode"] == "2709,27"
    assert first.query["reporterCode"] == "842"
    assert "partnerCode" not in first.query
    assert first.headers["ocp-apim-subscription-key"] == "secret"
    assert "secret" not in json.dumps(dict(first.query)) + "".join(map(str, paths))


def test_it_waits_as_it_is_told(api, tmp_path):
    waits = []
    busy = Reply(
        b'{"statusCode": 429, "message": "Rate limit is exceeded."}', 429, {"Retry-After": "4"}
    )
    api.serve(PREVIEW, busy, answer({}))
    one = Request(years=(2022,), countries=("IND",), options={"mirror": "no"})
    with Client(pause=0, sleep=waits.append) as client:
        comtrade.fetch(client, one, tmp_path)
    assert 4 in waits


REFUSED = [
    (400, '{"errorObject": {"errorMessage": "period is invalid"}}', "period is invalid"),
    (401, '{"statusCode": 401, "message": "Access denied due to invalid key"}', "Access denied"),
    (403, '{"statusCode": 403, "message": "Out of call volume quota."}', "Out of call volume"),
    (414, "<html><h1>Request URL Too Long</h1></html>", "the address is too long"),
    (200, '{"count": 0, "data": [], "error": "Only one period"}', "Only one period"),
    (200, '{"errorObject": {"errorMessage": "no such reporter"}}', "no such reporter"),
    (200, "[]", "another kind of answer"),
]


@pytest.mark.parametrize(("status", "body", "words"), REFUSED)
def test_it_is_quoted_when_it_refuses(api, fetcher, tmp_path, status, body, words):
    api.serve(PREVIEW, Reply(body.encode(), status))
    with pytest.raises(FetchError, match=words) as raised:
        comtrade.fetch(fetcher, ASKED, tmp_path)
    assert raised.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_page_in_the_place_of_an_answer(api, fetcher, tmp_path):
    api.serve(PREVIEW, "<!DOCTYPE html><html>maintenance</html>")
    with pytest.raises(FetchError, match="web page instead of data"):
        comtrade.fetch(fetcher, ASKED, tmp_path)


def test_an_answer_that_the_limit_cuts_off_is_refused(api, fetcher, tmp_path):
    api.serve(PREVIEW, answer(*[{"cmdCode": f"{n:06d}"} for n in range(500)]))
    with pytest.raises(FetchError, match="more than 500 rows") as raised:
        comtrade.fetch(fetcher, ASKED, tmp_path)
    assert comtrade_api.KEY in raised.value.hint


@pytest.mark.parametrize(
    "request_",
    [
        Request(years=(2022,)),
        Request(countries=("IND",)),
        Request(years=(2022,), countries=("IND",), options={"flow": "sideways"}),
        Request(years=(2022,), countries=("IND",), options={"colour": "red"}),
        Request(years=(2022,), countries=("Atlantis",)),
    ],
)
def test_what_it_cannot_be_asked_for(api, fetcher, tmp_path, request_):
    with pytest.raises(UsageError):
        comtrade.fetch(fetcher, request_, tmp_path)
    assert api.asked == []


VARIED = [
    {},
    EXPORT,
    {**EXPORT, "reporterCode": 643, "partnerCode": 699},
    {"motCode": 2100},
    {"partnerCode": 837},
    {"flowCode": "RX"},
    {"cmdCode": "27", "classificationCode": "H5"},
    {"cmdCode": "27", "classificationCode": "H6", "isOriginalClassification": False},
    {"partnerCode": 0},
]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(VARIED))
def test_the_order_of_rows_says_nothing_and_none_is_lost(read, order):
    flows, usual = read(answer(*order)), read(answer(*VARIED))
    key = ["exporter", "importer", "product", "basis"]
    pd.testing.assert_frame_equal(
        flows.sort_values(key, ignore_index=True), usual.sort_values(key, ignore_index=True)
    )
    assert len(flows) + sum(flows.attrs["left_out"].values()) == len(VARIED)
    assert flows.attrs["left_out"] == usual.attrs["left_out"]
